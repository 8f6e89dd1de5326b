"""The frame of the plane: ticks, numbers and names of the two axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen

from vae_explorer.gui.plotting.viewport import ticks
from vae_explorer.gui.theme import RADIUS, SPACING
from vae_explorer.language import bracketed

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.viewport import Viewport
    from vae_explorer.gui.theme import Theme

LEFT, TOP, RIGHT, BOTTOM = 76, 8, 12, 44
"""Room for the axes around the plot, in pixels; at the left for numbers such as -0.0125, which zooming brings."""
SMALL_LEFT, SMALL_BOTTOM = 48, 26
"""The same where the widget is small: less room for numbers, and the names of the axes within the plot."""
_NARROW, _LOW = 400, 320
"""Width and height below which a widget is small."""
_TICK = 5
_PIXELS_A_TICK, _SMALL_PIXELS_A_TICK = 60, 44


def plot_rectangle(width: int, height: int) -> QRect:
    """Return the place of the plot within a widget of this size."""
    left = LEFT if width >= _NARROW else SMALL_LEFT
    bottom = BOTTOM if height >= _LOW else SMALL_BOTTOM
    return QRect(left, TOP, max(1, width - left - RIGHT), max(1, height - TOP - bottom))


def paint_grid(painter: QPainter, viewport: Viewport, theme: Theme) -> None:
    """Draw the lines of round numbers, in the plot's own pixels."""
    left, right, bottom, top = viewport.bounds
    painter.setPen(QPen(theme.colour("grid"), 1.0))
    for value, _ in ticks(left, right, _wanted(viewport.width)):
        x = viewport.to_pixel((value, 0.0))[0]
        painter.drawLine(QPointF(x, 0), QPointF(x, viewport.height))
    for value, _ in ticks(bottom, top, _wanted(viewport.height)):
        y = viewport.to_pixel((0.0, value))[1]
        painter.drawLine(QPointF(0, y), QPointF(viewport.width, y))


def paint_axes(
    painter: QPainter,
    viewport: Viewport,
    theme: Theme,
    *,
    unit: str,
    has_focus: bool,
    size: QSize,
    symbols: tuple[str, str] = ("z\N{SUBSCRIPT ONE}", "z\N{SUBSCRIPT TWO}"),
) -> None:
    """Draw frame, ticks, numbers and names around the plot, in the pixels of a widget of a size."""
    plot = plot_rectangle(size.width(), size.height())
    plot.setSize(QSize(viewport.width, viewport.height))
    names = _names(painter, symbols, unit, plot, size)
    _paint_numbers(painter, viewport, theme, plot, size.height())
    painter.setPen(theme.colour("text"))
    if size.height() >= _LOW:
        below = QRectF(plot.left(), plot.bottom() + 22, plot.width(), 20)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, names[0])
    else:
        corner = QRectF(plot.right() - 12, plot.bottom() + _TICK + 1, 24, 16)
        painter.drawText(corner, Qt.AlignmentFlag.AlignCenter, symbols[0])
    if size.width() >= _NARROW:
        painter.save()
        painter.translate(2, plot.bottom())
        painter.rotate(-90)
        painter.drawText(QRectF(0, 0, plot.height(), 18), Qt.AlignmentFlag.AlignCenter, names[1])
        painter.restore()
    else:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, plot.top() - 2, plot.left() - _TICK - 3, 16), right, symbols[1])
    painter.setPen(QPen(theme.colour("accent" if has_focus else "border"), 2.0 if has_focus else 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(plot.adjusted(-1, -1, 0, 0))


def paint_hint(painter: QPainter, viewport: Viewport, theme: Theme, hint: str, *, at_top: bool) -> None:
    """Write one sentence on a card at the top or in the middle of the plot; nothing if there is nothing to say."""
    if not hint:
        return
    room = QRectF(0, 0, viewport.width - 4 * SPACING, viewport.height)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    text = QRectF(painter.fontMetrics().boundingRect(room.toRect(), flags.value, hint))
    text.moveCenter(QPointF(viewport.width / 2, viewport.height / 2))
    if at_top:
        text.moveTop(2.0 * SPACING)
    painter.setPen(theme.colour("border"))
    painter.setBrush(theme.colour("raised"))
    painter.drawRoundedRect(text.adjusted(-2 * SPACING, -SPACING, 2 * SPACING, SPACING), RADIUS, RADIUS)
    painter.setPen(theme.colour("text"))
    painter.drawText(text, flags, hint)


def _wanted(pixels: int) -> int:
    """Return about how many numbers an axis of a length has."""
    return pixels // (_PIXELS_A_TICK if pixels >= _NARROW - LEFT - RIGHT else _SMALL_PIXELS_A_TICK)


def _names(painter: QPainter, symbols: tuple[str, str], unit: str, plot: QRect, size: QSize) -> tuple[str, str]:
    """Return the names of both axes, with their unit where both have room for it beside the plot."""
    if not unit or size.width() < _NARROW or size.height() < _LOW:
        return symbols
    full = bracketed(symbols[0], unit), bracketed(symbols[1], unit)
    wide, high = (painter.fontMetrics().horizontalAdvance(name) for name in full)
    return full if wide <= plot.width() and high <= plot.height() else symbols


def _paint_numbers(painter: QPainter, viewport: Viewport, theme: Theme, plot: QRect, height: int) -> None:
    left, right, bottom, top = viewport.bounds
    has_name_below, has_name_beside = plot.bottom() + BOTTOM <= height, plot.left() >= LEFT
    tick_pen, text_pen = QPen(theme.colour("muted"), 1.0), QPen(theme.colour("muted"))
    for value, label in ticks(left, right, _wanted(viewport.width)):
        x = plot.left() + viewport.to_pixel((value, 0.0))[0]
        if not has_name_below and x > plot.right() - 30:
            continue  # The axis's name is there.
        painter.setPen(tick_pen)
        painter.drawLine(QPointF(x, plot.bottom() + 1), QPointF(x, plot.bottom() + 1 + _TICK))
        painter.setPen(text_pen)
        box = QRectF(x - 45, plot.bottom() + _TICK + 1, 90, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
    for value, label in ticks(bottom, top, _wanted(viewport.height)):
        y = plot.top() + viewport.to_pixel((0.0, value))[1]
        if not has_name_beside and y < plot.top() + 18:
            continue
        painter.setPen(tick_pen)
        painter.drawLine(QPointF(plot.left() - 1 - _TICK, y), QPointF(plot.left() - 1, y))
        painter.setPen(text_pen)
        box = QRectF(18 if has_name_beside else 0, y - 9, plot.left() - (20 if has_name_beside else 2) - _TICK - 1, 18)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, flags, label)
