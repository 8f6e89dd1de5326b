"""Which divergence q descends on, with the values of all three at q and the marks of their minima."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QGridLayout, QLabel, QRadioButton, QWidget

from vae_explorer.gui.laboratories.numbers import NAMES, number
from vae_explorer.gui.laboratories.survey import KINDS
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import listed, marked, tr

if TYPE_CHECKING:
    from vae_explorer.latent.bump_fitting import Divergence

_WORDS: Final = {"forward": marked("Forward"), "reverse": marked("Reverse"), "js": "Jensen–Shannon"}
_MARKS: Final = {"forward": "◇", "reverse": "△", "js": "□"}


class FitChoice(QWidget):
    """Radio buttons with a value beside each."""

    chosen = Signal()
    """Another divergence is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self.rows: dict[Divergence, QRadioButton] = {}
        self.values: dict[Divergence, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * SPACING)
        grid.setColumnStretch(2, 1)
        for row, kind in enumerate(KINDS):
            self.rows[kind] = QRadioButton(listed((tr(_WORDS[kind]), NAMES[kind])))
            self.values[kind] = QLabel()
            self.values[kind].setAccessibleName(tr("{divergence} now", divergence=NAMES[kind]))
            mark = QLabel(tr("{mark} on the map", mark=_MARKS[kind]))
            mark.setProperty("role", "muted")
            mark.setToolTip(tr("This mark stands where {divergence} has a minimum", divergence=NAMES[kind]))
            self._group.addButton(self.rows[kind])
            grid.addWidget(self.rows[kind], row, 0)
            grid.addWidget(mark, row, 1)
            grid.addWidget(self.values[kind], row, 2, Qt.AlignmentFlag.AlignRight)
        self.rows["forward"].setChecked(True)
        self._group.buttonToggled.connect(self._tell)

    @property
    def kind(self) -> Divergence:
        """The divergence that is descended on."""
        return next(kind for kind, button in self.rows.items() if button.isChecked())

    def show_values(self, values: dict[str, float]) -> None:
        """Write the divergences at q, given in nats."""
        for kind, label in self.values.items():
            label.setText(tr("{number} nats", number=number(values[kind])))

    @Slot(QAbstractButton, bool)
    def _tell(self, _button: QAbstractButton, checked: bool) -> None:
        if checked:
            self.chosen.emit()
