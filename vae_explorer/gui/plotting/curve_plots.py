"""The plots of a run side by side: one for each kind of term that the run has, over one shared axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from vae_explorer.gui.plotting.loss_plot import LossPlot
from vae_explorer.gui.plotting.quantities import PLOTS, plot_title
from vae_explorer.gui.theme import LIGHT, SPACING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from vae_explorer.gui.plotting.curve_marks import Mark
    from vae_explorer.gui.plotting.drawn_curves import CurveView
    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.gui.theme import Theme
    from vae_explorer.training.curve_history import CurveHistory


_LEAST_WIDTH, _LEAST_COMPACT_WIDTH = 168, 104
"""Pixels that a plot needs with the unit at its axis, and without."""


_WORDY = 300, 130
"""Width and height in pixels from which a plot has room for the words of its marks; one of the row has them."""


class CurvePlots(QWidget):
    """A row of plots that follows what is measured; a plot without curves isn't there.

    Where there is no room for all of them, as many stand there as can be read, from a chosen one on.
    """

    hovered = Signal(float, QPoint)
    """Position on the x axis, and the mouse in the coordinates of this widget."""
    left = Signal()
    """The mouse has left a plot."""
    range_chosen = Signal()
    """The range has been zoomed or panned by hand."""
    fit_wanted = Signal()
    """A double click asks for the automatic range."""
    clicked = Signal(float)
    """A click at a position on the x axis."""
    arranged = Signal()
    """Other plots stand there than before, or others are left out."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plots: dict[str, LossPlot] = {}
        self._theme: Theme = LIGHT
        self._wanted: tuple[str, ...] = ()
        self._first = ""
        self._arrangement: tuple[tuple[str, ...], ...] = ()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACING)

    def plot(self, name: str) -> LossPlot:
        """Return a plot by name, made when it is first asked for."""
        return self._plots.get(name) or self._make(name)

    @property
    def shown(self) -> tuple[LossPlot, ...]:
        """The plots that have curves to draw, in their order."""
        return tuple(plot for plot in map(self._plots.get, self._order) if plot is not None and not plot.isHidden())

    @property
    def _order(self) -> tuple[str, ...]:
        """Names of the plots from left to right: those of units of their own stand last."""
        return tuple(dict.fromkeys((*PLOTS, *self._plots)))

    def set_quantities(self, quantities: tuple[Quantity, ...]) -> None:
        """Draw these from now on, each in its plot."""
        for name in dict.fromkeys((*self._order, *(quantity.plot for quantity in quantities))):
            own = tuple(quantity for quantity in quantities if quantity.plot == name)
            if own or name in self._plots:
                self.plot(name).set_quantities(own)

    def show_chosen(self, hidden: frozenset[str]) -> None:
        """Keep only the plots with quantities that aren't hidden."""
        self._wanted = tuple(
            name
            for name in self._order
            if name in self._plots and any(quantity.key not in hidden for quantity in self._plots[name].quantities)
        )
        self._arrange()

    def show_first(self, name: str) -> None:
        """Begin with a plot where not all have room."""
        self._first = name
        self._arrange()

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """Names and titles of the plots that the row can begin with; empty where all have room."""
        room = len(self.shown)
        if room == len(self._wanted):
            return ()
        return tuple((name, plot_title(name)) for name in self._wanted[: len(self._wanted) - room + 1])

    @property
    def first(self) -> str:
        """Name of the plot at the left, "" without any."""
        return next((name for name in self._wanted if not self._plots[name].isHidden()), "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many plots as have room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        wanted = self._wanted
        count = min(len(wanted), max(1, (self.width() + SPACING) // (_LEAST_COMPACT_WIDTH + SPACING)))
        start = min(wanted.index(self._first) if self._first in wanted else 0, len(wanted) - count)
        shown = wanted[start : start + count]
        compact = self.width() < len(shown) * (_LEAST_WIDTH + SPACING)
        for name, plot in self._plots.items():
            plot.setVisible(name in shown)
            plot.set_compact(compact)
        if self._arrangement != (wanted, shown):
            self._arrangement = (wanted, shown)
            self.arranged.emit()

    def draw(self, history: CurveHistory, view: CurveView) -> None:
        """Draw what `history` holds."""
        for plot in self.shown:
            plot.draw(history, view)

    @property
    def worked_seconds(self) -> float:
        """Processor time that drawing all curves has taken so far."""
        return sum(plot.worked_seconds for plot in self._plots.values())

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for plot in self._plots.values():
            plot.set_theme(theme)

    def fit(self) -> None:
        """Follow the curves again, with automatic ranges."""
        for plot in self._plots.values():
            plot.fit()

    def stop_following(self) -> None:
        """Keep the ranges as they are."""
        for plot in self._plots.values():
            plot.follows = False

    def set_cursor(self, position: float | None) -> None:
        """Mark a position on the x axis."""
        for plot in self._plots.values():
            plot.set_cursor(position)

    def set_marks(self, moment: float | None, changes: Sequence[Mark]) -> None:
        """Mark the moment that is shown, if it isn't the newest, and the changes of settings."""
        worded = next(
            (plot for plot in self.shown if min(plot.width() - _WORDY[0], plot.height() - _WORDY[1]) >= 0), None
        )
        for plot in self._plots.values():
            plot.set_marks(moment, changes, worded=plot is worded)

    def _make(self, name: str) -> LossPlot:
        made = LossPlot(plot_title(name), self)
        made.set_theme(self._theme)
        made.hide()
        others = list(self._plots.values())
        if others:
            made.follows = others[0].follows
            made.show_range(others[0].x_range)
        self._plots[name] = made
        self._row.insertWidget([key for key in self._order if key in self._plots].index(name), made, 1)
        made.hovered.connect(self._tell_hover)
        made.left.connect(self.left)
        made.range_chosen.connect(self._share_range)
        made.fit_wanted.connect(self.fit_wanted)
        made.clicked.connect(self.clicked)
        return made

    @Slot()
    def _share_range(self) -> None:
        """Show the same part of the x axis in all plots."""
        chosen = self.sender()
        if isinstance(chosen, LossPlot):
            for plot in self._plots.values():
                if plot is not chosen:
                    plot.follows = False
                    plot.show_range(chosen.x_range)
        self.range_chosen.emit()

    @Slot(float, QPointF)
    def _tell_hover(self, position: float, mouse: QPointF) -> None:
        plot = self.sender()
        if isinstance(plot, QWidget):
            self.hovered.emit(position, plot.mapTo(self, mouse.toPoint()))
