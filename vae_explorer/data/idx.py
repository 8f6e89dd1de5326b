"""IDX, the format of MNIST: one array a file, as it is or compressed by gzip.

The header is two zero bytes, one byte for the type, one for the number of dimensions, and a big-endian 32-bit size
for each dimension (Y. LeCun, http://yann.lecun.com/exdb/mnist, "File formats").
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import numpy as np

from vae_explorer.data.files import open_regular
from vae_explorer.data.positioned import Place
from vae_explorer.data.stored import StoredArray, wrong_size
from vae_explorer.errors import DataError, printable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

_TYPES: Final = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_RATIO: Final = 1040
"""Deflate makes no more than 1032 bytes of one; the rest allows for headers."""


def open_idx(path: Path, *, follow_links: bool = True) -> StoredArray:
    """Read the header of an IDX file and check it against the size of the file.

    Raises
    ------
    DataError
        If it isn't an IDX file, or can't hold what its header announces.
    """
    with open_regular(path, follow_links=follow_links) as file:
        size = file.seek(0, 2)
        file.seek(0)
        packed = file.read(2) == _GZIP_MAGIC
    with _open_at(path, packed, 0, follow_links) as stream:
        shape, dtype, start = _read_header(printable(path), stream)
    place = None if packed else Place(path, start, follow_links)
    array = StoredArray(printable(path), shape, dtype, lambda: _open_at(path, packed, start, follow_links), place=place)
    _check_size(array, size, start, packed)
    return array


def open_packed_idx(where: str, open_packed: Callable[[], AbstractContextManager[BinaryIO]], size: int) -> StoredArray:
    """Read the header of a compressed IDX file that lies within another one, and check it against its size.

    Parameters
    ----------
    where
        The file for messages.
    open_packed
        Opens its compressed bytes.
    size
        How many those are.

    Raises
    ------
    DataError
        As for `open_idx`.
    """

    @contextmanager
    def open_from(start: int) -> Iterator[BinaryIO]:
        with open_packed() as file, gzip.GzipFile(fileobj=file) as stream:
            _skip(where, stream, start)
            yield cast("BinaryIO", stream)

    with open_from(0) as stream:
        shape, dtype, start = _read_header(where, stream)
    array = StoredArray(where, shape, dtype, lambda: open_from(start))
    _check_size(array, size, start, packed=True)
    return array


def looks_like_idx(path: Path) -> bool:
    """Whether a file begins as IDX or as compressed IDX does."""
    try:
        with open_regular(path) as file:
            packed = file.read(2) == _GZIP_MAGIC
        with _open_at(path, packed, 0, follow_links=True) as stream:
            magic = stream.read(4)
    except (DataError, OSError, EOFError, zlib.error):
        return False
    return len(magic) == 4 and magic[:2] == b"\0\0" and magic[2] in _TYPES and 1 <= magic[3] <= 4


@contextmanager
def _open_at(path: Path, packed: bool, start: int, follow_links: bool) -> Iterator[BinaryIO]:
    with open_regular(path, follow_links=follow_links) as file:
        if not packed:
            file.seek(start)
            yield file
            return
        with gzip.GzipFile(fileobj=file) as stream:
            _skip(printable(path), stream, start)
            yield cast("BinaryIO", stream)


def _skip(where: str, stream: gzip.GzipFile, count: int) -> None:
    try:
        stream.read(count)
    except EOFError:
        raise _cut(where) from None
    except (OSError, zlib.error) as error:
        raise _damaged(where, error) from None


def _cut(where: str) -> DataError:
    return DataError(tr("{where} is cut short: copy or download it again.", where=where))


def _damaged(where: str, error: Exception) -> DataError:
    return DataError(
        tr("{where} is damaged ({error}): copy or download it again.", where=where, error=printable(error))
    )


def _read_header(where: str, stream: BinaryIO) -> tuple[tuple[int, ...], np.dtype[np.generic], int]:
    try:
        magic = stream.read(4)
        if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not 1 <= magic[3] <= 4:
            raise DataError(
                tr(
                    "{where} isn't an IDX file, because it begins with {beginning}: choose another file.",
                    where=where,
                    beginning=magic.hex(" ") or tr("nothing"),
                )
            )
        sizes = stream.read(4 * magic[3])
    except EOFError:
        raise _cut(where) from None
    except (OSError, zlib.error) as error:
        raise _damaged(where, error) from None
    if len(sizes) < 4 * magic[3]:
        raise DataError(
            tr("{where} ends within its header: it is cut short, so copy or download it again.", where=where)
        )
    return struct.unpack(f">{magic[3]}I", sizes), np.dtype(_TYPES[magic[2]]), 4 + len(sizes)


def _check_size(array: StoredArray, size: int, start: int, packed: bool) -> None:
    announced = start + math.prod(array.shape) * array.dtype.itemsize
    if announced == size and not packed:
        return
    if packed and announced <= size * _GZIP_RATIO:
        return
    raise wrong_size(array.where, size, announced, packed=packed)
