"""The cloud of encodings, drawn in slices between events and shown shifted or stretched until it is drawn anew.

A crowd is drawn by its density, and point by point where one has zoomed in.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QRegion

from vae_explorer.gui.plotting.point_crowd import CROWD, Crowd, CrowdWish
from vae_explorer.gui.plotting.points import PointStyle, raster_passes
from vae_explorer.gui.plotting.viewport import Viewport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PySide6.QtGui import QPainter

    from vae_explorer.app.latest import LatestWork

SLICE_SECONDS = 0.004
"""Time for which drawing holds the event loop at once."""
PAUSE_MILLISECONDS, MOST_STRETCH, MOST_SHRINKING = 40, 2.0, 1.5
"""While one zooms, points are drawn anew when one pauses, or when they would be stretched or shrunk by more.

A stretched picture is only coarse, for a moment; a shrunk one has nothing to show at the rims.
"""
_SAME_SIZE = 1e-3
"""Pixels by which a picture may miss its size without being stretched."""
MARGIN = 72
"""Pixels drawn beyond each edge of the view, so that a pan finds points there."""


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What a picture shows: a view with its margin, and of a crowd either all points or only those far away."""

    viewport: Viewport
    ratio: float
    singles: bool

    def covers(self, viewport: Viewport) -> bool:
        """Whether it shows all of a view, pixel by pixel."""
        if not math.isclose(viewport.scale, self.viewport.scale, rel_tol=1e-9):
            return False
        left, right, bottom, top = self.viewport.bounds
        inner = viewport.bounds
        return left <= inner[0] and right >= inner[1] and bottom <= inner[2] and top >= inner[3]

    def is_near(self, viewport: Viewport) -> bool:
        """Whether it may stand for a view for a moment, stretched or shrunk a little."""
        stretch = viewport.scale / self.viewport.scale
        return 1 / MOST_SHRINKING < stretch < MOST_STRETCH and not math.isclose(stretch, 1.0, rel_tol=1e-9)


class PointLayer(QObject):
    """Encodings as discs in class colours.

    Parameters
    ----------
    parent
        Owner.
    worker
        Sorts and counts crowds; without one, crowds are drawn like any other points.
    """

    changed = Signal()
    """A new picture is ready."""

    def __init__(self, parent: QObject | None = None, worker: LatestWork | None = None) -> None:
        super().__init__(parent)
        self._z: NDArray[np.float32] = np.empty((0, 2), dtype=np.float32)
        self._colours: NDArray[np.integer] = np.empty(0, dtype=np.int64)
        self._style = PointStyle(np.full((1, 3), 128, dtype=np.uint8), 2.0, (255, 255, 255))
        self._viewport = Viewport()
        self._ratio = 1.0
        self._active = False
        self._drawn: tuple[QImage, _Drawing] | None = None
        self._passes: Iterator[NDArray[np.uint32] | None] | None = None
        self._drawing = _Drawing(Viewport(), 1.0, singles=True)
        self._again = False
        self._worker = worker
        self._crowd: Crowd | None = None
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._slices.timeout.connect(self._draw_slice)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.timeout.connect(self._restart)
        if worker is not None:
            worker.finished.connect(self._take_crowd)

    @property
    def is_complete(self) -> bool:
        """Whether the picture shows the newest points in the newest view."""
        is_drawn = self._passes is None and not self._pause.isActive()
        return is_drawn and (self._worker is None or not self._worker.is_running)

    @property
    def shows_density(self) -> bool:
        """Whether the points on the screen are so many that their density is drawn."""
        return self._crowd is not None and not self._crowd.shows_singles(self._viewport, self._ratio)

    @property
    def memory(self) -> int:
        """Bytes that are kept to draw a crowd quickly, beside the points themselves; 0 for few points."""
        return 0 if self._crowd is None else self._crowd.memory

    def set_active(self, active: bool) -> None:
        """Draw only while someone can see it."""
        if active != self._active:  # else every new model would draw the same points again
            self._active = active
            self._restart()

    def set_points(self, z: NDArray[np.float32], colours: NDArray[np.integer], style: PointStyle | None = None) -> None:
        """Show points at z [N, 2] with rows [N] of the palette, and a style to go with them where it is another one.

        A negative row hides the point.
        """
        self._z, self._colours = z, colours
        self._style = style or self._style
        if self._worker is not None and len(z) >= CROWD:
            crowd = self._crowd
            known = crowd.index if crowd is not None and crowd.z is z else None
            self._worker.ask(CrowdWish(z, colours, self._style, known).make)
            return  # What is shown stays until the crowd is sorted.
        self._leave_crowd()
        self._restart()

    def clear(self) -> None:
        """Show no points."""
        self._z, self._colours = self._z[:0], self._colours[:0]
        self._leave_crowd()
        self._drawn = None
        self._restart()
        self.changed.emit()

    def set_style(self, style: PointStyle) -> None:
        """Take colours and sizes, in pixels of the window."""
        self.set_points(self._z, self._colours, style)

    def set_viewport(self, viewport: Viewport, ratio: float) -> None:
        """Show another part of the plane on a screen of `ratio` device pixels a pixel."""
        if (viewport, ratio) == (self._viewport, self._ratio):
            return
        self._viewport, self._ratio = viewport, ratio
        drawing = self._drawing if self._passes is not None or self._drawn is None else self._drawn[1]
        if ratio == drawing.ratio and drawing.singles != self.shows_density:
            if drawing.covers(viewport):
                self._pause.stop()
                return  # What is drawn, or being drawn, reaches that far.
            if self._drawn is not None and drawing.is_near(viewport):
                self._pause.start(PAUSE_MILLISECONDS)
                return  # While one zooms on, the picture is stretched.
        self._restart()

    def count_on_screen(self) -> int:
        """Return how many points are shown in the part of the plane on the screen; about how many of a crowd."""
        if self._crowd is not None:
            return self._crowd.index.count(self._viewport.bounds)
        left, right, bottom, top = self._viewport.bounds
        z1, z2 = self._z[:, 0], self._z[:, 1]
        shown = (self._colours >= 0) & (z1 >= left) & (z1 <= right) & (z2 >= bottom) & (z2 <= top)
        return int(np.count_nonzero(shown))

    def paint(self, painter: QPainter) -> None:
        """Draw the newest picture where its part of the plane is now."""
        crowd, drawn = self._crowd, self._drawn
        if crowd is not None and drawn is not None and drawn[1].singles and not self.shows_density:
            self._paint_around(painter, crowd, self._place(drawn[1]))
        elif crowd is not None:
            crowd.density.paint(painter, self._viewport, self._ratio)
            if drawn is not None and drawn[1].singles:
                return  # Drawn before one zoomed out: the density stands for all of it.
        if drawn is not None:
            _paint_image(painter, self._place(drawn[1]), drawn[0], drawn[1].ratio)

    def _place(self, drawing: _Drawing) -> QRectF:
        """Return where a picture lies now, in pixels of the plot."""
        left, right, bottom, top = drawing.viewport.bounds
        x, y = self._viewport.to_pixel((left, top))
        scale = self._viewport.scale
        return QRectF(x, y, (right - left) * scale, (top - bottom) * scale)

    def _paint_around(self, painter: QPainter, crowd: Crowd, place: QRectF) -> None:
        """Let the density fill what a picture of single points, not yet drawn anew, leaves empty."""
        screen = QRectF(0, 0, self._viewport.width, self._viewport.height)
        if place.contains(screen):
            return
        painter.save()
        rest = QRegion(screen.toRect()).subtracted(QRegion(place.toRect()))
        painter.setClipRegion(rest, Qt.ClipOperation.IntersectClip)
        crowd.density.paint(painter, self._viewport, self._ratio)
        painter.restore()

    @Slot(object)
    def _take_crowd(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._drawn = None if self._drawn is None or self.shows_density else self._drawn
        self._restart()
        self.changed.emit()

    def _leave_crowd(self) -> None:
        self._crowd = None
        if self._worker is not None:
            self._worker.forget()

    @Slot()
    def _restart(self) -> None:
        """Begin a new picture; one that is half drawn is finished first, so that fast pans show progress."""
        self._pause.stop()
        self._again = self._passes is not None
        if not self._active:
            self._passes = None
            self._slices.stop()
        elif not self._again:
            self._begin()

    def _begin(self) -> None:
        ratio, view = self._ratio, self._viewport
        wide = replace(view, width=view.width + 2 * MARGIN, height=view.height + 2 * MARGIN)
        self._drawing = _Drawing(wide, ratio, singles=not self.shows_density)
        device = replace(
            wide, scale=wide.scale * ratio, width=max(1, round(wide.width * ratio)), height=round(wide.height * ratio)
        )
        style = self._style.for_crowd(self.count_on_screen(), view.width * view.height).scaled(ratio)
        # Bound now: other points, with another palette, may come before the first pass.
        self._passes = self._rastered(self._z, self._colours, self._crowd, device, style)
        self._again = False
        self._slices.start()

    def _rastered(
        self,
        z: NDArray[np.float32],
        colours: NDArray[np.integer],
        crowd: Crowd | None,
        device: Viewport,
        style: PointStyle,
    ) -> Iterator[NDArray[np.uint32] | None]:
        """Look for the points and draw them, all of it between events: this frame has its own work to do."""
        drawing = self._drawing
        if crowd is not None:
            z, colours = crowd.singles(drawing.viewport, all_of_them=drawing.singles)
            yield None
        yield from raster_passes(z, colours, device, style)

    @Slot()
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
        self._drawn = (image, self._drawing)
        if self._again:
            self._begin()
        self.changed.emit()


def _paint_image(painter: QPainter, place: QRectF, image: QImage, ratio: float) -> None:
    """Draw a picture in its place: pixel by pixel where it isn't stretched, which takes a tenth of the time."""
    across, down = place.width() * ratio - image.width(), place.height() * ratio - image.height()
    if max(abs(across), abs(down)) < _SAME_SIZE:
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(round(place.x() * ratio) / ratio, round(place.y() * ratio) / ratio), image)
    else:
        image.setDevicePixelRatio(1.0)
        painter.drawImage(place, image)
