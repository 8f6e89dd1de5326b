"""The landscape of a divergence over mean and deviation of q, with minima, start and the way down."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF

from vae_explorer.gui.laboratories.bell_plot import KEY_STEP, SMALL_KEY_STEP
from vae_explorer.gui.laboratories.bells import MEANS
from vae_explorer.gui.laboratories.small_plot import Frame, Range, SmallPlot, Ticks
from vae_explorer.gui.laboratories.survey import LOG_DEVIATIONS
from vae_explorer.language import tr
from vae_explorer.latent.univariate import Gaussian

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.laboratories.small_plot import Floats
    from vae_explorer.gui.theme import Theme
    from vae_explorer.latent.bump_fitting import Divergence

_BANDS = 12
_FINE = 6
"""Pixels of the picture for each node of the landscape."""
_SHALLOW = 0.01
"""Nats above the lowest place that make the first band."""
_DEEPEST_TINT = 0.75
_MARK = 6.0
_MARK_SIZES: Final = {"forward": 11.0, "reverse": 8.0, "js": 3.0}
_DEVIATION_TICKS = (0.2, 0.5, 1.0, 2.0, 5.0)


class FitMap(SmallPlot):
    """Every place is a q; pressing or dragging puts the start there, arrow keys move it."""

    start_moved = Signal(object)
    """A `Gaussian` to start from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            tr("Landscape of the divergence"),
            tr("Mean of q"),
            tr("Deviation of q"),
            parent,
        )
        self._heights: Floats | None = None
        self._image = QImage()
        self.minima: dict[Divergence, tuple[Gaussian, ...]] = {}
        self._way: list[Gaussian] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleDescription(tr("Arrow keys move the start; Shift makes small steps."))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self._paint_landscape()

    def show_landscape(self, heights: Floats) -> None:
        """Draw a landscape [M, S] in nats, over means and log deviations."""
        self._heights = heights
        self._paint_landscape()
        self.update()

    def show_minima(self, minima: dict[Divergence, tuple[Gaussian, ...]]) -> None:
        """Mark minima."""
        self.minima = minima
        self.update()

    def show_way(self, way: list[Gaussian]) -> None:
        """Draw the way from the start to q as it is now."""
        self._way = way
        self.update()

    def pixel_of(self, q: Gaussian) -> QPointF:
        """Return where a q lies."""
        return self.frame().pixel(q.mean, math.log(q.deviation))

    def x_range(self) -> Range:
        """Return the means to which a bell can be moved."""
        return MEANS

    def y_range(self) -> Range:
        """Return the log deviations shown."""
        return LOG_DEVIATIONS

    def y_ticks(self, frame: Frame) -> Ticks:
        """Return deviations at their logarithms."""
        low, high = frame.y
        return tuple((math.log(value), f"{value:g}") for value in _DEVIATION_TICKS if low <= math.log(value) <= high)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the start here."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._put(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the start."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._put(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the start by an arrow key."""
        steps = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        if event.key() not in steps or not self._way:
            super().keyPressEvent(event)
            return
        across, up = steps[Qt.Key(event.key())]
        size = SMALL_KEY_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else KEY_STEP
        start = self._way[0]
        self.start_moved.emit(Gaussian(start.mean + across * size, start.deviation * math.exp(up * size)))

    def paint_content(self, painter: QPainter, frame: Frame) -> None:
        """Paint the landscape, the way, and the marks."""
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(frame.place, self._image)
        else:
            painter.setPen(self.theme.colour("muted"))
            # Below the middle, where minima and the start don't lie.
            low = frame.place.adjusted(0, frame.place.height() / 2, 0, 0)
            painter.drawText(low, Qt.AlignmentFlag.AlignCenter, tr("computing …"))
        line, ground = self.theme.colour("text"), self.theme.colour("plot")
        for kind, minima in self.minima.items():
            for q in minima:
                paint_mark(painter, kind, frame.pixel(q.mean, math.log(q.deviation)), line)
        if not self._way:
            return
        colour = self.theme.colour("test")
        places = [frame.pixel(q.mean, math.log(q.deviation)) for q in self._way]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 2.2))
        painter.drawPolyline(QPolygonF(places))
        painter.setBrush(ground)
        painter.drawEllipse(places[0], _MARK, _MARK)
        painter.setBrush(colour)
        painter.drawEllipse(places[-1], _MARK - 2, _MARK - 2)

    def paint_over(self, painter: QPainter, frame: Frame) -> None:
        """Say above the plot, away from its axis, what the colours mean."""
        above = QRectF(frame.place.left(), 2, frame.place.width(), frame.place.top() - 4)
        left = above.left() + painter.fontMetrics().horizontalAdvance(self.y_label)
        above.setLeft(min(left, above.right()))
        words = painter.fontMetrics().elidedText(
            tr("Strong colour: low divergence"), Qt.TextElideMode.ElideRight, int(above.width())
        )
        painter.setPen(self.theme.colour("muted"))
        painter.drawText(above, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)

    def _put(self, pixel: QPointF) -> None:
        mean, log_deviation = self.frame().value(pixel)
        self.start_moved.emit(Gaussian(mean, math.exp(min(max(log_deviation, -5.0), 5.0))))

    def _paint_landscape(self) -> None:
        if self._heights is None:
            return
        heights = _refined(_refined(self._heights).T)[::-1]
        depth = np.log(heights - heights.min() + _SHALLOW)
        shares = (depth - depth.min()) / max(float(np.ptp(depth)), 1e-12)
        bands = np.floor(shares * _BANDS).clip(0, _BANDS - 1) / (_BANDS - 1)
        low, high = _rgb(self.theme.colour("accent")), _rgb(self.theme.colour("plot"))
        tint = (_DEEPEST_TINT * (1 - bands))[..., None]
        pixels = np.ascontiguousarray(np.rint(high + tint * (low - high)).astype(np.uint8))
        height, width = pixels.shape[:2]
        self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def paint_mark(painter: QPainter, kind: Divergence, place: QPointF, line: QColor) -> None:
    """Paint the mark of a divergence's minimum: a diamond, a triangle or a square."""
    painter.setPen(QPen(line, 1.6))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # Sizes differ so that marks in one place are all seen.
    x, y, size = place.x(), place.y(), _MARK_SIZES[kind]
    match kind:
        case "forward":
            corners = [(x, y - size), (x + size, y), (x, y + size), (x - size, y)]
        case "reverse":
            corners = [(x, y - size), (x + size, y + 0.7 * size), (x - size, y + 0.7 * size)]
        case _:
            painter.drawRect(QRectF(x - size, y - size, 2 * size, 2 * size))
            return
    painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))


def _rgb(colour: QColor) -> Floats:
    return np.array([colour.red(), colour.green(), colour.blue()], dtype=np.float64)


def _refined(values: Floats) -> Floats:
    """Return rows in between by linear interpolation: [R, C] becomes [`_FINE` * (R - 1) + 1, C]."""
    rows = np.linspace(0, len(values) - 1, _FINE * (len(values) - 1) + 1)
    low = np.minimum(rows.astype(np.int64), len(values) - 2)
    share = (rows - low)[:, None]
    return np.asarray((1 - share) * values[low] + share * values[low + 1])
