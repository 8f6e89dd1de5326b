"""One plot of loss curves: training thin, test strong, a range that the first steep fall can't spoil, a cursor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.gui.plotting.curve_axis import CurveAxis
from vae_explorer.gui.plotting.curve_history import CurveHistory, decimated, robust_range, smoothed
from vae_explorer.gui.plotting.viewport import ticks
from vae_explorer.gui.theme import LIGHT, Theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.gui.plotting.quantities import Quantity

    Floats = NDArray[np.float64]

_MARKER_DISTANCE = 16
"""Pixels between test markers below which they would run into each other."""
_SMALLEST_LOG = 1e-6
"""Nats below which a logarithmic axis shows no difference: the KL of a dead dimension is 0."""
_UNDER_MEAN = 0.25
"""Opacity of the recorded training values under their moving mean."""
_AXIS_WIDTH = 62
_COMPACT_AXIS_WIDTH = 36
_RIGHT_MARGIN = 9
"""Pixels for half of the last number of the horizontal axis."""
_TICK_DISTANCE = 46
"""Pixels wanted between two ticks of a logarithmic axis."""


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


class LossPlot(QWidget):
    """A plot of some quantities against epoch or step.

    The mouse zooms and pans; from then on the plot keeps its range until `fit`.
    """

    hovered = Signal(float, QPointF)
    """Position on the x axis, and the mouse in the coordinates of this widget."""
    left = Signal()
    """The mouse has left the plot."""
    range_chosen = Signal()
    """The range has been zoomed or panned by hand."""
    fit_wanted = Signal()
    """A double click asks for the automatic range."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quantities: tuple[Quantity, ...] = ()
        self.follows = True
        self._theme = LIGHT
        self._logarithmic = False
        self._compact = False
        self._curves: dict[str, _Curves] = {}
        axes = {side: CurveAxis(side) for side in ("left", "bottom")}
        self._plot: Any = pg.PlotWidget(self, background=None, axisItems=axes)
        self._box: Any = self._plot.getViewBox()
        self._cursor: Any = pg.InfiniteLine(angle=90, movable=False)
        self._build(name)

    def _build(self, name: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._plot.setAccessibleName(name)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._plot.setMinimumSize(90, 60)
        self._plot.getAxis("left").setWidth(_AXIS_WIDTH)
        self._plot.getPlotItem().layout.setContentsMargins(1, 1, _RIGHT_MARGIN, 1)
        self._box.disableAutoRange()
        self._box.setDefaultPadding(0.0)
        self._cursor.setVisible(False)
        self._plot.addItem(self._cursor, ignoreBounds=True)
        self._box.sigRangeChangedManually.connect(self._keep_range)
        self._box.sigYRangeChanged.connect(self._set_ticks)
        self._plot.viewport().installEventFilter(self)

    def set_quantities(self, quantities: tuple[Quantity, ...]) -> None:
        """Draw these from now on; all in one unit, the first on top."""
        if quantities == self.quantities:
            return
        for curves in self._curves.values():
            for item in curves.items:
                self._plot.removeItem(item)
        self.quantities = quantities
        self._curves = {quantity.key: _Curves(quantity) for quantity in quantities}
        for curves in reversed(self._curves.values()):
            curves.set_theme(self._theme)
            for item in curves.items:
                self._plot.addItem(item, ignoreBounds=True)
        self._set_unit()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._plot.setBackground(theme.plot)
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(theme.border)
            axis.setTextPen(theme.muted)
        self._plot.showGrid(x=True, y=True, alpha=0.12)
        self._cursor.setPen(pg.mkPen(theme.muted, width=1, style=Qt.PenStyle.DashLine))
        for curves in self._curves.values():
            curves.set_theme(theme)

    def set_compact(self, compact: bool) -> None:
        """Leave the unit of the axis to the legend where room is short."""
        if compact != self._compact:
            self._compact = compact
            self._set_unit()

    def _set_unit(self) -> None:
        axis = self._plot.getAxis("left")
        if self.quantities:
            axis.setLabel(self.quantities[0].term.unit_words)
        axis.showLabel(not self._compact)
        axis.setWidth(_COMPACT_AXIS_WIDTH if self._compact else _AXIS_WIDTH)

    def link(self, other: LossPlot) -> None:
        """Share the x range with another plot."""
        self._box.setXLink(other._box)

    def fit(self) -> None:
        """Follow the curves again, with the automatic range."""
        self.follows = True

    def set_cursor(self, position: float | None) -> None:
        """Mark a position on the x axis."""
        self._cursor.setVisible(position is not None)
        if position is not None:
            self._cursor.setValue(position)

    def draw(self, history: CurveHistory, view: CurveView) -> None:
        """Draw what `history` holds."""
        self._set_mode(view)
        shown = [quantity.key for quantity in self.quantities if quantity.key not in view.hidden]
        last = max((_last_position(history, key, view.axis) for key in shown), default=0.0)
        if self.follows:
            self._box.setXRange(0.0, max(last, 1e-9) * 1.01, padding=0.0)
        first, stop = self._box.viewRange()[0]
        place = _Place(first=first, last=stop, columns=max(50, int(self._box.width())))
        drawn: list[Floats] = []
        for quantity in self.quantities:
            window = _Window(view, place, quantity.key in shown)
            drawn += self._curves[quantity.key].draw(history, quantity.key, window)
        limits = robust_range(drawn, both=view.logarithmic)
        if self.follows and limits is not None:
            self._box.setYRange(*limits, padding=0.0)

    @property
    def y_range(self) -> tuple[float, float]:
        """The range of the y axis, in its unit whatever the scale."""
        low, high = self._box.viewRange()[1]
        return (10.0**low, 10.0**high) if self._logarithmic else (float(low), float(high))

    @property
    def x_range(self) -> tuple[float, float]:
        """The range of the x axis."""
        low, high = self._box.viewRange()[0]
        return float(low), float(high)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell where the mouse is over the curves."""
        match event.type():
            case QEvent.Type.MouseMove if isinstance(event, QMouseEvent):
                self._tell_hover(event.position())
            case QEvent.Type.Leave:
                self.left.emit()
            case QEvent.Type.MouseButtonDblClick:
                self.fit_wanted.emit()
                return True
            case _:
                pass
        return super().eventFilter(watched, event)

    def _tell_hover(self, position: QPointF) -> None:
        scene = self._plot.mapToScene(position.toPoint())
        if self._box.sceneBoundingRect().contains(scene):
            self.hovered.emit(float(self._box.mapSceneToView(scene).x()), QPointF(self._plot.mapTo(self, position)))
        else:
            self.left.emit()

    def _keep_range(self, *_axes: object) -> None:
        self.follows = False
        self.range_chosen.emit()

    def _set_mode(self, view: CurveView) -> None:
        self._plot.setLabel("bottom", "Epoch" if view.axis == "epoch" else "Step")
        if view.logarithmic != self._logarithmic:
            self._logarithmic = view.logarithmic
            self._set_ticks()

    def _set_ticks(self, *_ignored: object) -> None:
        axis = self._plot.getAxis("left")
        if not self._logarithmic:
            axis.setTicks(None)
            return
        low, high = self._box.viewRange()[1]
        axis.setTicks([log_ticks(low, high, max(2, int(self._box.height() / _TICK_DISTANCE)))])


class _Place(TypedDict):
    first: float
    last: float
    columns: int


@dataclass(frozen=True, slots=True)
class _Window:
    """Which part of the curves is drawn, and how finely."""

    view: CurveView
    place: _Place
    shown: bool

    def scaled(self, values: Floats) -> Floats:
        return np.log10(np.maximum(values, _SMALLEST_LOG)) if self.view.logarithmic else values


class _Curves:
    """The drawn items of one quantity."""

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
        return self._raw, self._mean, self._test, self._markers

    def set_theme(self, theme: Theme) -> None:
        colour = self._quantity.colour(theme)
        self._raw.setPen(pg.mkPen(_faded(colour, 0.7), width=1))
        self._mean.setPen(pg.mkPen(_faded(colour, 0.75), width=1.2))
        self._test.setPen(pg.mkPen(colour, width=2.2))
        self._markers.setPen(pg.mkPen(theme.plot, width=1))
        self._markers.setBrush(pg.mkBrush(colour))

    def draw(self, history: CurveHistory, key: str, window: _Window) -> list[Floats]:
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


def log_ticks(low: float, high: float, wanted: int) -> list[tuple[float, str]]:
    """Return ticks of a logarithmic axis from 10^low to 10^high: positions are logarithms, labels are values."""
    if high - low < 1.2:
        return [(math.log10(value), text) for value, text in ticks(10.0**low, 10.0**high, wanted) if value > 0]
    mantissas = (1, 2, 5) if (high - low) * 3 <= 2 * wanted else (1,)
    decades = range(math.floor(low), math.ceil(high) + 1)
    values = [mantissa * 10.0**decade for decade in decades for mantissa in mantissas]
    return [(math.log10(value), f"{value:g}") for value in values if low <= math.log10(value) <= high]


def _last_position(history: CurveHistory, key: str, axis: str) -> float:
    places = [history.curve(split, key).along(axis) for split in ("train", "test")]
    return max((float(place[-1]) for place in places if place.size), default=0.0)


def _faded(colour: QColor, opacity: float) -> QColor:
    faded = QColor(colour)
    faded.setAlphaF(opacity)
    return faded
