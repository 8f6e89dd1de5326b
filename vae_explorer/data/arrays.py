"""NPY and NPZ files as stored arrays, checked against the sizes of their files."""

from __future__ import annotations

import math
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from vae_explorer.data.files import open_regular
from vae_explorer.data.limits import Limits, byte_size, more_than
from vae_explorer.data.npy import MAGIC, NpyHeader, read_npy_header
from vae_explorer.data.positioned import Place
from vae_explorer.data.stored import StoredArray, wrong_size
from vae_explorer.errors import DataError, printable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED: Final = 0x1
_MAX_RATIO: Final = 1040
_ZIP_MAGIC: Final = b"PK"
_LOCAL_HEADER: Final = struct.Struct("<26xHH")
"""Ends with the lengths of the name and of the extra field, which follow."""


def open_npy(path: Path, limits: Limits, *, follow_links: bool = True) -> StoredArray:
    """Read the header of an NPY file and check it against the size of the file.

    Raises
    ------
    DataError
        If it isn't an NPY file, or doesn't hold what its header announces.
    """
    where = printable(path)
    with open_regular(path, follow_links=follow_links) as file:
        size = file.seek(0, 2)
        file.seek(0)
        header = read_npy_header(where, file, limits)

    @contextmanager
    def open_elements() -> Iterator[BinaryIO]:
        with open_regular(path, follow_links=follow_links) as file:
            file.seek(header.length)
            yield file

    place = Place(path, header.length, follow_links)
    array = StoredArray(where, header.shape, header.dtype, open_elements, header.fortran, place)
    _check_size(array, header, size)
    return array


def open_npz(path: Path, limits: Limits) -> Mapping[str, StoredArray | DataError]:
    """Read the headers of all arrays in an NPZ file, by name.

    An array that can't be used (lying about its size, packed in an unknown way, made of objects) is given as its
    error, since it matters only if it is the one with the images or labels.

    Raises
    ------
    DataError
        If it isn't an NPZ file or holds too many arrays.
    """
    where = printable(path)
    with _open_archive(path) as archive:
        members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
        if len(members) > limits.members:
            allowed = more_than(f"{limits.members:,}", "limits.arrays")
            raise DataError(
                tr(
                    "{where} holds {count:,} arrays, {allowed}: use fewer.",
                    where=where,
                    count=len(members),
                    allowed=allowed,
                )
            )
        return {info.filename.removesuffix(".npy"): _open_or_error(path, archive, info, limits) for info in members}


def looks_like_npy(path: Path) -> bool:
    """Whether a file begins as NPY does."""
    return _begins_with(path, MAGIC)


def looks_like_npz(path: Path) -> bool:
    """Whether a file is a ZIP archive that holds arrays."""
    if not _begins_with(path, _ZIP_MAGIC):
        return False
    try:
        with _open_archive(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except DataError:
        return False


def _begins_with(path: Path, magic: bytes) -> bool:
    try:
        with open_regular(path) as file:
            return file.read(len(magic)) == magic
    except (DataError, OSError):
        return False


@contextmanager
def _open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    with open_regular(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError) as error:
            raise DataError(
                tr(
                    "{path} isn't a whole NPZ file ({error}): copy or download it again.",
                    path=printable(path),
                    error=printable(error),
                )
            ) from None
        with archive:
            yield archive


def _open_or_error(
    path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits
) -> StoredArray | DataError:
    try:
        return _open_member(path, archive, info, limits)
    except DataError as error:
        return error


def _open_member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> StoredArray:
    name = info.filename.removesuffix(".npy")
    where = tr("{path}, array '{name}',", path=printable(path), name=printable(name, 40))
    _check_packing(where, info)
    with _open_stream(where, archive, info) as stream:
        header = _guarded_header(where, stream, limits)

    @contextmanager
    def open_elements() -> Iterator[BinaryIO]:
        with _open_archive(path) as again, _open_stream(where, again, info) as stream:
            stream.read(header.length)
            yield stream

    place = None
    if info.compress_type == zipfile.ZIP_STORED:
        place = Place(path, _member_start(where, archive, info) + header.length)
    array = StoredArray(where, header.shape, header.dtype, open_elements, header.fortran, place)
    _check_size(array, header, info.file_size)
    return array


def _check_packing(where: str, info: zipfile.ZipInfo) -> None:
    """Refuse a member that can't be unpacked, or that couldn't have become so small."""
    if info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
        raise DataError(
            tr(
                "{where} is encrypted or packed in an unknown way: save it again with numpy.savez_compressed.",
                where=where,
            )
        )
    if info.file_size > info.compress_size * _MAX_RATIO + 1024:
        raise DataError(
            tr(
                "{where} says that {compress_size} unpack to {file_size}, which can't be: copy or download it again.",
                where=where,
                compress_size=byte_size(info.compress_size),
                file_size=byte_size(info.file_size),
            )
        )


def _member_start(where: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """Return the byte at which the content of a member that isn't compressed begins.

    Its own header repeats its name, and may say more or less beside than the archive's directory does.
    """
    file = cast("BinaryIO", archive.fp)
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size:
        raise DataError(tr("{where} is damaged (its header is cut short): copy or download it again.", where=where))
    name, extra = _LOCAL_HEADER.unpack(header)
    start: int = info.header_offset + _LOCAL_HEADER.size + name + extra
    if start + info.file_size > file.seek(0, 2):
        raise DataError(tr("{where} reaches beyond the end of the file: copy or download it again.", where=where))
    return start


def _guarded_header(where: str, stream: BinaryIO, limits: Limits) -> NpyHeader:
    try:
        return read_npy_header(where, stream, limits)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError) as error:
        raise DataError(
            tr("{where} is damaged ({error}): copy or download it again.", where=where, error=printable(error))
        ) from None


@contextmanager
def _open_stream(where: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    try:
        stream = archive.open(info)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise DataError(
            tr("{where} is damaged ({error}): copy or download it again.", where=where, error=printable(error))
        ) from None
    with stream:
        yield cast("BinaryIO", stream)


def _check_size(array: StoredArray, header: NpyHeader, size: int) -> None:
    announced = header.length + math.prod(header.shape) * header.dtype.itemsize
    if announced != size:
        raise wrong_size(array.where, size, announced)
