"""The controls above the manifold: how many pictures, how they are spaced, how far they reach, and of which class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.plotting.class_choice import ALL_CLASSES, offer
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import marked, tr
from vae_explorer.latent.grids import SPACINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.app.choices import GridChoices

LEAST, MOST, USUAL = 2, 60, 20
_ABSENT = {
    "classes": marked("Neither the model nor the images have classes"),
    "encodings": marked("This model has no encoder, so there is no q(z)"),
}


class ManifoldControls(QWidget):
    """One row, several where room is short.

    The range is there for the spacing that has one, the class for models that know classes.
    """

    changed = Signal()
    """Another grid is wanted."""
    class_chosen = Signal(int)
    """Index in the list of classes, as a person chose it."""
    export_wanted = Signal()
    """The grid is to be written as a picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.size_box = _size_box()
        self.spacing_box = QComboBox()
        self.range_box = _range_box()
        self.class_box = QComboBox()
        self.class_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.condition = QLabel()
        self.export_button = QPushButton(tr("Export…"))
        self._parts: dict[str, QWidget] = {}
        self._offers_all = False
        self._build()
        self.size_box.valueChanged.connect(self.changed)
        self.range_box.valueChanged.connect(self.changed)
        self.spacing_box.currentIndexChanged.connect(self._choose_spacing)
        self.class_box.activated.connect(self.class_chosen)
        self.export_button.clicked.connect(self.export_wanted)
        self._choose_spacing()

    @property
    def size_chosen(self) -> int:
        """Pictures along each side."""
        return self.size_box.value()

    @property
    def spacing(self) -> str:
        """Name of one of `SPACINGS`."""
        return str(self.spacing_box.currentData())

    @property
    def reach(self) -> float:
        """How far the grid reaches, in prior standard deviations."""
        return self.range_box.value()

    @property
    def label(self) -> int:
        """The class, -1 for all of them and for models that know none."""
        index = self.class_box.currentIndex()
        return index - 1 if self._offers_all else index

    def offer_classes(self, classes: Sequence[str], label: int, *, offers_all: bool = False) -> None:
        """Offer classes by name, and first all of them if wanted; otherwise begin with class `label`."""
        self._offers_all = offers_all and bool(classes)
        names = [tr(ALL_CLASSES), *classes] if self._offers_all else classes
        if offer(self.class_box, names):
            if names and not self._offers_all:
                self.class_box.setCurrentIndex(label)
            self.class_box.updateGeometry()
        self._parts["class"].setVisible(bool(names))

    def choose_class(self, index: int) -> None:
        """Show a class that was chosen elsewhere."""
        self.class_box.setCurrentIndex(index)

    def show_condition(self, words: str) -> None:
        """Say which picture the model completes; nothing for models that complete none."""
        self.condition.setText(words)
        self.condition.setVisible(bool(words))

    def offer_following(self, *, classes: bool, encodings: bool) -> None:
        """Offer the spacings that follow classes or encodings where there are such; another one takes their place."""
        model = self.spacing_box.model()
        for index, spacing in enumerate(SPACINGS):
            offered = {"classes": classes, "encodings": encodings}.get(spacing.follows, True)
            item = model.item(index) if isinstance(model, QStandardItemModel) else None
            if item is not None:
                item.setEnabled(offered)
                item.setToolTip(tr(spacing.summary if offered else _ABSENT[spacing.follows]))
            if not offered and self.spacing_box.currentIndex() == index:
                self.spacing_box.setCurrentIndex(0)

    def show_choices(self, chosen: GridChoices) -> None:
        """Show what was chosen elsewhere, and ask for nothing."""
        boxes = (self.size_box, self.spacing_box, self.range_box)
        for box in boxes:
            box.blockSignals(True)
        self.size_box.setValue(chosen.size)
        self.spacing_box.setCurrentIndex(max(0, self.spacing_box.findData(chosen.spacing)))
        self.range_box.setValue(chosen.reach)
        for box in boxes:
            box.blockSignals(False)
        self._show_range()

    def show_unit(self, unit: str) -> None:
        """Say what the range is in, as `units_of` a model tells it."""
        self.range_box.setToolTip(tr("How far the grid reaches, in {unit}", unit=tr(unit)))

    def allow(self, *, grid: bool, export: bool) -> None:
        """Let the grid be chosen, and written."""
        self.export_button.setEnabled(export)
        for widget in (self.size_box, self.spacing_box, self.range_box, self.class_box):
            widget.setEnabled(grid)

    def _build(self) -> None:
        for spacing in SPACINGS:
            self.spacing_box.addItem(tr(spacing.title), spacing.name)
        self.spacing_box.setToolTip(
            "\n".join(tr("{name}: {text}", name=tr(entry.title), text=tr(entry.summary)) for entry in SPACINGS)
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        column.setSpacing(SMALL_SPACING)
        rows = QWidget(self)
        flow = FlowLayout(rows, SPACING)
        flow.setContentsMargins(0, 0, 0, 0)
        column.addWidget(rows)
        column.addWidget(self.condition)
        self.condition.setProperty("role", "muted")
        self.condition.setWordWrap(True)
        boxes = (
            ("size", tr("Grid"), self.size_box),
            ("spacing", tr("Spacing"), self.spacing_box),
            ("range", tr("Range"), self.range_box),
            ("class", tr("Class"), self.class_box),
        )
        for name, title, box in boxes:
            label = QLabel(title)
            label.setProperty("role", "muted")
            label.setBuddy(box)
            box.setObjectName(f"manifold-{name}")
            box.setAccessibleName(title)
            self._parts[name] = _side_by_side(label, box)
            flow.addWidget(self._parts[name])
        self.export_button.setObjectName("manifold-export")
        self.export_button.setToolTip(tr("Write this grid as a picture"))
        flow.add_at_end(self.export_button)

    @Slot()
    def _choose_spacing(self) -> None:
        self._show_range()
        self.changed.emit()

    def _show_range(self) -> None:
        is_uniform = self.spacing_box.currentData() == "uniform"
        self._parts["range"].setVisible(is_uniform)


def _side_by_side(label: QLabel, box: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(label)
    row.addWidget(box)
    return holder


def _size_box() -> QSpinBox:
    box = QSpinBox()
    box.setRange(LEAST, MOST)
    box.setValue(USUAL)
    box.setToolTip(tr("Pictures along each side"))
    box.setKeyboardTracking(False)
    return box


def _range_box() -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(0.1, 20.0)
    box.setSingleStep(0.5)
    box.setValue(3.0)
    box.setDecimals(1)
    box.setPrefix("±")
    box.setKeyboardTracking(False)
    return box
