"""Axes of the loss curves: round numbers, never closer than they can be read, and how they are drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from vae_explorer.gui.plotting.viewport import round_step, ticks

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.curve_frame import CurveFrame
    from vae_explorer.gui.theme import Theme

    Tick = tuple[float, str]

_GAP = 10.0
"""Pixels between two numbers side by side."""
_LINE_DISTANCE = 26.0
"""Pixels between two numbers above each other."""
_LOG_DISTANCE = 46.0
"""Pixels wanted between two numbers of a logarithmic axis."""
_TICK = 4.0
_LABEL_WIDTH = 18.0


class CurveAxes:
    """The two axes of a plot: where their numbers stand, and their names.

    Attributes
    ----------
    bottom, left
        Names of the axes; an empty one takes no room.
    logarithmic
        Whether values on the left axis are logarithms.
    percent
        Whether they are shares, written in per cent.
    """

    def __init__(self, font: QFont) -> None:
        self.bottom = ""
        self.left = ""
        self.logarithmic = self.percent = False
        self._font = font
        self._metrics = QFontMetricsF(font)

    @property
    def height(self) -> float:
        """Pixels that the bottom axis takes."""
        return 2 * self._metrics.height() + 2 * _TICK

    def along_bottom(self, frame: CurveFrame) -> list[Tick]:
        """Return positions and texts of the numbers under the plot."""
        return numbers_across(*frame.x, frame.place.width(), self._metrics)

    def along_left(self, frame: CurveFrame) -> list[Tick]:
        """Return values, as they are drawn, and texts of the numbers beside the plot."""
        return values_up(*frame.y, frame.place.height(), logarithmic=self.logarithmic, percent=self.percent)

    def room_beside(self, frame: CurveFrame) -> float:
        """Return the pixels that the numbers beside the plot take."""
        widest = max((self._metrics.horizontalAdvance(text) for _value, text in self.along_left(frame)), default=0.0)
        return math.ceil(widest) + _TICK + 1

    def paint(self, painter: QPainter, frame: CurveFrame, theme: Theme) -> None:
        """Draw lines, numbers and names around the plot, and faint lines across it."""
        place, width = frame.place, painter.viewport().width() / painter.device().devicePixelRatioF()
        line, faint, ink = QPen(theme.colour("border")), QPen(theme.colour("grid")), QPen(theme.colour("muted"))
        painter.setFont(self._font)
        for position, text in self.along_bottom(frame):
            x, half = frame.column(position), self._metrics.horizontalAdvance(text) / 2 + 1
            painter.setPen(faint)
            painter.drawLine(QPointF(x, place.top()), QPointF(x, place.bottom()))
            painter.setPen(ink)
            left = min(x - half, width - 2 * half)
            painter.drawText(QPointF(left + 1, place.bottom() + _TICK + self._metrics.ascent()), text)
        for value, text in self.along_left(frame):
            y = frame.row(value)
            painter.setPen(faint)
            painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y))
            painter.setPen(ink)
            left = place.left() - _TICK - self._metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y + self._metrics.ascent() - self._metrics.height() / 2), text)
        painter.setPen(line)
        painter.drawPolyline([place.topLeft(), place.bottomLeft(), place.bottomRight()])
        painter.setPen(ink)
        self._paint_names(painter, place)

    def _paint_names(self, painter: QPainter, place: QRectF) -> None:
        height = self._metrics.height()
        below = QRectF(place.left(), place.bottom() + 1.5 * _TICK + height, place.width(), height)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.bottom)
        if self.left:
            # Longer than a low plot, it reaches down beside the numbers of the other axis.
            half = self._metrics.horizontalAdvance(self.left) / 2 + 1
            middle = max(place.center().y(), half)
            painter.save()
            painter.translate(0.0, middle + half)
            painter.rotate(-90)
            painter.drawText(QRectF(0.0, 0.0, 2 * half, _LABEL_WIDTH), Qt.AlignmentFlag.AlignCenter, self.left)
            painter.restore()


def numbers_across(low: float, high: float, size: float, metrics: QFontMetricsF) -> list[Tick]:
    """Return the numbers of a horizontal axis of `size` pixels, at the smallest round step at which they keep apart."""
    extent = high - low
    if extent <= 0 or size <= 0 or not math.isfinite(extent):
        return []
    step = round_step(extent * _LINE_DISTANCE / size)
    while step < extent:
        last = math.floor(high / step) * step
        widest = sum(metrics.horizontalAdvance(number(value, _decimals(step))) for value in (last - step, last))
        if step * size / extent >= widest / 2 + _GAP:
            break
        step = round_step(step * 1.5)
    return _numbers(low, high, step)


def values_up(low: float, high: float, size: float, *, logarithmic: bool, percent: bool) -> list[Tick]:
    """Return the numbers of a vertical axis of `size` pixels, of logarithms or as they are, in per cent or plain."""
    if logarithmic:
        shift, sign = (2.0, "%") if percent else (0.0, "")
        found = log_ticks(low + shift, high + shift, max(2, int(size / _LOG_DISTANCE)))
        return [(value - shift, text + sign) for value, text in found]
    factor, sign = (100.0, "%") if percent else (1.0, "")
    return [(value / factor, text + sign) for value, text in numbers_up(factor * low, factor * high, size)]


def numbers_up(low: float, high: float, size: float) -> list[Tick]:
    """Return the numbers of a vertical axis of `size` pixels."""
    extent = high - low
    if extent <= 0 or size <= 0 or not math.isfinite(extent):
        return []
    return _numbers(low, high, round_step(extent * _LINE_DISTANCE / size))


def _numbers(low: float, high: float, step: float) -> list[Tick]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(index * step, number(index * step, _decimals(step))) for index in range(first, last + 1)]


def _decimals(step: float) -> int:
    return max(0, -math.floor(math.log10(step) + 1e-9))


def number(value: float, decimals: int) -> str:
    """Return a number of an axis: ``12,000`` or ``0.25``, with no minus zero and a real minus sign."""
    text = f"{value:,.{decimals}f}"
    return (text.lstrip("-") if float(text.replace(",", "")) == 0 else text).replace("-", "\N{MINUS SIGN}")


def log_ticks(low: float, high: float, wanted: int) -> list[Tick]:
    """Return ticks of a logarithmic axis from 10^low to 10^high: positions are logarithms, labels are values."""
    if high - low < 1.2:
        return [(math.log10(value), text) for value, text in ticks(10.0**low, 10.0**high, wanted) if value > 0]
    mantissas = (1, 2, 5) if (high - low) * 3 <= 2 * wanted else (1,)
    decades = range(math.floor(low), math.ceil(high) + 1)
    values = [mantissa * 10.0**decade for decade in decades for mantissa in mantissas]
    return [(math.log10(value), f"{value:g}") for value in values if low <= math.log10(value) <= high]
