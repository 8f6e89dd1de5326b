"""Choosing one picture of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.images import qpixmap_from_chw
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QPixmap

    from vae_explorer.data.dataset import ImageDataset

Index = QModelIndex | QPersistentModelIndex
_SIDE = 48
_ALL = -1
_MOST_LISTED = 100_000
"""Pictures that a list can hold and still be walked through; of more, these are taken evenly."""


class SampleModel(QAbstractListModel):
    """Rows of a data set as pictures, made when they come into view."""

    def __init__(self, dataset: ImageDataset, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dataset = dataset
        self.rows: NDArray[np.int64] = np.arange(0)

    def show_rows(self, rows: NDArray[np.int64]) -> None:
        """Show these rows of the data set."""
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of pictures."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the picture of a row, or words about it."""
        row = int(self.rows[index.row()])
        match role:
            case Qt.ItemDataRole.DecorationRole:
                return self._picture(row)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return describe_sample(self._dataset, row)
            case _:
                return None

    def _picture(self, row: int) -> QPixmap:
        return qpixmap_from_chw(self._dataset.images[row]).scaled(
            _SIDE, _SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )


class SampleDialog(QDialog):
    """A wall of pictures, filtered by part and class; `chosen` carries the row of the one that was taken."""

    chosen = Signal(int)

    def __init__(self, dataset: ImageDataset, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "drawing")
        self._dataset = dataset
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(560, 460)
        self.model = SampleModel(dataset, self)
        self.view = QListView()
        self.part = _combo(tr("Part of the data"), [(tr("Test images"), 0), (tr("Training images"), 1)])
        classes = [(self._class_name(label), label) for label in range(dataset.classes)]
        self.label = _combo(tr("Class"), [(tr("All classes"), _ALL), *classes])
        self.words = QLabel()
        self._found = 0
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self._build()
        self._filter()

    def _build(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setAccessibleName(tr("Pictures of the data"))
        view.setViewMode(QListView.ViewMode.IconMode)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setUniformItemSizes(True)
        view.setMovement(QListView.Movement.Static)
        view.setIconSize(QSize(_SIDE, _SIDE))
        view.setGridSize(QSize(_SIDE + SPACING, _SIDE + SPACING))
        view.setLayoutMode(QListView.LayoutMode.Batched)
        filters = QHBoxLayout()
        filters.addWidget(self.part)
        filters.addWidget(self.label)
        filters.addStretch(1)
        self.label.setVisible(self._dataset.classes > 0)
        layout = QVBoxLayout(self)
        layout.addLayout(filters)
        layout.addWidget(view, 1)
        layout.addWidget(self.words)
        layout.addWidget(self.buttons)
        self.part.currentIndexChanged.connect(self._filter)
        self.label.currentIndexChanged.connect(self._filter)
        view.selectionModel().selectionChanged.connect(self._describe)
        view.activated.connect(self.accept)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    @Slot()
    def accept(self) -> None:
        """Take the picture that is selected."""
        indexes = self.view.selectionModel().selectedIndexes()
        if indexes:
            self.chosen.emit(int(self.model.rows[indexes[0].row()]))
            super().accept()

    @Slot()
    def _filter(self) -> None:
        split, count = self._dataset.train_count, len(self._dataset.images)
        rows = np.arange(split, count) if self.part.currentData() == 0 else np.arange(split)
        label = self.label.currentData()
        if label is not None and label != _ALL and self._dataset.labels is not None:
            rows = rows[self._dataset.labels[rows] == label]
        self._found = len(rows)
        rows = rows[:: -(-len(rows) // _MOST_LISTED) or 1]
        self.model.show_rows(rows)
        if len(rows):
            self.view.setCurrentIndex(self.model.index(0))
        self._describe()

    @Slot()
    def _describe(self) -> None:
        indexes = self.view.selectionModel().selectedIndexes()
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(indexes))
        if indexes:
            listed = len(self.model.rows)
            text = describe_sample(self._dataset, int(self.model.rows[indexes[0].row()]))
            if listed != self._found:
                some = tr("({listed:,} of {found:,} are listed)", listed=listed, found=self._found)
                text = f"{text}  {some}"
            self.words.setText(text)
        else:
            self.words.setText(tr("No picture of this class is in this part of the data."))

    def _class_name(self, label: int) -> str:
        names = self._dataset.class_names
        return names[label] if label < len(names) else str(label)


def describe_sample(dataset: ImageDataset, row: int) -> str:
    """Return words about one picture: its row in the source (as on the command line), part and class."""
    is_trained_on = row < dataset.train_count
    number = int(dataset.source_rows[row])
    if dataset.labels is None:
        if is_trained_on:
            return tr("Sample {number}, training image", number=number)
        return tr("Sample {number}, test image", number=number)
    label = int(dataset.labels[row])
    name = dataset.class_names[label] if label < len(dataset.class_names) else str(label)
    if is_trained_on:
        return tr("Sample {number}, training image, class {name}", number=number, name=name)
    return tr("Sample {number}, test image, class {name}", number=number, name=name)


def _combo(name: str, choices: list[tuple[str, int]]) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    for text, value in choices:
        combo.addItem(text, value)
    return combo
