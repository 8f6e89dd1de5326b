"""Which file formats an export can have: the suffix of the file's name decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import ExportError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

PICTURES: Mapping[str, str] = {".png": "PNG picture"}
ANIMATIONS: Mapping[str, str] = {".gif": "GIF animation"}
TABLES: Mapping[str, str] = {".csv": "CSV table", ".npz": "NumPy arrays"}
_LONGEST_NAME = 200


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


def printable(path: str | os.PathLike[str]) -> str:
    """Return a file's name as one line of plain text: control characters escaped, a very long middle left out."""
    text = str(path)
    shown = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
    return shown if len(shown) <= _LONGEST_NAME else f"{shown[: _LONGEST_NAME // 2]}…{shown[-_LONGEST_NAME // 2 :]}"
