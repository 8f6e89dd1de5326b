"""The curves of a run: every term that its objective records, of training and testing, live."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.plotting.curve_history import CurveHistory
from vae_explorer.gui.plotting.curve_plots import CurvePlots
from vae_explorer.gui.plotting.curve_reading import CurveReading
from vae_explorer.gui.plotting.curve_table import CurveTable
from vae_explorer.gui.plotting.loss_plot import CurveView
from vae_explorer.gui.plotting.quantities import quantities_of
from vae_explorer.gui.theme import SMALL_SPACING, SPACING, Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.plotting.quantities import Quantity
    from vae_explorer.training.events import MetricRecord

AXES = {"epoch": "Epochs", "step": "Steps"}
WINDOWS = {0.0: "As recorded", 0.25: "\N{VULGAR FRACTION ONE QUARTER} epoch", 1.0: "1 epoch", 5.0: "5 epochs"}

_REPAINT_INTERVAL = 200
"""Milliseconds between two drawings while records arrive."""
_NARROW = 700
_LOW = 340
"""Width and height in pixels below which the table has no room beside the plots, or under them."""
_SHORT = 400
"""Width in pixels below which a low panel's table keeps one column."""
_WORDLESS = 480
"""Width in pixels below which the tools stand without the words before them."""
_SMALLEST = 320, 170
EMPTY = "Loss curves appear here once training starts."


class CurvesPanel(Panel):
    """Curves of the run at hand, with a legend that holds the numbers and a cursor that reads them."""

    name: ClassVar[str] = "curves"
    title: ClassVar[str] = "Loss curves"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.history = CurveHistory()
        self.view = CurveView()
        self.drawings = 0
        self._timer = QTimer(self, singleShot=True, interval=_REPAINT_INTERVAL)
        self._timer.timeout.connect(self._draw_if_seen)
        self.quantities: tuple[Quantity, ...] = ()
        self.plots = CurvePlots(self)
        self.loss_plot, self.kl_plot = self.plots.plot("loss"), self.plots.plot("kl")
        self.table = CurveTable(self)
        self._axis = _combo(AXES, "Horizontal axis", "Count passes over the training images, or steps.")
        self._window = _combo(WINDOWS, "Smoothing", "Average the training curve over this much of the training.")
        self._window.setCurrentIndex(list(WINDOWS).index(self.view.window))
        self._plot = _combo({}, "First plot", "There is no room for all plots: choose which one to begin with.")
        self._labels: tuple[QLabel, ...] = ()
        self._log = QCheckBox("Log scale")
        self._fit = QPushButton("Fit")
        self._content = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._stack = QStackedLayout(self)
        self._reading = CurveReading(self)
        self._build()
        self._connect()
        self.set_theme(self.theme)
        self.history.extend(session.metrics)

    # ------------------------------------------------------------------ building

    def _build(self) -> None:
        empty = QLabel(EMPTY)
        empty.setProperty("role", "empty")
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setWordWrap(True)
        self._stack.addWidget(empty)
        filled = QWidget()
        layout = QVBoxLayout(filled)
        layout.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        layout.setSpacing(SMALL_SPACING)
        layout.addLayout(self._tools())
        self._content.setSpacing(SPACING)
        self._content.addWidget(self.plots, 1)
        self._content.addWidget(self.table)
        layout.addLayout(self._content, 1)
        self._stack.addWidget(filled)
        # A dock must be able to become smaller than all parts side by side want to be.
        self._stack.setSizeConstraint(QStackedLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumSize(*_SMALLEST)

    def _tools(self) -> QHBoxLayout:
        self._log.setToolTip("Equal ratios become equal distances: small changes late in the run stay visible.")
        self._log.setAccessibleName("Logarithmic scale")
        self._fit.setToolTip("Follow the curves again after zooming or panning (or double-click a plot)")
        self._fit.setAccessibleName("Fit the curves")
        self._fit.setEnabled(False)
        row = QHBoxLayout()
        row.setSpacing(SPACING)
        for text, widget in (("Over", self._axis), ("Smoothing", self._window)):
            label = QLabel(text)
            label.setProperty("role", "muted")
            label.setBuddy(widget)
            row.addWidget(label)
            row.addWidget(widget)
            self._labels += (label,)
        row.addWidget(self._log)
        row.addWidget(self._fit)
        row.addStretch(1)
        row.addWidget(self._plot)
        self._plot.hide()
        return row

    def _connect(self) -> None:
        self.session.metrics_reset.connect(self._clear)
        self.session.metrics_added.connect(self._append)
        self._axis.currentIndexChanged.connect(self._change_view)
        self._window.currentIndexChanged.connect(self._change_view)
        self._log.toggled.connect(self._change_view)
        self._fit.clicked.connect(self.fit)
        self.table.hidden_changed.connect(self._change_view)
        self.plots.hovered.connect(self._read)
        self.plots.left.connect(self._stop_reading)
        self.plots.range_chosen.connect(self._stop_following)
        self.plots.fit_wanted.connect(self.fit)
        self.plots.arranged.connect(self._offer_plots)
        self._plot.currentIndexChanged.connect(self._choose_plot)

    # ------------------------------------------------------------------ the panel's life

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        for part in (self.plots, self.table, self._reading):
            part.set_theme(theme)

    def refresh(self) -> None:
        """Draw everything recorded so far."""
        self.drawings += 1
        self._timer.stop()
        self._stack.setCurrentIndex(1 if self.history else 0)
        self._follow_names()
        self.plots.draw(self.history, self.view)
        self.table.show_values(self.history)

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
        self._fit.setEnabled(False)
        self.mark_stale()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the panel is narrow, put the table under the plots, or shorten it where it is low as well."""
        super().resizeEvent(event)
        narrow, low = event.size().width() < _NARROW, event.size().height() < _LOW
        direction = QBoxLayout.Direction.TopToBottom if narrow and not low else QBoxLayout.Direction.LeftToRight
        if self._content.direction() != direction:
            self._content.setDirection(direction)
        self.table.set_columns(3 if not (narrow and low) else 2 if event.size().width() >= _SHORT else 1)
        for label in self._labels:
            label.setVisible(event.size().width() >= _WORDLESS)
        self._schedule()

    @Slot()
    def _offer_plots(self) -> None:
        """Offer the plots to choose from where not all have room."""
        pages = self.plots.pages
        with QSignalBlocker(self._plot):
            self._plot.clear()
            for name, title in pages:
                self._plot.addItem(title, name)
            self._plot.setCurrentIndex(self._plot.findData(self.plots.first))
        self._plot.setVisible(bool(pages))
        self._schedule()

    @Slot()
    def _choose_plot(self) -> None:
        self.plots.show_first(str(self._plot.currentData()))

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
        self.mark_stale()

    # ------------------------------------------------------------------ the user's wishes

    @Slot()
    def _change_view(self) -> None:
        axis = str(self._axis.currentData())
        if axis != self.view.axis:
            self.fit()
        self.view = replace(
            self.view,
            axis=axis,
            window=float(self._window.currentData()),
            logarithmic=self._log.isChecked(),
            hidden=self.table.hidden,
        )
        self.plots.show_chosen(self.view.hidden)
        self.mark_stale()

    @Slot()
    def _stop_following(self) -> None:
        self.plots.stop_following()
        self._fit.setEnabled(True)
        self._schedule()

    @Slot(float, QPoint)
    def _read(self, position: float, mouse: QPoint) -> None:
        quantities = [quantity for quantity in self.quantities if quantity.key not in self.view.hidden]
        found = self._reading.read(self.history, quantities, self.view.axis, position)
        if found is not None:
            self.plots.set_cursor(found)
            self._reading.show_at(self.plots.mapTo(self, mouse))

    @Slot()
    def _stop_reading(self) -> None:
        self._reading.hide()
        self.plots.set_cursor(None)


def _combo(choices: dict[str, str] | dict[float, str], name: str, help: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(help)
    for value, text in choices.items():
        combo.addItem(text, value)
    return combo
