"""Rows of bytes in a file, read where they lie and when they are asked for.

A file that is mapped into memory ends the process when it shrinks meanwhile, and counts as memory for as long as it is
mapped; reading by position does neither, and takes less than a microsecond more for a row.
"""

from __future__ import annotations

import os
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.data.files import open_regular
from vae_explorer.errors import DataError, printable
from vae_explorer.language import tr
from vae_explorer.system_errors import system_reason

if TYPE_CHECKING:
    from pathlib import Path

Bytes = NDArray[np.uint8]

_CAN_ADVISE: Final = hasattr(os, "posix_fadvise")


@dataclass(frozen=True, slots=True)
class Place:
    """Where the elements of an array lie as they are: in a file, from a byte on.

    Attributes
    ----------
    path
        A regular file.
    start
        Byte at which the first element begins.
    follow_links
        Whether the path may be a link.
    """

    path: Path
    start: int
    follow_links: bool = True


class RowFile:
    """Rows of equal length that lie one after the other in a file, from a byte on.

    The file stays open, so that it can be renamed or replaced meanwhile: the rows are those of the file that was
    opened. Any number of threads may read.

    Parameters
    ----------
    where
        The file for messages.
    descriptor
        Of the open file; it is duplicated, so that the caller may close it.
    start
        Byte at which the first row begins.
    rows
        Number of rows.
    row_bytes
        Length of each.
    """

    def __init__(self, where: str, descriptor: int, start: int, rows: int, row_bytes: int) -> None:
        self.rows = rows
        self.row_bytes = row_bytes
        self._where = where
        self._start = start
        self._descriptor = os.dup(descriptor)
        self._turn = threading.Lock()
        weakref.finalize(self, os.close, self._descriptor)

    @classmethod
    def opened(cls, place: Place, rows: int, row_bytes: int) -> RowFile:
        """Open the file of a place, at which the first row begins.

        Raises
        ------
        DataError
            If it can't be opened.
        """
        with open_regular(place.path, follow_links=place.follow_links) as file:
            return cls(printable(place.path), file.fileno(), place.start, rows, row_bytes)

    def read_into(self, first: int, rows: Bytes) -> None:
        """Fill uint8 [n, row_bytes], contiguous, with the rows from the one numbered `first` on.

        Raises
        ------
        DataError
            If the file has become shorter since it was opened, or the disk can't be read.
        """
        rest = rows.reshape(-1).data
        position = self._start + first * self.row_bytes
        while rest:
            try:
                count = self._read_at(rest, position)
            except OSError as error:
                reason = system_reason(error)
                raise DataError(
                    tr(
                        "{where} can't be read any more ({reason}): check the disk that it lies on, then "
                        "open it again.",
                        where=self._where,
                        reason=printable(reason),
                    )
                ) from error
            if count == 0:
                raise DataError(
                    tr(
                        "{where} has become shorter while it was being read: leave it as it is for as long "
                        "as it is in use, and open it again.",
                        where=self._where,
                    )
                )
            rest = rest[count:]
            position += count

    def announce(self, first: int, count: int) -> None:
        """Tell the system that rows will be read soon, so that the disk can look for many at once."""
        if _CAN_ADVISE:
            position = self._start + first * self.row_bytes
            os.posix_fadvise(self._descriptor, position, count * self.row_bytes, os.POSIX_FADV_WILLNEED)

    def _read_at(self, target: memoryview, position: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self._descriptor, [target], position)
        with self._turn:  # where a file has only one position, one thread at a time may move it
            os.lseek(self._descriptor, position, os.SEEK_SET)
            piece = os.read(self._descriptor, len(target))
        target[: len(piece)] = piece
        return len(piece)
