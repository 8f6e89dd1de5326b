"""The markers of the curves: a shape of its own for each, so that colour isn't all that tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

_CORNERS = {
    "square": ((0.08, 0.08), (0.92, 0.08), (0.92, 0.92), (0.08, 0.92)),
    "triangle": ((0.5, 0.0), (1.0, 0.92), (0.0, 0.92)),
    "diamond": ((0.5, 0.0), (0.95, 0.5), (0.5, 1.0), (0.05, 0.5)),
}
"""Corners of each shape but the disc, as shares of its place, counted from the upper left."""


def paint_symbol(painter: QPainter, symbol: str, place: QRectF) -> None:
    """Draw a marker with the painter's pen and brush: ``disc``, ``square``, ``triangle`` or ``diamond``."""
    corners = _CORNERS.get(symbol)
    if corners is None:
        painter.drawEllipse(place)
        return
    left, top, width, height = place.left(), place.top(), place.width(), place.height()
    painter.drawPolygon([QPointF(left + x * width, top + y * height) for x, y in corners])
