"""Which file formats an export can have: the suffix of the file's name decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import ExportError, printable

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

PICTURES: Mapping[str, str] = {".png": "PNG picture"}
FIGURES: Mapping[str, str] = {".svg": "SVG drawing", ".pdf": "PDF document", ".png": "PNG picture"}
ANIMATIONS: Mapping[str, str] = {
    ".gif": "GIF animation",
    ".webp": "WebP animation",
    ".apng": "APNG animation",
    ".mp4": "MP4 film",
}
NETWORKS: Mapping[str, str] = {".onnx": "ONNX network"}
TABLES: Mapping[str, str] = {".csv": "CSV table", ".npz": "NumPy arrays"}


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
    wrong = f"has the suffix {printable(suffix)}" if suffix else "has no suffix"
    choices = " or ".join(f"{key} ({title})" for key, title in known.items())
    raise ExportError(f"The file {printable(path)} {wrong}, which says no format: use {choices}.")
