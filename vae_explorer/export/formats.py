"""Which file formats an export can have: the suffix of the file's name decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import ExportError, printable
from vae_explorer.language import OR, listed, marked, tr

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

PICTURES: Mapping[str, str] = {".png": marked("PNG picture")}
FIGURES: Mapping[str, str] = {
    ".svg": marked("SVG drawing"),
    ".pdf": marked("PDF document"),
    ".png": marked("PNG picture"),
}
ANIMATIONS: Mapping[str, str] = {
    ".gif": marked("GIF animation"),
    ".webp": marked("WebP animation"),
    ".apng": marked("APNG animation"),
    ".mp4": marked("MP4 film"),
}
NETWORKS: Mapping[str, str] = {".onnx": marked("ONNX network")}
TABLES: Mapping[str, str] = {".csv": marked("CSV table"), ".npz": marked("NumPy arrays")}


def suffix_of(path: str | os.PathLike[str], *allowed: Mapping[str, str]) -> str:
    """Return the suffix of `path` in lower case, such as ``.png``.

    Parameters
    ----------
    allowed
        Suffixes with what they stand for, such as `PICTURES`.

    Raises
    ------
    ExportError
        If the suffix is none of these; the message lists them.
    """
    suffix = Path(path).suffix.lower()
    known = {key: title for group in allowed for key, title in group.items()}
    if suffix in known:
        return suffix
    choices = listed((f"{key} ({tr(title)})" for key, title in known.items()), OR)
    if not suffix:
        raise ExportError(
            tr(
                "The file {path} has no suffix, which says no format: use {choices}.",
                path=printable(path),
                choices=choices,
            )
        )
    raise ExportError(
        tr(
            "The file {path} has the suffix {suffix}, which says no format: use {choices}.",
            path=printable(path),
            suffix=printable(suffix),
            choices=choices,
        )
    )
