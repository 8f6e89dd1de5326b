"""The curves of one quantity in a plot, and how they are asked to be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from vae_explorer.training.curve_history import CurveHistory, decimated, smoothed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.gui.theme import Theme

    Floats = NDArray[np.float64]

_MARKER_DISTANCE = 16
"""Pixels between test markers below which they would run into each other."""
_SMALLEST_LOG = 1e-6
"""Nats below which a logarithmic axis shows no difference: the KL of a dead dimension is 0."""
_UNDER_MEAN = 0.25
"""Opacity of the recorded training values under their moving mean."""


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

    def scaled(self, values: Floats) -> Floats:
        """Return values as they are drawn: their logarithms where equal ratios are equal distances."""
        return np.log10(np.maximum(values, _SMALLEST_LOG)) if self.view.logarithmic else values


class Curves:
    """The drawn items of one quantity: training thin, its moving mean, testing strong with markers."""

    def __init__(self, quantity: Quantity) -> None:
        self._quantity = quantity
        self._raw: Any = pg.PlotCurveItem(skipFiniteCheck=True)
        self._mean: Any = pg.PlotCurveItem(skipFiniteCheck=True, antialias=True)
        self._test: Any = pg.PlotCurveItem(skipFiniteCheck=True, antialias=True)
        self._markers: Any = pg.ScatterPlotItem(symbol=quantity.symbol, size=6, antialias=True)
        for depth, item in enumerate(self.items):
            item.setZValue(depth)

    @property
    def items(self) -> tuple[Any, ...]:
        """What is drawn, from the bottom to the top."""
        return self._raw, self._mean, self._test, self._markers

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        colour = self._quantity.colour(theme)
        self._raw.setPen(pg.mkPen(_faded(colour, 0.7), width=1))
        self._mean.setPen(pg.mkPen(_faded(colour, 0.75), width=1.2))
        self._test.setPen(pg.mkPen(colour, width=2.2))
        self._markers.setPen(pg.mkPen(theme.plot, width=1))
        self._markers.setBrush(pg.mkBrush(colour))

    def draw(self, history: CurveHistory, key: str, window: Window) -> list[Floats]:
        """Draw the curves and return, scaled as they are drawn, the values that the range is made for."""
        for item in self.items:
            item.setVisible(window.shown)
        if not window.shown:
            return []
        axis, train, test = window.view.axis, history.curve("train", key), history.curve("test", key)
        raw = decimated(train.along(axis), train.values, **window.place)
        self._raw.setData(raw[0], window.scaled(raw[1]))
        smooth = window.view.window > 0
        self._raw.setOpacity(_UNDER_MEAN if smooth else 1.0)
        self._mean.setVisible(smooth)
        mean = smoothed(train, axis, window.view.window, **window.place) if smooth else raw
        self._mean.setData(mean[0], window.scaled(mean[1]))
        tested = decimated(test.along(axis), test.values, **window.place)
        self._test.setData(tested[0], window.scaled(tested[1]))
        # Counted from the newest value, so that the end of the curve always has its marker.
        apart = slice(None, None, -math.ceil(tested[0].size * _MARKER_DISTANCE / window.place["columns"]) or -1)
        self._markers.setData(tested[0][apart], window.scaled(tested[1][apart]))
        return [window.scaled(mean[1]), window.scaled(tested[1])]


def _faded(colour: QColor, opacity: float) -> QColor:
    faded = QColor(colour)
    faded.setAlphaF(opacity)
    return faded
