"""KL and JS of two Gaussians: two bells to drag, the integrand, exact values and estimates from samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from vae_explorer.gui.laboratories.bell_boxes import BellBoxes
from vae_explorer.gui.laboratories.bell_plot import BellPlot
from vae_explorer.gui.laboratories.bells import Bell
from vae_explorer.gui.laboratories.convergence_plot import ConvergencePlot
from vae_explorer.gui.laboratories.divergence_table import DivergenceTable
from vae_explorer.gui.laboratories.divergence_words import compare, describe
from vae_explorer.gui.laboratories.integrand_plot import IntegrandPlot
from vae_explorer.gui.laboratories.numbers import BITS, NATS, count
from vae_explorer.gui.laboratories.sampling import Sampling
from vae_explorer.gui.laboratories.window import LaboratoryWindow, words
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import marked, tr
from vae_explorer.latent.univariate import Gaussian

_LARGEST_SEED = 999_999


@dataclass(frozen=True, slots=True)
class Example:
    """Two Gaussians worth seeing."""

    title: str
    p: Gaussian
    q: Gaussian


EXAMPLES: Final = (
    Example(marked("Shifted"), Gaussian(-1.0, 1.0), Gaussian(1.0, 1.0)),
    Example(marked("Equal"), Gaussian(0.0, 1.0), Gaussian(0.0, 1.0)),
    Example(marked("Narrow p, wide q"), Gaussian(0.0, 0.6), Gaussian(0.0, 2.4)),
    Example(marked("Wide p, narrow q"), Gaussian(0.0, 2.4), Gaussian(0.0, 0.6)),
    Example(marked("Far apart: JS saturates"), Gaussian(-4.0, 0.8), Gaussian(4.0, 0.8)),
)


class DivergenceWindow(LaboratoryWindow):
    """Shows how KL and JS follow two Gaussians; sampling begins by itself, anew whenever a curve changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("divergences", tr("KL and JS of two Gaussians"), parent)
        first = EXAMPLES[0]
        self._bells = (
            Bell("p", "p", first.p, "train"),
            Bell("q", "q", first.q, "test", Qt.PenStyle.DashLine),
        )
        self.unit = NATS
        self._live = True
        self.bell_plot = BellPlot(tr("Densities of p and q"))
        self.integrand = IntegrandPlot()
        self.convergence = ConvergencePlot()
        self.boxes = BellBoxes(self._bells, {"p": tr("p, solid"), "q": tr("q, dashed")})
        self.table = DivergenceTable()
        self.units = QComboBox()
        self.swap = QPushButton(tr("S&wap p and q"))
        self.sampling = Sampling(self)
        self.seed = QSpinBox()
        self.toggle = QPushButton(tr("&Pause"))
        self.restart = QPushButton(tr("Start ove&r"))
        self.samples = words("", "muted")
        self.dressed = (self.bell_plot, self.integrand, self.convergence, self.boxes)
        self._build()
        self._connect()
        self.resize(1060, 720)
        self._show()

    @property
    def p(self) -> Gaussian:
        """The solid curve."""
        return self._bells[0].shape

    @property
    def q(self) -> Gaussian:
        """The dashed curve."""
        return self._bells[1].shape

    def done(self, result: int) -> None:
        """Stop sampling and close."""
        self.sampling.pause()
        super().done(result)

    # -- What a person does --------------------------------------------------------------------------------------------

    @Slot(object)
    def _take(self, bell: Bell) -> None:
        self._bells = (bell, self._bells[1]) if bell.name == "p" else (self._bells[0], bell)
        self.examples.setCurrentIndex(-1)
        self._show()

    @Slot(int)
    def _choose_example(self, index: int) -> None:
        if index >= 0:
            self._set_shapes(EXAMPLES[index].p, EXAMPLES[index].q)

    @Slot()
    def _swap(self) -> None:
        self.examples.setCurrentIndex(-1)
        self._set_shapes(self.q, self.p)

    def _set_shapes(self, p: Gaussian, q: Gaussian) -> None:
        self._bells = (replace(self._bells[0], shape=p), replace(self._bells[1], shape=q))
        self._show()

    @Slot(int)
    def _choose_unit(self, index: int) -> None:
        self.unit = BITS if index == 1 else NATS
        self._show_numbers()

    @Slot()
    def _toggle_sampling(self) -> None:
        self._live = not self.sampling.running
        if self._live and self.sampling.finished:
            self._restart_sampling()
        elif self._live:
            self.sampling.run()
        else:
            self.sampling.pause()

    @Slot()
    def _restart_sampling(self) -> None:
        self.sampling.restart(self.p, self.q, self.seed.value())
        if self._live:
            self.sampling.run()

    @Slot()
    def _restart_and_run(self) -> None:
        self._live = True
        self._restart_sampling()

    # -- Showing -------------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        self._comparison = compare(self.p, self.q)
        self.bell_plot.show_bells(self._bells)
        self.boxes.show_bells(self._bells)
        self._restart_sampling()
        self._show_numbers()

    @Slot()
    def _show_numbers(self) -> None:
        self.table.show_exact(self._comparison, self.unit)
        self.sentence.setText(describe(self._comparison, self.unit))
        self.integrand.show_divergence(self.table.kind, self.p, self.q, self.unit)
        self._show_samples()

    @Slot()
    def _show_samples(self) -> None:
        kind = self.table.kind
        self.table.show_samples(self.sampling, self.unit)
        exact = self._comparison.values[kind]
        self.convergence.show_history(self.sampling.history, kind, exact, self.unit)
        drawn = self.sampling.estimate(kind).count
        self.samples.setText(tr("{count} pairs of samples", count=count(drawn)))

    @Slot()
    def _show_running(self) -> None:
        self.toggle.setText(tr("&Pause") if self.sampling.running else tr("&Sample"))

    # -- Making --------------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.examples.addItems([tr(example.title) for example in EXAMPLES])
        self.units.setAccessibleName(tr("Unit"))
        self.units.addItems([tr(unit.name) for unit in (NATS, BITS)])
        self.seed.setRange(0, _LARGEST_SEED)
        self.seed.setAccessibleName(tr("Seed of the samples"))
        self.seed.setKeyboardTracking(False)
        for button in (self.swap, self.toggle, self.restart):
            button.setAutoDefault(False)
        top = QHBoxLayout()
        for widget in (QLabel(tr("Example")), self.examples, self.swap, words(tr("Unit")), self.units):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.help)
        side = QVBoxLayout()
        side.setSpacing(SPACING)
        side.addWidget(self.boxes)
        side.addWidget(words(tr("Divergences"), "section"))
        side.addWidget(self.table)
        side.addWidget(self.sentence)
        side.addWidget(words(tr("Samples"), "section"))
        side.addLayout(self._sampling_row())
        side.addWidget(self.samples)
        side.addWidget(self.convergence, 1)
        self.arrange(top, [(self.bell_plot, 3), (self.integrand, 2)], side)

    def _sampling_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self.toggle)
        row.addWidget(self.restart)
        row.addStretch(1)
        row.addWidget(QLabel(tr("Seed")))
        row.addWidget(self.seed)
        return row

    def _connect(self) -> None:
        with QSignalBlocker(self.examples):
            self.examples.setCurrentIndex(0)
        self.bell_plot.moved.connect(self._take)
        self.boxes.changed.connect(self._take)
        self.examples.currentIndexChanged.connect(self._choose_example)
        self.units.currentIndexChanged.connect(self._choose_unit)
        self.swap.clicked.connect(self._swap)
        self.table.chosen.connect(self._show_numbers)
        self.toggle.clicked.connect(self._toggle_sampling)
        self.restart.clicked.connect(self._restart_and_run)
        self.seed.valueChanged.connect(self._restart_sampling)
        self.sampling.grown.connect(self._show_samples)
        self.sampling.running_changed.connect(self._show_running)
