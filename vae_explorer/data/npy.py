"""The header of NPY, the array format of NumPy.

Six bytes of magic, two of version, the length of a text, and that text: a Python dictionary with exactly the keys
``descr``, ``fortran_order`` and ``shape`` (NumPy Enhancement Proposal 1). The text is matched, never evaluated, and
arrays of Python objects, which need pickle, are refused.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import numpy as np

from vae_explorer.data.limits import Limits, byte_size, more_than
from vae_explorer.errors import DataError
from vae_explorer.language import tr

MAGIC: Final = b"\x93NUMPY"
_LENGTHS: Final = {1: "<H", 2: "<I", 3: "<I"}
_MAX_DIMENSIONS: Final = 32
_DESCR: Final = r"'descr'\s*:\s*'(?P<descr>[<>|=]?[a-zA-Z]\d{0,9})'"
_ORDER: Final = r"'fortran_order'\s*:\s*(?P<order>True|False)"
_SHAPE: Final = r"'shape'\s*:\s*\((?P<shape>[\d,\sL]*)\)"
_ENTRY: Final = re.compile(rf"\s*(?:{_DESCR}|{_ORDER}|{_SHAPE})\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class NpyHeader:
    """What an NPY header says; `length` is where the elements begin."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool
    length: int


def read_npy_header(where: str, stream: BinaryIO, limits: Limits) -> NpyHeader:
    """Read the header from the beginning of a stream.

    Raises
    ------
    DataError
        If it isn't an NPY header, is too long, or describes anything but numbers or texts.
    """
    start = stream.read(len(MAGIC) + 2)
    if start[: len(MAGIC)] != MAGIC:
        raise DataError(
            tr("{where} isn't an NPY array, because it doesn't begin as one: choose another file.", where=where)
        )
    if len(start) < len(MAGIC) + 2 or start[6] not in _LENGTHS:
        raise DataError(
            tr("{where} has a header of an unknown version: save the array again with numpy.save.", where=where)
        )
    form = _LENGTHS[start[6]]
    packed = stream.read(struct.calcsize(form))
    if len(packed) < struct.calcsize(form):
        raise _cut(where)
    (length,) = struct.unpack(form, packed)
    if length > limits.header_bytes:
        allowed = more_than(byte_size(limits.header_bytes), "limits.header")
        raise DataError(
            tr(
                "{where} has a header of {length}, {allowed}: save the array again with numpy.save.",
                where=where,
                length=byte_size(length),
                allowed=allowed,
            )
        )
    text = stream.read(length)
    if len(text) < length:
        raise _cut(where)
    dtype, shape, fortran = _parse(where, text.decode("latin-1"))
    return NpyHeader(dtype, shape, fortran, len(start) + len(packed) + length)


def _parse(where: str, text: str) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    body = text.strip()
    found: dict[str, str] = {}
    position = 0
    if body.startswith("{") and body.endswith("}"):
        body = body[1:-1].strip()
        while match := _ENTRY.match(body, position):
            found |= {key: value for key, value in match.groupdict().items() if value is not None}
            position = match.end()
            if position == len(body):
                break
    if position < len(body) or len(found) != 3:
        raise DataError(
            tr(
                "{where} has a header that doesn't describe one plain array of numbers (objects need "
                "pickle, which is never read): save the numbers again with numpy.save.",
                where=where,
            )
        )
    sizes = [part.strip().removesuffix("L") for part in found["shape"].split(",") if part.strip()]
    if len(sizes) > _MAX_DIMENSIONS or not all(size.isdecimal() and len(size) < 20 for size in sizes):
        raise DataError(
            tr("{where} has a header with an impossible shape: save the array again with numpy.save.", where=where)
        )
    return _plain_type(where, found["descr"]), tuple(int(size) for size in sizes), found["order"] == "True"


def _plain_type(where: str, descr: str) -> np.dtype[Any]:
    try:
        dtype = np.dtype(descr)
    except (TypeError, ValueError):
        dtype = np.dtype("V1")
    if dtype.kind == "O":
        raise DataError(
            tr(
                "{where} holds Python objects, which need pickle and are never read: store bytes, "
                "whole numbers or floats.",
                where=where,
            )
        )
    too_wide = dtype.itemsize > (4096 if dtype.kind in "SU" else 8)
    if dtype.kind not in "buifSU" or too_wide or dtype.itemsize == 0:
        raise DataError(
            tr(
                "{where} holds elements of type {descr!r}: store bytes, whole numbers or floats instead.",
                where=where,
                descr=descr,
            )
        )
    return dtype


def _cut(where: str) -> DataError:
    return DataError(tr("{where} ends within its header: it is cut short, so copy or download it again.", where=where))
