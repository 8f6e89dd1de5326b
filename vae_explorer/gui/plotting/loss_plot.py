"""One plot of loss curves: training thin, test strong, a range that the first steep fall can't spoil, a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.gui.plotting.curve_axis import CurveAxis, log_ticks
from vae_explorer.gui.plotting.curve_marks import CurveMarks
from vae_explorer.gui.plotting.drawn_curves import Curves, CurveView, Place, Window
from vae_explorer.gui.theme import LIGHT, Theme
from vae_explorer.training.curve_history import CurveHistory, robust_range

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.gui.plotting.quantities import Quantity

    Floats = NDArray[np.float64]

_AXIS_WIDTH = 62
_COMPACT_AXIS_WIDTH = 36
_RIGHT_MARGIN = 9
"""Pixels for half of the last number of the horizontal axis."""
_TICK_DISTANCE = 46
"""Pixels wanted between two ticks of a logarithmic axis."""


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
    clicked = Signal(float)
    """A click at a position on the x axis."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quantities: tuple[Quantity, ...] = ()
        self.follows = True
        self._theme = LIGHT
        self._logarithmic = False
        self._compact = False
        self._curves: dict[str, Curves] = {}
        axes = {side: CurveAxis(side) for side in ("left", "bottom")}
        self._plot: Any = pg.PlotWidget(self, background=None, axisItems=axes)
        self._box: Any = self._plot.getViewBox()
        self._cursor: Any = pg.InfiniteLine(angle=90, movable=False)
        self.marks = CurveMarks(self._plot)
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
        self._plot.scene().sigMouseClicked.connect(self._tell_click)

    def set_quantities(self, quantities: tuple[Quantity, ...]) -> None:
        """Draw these from now on; all in one unit, the first on top."""
        if quantities == self.quantities:
            return
        for curves in self._curves.values():
            for item in curves.items:
                self._plot.removeItem(item)
        self.quantities = quantities
        self._curves = {quantity.key: Curves(quantity) for quantity in quantities}
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
        self.marks.set_theme(theme)
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
        place = Place(first=first, last=stop, columns=max(50, int(self._box.width())))
        drawn: list[Floats] = []
        for quantity in self.quantities:
            window = Window(view, place, quantity.key in shown)
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

    def _tell_click(self, event: Any) -> None:
        place = event.scenePos()
        if event.button() == Qt.MouseButton.LeftButton and self._box.sceneBoundingRect().contains(place):
            self.clicked.emit(float(self._box.mapSceneToView(place).x()))

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


def _last_position(history: CurveHistory, key: str, axis: str) -> float:
    places = [history.curve(split, key).along(axis) for split in ("train", "test")]
    return max((float(place[-1]) for place in places if place.size), default=0.0)
