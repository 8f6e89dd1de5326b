"""Where the drawing lies on the plane: a pencil's square with the ellipse of its posterior, unlike any other marker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from vae_explorer.gui.plotting.scene import Ellipse

if TYPE_CHECKING:
    from vae_explorer.app.picture_reading import PictureReading
    from vae_explorer.gui.plotting.viewport import Point, Viewport

DRAWING_COLOUR = QColor("#35d0ff")
_SHADE = QColor(10, 12, 18, 190)
_WHITE = QColor(255, 255, 255)
_HALF = 8.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """The drawing on the plane: its place, and its posterior where that has a spread."""

    z: Point
    ellipse: Ellipse | None


def drawn_place(reading: PictureReading | None) -> Drawn | None:
    """Return where a drawing lies; None without one."""
    if reading is None:
        return None
    spread = reading.deviations
    return Drawn(reading.z, None if spread is None else Ellipse(reading.z, spread, reading.correlation))


def paint_drawn(painter: QPainter, viewport: Viewport, drawn: Drawn) -> None:
    """Draw a square on its corner round the place, with the stroke of a pencil in it."""
    x, y = viewport.to_pixel(drawn.z)
    corners = (QPointF(x, y - _HALF), QPointF(x + _HALF, y), QPointF(x, y + _HALF), QPointF(x - _HALF, y))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_SHADE, 5.0), (_WHITE, 3.4), (DRAWING_COLOUR, 2.0)):
        painter.setPen(QPen(colour, width))
        painter.drawPolygon(QPolygonF(corners))
    painter.setPen(QPen(_SHADE, 4.0))
    painter.drawPoint(QPointF(x, y))
    painter.setPen(QPen(DRAWING_COLOUR, 2.6))
    painter.drawPoint(QPointF(x, y))
