"""Where a plot of curves lies in its widget and which values it shows: the map between the two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QByteArray, QDataStream
from PySide6.QtGui import QPolygonF

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QPointF, QRectF

    Floats = NDArray[np.float64]
    Range = tuple[float, float]

_FARTHEST = 1e5
"""Pixels beyond which nothing is drawn: Qt's painter counts them in few bits."""
_LEAST_SPAN = 1e-9
"""Least extent of a range, as a share of its values, so that zooming in ends before numbers run out of digits."""


@dataclass(frozen=True, slots=True)
class CurveFrame:
    """A rectangle of the widget and the ranges that fill it.

    Attributes
    ----------
    place
        In pixels of the widget.
    x, y
        Smallest and largest value, as they are drawn: logarithms on a logarithmic axis.
    """

    place: QRectF
    x: Range = (0.0, 1.0)
    y: Range = (0.0, 1.0)

    def column(self, position: float) -> float:
        """Return the pixel of a position on the x axis."""
        return self.place.left() + (position - self.x[0]) * self.place.width() / (self.x[1] - self.x[0])

    def row(self, value: float) -> float:
        """Return the pixel of a value on the y axis."""
        return self.place.bottom() - (value - self.y[0]) * self.place.height() / (self.y[1] - self.y[0])

    def position(self, column: float) -> float:
        """Return the position on the x axis at a pixel."""
        return self.x[0] + (column - self.place.left()) * (self.x[1] - self.x[0]) / self.place.width()

    def polygon(self, x: Floats, y: Floats) -> QPolygonF:
        """Return points [N] as they are drawn, handed to Qt at once: one by one they'd take a frame."""
        across = self.place.width() / (self.x[1] - self.x[0])
        up = self.place.height() / (self.y[1] - self.y[0])
        points = np.empty((len(x), 2), dtype=">f8")  # as a Qt data stream has it, after the number of points
        points[:, 0] = self.place.left() + (x - self.x[0]) * across
        points[:, 1] = self.place.bottom() - (y - self.y[0]) * up
        np.clip(points, -_FARTHEST, _FARTHEST, out=points)
        polygon = QPolygonF()
        stream = QDataStream(QByteArray(len(points).to_bytes(4, "big") + points.tobytes()))
        stream >> polygon
        return polygon

    def panned(self, dx: float, dy: float) -> CurveFrame:
        """Return the frame after its content was dragged by (dx, dy) pixels."""
        right = dx * (self.x[1] - self.x[0]) / self.place.width()
        up = -dy * (self.y[1] - self.y[0]) / self.place.height()
        return replace(self, x=(self.x[0] - right, self.x[1] - right), y=(self.y[0] - up, self.y[1] - up))

    def zoomed(self, across: float, up: float, at: QPointF) -> CurveFrame:
        """Return the frame with both ranges multiplied by factors and what is at a pixel kept in its place."""
        x = self.position(at.x())
        y = self.y[0] + (self.place.bottom() - at.y()) * (self.y[1] - self.y[0]) / self.place.height()
        return replace(self, x=_scaled(self.x, x, across), y=_scaled(self.y, y, up))


def _scaled(values: Range, fixed: float, factor: float) -> Range:
    low, high = fixed + (values[0] - fixed) * factor, fixed + (values[1] - fixed) * factor
    return (low, high) if high - low > _LEAST_SPAN * max(1.0, abs(low), abs(high)) else values
