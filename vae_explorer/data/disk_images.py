"""Images that stay in their files and are read when they are asked for, in place of an array in memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.data.positioned import Bytes, RowFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Rows = NDArray[np.int64]

_GAP_BYTES: Final = 1 << 14
"""Bytes between two wanted rows up to which they are read along, since a second read would cost more."""
_SPAN_BYTES: Final = 1 << 22
"""Bytes read at once at most, where not all of them are wanted."""
_SPREAD_RUNS: Final = 128
"""Runs of neighbours that a spread sample is made of."""


@dataclass(frozen=True, slots=True)
class StoredForm:
    """How images lie in a file, and how they become [n, C, H, W].

    Attributes
    ----------
    row_bytes
        Bytes of one image in the file.
    shape
        Channels, height and width of one image afterwards.
    decode
        Turns stored images uint8 [n, row_bytes] into uint8 [n, C, H, W].
    """

    row_bytes: int
    shape: tuple[int, int, int]
    decode: Callable[[Bytes], Bytes]


class DiskImages:
    """Images [N, C, H, W] in files: asked for a row, a slice or many rows, it reads them and returns an array.

    What it takes of memory is 8 bytes an image, and 4 more once it is trained on. Any thread may ask.

    Parameters
    ----------
    files
        The files in order; their rows are counted through.
    form
        How images lie in all of them.
    order
        int64 [N]: for each image, the row in the files; left out, all rows as they lie.
    """

    def __init__(self, files: Sequence[RowFile], form: StoredForm, order: Rows | None = None) -> None:
        self._files = tuple(files)
        self._form = form
        self._starts = np.cumsum([0, *(file.rows for file in self._files)])
        self._order = order
        self._parts: dict[tuple[int, int], DiskImages] = {}
        self._positions: NDArray[np.int32] | None = None

    @property
    def order(self) -> Rows:
        """int64 [N]: for each image, the row in the files."""
        if self._order is None:
            self._order = np.arange(self.stored_rows, dtype=np.int64)
        return self._order

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """N, C, H and W."""
        return (len(self), *self._form.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all images as an array."""
        return math.prod(self.shape)

    @property
    def row_bytes(self) -> int:
        """Bytes of one image in its file."""
        return self._form.row_bytes

    @property
    def stored_rows(self) -> int:
        """Rows in the files, of which these images may be a part."""
        return int(self._starts[-1])

    @property
    def positions(self) -> NDArray[np.int32]:
        """int32 [stored rows]: for each row in the files the image that it is here, or -1; made on first use."""
        if self._positions is None:
            positions = np.full(self.stored_rows, -1, dtype=np.int32)
            positions[self.order] = np.arange(len(self.order), dtype=np.int32)
            self._positions = positions
        return self._positions

    def __len__(self) -> int:
        return self.stored_rows if self._order is None else len(self._order)

    def __getitem__(self, key: int | np.integer | slice | NDArray[np.generic]) -> Bytes:
        """Read one image [C, H, W], or those of a slice, a mask or many rows [n, C, H, W]."""
        wanted = self.order[key]
        if isinstance(wanted, np.ndarray):
            return self._gather(wanted)
        image: Bytes = self._gather(np.array([wanted]))[0]
        return image

    def part(self, start: int, stop: int) -> DiskImages:
        """Return consecutive images without reading them; asked again, the same."""
        if (start, stop) not in self._parts:
            self._parts[start, stop] = DiskImages(self._files, self._form, self.order[start:stop])
        return self._parts[start, stop]

    def reordered(self, order: Rows) -> DiskImages:
        """Return the images ``order`` of these, without reading them."""
        return DiskImages(self._files, self._form, order if self._order is None else self._order[order])

    def spread_stored(self, count: int) -> tuple[Bytes, Rows]:
        """Read about `count` images from runs of neighbours spread over the whole files; also their rows there."""
        count = min(max(1, count), self.stored_rows)
        runs = 1 if count == self.stored_rows else min(_SPREAD_RUNS, count)
        length = count // runs
        firsts = np.linspace(0, self.stored_rows - length, runs).astype(np.int64)
        rows = np.unique((firsts[:, None] + np.arange(length)).reshape(-1))
        return self._gather(rows), rows

    def spread(self, count: int) -> tuple[Bytes, Rows]:
        """Read about `count` of these images from runs of neighbours spread over the files; also their rows here."""
        images, stored = self.spread_stored(min(len(self), count) * self.stored_rows // len(self))
        rows = self.positions[stored]
        if (rows < 0).all():
            return self[:1], np.zeros(1, dtype=np.int64)
        return images[rows >= 0], rows[rows >= 0].astype(np.int64)

    def row_pieces(self, size: int) -> Iterator[Rows]:
        """Yield all rows, `size` at a time at most, in the order in which they lie in the files."""
        for start in range(0, self.stored_rows, size):
            here = self.positions[start : start + size]
            if (here >= 0).any():
                yield here[here >= 0].astype(np.int64)

    def read_stored(self, first: int, target: Bytes) -> None:
        """Fill uint8 [n, row_bytes] with the rows of the files from one on, as they lie there.

        Raises
        ------
        DataError
            If a file has become shorter, or can't be read.
        """
        done = 0
        while done < len(target):
            file, row = self._find(first + done)
            count = min(len(target) - done, file.rows - row)
            file.read_into(row, target[done : done + count])
            done += count

    def decode(self, stored: Bytes) -> Bytes:
        """Return images [n, C, H, W] of stored ones [n, row_bytes]."""
        return np.ascontiguousarray(self._form.decode(stored))

    def _gather(self, wanted: Rows) -> Bytes:
        places = np.argsort(wanted, kind="stable")
        ordered = wanted[places]
        stored = np.empty((len(wanted), self.row_bytes), dtype=np.uint8)
        self._read_ordered(ordered, stored)
        if len(wanted) > 1 and (places[1:] < places[:-1]).any():
            back = np.empty_like(stored)
            back[places] = stored
            stored = back
        return self.decode(stored)

    def _read_ordered(self, ordered: Rows, stored: Bytes) -> None:
        """Read rows of the files in rising order, those that lie near each other together."""
        groups = self._groups(ordered)
        if len(groups) > 2:
            for begin, end in groups:
                file, row = self._find(int(ordered[begin]))
                file.announce(row, int(ordered[end - 1] - ordered[begin]) + 1)
        for begin, end in groups:
            first, count = int(ordered[begin]), int(ordered[end - 1] - ordered[begin]) + 1
            is_run = count == end - begin and bool((np.diff(ordered[begin:end]) == 1).all())
            if is_run:
                self.read_stored(first, stored[begin:end])
            else:
                span = np.empty((count, self.row_bytes), dtype=np.uint8)
                self.read_stored(first, span)
                stored[begin:end] = span[ordered[begin:end] - first]

    def _groups(self, ordered: Rows) -> list[tuple[int, int]]:
        """Return begin and end of what is read together."""
        if not len(ordered):
            return []
        gap, span = max(1, _GAP_BYTES // self.row_bytes), max(1, _SPAN_BYTES // self.row_bytes)
        steps = np.diff(ordered)
        # Spans are cut where the rows pass a multiple of their length, so that each is bounded.
        cuts = (steps > gap) | (np.diff(ordered // span) > 0)
        begins = [0, *(np.flatnonzero(cuts) + 1).tolist()]
        return list(zip(begins, [*begins[1:], len(ordered)], strict=True))

    def _find(self, row: int) -> tuple[RowFile, int]:
        """Return the file that holds a row, and the row's number there."""
        index = int(np.searchsorted(self._starts, row, side="right")) - 1 if len(self._files) > 1 else 0
        return self._files[index], row - int(self._starts[index])
