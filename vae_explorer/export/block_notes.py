"""Notes in pictures and films: in a chunk, block or box of their own. See `notes` for what may be believed."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO

from vae_explorer.export.provenance import KEYWORD, LARGEST_NOTE, TAG
from vae_explorer.export.text_notes import xml_note
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

PNG = b"\x89PNG\r\n\x1a\n"
GIFS = (b"GIF87a", b"GIF89a")
_TAG = TAG.encode()
_MOST_BLOCKS = 100_000


def png_note(file: BinaryIO) -> bytes | None:
    """Return the note in a text chunk of a PNG or APNG file, None without one.

    Raises
    ------
    ValueError
        If it is damaged or too long, as in all functions here.
    """
    for kind, length, start in _png_chunks(file):
        if kind != b"iTXt":
            continue
        key = KEYWORD.encode() + b"\0"
        if length <= len(key) or file.read(len(key)) != key:
            continue
        if length > LARGEST_NOTE + len(key):
            raise ValueError(tr("its note takes more than the {largest_note} bytes allowed", largest_note=LARGEST_NOTE))
        body = file.read(length - len(key))
        (expected,) = struct.unpack(">I", file.read(4).rjust(4, b"\0"))
        if len(body) != length - len(key) or zlib.crc32(b"iTXt" + key + body) != expected:
            raise ValueError(tr("its note at byte {start} is damaged", start=start))
        return _itxt_text(body)
    return None


def _png_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, length and start of each chunk, with the file at its first byte; a torn end simply ends."""
    position = len(PNG)
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
        raise ValueError(tr("its note is damaged"))
    if not compressed:
        return parts[2]
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(parts[2], LARGEST_NOTE)
    except zlib.error:
        raise ValueError(tr("its note is damaged")) from None
    if inflater.unconsumed_tail or not inflater.eof:
        raise ValueError(
            tr("its note is damaged or takes more than the {largest_note} bytes allowed", largest_note=LARGEST_NOTE)
        )
    return text


def gif_note(file: BinaryIO) -> bytes | None:
    """Return the note among the comments before the first image of a GIF file, None without one."""
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
        if is_comment and text.startswith(_TAG):
            return text[len(_TAG) :]
    return None


def _gif_blocks(file: BinaryIO) -> bytes:
    parts: list[bytes] = []
    total = 0
    while length := file.read(1):
        part = file.read(length[0])
        total += len(part)
        if total > LARGEST_NOTE + len(_TAG):
            raise ValueError(
                tr("a note in it takes more than the {largest_note} bytes allowed", largest_note=LARGEST_NOTE)
            )
        if not length[0]:
            break
        parts.append(part)
    return b"".join(parts)


def webp_note(file: BinaryIO) -> bytes | None:
    """Return the note in the XMP chunk of a WebP file, None without one."""
    position = 12
    for _ in range(_MOST_BLOCKS):
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return None
        kind, length = struct.unpack("<4sI", head)
        if kind == b"XMP ":
            return xml_note(file.read(min(length, 2 * LARGEST_NOTE)))
        position += 8 + length + length % 2
    return None


def mp4_note(file: BinaryIO) -> bytes | None:
    """Return the note in the comment of an MP4 file, None without one."""
    inside = (0, file.seek(0, os.SEEK_END))
    for kind, skipped in ((b"moov", 0), (b"udta", 0), (b"meta", 4), (b"ilst", 0), (b"\xa9cmt", 0), (b"data", 8)):
        found = next((box for name, *box in _boxes(file, *inside) if name == kind), None)
        if found is None:
            return None
        inside = (found[0] + skipped, found[1])
    file.seek(inside[0])
    text = file.read(min(inside[1] - inside[0], LARGEST_NOTE + len(_TAG) + 1))
    return text.removeprefix(_TAG) if text.startswith(_TAG) else None


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield the kind of each box between two places, and where its body begins and ends; a torn end simply ends."""
    for _ in range(_MOST_BLOCKS):
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head[:8])
        body = 8
        if length == 1 and len(head) == 16:  # a long box says its length after its kind
            (length,) = struct.unpack(">Q", head[8:])
            body = 16
        last = end if length == 0 else start + length
        if last > end or (length and length < body):
            return
        yield kind, start + body, last
        start = last
