"""Notes in drawings and documents: as text among their descriptions. See `notes` for what may be believed."""

from __future__ import annotations

import os
import re
from typing import BinaryIO

from vae_explorer.export.provenance import LARGEST_NOTE, TAG
from vae_explorer.language import tr

_TAG = TAG.encode()
_ROOM = 2**18
"""Bytes beside a note: what an SVG file says before it, and a PDF file's list of objects after it."""
_KEYWORDS = b"/Keywords (" + _TAG
_STRING = re.compile(rb"((?:[^\\)]|\\.)*)\)", re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_ENTITIES = ((b"&quot;", b'"'), (b"&apos;", b"'"), (b"&lt;", b"<"), (b"&gt;", b">"), (b"&amp;", b"&"))


def svg_note(file: BinaryIO) -> bytes | None:
    """Return the note in the description at the beginning of an SVG file, None without one.

    The file isn't parsed as XML: entities that grow and documents it points to stay what they are, bytes.
    """
    return xml_note(file.read(_ROOM + 2 * LARGEST_NOTE))


def xml_note(text: bytes) -> bytes | None:
    """Return the note between two tags of an XML text, None without one.

    Raises
    ------
    ValueError
        If its end is missing, or it is too long.
    """
    start = text.find(b">" + _TAG)
    if start < 0:
        return None
    start += 1 + len(_TAG)
    end = text.find(b"<", start)
    if end < 0:
        raise ValueError(tr("its note is damaged or too long"))
    note = text[start:end]
    for entity, sign in _ENTITIES:
        note = note.replace(entity, sign)
    return note


def pdf_note(file: BinaryIO) -> bytes | None:
    """Return the note among the keywords that stand near the end of a PDF file, None without one.

    Raises
    ------
    ValueError
        If its end is missing.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _ROOM - 2 * LARGEST_NOTE))
    text = file.read(_ROOM + 2 * LARGEST_NOTE)
    start = text.rfind(_KEYWORDS)
    if start < 0:
        return None
    whole = _STRING.match(text, start + len(_KEYWORDS))
    if whole is None:
        raise ValueError(tr("its note is damaged"))
    return _ESCAPED.sub(lambda found: _LETTERS.get(found[1], found[1]), whole[1])
