"""The inspector's strips of small pictures: every class at the point, and the nearest encodings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vae_explorer.app.decode_service import Priority
from vae_explorer.gui.panels.point_pictures import label_at
from vae_explorer.gui.panels.sample_words import sample_class, sample_title
from vae_explorer.gui.plotting.pictures import PictureStrip
from vae_explorer.gui.theme import SPACING

if TYPE_CHECKING:
    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint

CLASSES = "classes"
NEIGHBOURS = 5
_COLUMNS = 5
_SIDE = 40


class ClassStrip(QWidget):
    """What each class looks like at a point, hidden for models that decode without a class."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._number = -1
        self._point: LatentPoint | None = None
        self.pictures = PictureStrip("Every class at this point", _COLUMNS, _SIDE)
        _stack(self, "Every class at this point", self.pictures)
        session.decode.decoded.connect(self._take)
        self.pictures.chosen.connect(session.set_label)

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
        self.setVisible(point is not None and model is not None and model.needs_label)
        if point is not None and model is not None and model.needs_label:
            self.pictures.mark(label_at(self._session, point, model) or 0)

    @Slot(object)
    def _take(self, reply: DecodeReply) -> None:
        model = self._session.model_info
        if reply.key != CLASSES or reply.number != self._number or model is None:
            return
        names = [model.class_name(label) for label in range(len(reply.images))]
        self.pictures.show_pictures(list(reply.images), names, [f"Class {name}: show its plane" for name in names])
        if self._point is not None:
            self.pictures.mark(label_at(self._session, self._point, model) or 0)


class NeighbourStrip(QWidget):
    """The images whose encodings are nearest to a point, hidden without encodings."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: list[int] = []
        self.pictures = PictureStrip("Nearest encodings", NEIGHBOURS, _SIDE)
        _stack(self, "Nearest encodings", self.pictures)
        self.pictures.chosen.connect(self._choose)

    def describe(self, point: LatentPoint | None) -> None:
        """Show the neighbours of a point."""
        cloud, dataset = self._session.points, self._session.dataset
        can_show = point is not None and cloud is not None and dataset is not None and len(cloud.z) > 0
        self.setVisible(can_show)
        if point is None or cloud is None or dataset is None or not can_show:
            self._rows = []
            return
        rows = cloud.rows[cloud.nearest(point.z, NEIGHBOURS)].tolist()
        if rows == self._rows:
            return
        self._rows = rows
        names = [sample_class(dataset, row) or "" for row in rows]
        tips = [sample_title(dataset, row) for row in rows]
        self.pictures.show_pictures([self._session.sample_image(row) for row in rows], names, tips)

    @Slot(int)
    def _choose(self, index: int) -> None:
        cloud = self._session.points
        if cloud is None or index >= len(self._rows):
            return
        row = self._rows[index]
        place = int(np.flatnonzero(cloud.rows == row)[0])
        label = None if cloud.labels is None else int(cloud.labels[place])
        z1, z2 = cloud.z[place].tolist()
        self._session.pin((z1, z2), row, label)


def _stack(holder: QWidget, title: str, strip: PictureStrip) -> None:
    caption = QLabel(title)
    caption.setProperty("role", "muted")
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACING)
    column.addWidget(caption)
    column.addWidget(strip)
