"""Exact numbers of bell curves: a row of boxes for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from vae_explorer.gui.calm import CalmDoubleSpinBox
from vae_explorer.gui.laboratories.bells import DEVIATIONS, MEANS, WEIGHTS
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.gui.laboratories.bells import Bell
    from vae_explorer.gui.theme import Theme

_COLUMNS = (
    ("mean", marked("Mean μ"), MEANS),
    ("deviation", marked("Deviation σ"), DEVIATIONS),
    ("weight", marked("Weight"), WEIGHTS),
)


class BellBoxes(QWidget):
    """Boxes for mean and deviation of every bell, and for its weight where it has one."""

    changed = Signal(object)
    """A `Bell` with the numbers it was given."""

    def __init__(self, bells: tuple[Bell, ...], words: dict[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bells = {bell.name: bell for bell in bells}
        self._titles: dict[str, QLabel] = {}
        self.boxes: dict[tuple[str, str], CalmDoubleSpinBox] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACING)
        columns = _COLUMNS if any(bell.weighted for bell in bells) else _COLUMNS[:2]
        for place, (_, heading, _limits) in enumerate(columns, start=1):
            label = QLabel(tr(heading))
            label.setProperty("role", "muted")
            grid.addWidget(label, 0, place)
            grid.setColumnStretch(place, 1)
        for row, bell in enumerate(bells, start=1):
            self._titles[bell.name] = QLabel(words[bell.name])
            grid.addWidget(self._titles[bell.name], row, 0)
            for place, (part, heading, limits) in enumerate(columns, start=1):
                if part != "weight" or bell.weighted:
                    grid.addWidget(
                        self._box(
                            bell, part, tr("{number} of {curve}", number=tr(heading), curve=words[bell.name]), limits
                        ),
                        row,
                        place,
                    )
        self.show_bells(bells)

    def set_theme(self, theme: Theme) -> None:
        """Give every row the colour of its curve."""
        for name, label in self._titles.items():
            label.setStyleSheet(f"color: {theme.colour(self._bells[name].token).name()}; font-weight: 700;")

    def show_bells(self, bells: tuple[Bell, ...]) -> None:
        """Show the numbers of these bells."""
        self._bells.update({bell.name: bell for bell in bells})
        for (name, part), box in self.boxes.items():
            bell = self._bells[name]
            value = {"mean": bell.shape.mean, "deviation": bell.shape.deviation, "weight": bell.weight}[part]
            with QSignalBlocker(box):
                box.setValue(value)

    def _box(self, bell: Bell, part: str, name: str, limits: tuple[float, float]) -> CalmDoubleSpinBox:
        box = CalmDoubleSpinBox()
        box.setRange(*limits)
        box.setDecimals(2)
        box.setSingleStep(0.05 if part == "weight" else 0.1)
        box.setAccessibleName(name)
        box.setKeyboardTracking(False)
        box.setProperty("bell", bell.name)
        box.setProperty("part", part)
        box.valueChanged.connect(self._tell)
        self.boxes[bell.name, part] = box
        return box

    @Slot(float)
    def _tell(self, value: float) -> None:
        box = self.sender()
        bell = self._bells[str(box.property("bell"))]
        match str(box.property("part")):
            case "mean":
                self.changed.emit(bell.reshaped(mean=value))
            case "deviation":
                self.changed.emit(bell.reshaped(deviation=value))
            case _:
                self.changed.emit(bell.reshaped(weight=value))
