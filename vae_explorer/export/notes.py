"""Finding the note that says what made a picture, in files that may come from anyone.

Only the structure of the file is walked: nothing is decoded, no more than a few megabytes are read, and sizes named by
the file are never believed before they are checked.
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from vae_explorer.errors import ExportError, printable
from vae_explorer.export.provenance import KEYWORD, LARGEST_NOTE, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
_GIFS = (b"GIF87a", b"GIF89a")
_GIF_PREFIX = f"{KEYWORD}:".encode()
_MOST_BLOCKS = 100_000


def read_provenance(path: str | os.PathLike[str]) -> Provenance | None:
    """Return what made a picture, or None if the file carries no note of this program.

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
        reason = (error.strerror or str(error)).lower()
        raise ExportError(f"The file {printable(path)} can't be read: {reason}.") from error
    except ValueError as error:
        raise ExportError(f"The file {printable(path)} doesn't say what made it: {error}.") from error


def gif_comment(provenance: Provenance) -> bytes:
    """Return the comment that carries a note in a GIF."""
    return _GIF_PREFIX + provenance.to_json().encode("ascii")


def _open_ordinary(path: Path) -> BinaryIO:
    """Open a file for reading, but no pipe and no device, which could wait for ever or act when opened."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it isn't an ordinary file")
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags), "rb")


def _find_note(file: BinaryIO) -> bytes | None:
    head = file.read(8)
    if head == _PNG:
        return _png_note(file)
    if head[:6] in _GIFS:
        file.seek(0)
        return _gif_note(file)
    return None


def _png_note(file: BinaryIO) -> bytes | None:
    for kind, length, start in _png_chunks(file):
        if kind != b"iTXt":
            continue
        key = KEYWORD.encode() + b"\0"
        if length <= len(key) or file.read(len(key)) != key:
            continue
        if length > LARGEST_NOTE + len(key):
            raise ValueError(f"its note takes more than the {LARGEST_NOTE} bytes allowed")
        body = file.read(length - len(key))
        (expected,) = struct.unpack(">I", file.read(4).rjust(4, b"\0"))
        if len(body) != length - len(key) or zlib.crc32(b"iTXt" + key + body) != expected:
            raise ValueError(f"its note at byte {start} is damaged")
        return _itxt_text(body)
    return None


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, length and start of each chunk, with the file at its first byte; a torn end simply ends."""
    position = len(_PNG)
    for _ in range(_MOST_BLOCKS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        if length > 2**31 - 1 or kind == b"IEND":
            return
        yield kind, length, position + 8
        position += 12 + length


def _itxt_text(body: bytes) -> bytes:
    """Return the text after compression flag, method, language and translated keyword."""
    compressed, parts = body[:1] == b"\1", body[2:].split(b"\0", 2)
    if len(parts) != 3:
        raise ValueError("its note is damaged")
    if not compressed:
        return parts[2]
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(parts[2], LARGEST_NOTE)
    except zlib.error:
        raise ValueError("its note is damaged") from None
    if inflater.unconsumed_tail or not inflater.eof:
        raise ValueError(f"its note is damaged or takes more than the {LARGEST_NOTE} bytes allowed")
    return text


def _gif_note(file: BinaryIO) -> bytes | None:
    """Look at the blocks before the first image, where comments about the whole file stand."""
    header = file.read(13)
    if len(header) < 13:
        return None
    if header[10] & 0x80:
        file.seek(3 << ((header[10] & 7) + 1), os.SEEK_CUR)
    for _ in range(_MOST_BLOCKS):
        if file.read(1) != b"!":
            return None
        is_comment = file.read(1) == b"\xfe"
        text = _gif_blocks(file)
        if is_comment and text.startswith(_GIF_PREFIX):
            return text[len(_GIF_PREFIX) :]
    return None


def _gif_blocks(file: BinaryIO) -> bytes:
    parts: list[bytes] = []
    total = 0
    while length := file.read(1):
        part = file.read(length[0])
        total += len(part)
        if total > LARGEST_NOTE + len(_GIF_PREFIX):
            raise ValueError(f"a note in it takes more than the {LARGEST_NOTE} bytes allowed")
        if not length[0]:
            break
        parts.append(part)
    return b"".join(parts)
