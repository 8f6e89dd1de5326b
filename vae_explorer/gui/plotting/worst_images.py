"""The images that a model explains worst, as pictures to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from vae_explorer.gui.dialogs.sample import describe_sample
from vae_explorer.gui.plotting.pictures import PictureStrip
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import listed, marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.measures import PerImage

COUNT = 10
_COLUMNS = 5


class _Order(NamedTuple):
    title: str
    name: str
    lowest: bool
    word: str


_ORDERS = (
    _Order(marked("Lowest log-likelihood"), "log_likelihood", True, marked("log-likelihood")),
    _Order(marked("Largest inference gap"), "gap", False, marked("gap")),
    _Order(marked("Lowest ELBO"), "elbo", True, marked("elbo")),
    _Order(marked("Highest loss"), "loss", False, marked("loss")),
)


_CLASSIFIER_TITLE = marked("Highest cross-entropy")


class WorstImages(QWidget):
    """Ten pictures, worst first, by whichever value is known of them."""

    chosen = Signal(int)
    """Row of the data set of the picture that was pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._per_image: PerImage | None = None
        self._dataset: ImageDataset | None = None
        self.rows: list[int] = []
        self.order = QComboBox()
        self.order.setAccessibleName(tr("Worst images by"))
        self.order.setToolTip(tr("By which value the pictures are ranked, in nats"))
        self.pictures = PictureStrip(tr("Worst images"), _COLUMNS, 40)
        heading = QLabel(tr("Worst images"))
        heading.setProperty("role", "heading")
        hint = QLabel(tr("Press one to find it on the plane."))
        hint.setProperty("role", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        for widget in (heading, self.order, self.pictures, hint):
            column.addWidget(widget)
        self.order.currentIndexChanged.connect(self._show)
        self.pictures.chosen.connect(self._choose)

    def show_values(self, per_image: PerImage | None, dataset: ImageDataset | None) -> None:
        """Show the worst of some measured images; nothing where a model explains none."""
        self._per_image, self._dataset = per_image, dataset
        name = self.order.currentData()
        known = (
            [] if per_image is None else [order for order in _ORDERS if np.isfinite(_values(per_image, order)).any()]
        )
        self.order.blockSignals(True)
        self.order.clear()
        for order in known:
            # A classifier explains no images: all that is known of one is how badly its class is told.
            self.order.addItem(
                tr(_CLASSIFIER_TITLE if len(known) == 1 and order is _ORDERS[-1] else order.title), order.name
            )
        self.order.setCurrentIndex(max(0, self.order.findData(name)) if known else -1)
        self.order.blockSignals(False)
        self.setVisible(bool(known) and dataset is not None)
        self._show()

    @Slot()
    def _show(self) -> None:
        per_image, dataset = self._per_image, self._dataset
        order = next((order for order in _ORDERS if order.name == self.order.currentData()), None)
        if per_image is None or dataset is None or order is None:
            self.rows = []
            self.pictures.show_pictures([], [], [])
            return
        worst = worst_first(_values(per_image, order), lowest=order.lowest)[:COUNT]
        self.rows = [int(per_image.rows[index]) for index in worst]
        captions = [format_number(float(_values(per_image, order)[index]), 1) for index in worst]
        tips = [self._tip(dataset, per_image, int(index)) for index in worst]
        self.pictures.show_pictures([dataset.images[row] for row in self.rows], captions, tips)

    def _tip(self, dataset: ImageDataset, per_image: PerImage, index: int) -> str:
        values = ((tr(order.word), float(_values(per_image, order)[index])) for order in _ORDERS)
        known = listed(f"{name} {format_number(value, 2)}" for name, value in values if np.isfinite(value))
        return tr("{sample}: {values} nats", sample=describe_sample(dataset, int(per_image.rows[index])), values=known)

    @Slot(int)
    def _choose(self, index: int) -> None:
        if index < len(self.rows):
            self.pictures.mark(index)
            self.chosen.emit(self.rows[index])


def worst_first(values: NDArray[np.float64], *, lowest: bool) -> NDArray[np.intp]:
    """Return the places of all values that are numbers, the worst first."""
    known = np.flatnonzero(np.isfinite(values))
    ranked = np.argsort(values[known] if lowest else -values[known], kind="stable")
    return np.asarray(known[ranked])


def _values(per_image: PerImage, order: _Order) -> NDArray[np.float64]:
    values: NDArray[np.float64] = getattr(per_image, order.name)
    return values
