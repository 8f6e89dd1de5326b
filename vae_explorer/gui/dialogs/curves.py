"""A window for the loss curves alone: to enlarge, zoom and pan them beside a training. It imports pyqtgraph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.plotting.curve_marks import marks_of
from vae_explorer.gui.plotting.curve_table import CurveTable
from vae_explorer.gui.plotting.curve_tools import CurveTools
from vae_explorer.gui.plotting.enlarged_plots import EnlargedPlots
from vae_explorer.gui.plotting.enlarged_reading import EnlargedReading
from vae_explorer.gui.plotting.quantities import quantities_of
from vae_explorer.gui.theme import LIGHT, SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.plotting.drawn_curves import CurveView
    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.gui.theme import Theme
    from vae_explorer.runs.history import KeptMoment
    from vae_explorer.training.curve_history import CurveHistory

_INTERVAL = 500
"""Milliseconds between two drawings while records arrive."""
_SIZE, _LEAST = (1000, 680), (720, 420)
_EMPTY = marked("Loss curves appear here after the first steps of training.")


class CurvesWindow(QDialog):
    """The curves of the run that is shown, large, in a window that blocks nothing and is gone when it closes.

    Parameters
    ----------
    session
        Whose run is drawn.
    history
        What the run has recorded; whoever keeps it hears of news before this window does.
    view
        How the curves are shown at first.
    parent
        The program's window.
    """

    def __init__(self, session: Session, history: CurveHistory, view: CurveView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "training")
        self._session, self._history, self.view = session, history, view
        self.theme = LIGHT
        self.drawings = 0
        self._stale = True
        self.quantities: tuple[Quantity, ...] = ()
        self._before_click: KeptMoment | None = None
        self._timer = QTimer(self, singleShot=True, interval=_INTERVAL)
        self._timer.timeout.connect(self.refresh)
        self.tools, self.table = CurveTools(view, self), CurveTable(self)
        self.plots = EnlargedPlots(self)
        self.reading = EnlargedReading()
        self._stack = QStackedLayout()
        self._build()
        self._connect()
        self._add_keys()

    def _build(self) -> None:
        self.setWindowTitle(tr("Loss curves"))
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMinMaxButtonsHint)
        self.resize(*_SIZE)
        self.setMinimumSize(*_LEAST)
        empty = QLabel(tr(_EMPTY))
        empty.setProperty("role", "empty")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(empty)
        self._stack.addWidget(self.plots.widget)
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        row.addLayout(self._stack, 1)
        row.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        layout.addWidget(self.tools)
        layout.addWidget(self.reading)
        layout.addLayout(row, 1)

    def _connect(self) -> None:
        session = self._session
        session.metrics_reset.connect(self._begin_anew)
        session.metrics_added.connect(self._schedule)
        session.moments.changed.connect(self._mark)
        session.steering.changed.connect(self._mark)
        self.tools.changed.connect(self._change_view)
        self.table.hidden_changed.connect(self._change_view)
        self.tools.fit_wanted.connect(self.fit)
        self.plots.range_chosen.connect(self._stop_following)
        self.plots.hovered.connect(self._read)
        self.plots.left.connect(self._stop_reading)
        self.plots.clicked.connect(self._travel)
        self.plots.double_clicked.connect(self._fit_by_double_click)

    def _add_keys(self) -> None:
        keys = {
            "Left": lambda: self.plots.pan(-1),
            "Right": lambda: self.plots.pan(1),
            "+": lambda: self.plots.zoom(1),
            "=": lambda: self.plots.zoom(1),
            "-": lambda: self.plots.zoom(-1),
            "Home": self.fit,
        }
        for key, act in keys.items():
            shortcut = QShortcut(QKeySequence(key), self.plots.widget)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(act)

    # ------------------------------------------------------------------ the window's life

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.theme = self.reading.theme = theme
        self.plots.set_theme(theme)
        self.table.set_theme(theme)

    @Slot()
    def refresh(self) -> None:
        """Draw everything recorded so far, now if it can be seen and else when it is."""
        if not self.isVisible() or self.isMinimized():
            self._stale = True
            return
        self._stale = False
        self.drawings += 1
        self._stack.setCurrentIndex(1 if self._history else 0)
        self._follow_names()
        self.plots.draw(self._history, self.view)
        self.table.show_values(self._history, self.view.window)
        self._mark()

    def _follow_names(self) -> None:
        experiment = self._session.trained_experiment
        quantities = quantities_of(self._history.names, experiment.objective_entry.terms if experiment else ())
        if quantities != self.quantities:
            self.quantities = quantities
            self.table.set_quantities(quantities)
            self.plots.set_quantities(quantities)
            self.plots.set_theme(self.theme)
            self.view = replace(self.view, hidden=self.table.hidden)

    @Slot()
    def _mark(self) -> None:
        self.plots.set_marks(*marks_of(self._session, self.view.axis))

    @Slot()
    def fit(self) -> None:
        """Follow the curves again after zooming or panning."""
        self.plots.fit()
        self.tools.allow_fit(False)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while it couldn't be seen."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Draw no more."""
        self._timer.stop()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape; Enter presses no button from afar."""
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)

    @Slot()
    def _begin_anew(self) -> None:
        self._stop_reading()
        self.fit()

    @Slot()
    def _schedule(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    # ------------------------------------------------------------------ the user's wishes

    @Slot()
    def _change_view(self) -> None:
        view = replace(self.tools.view, hidden=self.table.hidden)
        other_axes = (view.axis, view.logarithmic) != (self.view.axis, self.view.logarithmic)
        self.view = view
        if other_axes:
            self.fit()
        else:
            self.refresh()

    @Slot()
    def _stop_following(self) -> None:
        self.tools.allow_fit(True)

    @Slot(float)
    def _travel(self, position: float) -> None:
        """Show the kept moment that is nearest to a place on the x axis."""
        moments = self._session.moments
        self._before_click = moments.wanted
        travel = moments.travel_to_epoch if self.view.axis == "epoch" else moments.travel_to_step
        travel(position)

    @Slot()
    def _fit_by_double_click(self) -> None:
        """Fit, and stay at the moment that was shown before the first of the two clicks."""
        self._session.moments.travel(self._before_click)
        self.fit()

    @Slot(float)
    def _read(self, position: float) -> None:
        shown = [quantity for quantity in self.quantities if quantity.key not in self.view.hidden]
        found = self.reading.read(self._history, shown, self.view.axis, position)
        if found is not None:
            self.plots.set_cursor(found)

    @Slot()
    def _stop_reading(self) -> None:
        self.plots.set_cursor(None)
        self.reading.rest()
