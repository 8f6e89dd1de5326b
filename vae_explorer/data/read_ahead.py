"""The order in which images on a disk are trained on, and reading them before they are asked for.

Single images at random places would cost a disk its whole speed. So the files are taken in blocks of neighbours: for
each epoch the blocks are put in random order, some hundred of them at a time are read into a window, and the images of
a window come in random order. A window is read by a thread of its own while the one before it is trained on.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.disk_images import DiskImages, Rows
from vae_explorer.data.positioned import Bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BLOCK_BYTES: Final = 1 << 18
"""Length of a block: enough for a disk to read it at nearly its full speed."""
WINDOW_BLOCKS: Final = 128
"""Blocks whose images are mixed with each other, and which are in memory together: 32 MiB."""
_KEPT_WINDOWS: Final = 2
"""Windows in memory beside the one that is being read."""


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Blocks in memory: `blocks` is sorted, and `slots` says where in `stored` each begins, in rows."""

    blocks: NDArray[np.int64]
    slots: NDArray[np.int64]
    stored: Bytes

    def places(self, stored_rows: Rows, block_rows: int) -> tuple[NDArray[np.bool_], Rows]:
        """Return which rows of the files are here, and the places of all (of those that aren't, anything)."""
        blocks = stored_rows // block_rows
        found = np.minimum(np.searchsorted(self.blocks, blocks), len(self.blocks) - 1)
        return self.blocks[found] == blocks, self.slots[found] + stored_rows % block_rows


class ReadAhead:
    """Images on a disk in the order of their epochs, read ahead.

    Parameters
    ----------
    images
        The images to train on.

    Notes
    -----
    The order depends on nothing but the file, the seed and the epoch: not on how far the reading is, nor on what was
    asked for. Images that are asked for out of this order are read where they lie.
    """

    def __init__(self, images: DiskImages) -> None:
        self._images = images
        self._block_rows = max(1, BLOCK_BYTES // images.row_bytes)
        self._windows: tuple[_Window, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """N, C, H and W."""
        return self._images.shape

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, rows: Rows) -> Bytes:
        """Return images [n, C, H, W] from the windows, or from the disk where they aren't there."""
        stored_rows = self._images.order[rows]
        windows = self._windows  # the newest last; the thread of the epoch may replace them meanwhile
        for window in reversed(windows):
            known, places = window.places(stored_rows, self._block_rows)
            if known.all():
                return self._images.decode(window.stored.take(places, axis=0))
        return self._mixed(rows, stored_rows, windows)

    def epoch(self, seed: int, epoch: int, skip: int = 0) -> Iterator[Rows]:
        """Yield the rows of all images in the order of an epoch, a window at a time, which is then in memory.

        Parameters
        ----------
        seed, epoch
            Choose the order.
        skip
            Rows at the beginning to leave out.

        Raises
        ------
        DataError
            If the files have become shorter, or can't be read.
        """
        in_block = self._in_blocks()
        order = np.random.default_rng([seed, epoch]).permutation(np.flatnonzero(in_block))
        groups = [order[start : start + WINDOW_BLOCKS] for start in range(0, len(order), WINDOW_BLOCKS)]
        counts = np.array([int(in_block[group].sum()) for group in groups], dtype=np.int64)
        ends = np.cumsum(counts)
        first = int(np.searchsorted(ends, skip, side="right"))
        with ThreadPoolExecutor(1, thread_name_prefix="reading-ahead") as reader:
            coming: Future[_Window] | None = None
            for number in range(first, len(groups)):
                window = self._read(groups[number]) if coming is None else coming.result()
                following = groups[number + 1] if number + 1 < len(groups) else None
                coming = None if following is None else reader.submit(self._read, following)
                self._windows = (*self._windows[1 - _KEPT_WINDOWS :], window)
                rows = self._mixed_rows(groups[number], seed, epoch, number)
                yield rows[max(0, skip - int(ends[number] - counts[number])) :]

    def _in_blocks(self) -> NDArray[np.int64]:
        """Return how many of the images lie in each block of the files."""
        begins = np.arange(0, self._images.stored_rows, self._block_rows, dtype=np.int64)
        return np.add.reduceat(self._images.positions >= 0, begins, dtype=np.int64)

    def _mixed_rows(self, blocks: NDArray[np.int64], seed: int, epoch: int, number: int) -> Rows:
        """Return the rows of the images in some blocks, in random order."""
        stored = (blocks[:, None] * self._block_rows + np.arange(self._block_rows)).reshape(-1)
        rows = self._images.positions[stored[stored < self._images.stored_rows]]
        rows = rows[rows >= 0].astype(np.int64)
        return np.random.default_rng([seed, epoch, number]).permutation(rows)

    def _read(self, group: NDArray[np.int64]) -> _Window:
        """Read some blocks, in the order in which they lie in the files."""
        blocks = np.sort(group)
        slots = np.arange(len(blocks), dtype=np.int64) * self._block_rows
        stored = np.empty((len(blocks) * self._block_rows, self._images.row_bytes), dtype=np.uint8)
        for block, slot in zip(blocks.tolist(), slots.tolist(), strict=True):
            first = block * self._block_rows
            count = min(self._block_rows, self._images.stored_rows - first)
            self._images.read_stored(first, stored[slot : slot + count])
        return _Window(blocks, slots, stored)

    def _mixed(self, rows: Rows, stored_rows: Rows, windows: tuple[_Window, ...]) -> Bytes:
        """Return images of which not all are in one window."""
        images = np.empty((len(rows), *self.shape[1:]), dtype=np.uint8)
        missing = np.ones(len(rows), dtype=np.bool_)
        for window in windows:
            known, places = window.places(stored_rows, self._block_rows)
            known &= missing
            images[known] = self._images.decode(window.stored.take(places[known], axis=0))
            missing &= ~known
        if missing.any():
            images[missing] = self._images[rows[missing]]
        return images
