"""Fit one bump to two: gradient descent of a Gaussian on KL in either direction, or on JS."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.gui.calm import CalmDoubleSpinBox
from vae_explorer.gui.laboratories.bell_boxes import BellBoxes
from vae_explorer.gui.laboratories.bell_plot import BellPlot
from vae_explorer.gui.laboratories.bells import Bell
from vae_explorer.gui.laboratories.fit_choice import FitChoice
from vae_explorer.gui.laboratories.fit_examples import EXAMPLES
from vae_explorer.gui.laboratories.fit_map import FitMap
from vae_explorer.gui.laboratories.fit_run import FitRun
from vae_explorer.gui.laboratories.fit_words import describe_fit, optimum_words
from vae_explorer.gui.laboratories.survey import KINDS, Survey
from vae_explorer.gui.laboratories.trace_plot import TracePlot
from vae_explorer.gui.laboratories.window import LaboratoryWindow, words
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import tr
from vae_explorer.latent.bump_fitting import LONGEST_STEP, evaluate_fit
from vae_explorer.latent.univariate import Gaussian, Mixture

_INTERVAL = 50
"""Milliseconds between the steps of a run: fast enough to watch, slow enough to follow."""
_RATES = (0.001, 1.0)


class FitWindow(LaboratoryWindow):
    """A target of two bumps, one bump to fit, and the landscape it moves in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bump-fit", tr("Fit one bump to two"), parent)
        first = EXAMPLES[0]
        self.run = FitRun(first.target, "forward", first.start)
        self._bells = _bells(first.target, first.start)
        self.bell_plot = BellPlot(tr("Target and fitted curve"))
        self.bell_plot.chosen = "q"
        self.trace = TracePlot()
        self.map = FitMap()
        self.boxes = BellBoxes(self._bells, {"a": tr("Bump a"), "b": tr("Bump b"), "q": tr("Start of q")})
        self.choice = FitChoice()
        self.rate = CalmDoubleSpinBox()
        self.step = QPushButton(tr("&Step"))
        self.toggle = QPushButton(tr("R&un"))
        self.reset = QPushButton(tr("&Reset"))
        self.survey = Survey(self)
        self._timer = QTimer(self)
        self._timer.setInterval(_INTERVAL)
        self.dressed = (self.bell_plot, self.trace, self.map, self.boxes)
        self._build()
        self._connect()
        self.resize(1120, 760)
        with QSignalBlocker(self.examples):
            self.examples.setCurrentIndex(0)
        self._set_target(first.target, first.start)

    @property
    def running(self) -> bool:
        """Whether steps are being taken one after another."""
        return self._timer.isActive()

    def done(self, result: int) -> None:
        """Stop and close."""
        self._timer.stop()
        self.survey.stop()
        super().done(result)

    # -- What a person does --------------------------------------------------------------------------------------------

    @Slot(object)
    def _take(self, bell: Bell) -> None:
        with QSignalBlocker(self.examples):
            self.examples.setCurrentIndex(-1)
        if bell.name == "q":
            self._set_start(bell.shape)
            return
        target = self.run.target
        weight = bell.weight if bell.name == "a" else 1.0 - bell.weight
        parts = {"a": target.first, "b": target.second, bell.name: bell.shape}
        self._set_target(Mixture(parts["a"], parts["b"], weight), self.run.start)

    @Slot(object)
    def _set_start(self, start: Gaussian) -> None:
        self._stop()
        # A bell knows the limits within which q can be dragged; the map and the keys keep to them too.
        self.run.start = self._bells[2].reshaped(start.mean, start.deviation).shape
        self.run.reset()
        self._show()

    def _set_target(self, target: Mixture, start: Gaussian) -> None:
        self._stop()
        self.run = FitRun(target, self.choice.kind, start, self.rate.value())
        self.survey.begin(target, self.run.kind, moved=True)
        self._show_minima()

    @Slot(int)
    def _choose_example(self, index: int) -> None:
        if index >= 0:
            self._set_target(EXAMPLES[index].target, EXAMPLES[index].start)

    @Slot()
    def _choose_divergence(self) -> None:
        self._stop()
        self.run.kind = self.choice.kind
        self.run.reset()
        self.survey.begin(self.run.target, self.run.kind, moved=False)
        self._show()

    @Slot(float)
    def _set_rate(self, rate: float) -> None:
        self.run.rate = rate

    @Slot()
    def _toggle(self) -> None:
        if self.running:
            self._stop()
        else:
            self._timer.start()
            self._show_running()

    @Slot()
    def _step_once(self) -> None:
        self._stop()
        self._advance()

    @Slot()
    def _reset(self) -> None:
        self._stop()
        self.run.reset()
        self._show()

    @Slot()
    def _advance(self) -> None:
        if self.run.arrived:
            self._stop()
            return
        self.run.step()
        self._show()

    def _stop(self) -> None:
        self._timer.stop()
        self._show_running()

    # -- Showing -------------------------------------------------------------------------------------------------------

    @Slot()
    def _show_minima(self) -> None:
        self.run.minima = self.survey.minima
        self.map.show_minima(self.survey.minima)
        self._show()

    @Slot()
    def _show_landscape(self) -> None:
        if self.survey.heights is not None:
            self.map.show_landscape(self.survey.heights)

    def _show(self) -> None:
        run, minima = self.run, self.run.minima.get(self.run.kind, ())
        levels = [evaluate_fit(run.kind, run.target, q).value for q in minima]
        self._bells = _bells(run.target, run.q)
        self.bell_plot.show_bells(self._bells, (run.target, "train"), minima, optimum_words(run.kind))
        self.boxes.show_bells((*self._bells[:2], replace(self._bells[2], shape=run.start)))
        self.trace.show_trace(run.kind, run.trace, levels)
        self.map.show_way(run.way)
        self.choice.show_values(run.divergences(KINDS))
        self.sentence.setText(describe_fit(run))
        self.step.setEnabled(not run.arrived)
        self.toggle.setEnabled(not run.arrived)
        self.reset.setEnabled(run.steps > 0)

    def _show_running(self) -> None:
        self.toggle.setText(tr("Pa&use") if self.running else tr("R&un"))

    # -- Making --------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.examples.addItems([tr(example.title) for example in EXAMPLES])
        self.rate.setRange(*_RATES)
        self.rate.setDecimals(3)
        self.rate.setSingleStep(0.01)
        self.rate.setValue(self.run.rate)
        self.rate.setAccessibleName(tr("Learning rate"))
        self.rate.setToolTip(
            tr(
                "A step in mean and log deviation is the gradient times this, but no longer than {longest:g}",
                longest=LONGEST_STEP,
            )
        )
        top = QHBoxLayout()
        for widget in (QLabel(tr("Example")), self.examples):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.help)
        side = QVBoxLayout()
        side.setSpacing(SPACING)
        side.addWidget(self.boxes)
        side.addWidget(words(tr("Divergence to descend on"), "section"))
        side.addWidget(self.choice)
        side.addLayout(self._descent_row())
        side.addWidget(self.sentence)
        side.addWidget(self.map, 1)
        self.arrange(top, [(self.bell_plot, 3), (self.trace, 2)], side)

    def _descent_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for button in (self.toggle, self.step, self.reset):
            button.setAutoDefault(False)
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(QLabel(tr("Rate")))
        row.addWidget(self.rate)
        return row

    def _connect(self) -> None:
        self.bell_plot.moved.connect(self._take)
        self.boxes.changed.connect(self._take)
        self.map.start_moved.connect(self._set_start)
        self.examples.currentIndexChanged.connect(self._choose_example)
        self.choice.chosen.connect(self._choose_divergence)
        self.rate.valueChanged.connect(self._set_rate)
        self.step.clicked.connect(self._step_once)
        self.toggle.clicked.connect(self._toggle)
        self.reset.clicked.connect(self._reset)
        self.survey.minima_found.connect(self._show_minima)
        self.survey.landscape_drawn.connect(self._show_landscape)
        self._timer.timeout.connect(self._advance)


def _bells(target: Mixture, q: Gaussian) -> tuple[Bell, Bell, Bell]:
    return (
        Bell("a", "a", target.first, "train", Qt.PenStyle.DotLine, target.weight, weighted=True),
        Bell("b", "b", target.second, "train", Qt.PenStyle.DotLine, 1.0 - target.weight, weighted=True),
        Bell("q", "q", q, "test", Qt.PenStyle.DashLine),
    )
