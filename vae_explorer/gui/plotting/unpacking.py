"""Turning many decoded pictures into images without holding up the event loop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

SLICE_SECONDS = 0.004
"""Time for which the work holds the event loop at once."""
_MOST_SMALL_BYTES = 257
"""How many bytes can be added up in 16 bits."""


class Unpacker(QObject):
    """Makes images of groups of pictures, a few milliseconds at a time; a newer start replaces what is under way."""

    finished = Signal(object, object)
    """What the start was given as `purpose`, and a list of `QImage`, one for each group."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups: list[NDArray[np.uint8]] = []
        self._make: Callable[[NDArray[np.uint8]], QImage] | None = None
        self._done: list[QImage] = []
        self._purpose: object = None
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._advance)

    def start(
        self,
        pictures: NDArray[np.uint8],
        groups: int,
        make: Callable[[NDArray[np.uint8]], QImage],
        purpose: object = None,
    ) -> None:
        """Cut pictures [N, C, H, W] into equal groups and make an image of each.

        The images come back together with `purpose`, because what the owner wants may have changed by then.
        """
        self._groups = list(pictures.reshape(groups, -1, *pictures.shape[1:]))
        self._make, self._purpose = make, purpose
        self._done = []
        self._timer.start()

    def stop(self) -> None:
        """Forget what is under way."""
        self._timer.stop()
        self._groups, self._done, self._purpose = [], [], None

    @Slot()
    def _advance(self) -> None:
        until = time.perf_counter() + SLICE_SECONDS
        while self._make is not None and len(self._done) < len(self._groups):
            if time.perf_counter() > until:
                return
            self._done.append(self._make(self._groups[len(self._done)]))
        purpose, done = self._purpose, self._done
        self.stop()
        self.finished.emit(purpose, done)


def averaged(pictures: NDArray[np.uint8], largest: int) -> NDArray[np.uint8]:
    """Average pictures [N, C, H, W] down by a whole factor, so that the longer side is under twice `largest` pixels."""
    count, channels, height, width = pictures.shape
    factor = max(1, max(height, width) // max(1, largest))
    if factor == 1:
        return pictures
    rows, columns = max(1, height // factor), max(1, width // factor)
    down, right = height // rows, width // columns
    cut = pictures[:, :, : rows * down, : columns * right]
    cells = cut.reshape(count, channels, rows, down, columns, right)
    sums = np.zeros(
        (count, channels, rows, columns), dtype=np.uint16 if down * right <= _MOST_SMALL_BYTES else np.uint32
    )
    # Place by place within the cells, all cells at once: numpy takes means over two short axes four times as slowly.
    for row, column in np.ndindex(down, right):
        sums += cells[:, :, :, row, :, column]
    return np.asarray(sums // (down * right), dtype=np.uint8)
