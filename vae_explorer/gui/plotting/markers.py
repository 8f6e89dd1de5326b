"""How rings, ellipses, the path, its handles and the pin are drawn.

All lie on pictures of unknown brightness, so each line is drawn twice: a wide dark one, and a thin bright one on it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QPainter, QPainterPath, QPen, QPolygonF

from vae_explorer.gui.plotting.drawing_marker import DRAWING_COLOUR, paint_drawn
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.gui.plotting.scene import Ellipse, Handle, Ring, Scene
    from vae_explorer.gui.plotting.viewport import Point, Viewport

HANDLE_RADIUS = 10.0
WAY_POINT_RADIUS = 7.0
BEND_RADIUS = 3.0
PIN_RADIUS = 8.0
START_COLOUR = QColor("#1f9d63")
END_COLOUR = QColor("#d1495b")
PATH_COLOUR = QColor("#ffd166")
PIN_COLOUR = QColor("#ff3ea5")
_NAME_SIZE = 7 / 6
"""Of a ring's name, in sizes of the font."""
_SHADE = QColor(10, 12, 18, 190)
_WHITE = QColor(255, 255, 255)
_LEAST_ELLIPSE = 2.0
_GROWTH = 1.2
"""From one number of dashes to the next."""
_DASH_PERIOD, _DASH_SHARE = 11.0, 6 / 11
"""Pixels from one dash of a circle to the next, and what part of them it is long."""
_RING_WIDTH = 1.4
_TENTATIVE_DASH, _TENTATIVE_GAP = 8.0, 12.0
_LARGEST_RING = 50_000.0
_LARGEST_KEPT = 1_000.0
"""Radius in pixels up to which all dashes of a circle are kept, on the screen or not."""


def paint_scene(painter: QPainter, viewport: Viewport, scene: Scene, hovered: Handle | None) -> None:
    """Draw everything of a scene but its hint."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for ring in scene.rings:
        paint_ring(painter, viewport, ring)
    if scene.ellipse is not None:
        paint_ellipse(painter, viewport, scene.ellipse)
    if scene.drawn is not None and scene.drawn.ellipse is not None:
        paint_ellipse(painter, viewport, scene.drawn.ellipse, DRAWING_COLOUR)
    if scene.chord is not None:
        paint_chord(painter, viewport, scene.chord)
    if scene.curve is not None:
        paint_curve(painter, viewport, scene.curve, is_tentative=scene.is_tentative)
    if scene.position is not None:
        paint_position(painter, viewport.to_pixel(scene.position))
    for handle in scene.handles:
        paint_handle(painter, viewport, handle, is_hovered=handle == hovered)
    if scene.drawn is not None:
        paint_drawn(painter, viewport, scene.drawn)
    if scene.pin is not None:
        paint_pin(painter, viewport.to_pixel(scene.pin))
    painter.restore()


def paint_ring(painter: QPainter, viewport: Viewport, ring: Ring) -> None:
    """Draw circles of 1, 2 and 3 standard deviations, the outer ones fainter.

    Dark dashes lie between those of the ring's colour: one or the other is seen on any ground.
    """
    painter.setBrush(Qt.BrushStyle.NoBrush)
    centre = QPointF(*viewport.to_pixel(ring.centre))
    # A cosmetic pen counts the pixels of the screen, of which several may make one of the window.
    fineness = painter.deviceTransform().m11()
    for deviations, opacity in ((1, 0.8), (2, 0.55), (3, 0.4)):
        radius = deviations * viewport.scale
        is_whole = radius <= _LARGEST_KEPT
        painter.save()
        if is_whole:
            painter.translate(centre)
            painter.scale(radius, radius)
        for colour, begin, end in ((_SHADE, _DASH_SHARE, 1.0), (ring.colour, 0.0, _DASH_SHARE)):
            pen = QPen(_faded(colour, opacity), _RING_WIDTH * fineness)
            pen.setCosmetic(True)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            count = _dash_count(radius)
            painter.drawLines(
                _whole_dashes(count, begin, end)
                if is_whole
                else _dashes_on_screen(viewport, centre, radius, (begin, end))
            )
        painter.restore()
    if ring.name:
        _paint_name(painter, centre, ring)


def paint_ellipse(painter: QPainter, viewport: Viewport, ellipse: Ellipse, colour: QColor = _WHITE) -> None:
    """Draw a posterior at one and two standard deviations; one too small to see is drawn as a dot."""
    radii, turn = principal_axes(ellipse)
    painter.save()
    painter.translate(QPointF(*viewport.to_pixel(ellipse.mean)))
    painter.rotate(-turn)
    for factor in (2.0, 1.0):
        pixels = [max(_LEAST_ELLIPSE, factor * radius * viewport.scale) for radius in radii]
        if max(pixels) < _LARGEST_RING:
            _stroke_ellipse(painter, QPointF(), pixels, colour if factor == 1.0 else _faded(colour, 0.75))
    painter.restore()


def principal_axes(ellipse: Ellipse) -> tuple[tuple[float, float], float]:
    """Return the standard deviations along the axes of a Gaussian's contour, and how far it is turned, in degrees.

    The axes are the eigenvectors of the covariance; the turn is that of the first one, counter-clockwise.
    """
    first, second = ellipse.deviations
    shared = ellipse.correlation * first * second
    values, vectors = np.linalg.eigh(np.array([[first**2, shared], [shared, second**2]]))
    small, large = np.sqrt(np.maximum(values, 0.0)).tolist()
    return (large, small), float(np.degrees(np.arctan2(vectors[1, 1], vectors[0, 1])))


def paint_curve(
    painter: QPainter, viewport: Viewport, curve: NDArray[np.float64], *, is_tentative: bool = False
) -> None:
    """Draw the path; dashed where it stands in for one that is being looked for."""
    line = QPolygonF([QPointF(x, y) for x, y in viewport.to_pixels(curve).tolist()])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_SHADE, 5.0), (PATH_COLOUR, 2.4)):
        pen = QPen(colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        if is_tentative:
            pen.setDashPattern([_TENTATIVE_DASH / width, _TENTATIVE_GAP / width])
        painter.setPen(pen)
        painter.drawPolyline(line)


def paint_chord(painter: QPainter, viewport: Viewport, chord: NDArray[np.float64]) -> None:
    """Draw the straight lines between the points of a path, thin and dotted."""
    line = QPolygonF([QPointF(x, y) for x, y in viewport.to_pixels(chord).tolist()])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((_SHADE, 3.4), (_faded(_WHITE, 0.9), 1.6)):
        pen = QPen(colour, width)
        pen.setDashPattern([4.0 / width, 5.0 / width])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawPolyline(line)


def paint_position(painter: QPainter, pixel: Point) -> None:
    """Draw the slider's place on the path as a diamond."""
    x, y = pixel
    diamond = QPolygonF([QPointF(x, y - 7), QPointF(x + 7, y), QPointF(x, y + 7), QPointF(x - 7, y)])
    painter.setPen(QPen(_SHADE, 2.0))
    painter.setBrush(PATH_COLOUR)
    painter.drawPolygon(diamond)


def paint_handle(painter: QPainter, viewport: Viewport, handle: Handle, *, is_hovered: bool) -> None:
    """Draw an end as a disc with S for the start or E for the end, or a waypoint as a disc with its number.

    A bend of a drawn line is a small disc; it shows its number under the pointer.
    """
    centre = QPointF(*viewport.to_pixel(handle.z))
    colour = {"start": START_COLOUR, "end": END_COLOUR}.get(handle.role, PATH_COLOUR)
    # Translators: one letter or character, on the disc where a path starts.
    start = tr("S")
    # Translators: one letter or character, on the disc where a path ends.
    end = tr("E")
    text = {"start": start, "end": end}.get(handle.role, str(handle.index + 1))
    is_plain = handle.is_bend and not is_hovered
    radius = (WAY_POINT_RADIUS if handle.index >= 0 else HANDLE_RADIUS) + (1.5 if is_hovered else 0.0)
    radius = BEND_RADIUS if is_plain else radius
    painter.setPen(QPen(_SHADE, 4.0))
    painter.setBrush(colour)
    painter.drawEllipse(centre, radius, radius)
    painter.setPen(QPen(_WHITE, 1.6))
    painter.drawEllipse(centre, radius, radius)
    if is_plain:
        return
    font = QFont(painter.font())
    font.setPixelSize(round(radius * 1.25))
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(_WHITE if handle.index < 0 else QColor(20, 20, 20))
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def paint_pin(painter: QPainter, pixel: Point) -> None:
    """Draw the chosen point as a ring with cross hairs, open in the middle."""
    x, y = pixel
    inner, outer = PIN_RADIUS, PIN_RADIUS + 6
    for colour, width in ((_WHITE, 4.6), (PIN_COLOUR, 2.2)):
        painter.setPen(QPen(colour, width))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, y), PIN_RADIUS, PIN_RADIUS)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(QPointF(x + dx * inner, y + dy * inner), QPointF(x + dx * outer, y + dy * outer))


@lru_cache(maxsize=64)
def _whole_dashes(count: int, begin: float, end: float) -> list[QLineF]:
    """Return the dashes of a circle of radius 1 round the origin; the same ones for every frame of a pan or a zoom.

    Qt's own dashed strokes take ten times as long: 6 ms for three circles, which every pan would pay.
    """
    return [QLineF(*line) for line in _dash_ends(count, begin, end).tolist()]


def _dash_count(radius: float) -> int:
    """Return how many dashes a circle of a radius in pixels has: one of few numbers, so that most are known."""
    count = max(12.0, 2 * np.pi * radius / _DASH_PERIOD)
    return round(12 * _GROWTH ** round(math.log(count / 12, _GROWTH)))


def _dashes_on_screen(viewport: Viewport, centre: QPointF, radius: float, part: tuple[float, float]) -> list[QLineF]:
    """Return those dashes of a large circle that are on the screen."""
    if radius > _LARGEST_RING or not _crosses(viewport, centre, radius):
        return []
    count = round(2 * np.pi * radius / _DASH_PERIOD)
    ends = radius * _dash_ends(count, *part) + np.array([centre.x(), centre.y()] * 2)
    near = (ends[:, 0] > -_DASH_PERIOD) & (ends[:, 0] < viewport.width + _DASH_PERIOD)
    near &= (ends[:, 1] > -_DASH_PERIOD) & (ends[:, 1] < viewport.height + _DASH_PERIOD)
    return [QLineF(*line) for line in ends[near].tolist()]


def _crosses(viewport: Viewport, centre: QPointF, radius: float) -> bool:
    """Whether any of a circle is on the screen: some of the screen is within it and some is not."""
    across = [centre.x() - end for end in (0, viewport.width)]
    down = [centre.y() - end for end in (0, viewport.height)]
    nearest = math.hypot(*(0.0 if a * b < 0 else min(abs(a), abs(b)) for a, b in (across, down)))
    farthest = math.hypot(*(max(abs(a), abs(b)) for a, b in (across, down)))
    return nearest - _DASH_PERIOD < radius < farthest + _DASH_PERIOD


def _dash_ends(count: int, begin: float, end: float) -> NDArray[np.float64]:
    """Return both ends of the dashes of a circle of radius 1 round the origin, from and to these shares of a period."""
    turns = 2 * np.pi / count * (np.arange(count) + begin)
    ends = turns + 2 * np.pi / count * (end - begin)
    return np.stack([np.cos(turns), -np.sin(turns), np.cos(ends), -np.sin(ends)], axis=1)


def _stroke_ellipse(painter: QPainter, centre: QPointF, radii: list[float], colour: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for stroke, width in ((_SHADE, 4.0), (colour, 1.8)):
        painter.setPen(QPen(stroke, width))
        painter.drawEllipse(centre, radii[0], radii[1])


def _paint_name(painter: QPainter, centre: QPointF, ring: Ring) -> None:
    font = QFont(painter.font())
    font.setPixelSize(round(QFontInfo(font).pixelSize() * _NAME_SIZE))
    font.setBold(True)
    outline = QPainterPath()
    outline.addText(0, 0, font, ring.name)
    box = outline.boundingRect()
    outline.translate(centre.x() - box.center().x(), centre.y() - box.center().y())
    painter.strokePath(outline, QPen(_WHITE, 3.5))
    painter.fillPath(outline, ring.colour)


def _faded(colour: QColor, opacity: float) -> QColor:
    result = QColor(colour)
    result.setAlphaF(colour.alphaF() * opacity)
    return result
