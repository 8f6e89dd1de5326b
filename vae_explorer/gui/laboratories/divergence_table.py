"""The three divergences of two Gaussians as a table: exact, from samples, and their slopes; one row is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QLabel, QRadioButton, QWidget

from vae_explorer.gui.laboratories.numbers import NAMES, number, percent
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import marked, tr
from vae_explorer.latent.divergences import JS_BOUND

if TYPE_CHECKING:
    from vae_explorer.gui.laboratories.divergence_words import Comparison
    from vae_explorer.gui.laboratories.numbers import Unit
    from vae_explorer.gui.laboratories.sampling import Sampling

_HEADINGS = (
    (marked("Exact"), marked("KL in closed form, JS by quadrature")),
    (marked("Samples ± s.e."), marked("Mean of the log ratios of samples, with its standard error")),
    (marked("Slope"), marked("How fast it grows when the mean of q moves to the right, per unit of x")),
)


class DivergenceTable(QWidget):
    """Radio buttons name the rows: the chosen one is drawn as integrand and as convergence."""

    chosen = Signal()
    """Another divergence is looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self.rows = {kind: QRadioButton(name) for kind, name in NAMES.items()}
        self.cells = {(kind, column): QLabel() for kind in NAMES for column in range(len(_HEADINGS))}
        self.bound = QLabel()
        self.bound.setProperty("role", "muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(3 * SPACING)
        for column, (heading, tip) in enumerate(_HEADINGS, start=1):
            label = QLabel(tr(heading))
            label.setProperty("role", "muted")
            label.setToolTip(tr(tip))
            grid.addWidget(label, 0, column, Qt.AlignmentFlag.AlignRight)
            grid.setColumnStretch(column, 1)
        for row, (kind, button) in enumerate(self.rows.items(), start=1):
            self._group.addButton(button)
            grid.addWidget(button, row, 0)
            for column, (heading, tip) in enumerate(_HEADINGS):
                cell = self.cells[kind, column]
                cell.setAccessibleName(tr("{column} of {divergence}", column=tr(heading), divergence=NAMES[kind]))
                cell.setToolTip(tr(tip))
                grid.addWidget(cell, row, column + 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self.bound, len(NAMES) + 1, 0, 1, -1)
        self.rows["forward"].setChecked(True)
        self._group.buttonToggled.connect(self._tell)

    @property
    def kind(self) -> str:
        """The divergence that is looked at."""
        return next(kind for kind, button in self.rows.items() if button.isChecked())

    def show_exact(self, comparison: Comparison, unit: Unit) -> None:
        """Write exact values and slopes."""
        for kind in NAMES:
            self.cells[kind, 0].setText(number(unit.of(comparison.values[kind])))
            self.cells[kind, 2].setText(number(unit.of(comparison.slopes[kind])))
        share = comparison.values["js"] / JS_BOUND
        bound = tr("1 bit") if unit.of(JS_BOUND) == 1 else f"{number(unit.of(JS_BOUND))} {tr(unit.name)}"
        self.bound.setText(
            tr(
                "In {unit}. JS is at most log 2 = {bound}; now at {share} of it.",
                unit=tr(unit.name),
                bound=bound,
                share=percent(share),
            )
        )

    def show_samples(self, sampling: Sampling, unit: Unit) -> None:
        """Write estimates and their standard errors."""
        for kind in NAMES:
            estimate = sampling.estimate(kind)
            text = f"{number(unit.of(estimate.mean))} ± {number(unit.of(estimate.standard_error))}"
            self.cells[kind, 1].setText(text)

    @Slot(QAbstractButton, bool)
    def _tell(self, _button: QAbstractButton, checked: bool) -> None:
        if checked:
            self.chosen.emit()
