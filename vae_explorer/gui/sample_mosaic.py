"""A glance at the data: a few of its images in rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.gui.theme import LIGHT, Theme
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QPaintEvent

    from vae_explorer.data.dataset import ImageDataset

COLUMNS = 10
ROWS = 3
_TILE = 24
_GAP = 2


class SampleMosaic(QWidget):
    """Shows images spread evenly over the data, class by class where there are classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._images: list[QImage] = []
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Some images of the data"))

    def show_dataset(self, dataset: ImageDataset | None) -> None:
        """Show some images of a data set, or nothing."""
        from vae_explorer.gui.images import qimage_from_chw

        rows = [] if dataset is None else sample_rows(dataset, COLUMNS, ROWS)
        self._images = [] if dataset is None else [qimage_from_chw(dataset.images[row]) for row in rows]
        self.setVisible(bool(self._images))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Room for all tiles."""
        return QSize(COLUMNS * (_TILE + _GAP), ROWS * (_TILE + _GAP))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the tiles in the order of their columns."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        tile = min(_TILE, self.width() // COLUMNS - _GAP)
        for index, image in enumerate(self._images):
            row, column = divmod(index, COLUMNS)
            x, y = column * (tile + _GAP), row * (tile + _GAP)
            painter.fillRect(x, y, tile, tile, QColor(self._theme.raised))
            scaled = image.scaled(
                tile, tile, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            painter.drawImage(x + (tile - scaled.width()) // 2, y + (tile - scaled.height()) // 2, scaled)


def sample_rows(dataset: ImageDataset, columns: int, rows: int) -> list[int]:
    """Return rows of the data to show: column by column the classes in turn, or spread evenly without classes."""
    import numpy as np

    wanted = min(columns * rows, len(dataset.images))
    if dataset.labels is None or dataset.classes < 2:
        return [int(row) for row in np.linspace(0, len(dataset.images) - 1, wanted).round()]
    labels = dataset.labels[: min(len(dataset.labels), 20_000)]
    shown = np.unique(labels)[:columns]
    chosen: list[int] = []
    for row in range(rows):
        for label in np.resize(shown, columns):
            members = np.flatnonzero(labels == label)
            chosen.append(int(members[min(row, len(members) - 1)]))
    return chosen
