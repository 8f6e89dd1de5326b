"""Finding the note that says what made a file, in files that may come from anyone.

Only the structure of the file is walked: nothing is decoded, no more than a few megabytes are read, and sizes named by
the file are never believed before they are checked.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from vae_explorer.errors import ExportError, printable
from vae_explorer.export.block_notes import GIFS, PNG, gif_note, mp4_note, png_note, webp_note
from vae_explorer.export.provenance import Provenance
from vae_explorer.export.text_notes import pdf_note, svg_note
from vae_explorer.language import tr
from vae_explorer.system_errors import system_reason

if TYPE_CHECKING:
    from collections.abc import Callable

_HEAD = 12


def read_provenance(path: str | os.PathLike[str]) -> Provenance | None:
    """Return what made a file, or None if it carries no note of this program.

    Raises
    ------
    ExportError
        If the file can't be read, or its note is damaged, too long or from a newer version.
    """
    try:
        with _open_ordinary(Path(path)) as file:
            note = _find_note(file)
        return None if note is None else Provenance.from_json(note)
    except OSError as error:
        reason = system_reason(error).lower()
        raise ExportError(
            tr("The file {path} can't be read: {reason}.", path=printable(path), reason=reason)
        ) from error
    except ValueError as error:
        raise ExportError(
            tr("The file {path} doesn't say what made it: {error}.", path=printable(path), error=error)
        ) from error


def _open_ordinary(path: Path) -> BinaryIO:
    """Open a file for reading, but no pipe and no device, which could wait for ever or act when opened."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError(tr("it isn't an ordinary file"))
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags), "rb")


def _find_note(file: BinaryIO) -> bytes | None:
    find = _reader_of(file.read(_HEAD))
    if find is None:
        return None
    file.seek(0)
    return find(file)


def _reader_of(head: bytes) -> Callable[[BinaryIO], bytes | None] | None:
    """Return what finds the note in a file with this beginning, whatever its name is."""
    if head.startswith(PNG):
        return png_note
    if head[:6] in GIFS:
        return gif_note
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return webp_note
    if head[4:8] == b"ftyp":
        return mp4_note
    if head.startswith(b"%PDF-"):
        return pdf_note
    return svg_note if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<svg", b"<!DOC")) else None
