"""The curves of a run: every term that its objective records, of training and testing, live."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPoint, Qt, QTimer, Slot
from PySide6.QtWidgets import QBoxLayout, QLabel, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.plotting.curve_marks import marks_of
from vae_explorer.gui.plotting.curve_plots import CurvePlots
from vae_explorer.gui.plotting.curve_reading import CurveReading
from vae_explorer.gui.plotting.curve_table import CurveTable
from vae_explorer.gui.plotting.curve_tools import CurveTools
from vae_explorer.gui.plotting.drawn_curves import CurveView
from vae_explorer.gui.plotting.quantities import quantities_of
from vae_explorer.gui.plotting.time_bar import TimeBar
from vae_explorer.gui.plotting.turning import TurnButton
from vae_explorer.gui.theme import SMALL_SPACING, SPACING, Theme
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.language import marked, tr
from vae_explorer.training.curve_history import CurveHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QResizeEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.runs.history import KeptMoment
    from vae_explorer.training.events import MetricRecord

_REPAINT_INTERVAL, _LONGEST_INTERVAL = 200, 1000
"""Milliseconds between two drawings while records arrive: at least, and at most."""
_TURN = 25
"""Milliseconds between the plots of one drawing."""
_SHARE = 0.02
"""Most of the time of the window's thread that the curves may take while records arrive."""
_YIELD_SECONDS, _MOST_YIELDS = 0.15, 6
"""How lately the plane must have moved for the curves to wait, and how often in a row they do: a second or so."""
_NARROW = 700
_LOW = 340
"""Width and height in pixels below which the table has no room beside the plots, or under them."""
_SHORT = 400
"""Width in pixels below which a low panel's table keeps one column."""
_USUAL_LINE = 15
"""Height in pixels of a line of text for which these widths and heights hold; larger letters need more."""
_SMALLEST = 320, 170
_MARK_DELAY = 50
"""Milliseconds until the line of the moment follows the time slider."""
_NEAR = 0.02
"""Share of the horizontal axis within which a change of a setting is read together with the curves."""
EMPTY = marked("Loss curves appear here after the first steps of training.")


class CurvesPanel(Panel):
    """Curves of the run at hand, with a legend that holds the numbers and a cursor that reads them."""

    name: ClassVar[str] = "curves"
    title: ClassVar[str] = marked("Loss curves")

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.history = CurveHistory()
        self.view = CurveView()
        self.drawings = 0
        self._plane_moved, self._yielded = 0.0, 0
        self._worked = 0.0
        self._make_timers()
        self.quantities: tuple[Quantity, ...] = ()
        self.plots = CurvePlots(self)
        self.loss_plot, self.kl_plot = self.plots.plot("loss"), self.plots.plot("kl")
        self.table = CurveTable(self)
        self.tools = CurveTools(self.view, self)
        self.time = TimeBar(session, self)
        self.turn, self.enlarge = TurnButton(session, self), QToolButton(self)
        self.tools.add(self.turn, has_words=True)
        self.tools.add(self.enlarge)
        self._before_click: KeptMoment | None = None
        self._content = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._stack = QStackedLayout(self)
        self._reading = CurveReading(self)
        self._build()
        self._connect()
        self.set_theme(self.theme)
        self.history.extend(session.metrics)

    # ------------------------------------------------------------------ building

    def _make_timers(self) -> None:
        self._timer = QTimer(self, singleShot=True, interval=_REPAINT_INTERVAL)
        self._timer.timeout.connect(self._draw_if_seen)
        # Each plot in a frame of its own: all of them at once would take longer than a frame may.
        self._turns: Iterator[None] = iter(())
        self._turn = QTimer(self, interval=_TURN)
        self._turn.timeout.connect(self._draw_part)
        self._marking = QTimer(self, singleShot=True, interval=_MARK_DELAY)
        self._marking.timeout.connect(self._mark)

    def _build(self) -> None:
        empty = QLabel(tr(EMPTY))
        empty.setProperty("role", "empty")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        self._stack.addWidget(empty)
        filled = QWidget()
        layout = QVBoxLayout(filled)
        layout.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        layout.setSpacing(SMALL_SPACING)
        layout.addWidget(self.tools)
        self._content.setSpacing(SPACING)
        self._content.addWidget(self.plots, 1)
        self._content.addWidget(VerticalArea(self.table))
        layout.addLayout(self._content, 1)
        layout.addWidget(self.time)
        self._stack.addWidget(filled)
        # A dock must be able to become smaller than all parts side by side want to be.
        self._stack.setSizeConstraint(QStackedLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumSize(*_SMALLEST)

    def _connect(self) -> None:
        self.session.view_changed.connect(self._note_motion)
        self.session.pin_changed.connect(self._note_motion)
        self.session.metrics_reset.connect(self._clear)
        self.session.metrics_added.connect(self._append)
        self.tools.changed.connect(self._change_view)
        self.tools.fit_wanted.connect(self.fit)
        self.table.hidden_changed.connect(self._change_view)
        self.plots.hovered.connect(self._read)
        self.plots.left.connect(self._stop_reading)
        self.plots.range_chosen.connect(self._stop_following)
        self.plots.fit_wanted.connect(self._fit_by_double_click)
        self.plots.clicked.connect(self._travel)
        self.session.moments.changed.connect(self._mark_soon)
        self.session.steering.changed.connect(self._mark)
        self.plots.arranged.connect(self._offer_plots)
        self.tools.plot_chosen.connect(self.plots.show_first)

    # ------------------------------------------------------------------ the panel's life

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        for part in (self.plots, self.table, self.time, self.turn, self._reading):
            part.set_theme(theme)

    def refresh(self) -> None:
        """Draw everything recorded so far."""
        self._begin_drawing()
        for _ in self._turns:
            pass

    def _begin_drawing(self) -> None:
        self.drawings += 1
        self._timer.stop()
        self._turn.stop()
        self._timer.setInterval(repaint_interval(self.plots.worked_seconds - self._worked))
        self._worked = self.plots.worked_seconds
        self._turns = self._drawn_in_turns()

    def _drawn_in_turns(self) -> Iterator[None]:
        """Draw everything recorded so far, and stop after each plot."""
        self._stack.setCurrentIndex(1 if self.history else 0)
        self._follow_names()
        for plot in self.plots.shown:
            plot.draw(self.history, self.view)
            yield
        self.table.show_values(self.history, self.view.window)
        self._mark()

    @Slot()
    def _draw_part(self) -> None:
        """Draw one plot more, while the panel is seen; one that comes into view is drawn anew anyway."""
        if self.isVisible():
            for _ in self._turns:
                return
        self._turn.stop()

    @Slot()
    def _mark_soon(self) -> None:
        """Let the plane, at which a person looks while time moves, be painted before the line across the curves."""
        if not self._marking.isActive():
            self._marking.start()

    @Slot()
    def _mark(self) -> None:
        self.plots.set_marks(*marks_of(self.session, self.view.axis))

    def _follow_names(self) -> None:
        experiment = self.session.trained_experiment
        quantities = quantities_of(self.history.names, experiment.objective_entry.terms if experiment else ())
        if quantities != self.quantities:
            self.quantities = quantities
            self.table.set_quantities(quantities)
            self.plots.set_quantities(quantities)
            self.view = replace(self.view, hidden=self.table.hidden)
            self.plots.show_chosen(self.view.hidden)

    @Slot()
    def fit(self) -> None:
        """Follow the curves again after zooming or panning."""
        self.plots.fit()
        self.tools.allow_fit(False)
        self.mark_stale()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the panel is narrow, put the table under the plots, or shorten it where it is low as well."""
        super().resizeEvent(event)
        scale = self.fontMetrics().height() / _USUAL_LINE
        width, height = event.size().width() / scale, event.size().height() / scale
        narrow, low = width < _NARROW, height < _LOW
        direction = QBoxLayout.Direction.TopToBottom if narrow and not low else QBoxLayout.Direction.LeftToRight
        if self._content.direction() != direction:
            self._content.setDirection(direction)
        self.table.set_columns(3 if not (narrow and low) else 2 if width >= _SHORT else 1)
        self._schedule()

    @Slot()
    def _offer_plots(self) -> None:
        """Offer the plots to choose from where not all have room."""
        self.tools.offer_plots(self.plots.pages, self.plots.first)
        self._schedule()

    # ------------------------------------------------------------------ news

    @Slot()
    def _clear(self) -> None:
        self.history.clear()
        self.plots.fit()
        self._stop_reading()
        self.mark_stale()

    @Slot(object)
    def _append(self, records: tuple[MetricRecord, ...]) -> None:
        first = not self.history
        self.history.extend(records)
        if first:
            self.mark_stale()
        else:
            self._schedule()

    def _schedule(self) -> None:
        if not self.isVisible():
            self.mark_stale()
        elif not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _draw_if_seen(self) -> None:
        """Draw, unless the plane or its pin is just being moved: a drawing takes longer than a frame of it may."""
        if monotonic() - self._plane_moved < _YIELD_SECONDS and self._yielded < _MOST_YIELDS:
            self._yielded += 1
            self._timer.start()
            return
        self._yielded = 0
        if self.isVisible():
            self._begin_drawing()
            self._turn.start()
        else:
            self.mark_stale()

    @Slot()
    def _note_motion(self) -> None:
        self._plane_moved = monotonic()

    # ------------------------------------------------------------------ the user's wishes

    @Slot()
    def _change_view(self) -> None:
        view = replace(self.tools.view, hidden=self.table.hidden)
        if view.axis != self.view.axis:
            self.fit()
        self.view = view
        self.plots.show_chosen(self.view.hidden)
        self.mark_stale()

    @Slot()
    def _stop_following(self) -> None:
        self.plots.stop_following()
        self.tools.allow_fit(True)
        self._schedule()

    @Slot(float)
    def _travel(self, position: float) -> None:
        """Show the kept moment that is nearest to a place on the x axis."""
        moments = self.session.moments
        self._before_click = moments.wanted
        travel = moments.travel_to_epoch if self.view.axis == "epoch" else moments.travel_to_step
        travel(position)

    @Slot()
    def _fit_by_double_click(self) -> None:
        """Fit, and stay at the moment that was shown before the first of the two clicks."""
        self.session.moments.travel(self._before_click)
        self.fit()

    @Slot(float, QPoint)
    def _read(self, position: float, mouse: QPoint) -> None:
        quantities = [quantity for quantity in self.quantities if quantity.key not in self.view.hidden]
        found = self._reading.read(self.history, quantities, self.view.axis, position, self._notes_at(position))
        if found is not None:
            self.plots.set_cursor(found)
            self._reading.show_at(self.plots.mapTo(self, mouse))

    def _notes_at(self, position: float) -> tuple[str, ...]:
        """Return what was adjusted near a position, and what a click does."""
        left, right = self.loss_plot.x_range
        marks = self.loss_plot.marks.marks
        near = tuple(mark.words for mark in marks if abs(mark.position - position) <= _NEAR * (right - left))
        return (*near, tr("Click to see the model of this moment")) if self.session.moments.kept else near

    @Slot()
    def _stop_reading(self) -> None:
        self._reading.hide()
        self.plots.set_cursor(None)


def repaint_interval(seconds: float) -> int:
    """Return the milliseconds between two drawings of curves of which the last took some seconds."""
    return round(min(max(1000 * seconds / _SHARE, _REPAINT_INTERVAL), _LONGEST_INTERVAL))
