"""The curves of one quantity in a plot, and how they are asked to be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from vae_explorer.gui.plotting.curve_symbols import paint_symbol
from vae_explorer.training.curve_history import CurveHistory, decimated, smoothed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.gui.plotting.curve_frame import CurveFrame
    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.gui.theme import Theme

    Floats = NDArray[np.float64]
    Line = tuple[Floats, Floats]

_MARKER_DISTANCE = 16
"""Pixels between test markers below which they would run into each other."""
_SMALLEST_LOG = 1e-6
"""Nats below which a logarithmic axis shows no difference: the KL of a dead dimension is 0."""
_UNDER_MEAN = 0.25
"""Opacity of the recorded training values under their moving mean."""
_FEW = 30
"""Recorded values up to which the range holds them, not only their mean: so few are no noise yet."""
_PIECE = 16
"""Points of a smooth line that are drawn at once."""
_DOT = 4.0
"""Width of a dot for a single value in pixels."""
_MARKER = 7.0
"""Width of a test marker in pixels."""


@dataclass(frozen=True, slots=True)
class CurveView:
    """How curves are shown.

    Attributes
    ----------
    axis
        ``"epoch"`` or ``"step"``.
    window
        Epochs over which the training curve is averaged; 0 draws it as it was recorded.
    logarithmic
        Whether equal ratios are equal distances.
    hidden
        Keys of the quantities that aren't drawn.
    """

    axis: str = "epoch"
    window: float = 1.0
    logarithmic: bool = False
    hidden: frozenset[str] = frozenset()


class Place(TypedDict):
    """Which part of the x axis is drawn, over how many columns of pixels."""

    first: float
    last: float
    columns: int


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the curves is drawn, and how finely."""

    view: CurveView
    place: Place
    shown: bool

    def line(self, positions: Floats, values: Floats) -> Line:
        """Return points with their values as they are drawn: logarithms where equal ratios are equal distances."""
        return positions, np.log10(np.maximum(values, _SMALLEST_LOG)) if self.view.logarithmic else values


_NOTHING: Line = (np.empty(0), np.empty(0))


class Curves:
    """What is drawn of one quantity: training thin, its moving mean, testing strong with markers.

    Parameters
    ----------
    quantity
        What is measured.
    """

    def __init__(self, quantity: Quantity) -> None:
        self._quantity = quantity
        self._raw = self._mean = self._test = self._markers = _NOTHING

    def prepare(self, history: CurveHistory, window: Window) -> list[Floats]:
        """Choose the points to draw and return, as they are drawn, the values that the range is made for."""
        if not window.shown:
            self._raw = self._mean = self._test = self._markers = _NOTHING
            return []
        view, place, key = window.view, window.place, self._quantity.key
        train, test = history.curve("train", key), history.curve("test", key)
        self._raw = window.line(*decimated(train.along(view.axis), train.values, **place))
        smooth = view.window > 0
        self._mean = window.line(*smoothed(train, view.axis, view.window, **place)) if smooth else _NOTHING
        self._test = window.line(*decimated(test.along(view.axis), test.values, **place))
        # Counted from the newest value, so that the end of the curve always has its marker.
        apart = slice(None, None, -math.ceil(self._test[0].size * _MARKER_DISTANCE / place["columns"]) or -1)
        self._markers = self._test[0][apart], self._test[1][apart]
        ranged = [self._test[1]]
        if smooth:
            ranged.append(self._mean[1])
        if not smooth or train.values.size <= _FEW:
            ranged.append(self._raw[1])
        return ranged

    def paint_recorded(self, painter: QPainter, frame: CurveFrame, theme: Theme) -> None:
        """Draw what was recorded in training; a dot where that is one value, of which there is no line yet."""
        smooth, line = self._mean is not _NOTHING, frame.polygon(*self._raw)
        colour = self._quantity.colour(theme)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if line.size() == 1:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, _DOT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(line)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(_faded(colour, 0.7 * (_UNDER_MEAN if smooth else 1.0)), 1.0))
        painter.drawPolyline(line)

    def paint_mean(self, painter: QPainter, frame: CurveFrame, theme: Theme) -> None:
        """Draw the moving mean of training."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(_mixed(self._quantity.colour(theme), theme.colour("plot"), 0.75), 1.2))
        _stroke(painter, frame.polygon(*self._mean))

    def paint_test(self, painter: QPainter, frame: CurveFrame, theme: Theme) -> None:
        """Draw what was measured on the held-out images, with its markers."""
        colour = self._quantity.colour(theme)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 2.2))
        _stroke(painter, frame.polygon(*self._test))
        painter.setPen(QPen(theme.colour("plot"), 1.0))
        painter.setBrush(colour)
        for x, y in zip(*(values.tolist() for values in self._markers), strict=True):
            place = QRectF(0.0, 0.0, _MARKER, _MARKER)
            place.moveCenter(QPointF(frame.column(x), frame.row(y)))
            paint_symbol(painter, self._quantity.symbol, place)


def _stroke(painter: QPainter, line: QPolygonF) -> None:
    """Draw a smooth line piece by piece: what Qt needs for a jagged one grows with the square of its points."""
    for start in range(0, max(1, line.size() - 1), _PIECE):
        painter.drawPolyline(line.mid(start, _PIECE + 1))


def _mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    """Return what a colour over a ground looks like at an opacity: itself opaque, so that pieces may overlap."""

    def mix(over: float, under: float) -> float:
        return share * over + (1 - share) * under

    return QColor.fromRgbF(
        mix(colour.redF(), ground.redF()), mix(colour.greenF(), ground.greenF()), mix(colour.blueF(), ground.blueF())
    )


def _faded(colour: QColor, opacity: float) -> QColor:
    faded = QColor(colour)
    faded.setAlphaF(opacity)
    return faded
