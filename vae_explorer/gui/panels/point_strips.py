"""The inspector's strips of small pictures: every class at the point, and what is nearest to it in two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.app.decode_service import Priority
from vae_explorer.app.picture_reading import NEIGHBOURS, PictureReader
from vae_explorer.gui.panels.point_pictures import label_at
from vae_explorer.gui.panels.sample_finding import SampleFinding
from vae_explorer.gui.panels.sample_words import sample_class, sample_title
from vae_explorer.gui.plotting.pictures import PictureStrip
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import tr
from vae_explorer.latent.units import units_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint, ModelInfo
    from vae_explorer.latent.nearest import NearestPictures

CLASSES = "classes"
REST_MILLISECONDS = 120
"""How long a point must rest before the picture there is compared with all pictures of the data."""
_COLUMNS = 5
_SIDE = 40


class ClassStrip(QWidget):
    """What each class looks like at a point, for models that decode with a class."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._number = -1
        self._point: LatentPoint | None = None
        self.pictures = PictureStrip(tr("Every class at this point"), _COLUMNS, _SIDE)
        _hold(self, self.pictures)
        session.decode.decoded.connect(self._take)
        self.pictures.chosen.connect(session.set_label)

    @property
    def is_wanted(self) -> bool:
        """Whether there is anything to show."""
        model = self._session.model_info
        return self._point is not None and model is not None and model.needs_label

    def ask(self, point: LatentPoint | None) -> None:
        """Ask for the pictures of all classes at another point."""
        model = self._session.model_info
        self._point = point
        if model is None or not model.needs_label or point is None or model.classes < 1:
            self._number = -1
            return
        z = np.tile(np.array(point.z), (model.classes, 1))
        self._number = self._session.decode.request(CLASSES, z, np.arange(model.classes), priority=Priority.PICTURES)

    def describe(self, point: LatentPoint | None) -> None:
        """Mark the class with which the point is decoded."""
        model = self._session.model_info
        if point is not None and model is not None and model.needs_label:
            self.pictures.mark(label_at(self._session, point, model) or 0)

    @Slot(object)
    def _take(self, reply: DecodeReply) -> None:
        model = self._session.model_info
        if reply.key != CLASSES or reply.number != self._number or model is None:
            return
        names = [model.class_name(label) for label in range(len(reply.images))]
        self.pictures.show_pictures(
            list(reply.images), names, [tr("Class {name}: show its plane", name=name) for name in names]
        )
        if self._point is not None:
            self.pictures.mark(label_at(self._session, self._point, model) or 0)


class NeighbourStrip(QWidget):
    """Pictures of the data with their classes and how far they are; a click chooses one.

    Parameters
    ----------
    session
        Whose data they are of.
    name
        What they are nearest to.
    say_distance
        Returns a distance in words, for the tool tip.
    """

    def __init__(
        self, session: Session, name: str, say_distance: Callable[[float], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._say_distance = say_distance
        self._finding = SampleFinding(session, self)
        self._rows: list[int] = []
        self.pictures = PictureStrip(name, NEIGHBOURS, _SIDE)
        _hold(self, self.pictures)
        self.pictures.chosen.connect(self._choose)

    @property
    def rows(self) -> tuple[int, ...]:
        """Rows of the data on show, nearest first."""
        return tuple(self._rows)

    def show_rows(self, rows: Sequence[int], distances: Sequence[float]) -> None:
        """Show rows of the data, nearest first."""
        dataset = self._session.dataset
        known = [] if dataset is None else [row for row in rows if row < len(dataset.images)]
        self._rows = known
        if dataset is None:
            return
        captions, tips = [], []
        for row, distance in zip(known, distances, strict=False):
            captions.append(near_caption(sample_class(dataset, row), distance))
            name, far = sample_title(dataset, row), self._say_distance(distance)
            trained = row < dataset.train_count
            tips.append(
                tr("{sample}, training: {distance}", sample=name, distance=far)
                if trained
                else tr("{sample}, test: {distance}", sample=name, distance=far)
            )
        self.pictures.show_pictures([dataset.images[row] for row in known], captions, tips)

    def explain(self, nearest: NearestPictures) -> None:
        """Say among how many pictures they were found, where that isn't all of them."""
        dataset, text = self._session.dataset, ""
        if dataset is not None and dataset.is_on_disk:
            text = tr(
                "The nearest of {compared:,} pictures from everywhere in a file of {count:,}",
                compared=nearest.compared,
                count=len(dataset),
            )
        self.pictures.setToolTip(text)
        self.pictures.setAccessibleDescription(text)

    @Slot(int)
    def _choose(self, index: int) -> None:
        if index < len(self._rows):
            self._finding.pin(self._rows[index])


class PixelNeighbours(NeighbourStrip):
    """The training pictures that are most like the one that is decoded at a point."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, tr("Training pictures most like the decoded one"), say_difference, parent)
        self._picture: NDArray[np.uint8] | None = None
        self._reader = PictureReader(session, "inspector.pixels")
        self._reader.compared.connect(self._take)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MILLISECONDS)
        self._rest.timeout.connect(self._compare)

    def ask(self, picture: NDArray[np.uint8] | None) -> None:
        """Find what is like another picture [C, H, W], once it rests; nothing is like None."""
        self._picture = picture
        if picture is None:
            self._reader.forget()
            self._rest.stop()
            self.show_rows([], [])
        else:
            self._rest.start()

    @Slot()
    def _compare(self) -> None:
        dataset = self._session.dataset
        if self._picture is not None and dataset is not None:
            self._reader.compare(self._picture, dataset.train.images)

    @Slot(object)
    def _take(self, nearest: NearestPictures) -> None:
        if self._picture is not None:
            self.show_rows(nearest.rows.tolist(), nearest.distances.tolist())
            self.explain(nearest)


def say_difference(distance: float) -> str:
    """Return a difference of pixels in words."""
    return tr("differs by {distance:.1f}% (root mean square)", distance=100 * distance)


def say_distance(distance: float, model: ModelInfo | None) -> str:
    """Return a distance on a model's plane in words."""
    return tr("{distance:.3f} {unit} away", distance=distance, unit=tr(units_of(model)))


def near_caption(name: str | None, distance: float) -> str:
    """Return class and distance as they stand below each other under a small picture."""
    far = f"{distance:.2f}" if distance < 9.995 else f"{distance:.0f}"
    return far if name is None else f"{name}\n{far}"


def _hold(holder: QWidget, strip: PictureStrip) -> None:
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACING)
    column.addWidget(strip)
