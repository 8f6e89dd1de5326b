"""An array in a file, of known type and shape, read in pieces."""

from __future__ import annotations

import math
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.data.limits import byte_size
from vae_explorer.errors import DataError, printable
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from vae_explorer.data.positioned import Place

_CHUNK_BYTES: Final = 1 << 22

Numbers = NDArray[Any]
"""An array whose type is only known from its file."""


@dataclass(frozen=True, slots=True)
class StoredArray:
    """Where an array lies and what its header says; nothing is read until asked for.

    Attributes
    ----------
    where
        The file (and the array in it) for messages.
    shape, dtype
        As in the header, already checked against the size of the file.
    open
        Opens a stream that stands at the first element; leaving its ``with`` block closes the file.
    fortran
        Whether the first index runs fastest.
    place
        Where the elements lie as they are; None where they are compressed.
    """

    where: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    open: Callable[[], AbstractContextManager[BinaryIO]]
    fortran: bool = False
    place: Place | None = None

    @property
    def nbytes(self) -> int:
        """Size of the elements in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize

    def chunks(self) -> Iterator[Numbers]:
        """Yield the rows in pieces of some megabytes, each of shape [n, ...].

        Raises
        ------
        DataError
            If the file is damaged, ends early or goes on after the last element.
        """
        row_bytes = math.prod(self.shape[1:]) * self.dtype.itemsize
        rows = max(1, _CHUNK_BYTES // max(1, row_bytes))
        if self.fortran:
            whole = self.whole()
            yield from (whole[start : start + rows] for start in range(0, self.shape[0], rows))
            return
        with self.open() as stream:
            for start in range(0, self.shape[0], rows):
                count = min(rows, self.shape[0] - start)
                yield self._read(stream, count * row_bytes).reshape(count, *self.shape[1:])
            self._expect_end(stream)

    def whole(self) -> Numbers:
        """Return all elements at once.

        Raises
        ------
        DataError
            As for `chunks`.
        """
        with self.open() as stream:
            flat = self._read(stream, self.nbytes)
            self._expect_end(stream)
        return flat.reshape(self.shape, order="F" if self.fortran else "C")

    def _read(self, stream: BinaryIO, count: int) -> Numbers:
        buffer = np.empty(count, dtype=np.uint8)
        view, filled = buffer.data, 0
        while filled < count:
            piece = self._piece(stream, min(_CHUNK_BYTES, count - filled))
            if not piece:
                raise DataError(
                    tr(
                        "{where} ends {count:,} bytes too early for the size in its header: it is cut short, "
                        "so copy or download it again.",
                        where=self.where,
                        count=count - filled,
                    )
                )
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        return buffer.view(self.dtype)

    def _expect_end(self, stream: BinaryIO) -> None:
        if self._piece(stream, 1):
            raise DataError(
                tr(
                    "{where} goes on after the last element that its header announces: it is damaged or "
                    "something else, so copy or download it again.",
                    where=self.where,
                )
            )

    def _piece(self, stream: BinaryIO, size: int) -> bytes:
        try:
            return stream.read(size)
        except EOFError:
            raise DataError(tr("{where} is cut short: copy or download it again.", where=self.where)) from None
        except (OSError, zlib.error, zipfile.BadZipFile, ValueError) as error:
            raise DataError(
                tr("{where} is damaged ({error}): copy or download it again.", where=self.where, error=printable(error))
            ) from None


def wrong_size(where: str, size: int, announced: int, *, packed: bool = False) -> DataError:
    """Return what to raise for a file of another size than its header announces.

    Parameters
    ----------
    where
        The file (and the array in it).
    size, announced
        Bytes that are there, and that the header announces.
    packed
        Whether those that are there are compressed.
    """
    held = tr("{size} compressed", size=byte_size(size)) if packed else byte_size(size)
    template = (
        marked(
            "{where} ({size}) can't hold the {announced} that its header announces: it is cut short "
            "or damaged, so copy or download it again."
        )
        if announced > size
        else marked(
            "{where} ({size}) is longer than the {announced} that its header announces: it is cut short "
            "or damaged, so copy or download it again."
        )
    )
    return DataError(tr(template, where=where, size=held, announced=byte_size(announced)))
