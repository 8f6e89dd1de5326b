"""The large plots of a run under each other, one for each unit, over one x axis. Importing this imports pyqtgraph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal, Slot

from vae_explorer.gui.plotting.enlarged_plot import EnlargedPlot
from vae_explorer.gui.plotting.quantities import PLOTS
from vae_explorer.gui.theme import LIGHT
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.plotting.curve_marks import Mark
    from vae_explorer.gui.plotting.drawn_curves import CurveView
    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.gui.theme import Theme
    from vae_explorer.training.curve_history import CurveHistory

_SLACK = 1.01
"""The newest value stands so much before the right edge."""
_NOTCH, _STEP = 0.75, 0.1
"""What a key leaves of the x range when it zooms in, and the share of it by which a key moves."""


class EnlargedPlots(QObject):
    """Fills a pyqtgraph widget with plots that follow the curves until a person zooms or pans.

    Parameters
    ----------
    parent
        The window.
    """

    hovered = Signal(float)
    """Position of the pointer on the x axis."""
    left = Signal()
    """The pointer has left the plots."""
    range_chosen = Signal()
    """The range has been zoomed or panned by hand."""
    clicked = Signal(float)
    """A click at a position on the x axis."""
    double_clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.follows = True
        self.plots: tuple[EnlargedPlot, ...] = ()
        self._shown: tuple[EnlargedPlot, ...] = ()
        self._theme = LIGHT
        self._pointer = QPointF()
        # Colours are those of this widget alone: pyqtgraph's own options hold for the whole process.
        self.widget = pg.GraphicsLayoutWidget(parent)
        self.widget.setAccessibleName(tr("Loss curves, large"))
        self.widget.setAccessibleDescription(tr("Arrow keys move, plus and minus zoom, Home follows the curves again"))
        self.widget.setFrameShape(pg.GraphicsLayoutWidget.Shape.NoFrame)
        self.widget.ci.setContentsMargins(0, 4, 10, 0)
        self.widget.ci.setSpacing(4)
        self.widget.scene().sigMouseMoved.connect(self._hover)
        self.widget.scene().sigMouseClicked.connect(self._click)
        self.widget.viewport().installEventFilter(self)

    def set_quantities(self, quantities: tuple[Quantity, ...]) -> None:
        """Draw these from now on, each in the plot of its unit."""
        if quantities == tuple(quantity for plot in self.plots for quantity in plot.quantities):
            return
        self.widget.ci.clear()
        for plot in self.plots:
            plot.deleteLater()
        names = dict.fromkeys((*PLOTS, *(quantity.plot for quantity in quantities)))
        groups = (tuple(quantity for quantity in quantities if quantity.plot == name) for name in names)
        self.plots, self._shown = tuple(self._make(group) for group in groups if group), ()

    def _make(self, quantities: tuple[Quantity, ...]) -> EnlargedPlot:
        made = EnlargedPlot(pg.PlotItem(), quantities, self.widget, self)
        made.range_chosen.connect(self._stop_following)
        return made

    def draw(self, history: CurveHistory, view: CurveView) -> None:
        """Draw what `history` holds."""
        ends = (
            history.last(split, quantity.key)
            for plot in self.plots
            for quantity in plot.quantities
            for split in ("train", "test")
        )
        places = (float(end.epoch if view.axis == "epoch" else end.step) for end in ends if end is not None)
        end = max(places, default=0.0) or 1.0
        for plot in self.plots:
            plot.draw(history, view, follows=self.follows)
        self._arrange(tr("Epoch") if view.axis == "epoch" else tr("Step"))
        if self.follows and self._shown:
            self._show_x(0.0, end * _SLACK)

    def _arrange(self, bottom: str) -> None:
        """Stack the plots that have curves to show, and tie their x axes to that of the first."""
        shown = tuple(plot for plot in self.plots if plot.is_shown)
        if shown != self._shown:
            for plot in self._shown:
                plot.item.setXLink(None)
                self.widget.ci.removeItem(plot.item)
            for row, plot in enumerate(shown):
                self.widget.ci.addItem(plot.item, row, 0)
                plot.item.setXLink(None if plot is shown[0] else shown[0].item)
            self._shown = shown
        for plot in shown:
            plot.set_bottom(bottom if plot is shown[-1] else "")

    @property
    def shown(self) -> tuple[EnlargedPlot, ...]:
        """The plots on screen, from the top to the bottom."""
        return self._shown

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.widget.setBackground(theme.colour("plot"))
        for plot in self.plots:
            plot.set_theme(theme)

    def set_marks(self, moment: float | None, changes: Sequence[Mark]) -> None:
        """Mark the moment that is shown, None for the newest, and the changes of settings, worded in the first plot."""
        for plot in self.plots:
            plot.set_marks(moment, changes, worded=plot in self._shown[:1])

    def set_cursor(self, position: float | None) -> None:
        """Show the upright line of the cross in all plots."""
        for plot in self.plots:
            plot.set_cursor(position, self._height_at_pointer(plot) if position is not None else None)

    def fit(self) -> None:
        """Follow the curves again, from the next drawing on."""
        self.follows = True

    def zoom(self, notches: int) -> None:
        """Zoom the x axis about its middle, in for positive notches."""
        if self._shown:
            low, high = self._shown[0].x_range
            half, middle = (high - low) / 2 * _NOTCH**notches, (low + high) / 2
            self._show_x(middle - half, middle + half)
            self._stop_following()

    def pan(self, steps: int) -> None:
        """Move along the x axis, to the right for positive steps."""
        if self._shown:
            low, high = self._shown[0].x_range
            shift = steps * _STEP * (high - low)
            self._show_x(low + shift, high + shift)
            self._stop_following()

    def _show_x(self, low: float, high: float) -> None:
        self._shown[0].item.vb.setXRange(low, high, padding=0)

    @Slot()
    def _stop_following(self) -> None:
        self.follows = False
        self.range_chosen.emit()

    # ------------------------------------------------------------------ the mouse

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell when the pointer leaves the plots, which pyqtgraph's scene doesn't; draw anew for another screen."""
        if event.type() is QEvent.Type.Leave:
            self.left.emit()
        elif event.type() is QEvent.Type.DevicePixelRatioChange:
            self.set_theme(self._theme)
        return super().eventFilter(watched, event)

    @Slot(object)
    def _hover(self, place: QPointF) -> None:
        self._pointer = place
        position = self._position_at(place)
        if position is None:
            self.left.emit()
        else:
            self.hovered.emit(position)

    def _height_at_pointer(self, plot: EnlargedPlot) -> float | None:
        found = plot.position_at(self._pointer) if plot in self._shown else None
        return None if found is None else found[1]

    def _position_at(self, place: QPointF) -> float | None:
        found = (plot.position_at(place) for plot in self._shown)
        return next((position[0] for position in found if position is not None), None)

    @Slot(object)
    def _click(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        position = self._position_at(event.scenePos())
        if event.double():
            self.double_clicked.emit()
        elif position is not None:
            self.clicked.emit(position)
