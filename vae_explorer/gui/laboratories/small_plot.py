"""A plot with two axes, painted in the theme's colours: what all plots of the laboratories are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.gui.plotting.viewport import ticks
from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.gui.theme import Theme

    Floats = NDArray[np.float64]

Range = tuple[float, float]
Ticks = tuple[tuple[float, str], ...]

_LEFT, _TOP, _RIGHT, _BOTTOM = 62, 24, 24, 38
_BESIDE, _BELOW = 10, 5
"""Pixels between the axes and their numbers: those of both stand apart at the origin, and from a dot on the edge."""
_PIXELS_A_TICK = (64, 40)
_FAR = 1e5
"""Pixels beyond which a curve is cut: it is out of sight, and Qt draws no coordinates without end."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a plot lies in its widget, in pixels, and which values its edges stand for."""

    place: QRectF
    x: Range
    y: Range

    def pixel(self, x: float, y: float) -> QPointF:
        """Return the pixel of a value."""
        return QPointF(
            self.place.left() + (x - self.x[0]) / (self.x[1] - self.x[0]) * self.place.width(),
            self.place.bottom() - (y - self.y[0]) / (self.y[1] - self.y[0]) * self.place.height(),
        )

    def value(self, pixel: QPointF) -> tuple[float, float]:
        """Return the value at a pixel."""
        across = (pixel.x() - self.place.left()) / self.place.width()
        up = (self.place.bottom() - pixel.y()) / self.place.height()
        return self.x[0] + across * (self.x[1] - self.x[0]), self.y[0] + up * (self.y[1] - self.y[0])

    def polygon(self, xs: Iterable[float], ys: Iterable[float]) -> QPolygonF:
        """Return a curve through values as pixels."""
        pixels = (self.pixel(x, y) for x, y in zip(xs, ys, strict=True))
        return QPolygonF([QPointF(pixel.x(), min(max(pixel.y(), -_FAR), _FAR)) for pixel in pixels])


class SmallPlot(QWidget):
    """A plot that paints its frame; what is in it is painted by `paint_content` of its heirs.

    Parameters
    ----------
    name
        What it shows, for people who can't see it.
    x_label, y_label
        Words at the axes, with their unit.
    """

    def __init__(self, name: str, x_label: str, y_label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self.x_label = x_label
        self.y_label = y_label
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.theme = theme
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return the size below which axes would run into each other."""
        return QSize(240, 120)

    def sizeHint(self) -> QSize:
        """Return a size at which curves are read with ease."""
        return QSize(480, 220)

    def frame(self) -> Frame:
        """Return where the plot lies and which values it shows now."""
        size = self.size()
        place = QRectF(_LEFT, _TOP, max(1, size.width() - _LEFT - _RIGHT), max(1, size.height() - _TOP - _BOTTOM))
        return Frame(place, self.x_range(), self.y_range())

    def x_range(self) -> Range:
        """Return the values at the left and right edge."""
        raise NotImplementedError

    def y_range(self) -> Range:
        """Return the values at the lower and upper edge."""
        raise NotImplementedError

    def x_ticks(self, frame: Frame) -> Ticks:
        """Return places and words of the numbers below the plot."""
        return ticks(*frame.x, max(2, int(frame.place.width() / _PIXELS_A_TICK[0])))

    def y_ticks(self, frame: Frame) -> Ticks:
        """Return places and words of the numbers beside the plot."""
        return ticks(*frame.y, max(2, int(frame.place.height() / _PIXELS_A_TICK[1])))

    def paint_content(self, painter: QPainter, frame: Frame) -> None:
        """Paint what the plot shows, clipped to it."""
        raise NotImplementedError

    def paint_over(self, painter: QPainter, frame: Frame) -> None:
        """Paint what may stand over the frame, such as a legend."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint ground, grid, content and axes."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.frame()
        painter.fillRect(frame.place, self.theme.colour("plot"))
        painter.save()
        painter.setClipRect(frame.place)
        self._paint_grid(painter, frame)
        self.paint_content(painter, frame)
        painter.restore()
        self._paint_axes(painter, frame)
        self.paint_over(painter, frame)
        painter.end()

    def focusInEvent(self, _event: QFocusEvent) -> None:
        """Show that keys go here."""
        self.update()

    def focusOutEvent(self, _event: QFocusEvent) -> None:
        """Show that keys go elsewhere."""
        self.update()

    def _paint_grid(self, painter: QPainter, frame: Frame) -> None:
        painter.setPen(QPen(self.theme.colour("grid"), 1.0))
        for value, _ in self.x_ticks(frame):
            x = frame.pixel(value, frame.y[0]).x()
            painter.drawLine(QPointF(x, frame.place.top()), QPointF(x, frame.place.bottom()))
        for value, _ in self.y_ticks(frame):
            y = frame.pixel(frame.x[0], value).y()
            painter.drawLine(QPointF(frame.place.left(), y), QPointF(frame.place.right(), y))

    def _paint_axes(self, painter: QPainter, frame: Frame) -> None:
        place = frame.place
        focused = self.hasFocus()
        painter.setPen(QPen(self.theme.colour("accent" if focused else "border"), 2.0 if focused else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place)
        painter.setPen(self.theme.colour("muted"))
        for value, text in self.x_ticks(frame):
            x = frame.pixel(value, frame.y[0]).x()
            painter.drawText(QRectF(x - 40, place.bottom() + _BELOW, 80, 15), Qt.AlignmentFlag.AlignCenter, text)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, text in self.y_ticks(frame):
            y = frame.pixel(frame.x[0], value).y()
            painter.drawText(QRectF(0, y - 8, place.left() - _BESIDE, 16), right, text)
        painter.setPen(self.theme.colour("text"))
        below = QRectF(place.left(), place.bottom() + _BELOW + 15, place.width(), 17)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.x_label)
        above = QRectF(4, 2, self.width() - 8, _TOP - 4)
        label = painter.fontMetrics().elidedText(self.y_label, Qt.TextElideMode.ElideRight, int(above.width()))
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
