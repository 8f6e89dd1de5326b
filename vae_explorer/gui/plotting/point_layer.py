"""The cloud of encodings, drawn in slices between events and shown shifted or stretched until it is drawn anew."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRectF, QTimer, Signal
from PySide6.QtGui import QImage

from vae_explorer.gui.plotting.points import PointStyle, raster_passes
from vae_explorer.gui.plotting.viewport import Viewport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PySide6.QtGui import QPainter

SLICE_SECONDS = 0.004
"""Time for which drawing holds the event loop at once."""


@dataclass(frozen=True, slots=True)
class _Drawn:
    image: QImage
    viewport: Viewport


class PointLayer(QObject):
    """Encodings as discs in class colours.

    Parameters
    ----------
    parent
        Owner.
    """

    changed = Signal()
    """A new picture is ready."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._z: NDArray[np.float32] = np.empty((0, 2), dtype=np.float32)
        self._colours: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._style = PointStyle(np.full((1, 3), 128, dtype=np.uint8), 2.0, (255, 255, 255))
        self._viewport = Viewport()
        self._ratio = 1.0
        self._active = False
        self._drawn: _Drawn | None = None
        self._passes: Iterator[NDArray[np.uint32] | None] | None = None
        self._drawing = Viewport()
        self._again = False
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.timeout.connect(self._draw_slice)

    @property
    def is_complete(self) -> bool:
        """Whether the picture shows the newest points in the newest view."""
        return self._passes is None

    def set_active(self, active: bool) -> None:
        """Draw only while someone can see it."""
        self._active = active
        self._restart()

    def set_points(self, z: NDArray[np.float32], colours: NDArray[np.int64], style: PointStyle | None = None) -> None:
        """Show points at z [N, 2] with rows [N] of the palette, and a style to go with them where it is another one.

        A negative row hides the point.
        """
        self._z, self._colours = z, colours
        self._style = style or self._style
        self._restart()

    def clear(self) -> None:
        """Show no points."""
        self._z, self._colours = self._z[:0], self._colours[:0]
        self._drawn = None
        self._restart()
        self.changed.emit()

    def set_style(self, style: PointStyle) -> None:
        """Take colours and sizes, in pixels of the window."""
        self._style = style
        self._restart()

    def set_viewport(self, viewport: Viewport, ratio: float) -> None:
        """Show another part of the plane on a screen of `ratio` device pixels a pixel."""
        if (viewport, ratio) != (self._viewport, self._ratio):
            self._viewport, self._ratio = viewport, ratio
            self._restart()

    def count_on_screen(self) -> int:
        """Return how many points are shown in the part of the plane on the screen."""
        left, right, bottom, top = self._viewport.bounds
        z1, z2 = self._z[:, 0], self._z[:, 1]
        shown = (self._colours >= 0) & (z1 >= left) & (z1 <= right) & (z2 >= bottom) & (z2 <= top)
        return int(np.count_nonzero(shown))

    def paint(self, painter: QPainter) -> None:
        """Draw the newest picture where its part of the plane is now."""
        if self._drawn is None:
            return
        left, right, bottom, top = self._drawn.viewport.bounds
        x, y = self._viewport.to_pixel((left, top))
        scale = self._viewport.scale
        place = QRectF(x, y, (right - left) * scale, (top - bottom) * scale)
        painter.drawImage(place, self._drawn.image)

    def _restart(self) -> None:
        """Begin a new picture; one that is half drawn is finished first, so that fast pans show progress."""
        self._again = self._passes is not None
        if not self._active:
            self._passes = None
            self._slices.stop()
        elif not self._again:
            self._begin()

    def _begin(self) -> None:
        ratio = self._ratio
        self._drawing = self._viewport
        device = replace(
            self._viewport,
            scale=self._viewport.scale * ratio,
            width=max(1, round(self._viewport.width * ratio)),
            height=max(1, round(self._viewport.height * ratio)),
        )
        style = self._style.for_crowd(self.count_on_screen(), self._viewport.width * self._viewport.height).scaled(
            ratio
        )
        self._passes = raster_passes(self._z, self._colours, device, style)
        self._again = False
        self._slices.start()

    def _draw_slice(self) -> None:
        until = time.perf_counter() + SLICE_SECONDS
        for pixels in self._passes or ():
            if pixels is not None:
                self._finish(pixels)
                return
            if time.perf_counter() > until:
                return
        self._slices.stop()

    def _finish(self, pixels: NDArray[np.uint32]) -> None:
        self._passes = None
        self._slices.stop()
        height, width = pixels.shape
        # The image borrows the array's memory, so it is copied into memory of its own.
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
        self._drawn = _Drawn(image, self._drawing)
        if self._again:
            self._begin()
        self.changed.emit()
