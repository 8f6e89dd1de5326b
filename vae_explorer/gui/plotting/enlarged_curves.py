"""The curves of one quantity in the large window: training thin, its moving mean, testing strong with markers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from vae_explorer.gui.plotting.drawn_curves import Place, Window
from vae_explorer.training.curve_history import smoothed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.gui.plotting.drawn_curves import CurveView
    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.gui.theme import Theme
    from vae_explorer.training.curve_history import CurveHistory

    Floats = NDArray[np.float64]

_SYMBOLS = {"disc": "o", "square": "s", "triangle": "t1", "diamond": "d"}
"""pyqtgraph's names of the markers."""
_MEAN_PLACES = 10_000
"""Places of the moving mean, over the whole run: enough to zoom far into it."""
_MARKER, _MARKER_DISTANCE = 8.0, 16.0
"""Pixels of a test marker, and between two of them."""
_DOT = 5.0
"""Pixels of a single training value."""
_ALONE, _UNDER_MEAN = 0.8, 0.25
"""Opacity of the recorded training values alone, and under their moving mean."""


class EnlargedCurves:
    """What is drawn of one quantity.

    Parameters
    ----------
    plot
        The pyqtgraph plot that it is drawn in, which thins and clips what is on screen.
    quantity
        What is measured.
    """

    def __init__(self, plot: pg.PlotItem, quantity: Quantity) -> None:
        self.quantity = quantity
        self._raw = pg.PlotDataItem(antialias=False, symbolSize=_DOT)
        self._mean, self._test = pg.PlotDataItem(antialias=True), pg.PlotDataItem(antialias=True)
        self._markers = pg.ScatterPlotItem(symbol=_SYMBOLS[quantity.symbol], size=_MARKER)
        self._tested = np.empty(0), np.empty(0)
        self._smooth = False
        for height, item in enumerate((self._raw, self._mean, self._test, self._markers)):
            plot.addItem(item, ignoreBounds=True)
            # No thin line of another quantity crosses a strong one, or a marker.
            item.setZValue(height)
        # A mean has no peaks to keep, which would make steps of it.
        self._mean.setDownsampling(auto=True, method="subsample")

    @property
    def is_shown(self) -> bool:
        """Whether it is drawn."""
        return bool(self._test.isVisible())

    def draw(self, history: CurveHistory, view: CurveView) -> list[Floats]:
        """Draw what is recorded and return, as they are drawn, the values that the range is made for."""
        shown, key = self.quantity.key not in view.hidden, self.quantity.key
        for item in (self._raw, self._mean, self._test, self._markers):
            item.setVisible(shown)
        if not shown:
            return []
        train, test = history.curve("train", key), history.curve("test", key)
        whole = Place(first=-math.inf, last=math.inf, columns=_MEAN_PLACES)
        window, self._smooth = Window(view, whole, shown), view.window > 0
        raw = window.line(train.along(view.axis), train.values)
        mean = window.line(*smoothed(train, view.axis, view.window, **whole)) if self._smooth else raw
        self._tested = window.line(test.along(view.axis), test.values)
        # The columns of the history grow in place: what is drawn must keep still until the next drawing.
        self._raw.setData(*(values.copy() for values in raw))
        self._raw.setSymbol("o" if len(raw[0]) == 1 else None)  # of a single value there is no line yet
        self._mean.setVisible(self._smooth)
        self._mean.setData(*mean)
        self._test.setData(*(values.copy() for values in self._tested))
        return [mean[1], self._tested[1]]

    def place_markers(self, first: float, last: float, width: float) -> None:
        """Put markers where testing was measured between two positions, so far apart that none hides another."""
        x, y = self._tested
        start, stop = int(np.searchsorted(x, first)), int(np.searchsorted(x, last, side="right"))
        stride = max(1, math.ceil((stop - start) * _MARKER_DISTANCE / max(width, 1.0)))
        # Counted from the newest value, so that the end of the curve always has its marker.
        chosen = np.arange(x.size - 1, -1, -stride)
        chosen = chosen[(chosen >= start) & (chosen < stop)]
        self._markers.setData(x[chosen], y[chosen])

    def thin_anew(self) -> None:
        """Thin the lines for another number of pixels, which pyqtgraph does for another range alone."""
        for line in (self._raw, self._mean, self._test):
            line.viewRangeChanged()

    def set_theme(self, theme: Theme, fineness: float) -> None:
        """Take the colours of a theme, in lines for a screen of so many pixels to one of the window."""
        colour, plot = self.quantity.colour(theme), theme.colour("plot")
        faint, strong = QColor(colour), QColor(colour)
        # One pixel wide on each screen: for a jagged line that is wider Qt takes seconds. Alone it is stronger instead.
        faint.setAlphaF(_UNDER_MEAN if self._smooth else min(1.0, fineness * _ALONE))
        strong.setAlphaF(_ALONE)
        self._raw.setPen(cosmetic_pen(faint, 1.0))
        self._raw.setSymbolBrush(colour)
        self._raw.setSymbolPen(None)
        self._mean.setPen(cosmetic_pen(strong, 1.4 * fineness))
        self._test.setPen(cosmetic_pen(colour, 2.2 * fineness))
        self._markers.setPen(cosmetic_pen(plot, 1.0 * fineness))
        self._markers.setBrush(colour)


def cosmetic_pen(colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen whose width is in pixels of the screen, not in the units of a plot."""
    pen = QPen(colour, width, style)
    pen.setCosmetic(True)
    return pen
