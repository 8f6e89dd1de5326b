"""IDX files within a downloaded ZIP archive, read where they lie: nothing is ever unpacked onto the disk."""

from __future__ import annotations

import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from vae_explorer.data.files import open_regular
from vae_explorer.data.idx import open_packed_idx
from vae_explorer.errors import DataError, printable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vae_explorer.data.stored import StoredArray

_ENCRYPTED: Final = 0x1
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


def open_member(path: Path, member: str) -> StoredArray:
    """Read the header of a compressed IDX file within an archive and check it against its size.

    Parameters
    ----------
    path
        The archive.
    member
        The full name of the file in it; an archive's own list of names decides nothing.

    Raises
    ------
    DataError
        If the archive or the file in it can't be used.
    """
    where = tr("{path}, file {member},", path=printable(path), member=member)

    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        with open_regular(path) as file, _archive(path, file) as archive:
            info = _info(where, archive, member)
            try:
                stream = archive.open(info)
            except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
                raise DataError(
                    tr("{where} is damaged ({error}): download it again.", where=where, error=error)
                ) from None
            with stream:
                yield cast("BinaryIO", stream)

    with open_regular(path) as file, _archive(path, file) as archive:
        size = _info(where, archive, member).file_size
    return open_packed_idx(where, opened, size)


def _archive(path: Path, file: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError) as error:
        raise DataError(
            tr("{path} isn't a whole ZIP archive ({error}): download it again.", path=printable(path), error=error)
        ) from None


def _info(where: str, archive: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    try:
        info = archive.getinfo(member)
    except KeyError:
        raise DataError(tr("{where} isn't there: download the archive again.", where=where)) from None
    if info.compress_type not in _METHODS or info.flag_bits & _ENCRYPTED:
        raise DataError(
            tr("{where} is encrypted or packed in an unknown way: download the archive again.", where=where)
        )
    return info
