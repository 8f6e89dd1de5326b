"""One large plot of curves in one unit, drawn by pyqtgraph; over an axis the mouse zooms and pans along it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetricsF

from vae_explorer.gui.plotting.curve_axis import numbers_across, values_up
from vae_explorer.gui.plotting.enlarged_curves import EnlargedCurves, cosmetic_pen
from vae_explorer.gui.theme import LIGHT
from vae_explorer.language import tr
from vae_explorer.objectives.terms import SHARE
from vae_explorer.training.curve_history import robust_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QColor, QPen
    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.plotting.curve_marks import Mark
    from vae_explorer.gui.plotting.drawn_curves import CurveView
    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.gui.theme import Theme
    from vae_explorer.training.curve_history import CurveHistory

_AXIS_WIDTH = 68
"""Pixels of the left axis: the same in all plots, so that their columns stand under each other."""
_WORDY = 400, 220
"""Width and height in pixels from which a plot has room for the words of its changes."""
_OVER_CURVES = 10
"""Where lines lie among the heights of the curves."""
_LABEL_PLACES = (0.94, 0.84, 0.74)
"""Where along their lines the words of changes stand in turn, from the bottom."""


class EnlargedPlot(QObject):
    """The curves of some quantities of one unit.

    Parameters
    ----------
    item
        The pyqtgraph plot, in its place among the others.
    quantities
        What is drawn, the first on top.
    widget
        In which it is drawn: with its font, and for its screen.
    """

    range_chosen = Signal()
    """The range has been zoomed or panned by hand."""

    def __init__(self, item: pg.PlotItem, quantities: tuple[Quantity, ...], widget: QWidget, parent: QObject) -> None:
        super().__init__(parent)
        self.item, self.quantities = item, quantities
        self._widget, self._metrics = widget, QFontMetricsF(widget.font())
        self._theme = LIGHT
        self._logarithmic = False
        self._left, self._bottom = item.getAxis("left"), item.getAxis("bottom")
        self._grids = item.getAxis("right"), item.getAxis("top")
        self._prepare(widget.font())
        self._curves = [EnlargedCurves(item, quantity) for quantity in reversed(quantities)]
        self._marks: list[pg.InfiniteLine] = []
        self._marked: tuple[tuple[Mark, ...], bool] = (), False
        self._moment, self._column, self._row = (pg.InfiniteLine(angle=angle) for angle in (90, 90, 0))
        for line in (self._moment, self._column, self._row):
            line.hide()
            item.addItem(line, ignoreBounds=True)
            line.setZValue(_OVER_CURVES)
        item.vb.sigRangeChanged.connect(self._follow_range)
        item.vb.sigResized.connect(self._follow_size)
        item.vb.sigRangeChangedManually.connect(self.range_chosen)

    def _prepare(self, font: QFont) -> None:
        item = self.item
        item.hideButtons()
        # Its own menu speaks of transforms and exporters, in words of its own; all that makes sense is a control here.
        item.setMenuEnabled(False)
        item.setDownsampling(auto=True, mode="peak")
        item.setClipToView(True)
        item.disableAutoRange()
        self._left.setWidth(_AXIS_WIDTH)
        for axis in (self._left, self._bottom):
            axis.setStyle(tickFont=font, tickLength=0, autoExpandTextSpace=False, hideOverlappingLabels=False)
            axis.enableAutoSIPrefix(False)
        for axis in self._grids:
            # An axis with a grid cuts its numbers off at its ends: the grid, behind the curves, has axes of its own.
            item.showAxis(axis.orientation)
            axis.setStyle(showValues=False, tickLength=0)
            axis.setGrid(255)
            axis.setZValue(-1)

    @property
    def is_shown(self) -> bool:
        """Whether any of its curves is."""
        return any(curves.is_shown for curves in self._curves)

    @property
    def x_range(self) -> tuple[float, float]:
        """The part of the x axis that is shown."""
        low, high = self.item.vb.viewRange()[0]
        return float(low), float(high)

    @property
    def y_range(self) -> tuple[float, float]:
        """The range of the y axis as it is drawn: logarithms on a logarithmic axis."""
        low, high = self.item.vb.viewRange()[1]
        return float(low), float(high)

    def set_bottom(self, name: str) -> None:
        """Name the x axis, under the last plot alone; "" leaves name and numbers out."""
        self._bottom.setStyle(showValues=bool(name))
        self._bottom.setLabel(name or None)
        self._bottom.showLabel(bool(name))
        self._bottom.setHeight(None if name else 6)

    def draw(self, history: CurveHistory, view: CurveView, *, follows: bool) -> None:
        """Draw what `history` holds, with the automatic range of the y axis where it `follows`."""
        self._logarithmic = view.logarithmic
        values = [part for curves in self._curves for part in curves.draw(history, view)]
        limits = robust_range(values, both=view.logarithmic) if follows else None
        if limits is not None:
            self.item.vb.setYRange(*limits, padding=0)
        self.set_theme(self._theme)
        self._follow_range()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for axis in (self._left, self._bottom):
            axis.setPen(theme.colour("border"))
            axis.setTextPen(theme.colour("muted"))
        for axis in self._grids:
            axis.setPen(theme.colour("plot"))
            axis.setTickPen(theme.colour("grid"))
        unit = self.quantities[0].term.unit_words if self.quantities else ""
        self._left.setLabel(tr(unit), color=theme.muted)
        for curves in self._curves:
            curves.set_theme(theme, self._widget.devicePixelRatioF())
        self._moment.setPen(self._pen(theme.colour("accent"), 2.0))
        for line in (self._column, self._row):
            line.setPen(self._pen(theme.colour("muted"), 1.0, Qt.PenStyle.DashLine))
        for mark in self._marks:
            self._dress_mark(mark)

    def _pen(self, colour: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        return cosmetic_pen(colour, width * self._widget.devicePixelRatioF(), style)

    # ------------------------------------------------------------------ lines

    def set_cursor(self, position: float | None, height: float | None = None) -> None:
        """Show the cross at a position on the x axis, and at a height where the pointer is in this plot."""
        for line, place in ((self._column, position), (self._row, height)):
            line.setVisible(place is not None)
            if place is not None:
                line.setValue(place)

    def set_marks(self, moment: float | None, changes: Sequence[Mark], *, worded: bool) -> None:
        """Mark the moment that is shown, None for the newest, and the changes of settings."""
        self._moment.setVisible(moment is not None)
        if moment is not None:
            self._moment.setValue(moment)
        if (tuple(changes), worded) == self._marked:
            return
        self._marked = tuple(changes), worded
        for line in self._marks:
            self.item.removeItem(line)
        self._marks = [self._mark(mark, number if worded else None) for number, mark in enumerate(changes)]
        self._follow_range()

    @property
    def marked(self) -> tuple[Mark, ...]:
        """The changes of settings that are marked."""
        return self._marked[0]

    @property
    def moment(self) -> float | None:
        """Where the moment that is shown is marked."""
        return float(self._moment.value()) if self._moment.isVisible() else None

    def _mark(self, mark: Mark, number: int | None) -> pg.InfiniteLine:
        words = None if number is None else mark.words.replace("{", "{{").replace("}", "}}")
        place = _LABEL_PLACES[(number or 0) % len(_LABEL_PLACES)]
        options = {"position": place, "anchors": [(0, 0.5), (1, 0.5)]}
        line = pg.InfiniteLine(mark.position, angle=90, label=words, labelOpts=options)
        self._dress_mark(line)
        self.item.addItem(line, ignoreBounds=True)
        line.setZValue(_OVER_CURVES)
        return line

    def _dress_mark(self, line: pg.InfiniteLine) -> None:
        line.setPen(self._pen(self._theme.colour("warning"), 1.2, Qt.PenStyle.DashLine))
        label = getattr(line, "label", None)
        if label is not None:
            label.setColor(self._theme.colour("warning"))
            label.fill = pg.mkBrush(self._theme.colour("plot"))

    # ------------------------------------------------------------------ the mouse and the range

    def position_at(self, scene: QPointF) -> tuple[float, float] | None:
        """Return where a place of the scene lies on both axes, None outside the plot."""
        if not self.item.vb.sceneBoundingRect().contains(scene):
            return None
        place = self.item.vb.mapSceneToView(scene)
        return float(place.x()), float(place.y())

    @Slot()
    def _follow_size(self) -> None:
        for curves in self._curves:
            curves.thin_anew()
        self._follow_range()

    @Slot()
    def _follow_range(self) -> None:
        """Renew numbers and markers for what is on screen now."""
        box = self.item.vb.boundingRect()
        if box.width() <= 1 or box.height() <= 1:
            return
        for line in self._marks:
            label = getattr(line, "label", None)
            if label is not None:
                label.setVisible(box.width() >= _WORDY[0] and box.height() >= _WORDY[1])
        low, high = self.y_range
        percent = bool(self.quantities) and self.quantities[0].term.unit == SHARE
        numbers = values_up(low, high, box.height(), logarithmic=self._logarithmic, percent=percent)
        across = numbers_across(*self.x_range, box.width(), self._metrics)
        for numbered, grid, ticks in zip((self._left, self._bottom), self._grids, (numbers, across), strict=True):
            numbered.setTicks([ticks])
            grid.setTicks([ticks])
        for curves in self._curves:
            curves.place_markers(*self.x_range, box.width())
