"""Lines drawn on the plane by hand: an outline round points, a rectangle, or a path."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from vae_explorer.gui.plotting.markers import PATH_COLOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.gui.plotting.viewport import Point, Viewport

STEP_PIXELS = 2.0
"""The pointer moves at least so far between two points of a stroke."""
CLICK_PIXELS = 4.0
"""A stroke that stays within so many pixels is a click."""
_WHITE, _SHADE = QColor(255, 255, 255), QColor(10, 12, 18, 190)
_FILL = QColor(255, 255, 255, 36)


class Tool(Enum):
    """What the left button does on the plane."""

    PIN = "pin"
    LASSO = "lasso"
    DRAW = "draw"


class Shape(Enum):
    """What a stroke becomes."""

    OUTLINE = "outline"
    RECTANGLE = "rectangle"
    PATH = "path"


class Stroke:
    """A line under way; it lives on the plane, so that one may zoom meanwhile.

    Parameters
    ----------
    shape
        What it becomes.
    start
        z where it begins.
    adds
        Whether what it selects joins what was selected before.
    """

    def __init__(self, shape: Shape, start: Point, *, adds: bool) -> None:
        self.shape, self.adds = shape, adds
        self._points: list[Point] = [start]
        self._last = start
        self._reach = 0.0

    def move(self, z: Point, scale: float) -> None:
        """Go on to z, on a screen of `scale` pixels a unit."""
        start, previous = self._points[0], self._points[-1]
        self._last = z
        self._reach = max(self._reach, math.dist(start, z) * scale)
        if self.shape is not Shape.RECTANGLE and math.dist(previous, z) * scale >= STEP_PIXELS:
            self._points.append(z)

    @property
    def is_click(self) -> bool:
        """Whether it went nowhere."""
        return self._reach < CLICK_PIXELS

    @property
    def start(self) -> Point:
        """Where it began."""
        return self._points[0]

    def points(self) -> NDArray[np.float64]:
        """Return its corners, float [P, 2]; an outline or rectangle goes back from the last to the first."""
        if self.shape is Shape.RECTANGLE:
            (left, bottom), (right, top) = self._points[0], self._last
            return np.array([[left, bottom], [right, bottom], [right, top], [left, top]])
        return np.array([*self._points, *([self._last] if self._last != self._points[-1] else [])])

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw it in the plot's pixels."""
        line = QPolygonF([QPointF(x, y) for x, y in viewport.to_pixels(self.points()).tolist()])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.shape is Shape.PATH:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, width in ((_SHADE, 5.0), (PATH_COLOUR, 2.4)):
                painter.setPen(QPen(colour, width))
                painter.drawPolyline(line)
        else:
            painter.setBrush(_FILL)
            for colour, style in ((_SHADE, Qt.PenStyle.SolidLine), (_WHITE, Qt.PenStyle.DashLine)):
                painter.setPen(QPen(colour, 1.6, style))
                painter.drawPolygon(line)
                painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.restore()


def inside(outline: NDArray[np.floating], z: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which points [N, 2] lie within an outline [P, 2] that closes itself, by the even-odd rule.

    Each edge is held only against the points at its height, so that a long outline costs little more than a short one.

    Parameters
    ----------
    outline
        Corners in order.
    z
        Points; those that aren't finite lie outside.
    """
    corners = np.asarray(outline, dtype=np.float64)
    within = np.zeros(len(z), dtype=np.bool_)
    if len(corners) < 3:
        return within
    (left, bottom), (right, top) = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero((z[:, 0] >= left) & (z[:, 0] <= right) & (z[:, 1] >= bottom) & (z[:, 1] <= top))
    near = near[np.argsort(z[near, 1])]
    x, y = z[near, 0].astype(np.float64), z[near, 1].astype(np.float64)
    odd = np.zeros(len(near), dtype=np.bool_)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        low, high = np.searchsorted(y, (min(y0, y1), max(y0, y1)))
        if low < high:
            part = slice(low, high)
            odd[part] ^= x[part] < x0 + (y[part] - y0) * ((x1 - x0) / (y1 - y0))
    within[near[odd]] = True
    return within
