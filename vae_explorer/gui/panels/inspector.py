"""The inspector: the picture at the point that is hovered or pinned, and what is known of that point."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.app.decode_service import Priority
from vae_explorer.app.state import LatentPoint, ModelInfo, PointCloud
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.class_reading import ClassReading
from vae_explorer.gui.panels.completion import Completion
from vae_explorer.gui.plotting.coordinate_box import coordinate_box
from vae_explorer.gui.plotting.pictures import FramedPicture, PictureStrip
from vae_explorer.gui.plotting.plane_scene import hint, no_pictures
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.latent.densities import log_prior

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme

HOVER, PIN, CLASSES = "hover", "pin", "classes"
NEIGHBOURS = 5
_EMPTY_CLASSES = "Point at the plane to see the classes there. Click to pin a point; double-click an encoding."
_EMPTY = "Point at the plane to see the picture there. Click to pin it; double-click an encoding to choose its image."


class InspectorPanel(Panel):
    """What lies at a point of the plane."""

    name: ClassVar[str] = "inspector"
    title: ClassVar[str] = "Inspector"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.picture = FramedPicture("Decoded picture")
        self.original = FramedPicture("Original image of the sample")
        self.heading = QLabel()
        self.density = QLabel()
        self.hint = QLabel(_EMPTY)
        self.coordinates = (coordinate_box(1), coordinate_box(2))
        self.classes = PictureStrip("Every class at this point", 5, 40)
        self.neighbours = PictureStrip("Nearest encodings", NEIGHBOURS, 40)
        self.class_reading = ClassReading(session)
        self.completion = Completion(session)
        self.buttons = {name: QPushButton(name) for name in ("Set start", "Set end", "Copy")}
        self._captions: dict[str, QLabel] = {}
        self._numbers = {HOVER: -1, PIN: -1, CLASSES: -1}
        self._pinned_pixels: NDArray[np.uint8] | None = None
        self._neighbour_rows: list[int] = []
        self._lay_out()
        self._connect()
        self._renew()

    @property
    def shown(self) -> LatentPoint | None:
        """The point that is shown: the hovered one, else the pinned one."""
        return self.session.hovered or self.session.pinned

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self.picture.set_theme(theme)
        self.original.set_theme(theme)
        self.class_reading.set_theme(theme)
        self.completion.set_theme(theme)

    def refresh(self) -> None:
        """Show the point anew and ask for its pictures."""
        self._request(PIN, self.session.pinned, Priority.PIN)
        self._request(HOVER, self.session.hovered, Priority.HOVER)
        self._request_classes()
        self._describe()

    # -- Layout ------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        column.setSpacing(SPACING)
        self.heading.setProperty("role", "heading")
        self.heading.setWordWrap(True)
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        self.density.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.density.setToolTip(
            "Log density of the prior at this point, in nats; at its mean it is \N{MINUS SIGN}1.84."
        )
        column.addWidget(self.heading)
        column.addLayout(self._picture_row())
        column.addWidget(self.hint)
        column.addWidget(self.class_reading)
        column.addLayout(self._coordinate_row())
        column.addWidget(self.density)
        column.addLayout(self._button_row())
        column.addWidget(self.completion)
        for name, title, strip in (
            (CLASSES, "Every class at this point", self.classes),
            ("neighbours", "Nearest encodings", self.neighbours),
        ):
            column.addWidget(self._caption(name, title))
            column.addWidget(strip)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(VerticalArea(content, self))

    def _picture_row(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(SMALL_SPACING)
        for place, (name, title, view) in enumerate(
            (("original", "Original", self.original), ("decoded", "Decoded", self.picture))
        ):
            grid.addWidget(self._caption(name, title), 0, place, Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(view, 1, place)
        return grid

    def _coordinate_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for box, text in zip(self.coordinates, ("z\N{SUBSCRIPT ONE}", "z\N{SUBSCRIPT TWO}"), strict=True):
            label = QLabel(text)
            label.setBuddy(box)
            row.addWidget(label)
            row.addWidget(box, 1)
        return row

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SMALL_SPACING)
        tips = (
            "Let the path start at this point",
            "Let the path end at this point",
            "Copy the picture to the clipboard",
        )
        for (name, button), tip in zip(self.buttons.items(), tips, strict=True):
            button.setObjectName(name.lower().replace(" ", "-"))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _caption(self, name: str, title: str) -> QLabel:
        label = QLabel(title)
        label.setProperty("role", "muted")
        self._captions[name] = label
        return label

    def _connect(self) -> None:
        session = self.session
        session.hover_changed.connect(self._take_hover)
        session.pin_changed.connect(self._take_pin)
        session.model_changed.connect(self._take_model)
        session.dataset_changed.connect(self._renew)
        session.state_changed.connect(self._renew)
        session.label_changed.connect(self._renew)
        session.points_changed.connect(self._take_points)
        session.decode.decoded.connect(self._take_reply)
        for box in self.coordinates:
            box.valueChanged.connect(self._pin_coordinates)
        self.classes.chosen.connect(session.set_label)
        self.neighbours.chosen.connect(self._choose_neighbour)
        self.buttons["Set start"].clicked.connect(self._set_start)
        self.buttons["Set end"].clicked.connect(self._set_end)
        self.buttons["Copy"].clicked.connect(self._copy)

    # -- The session tells -------------------------------------------------------------------------------------------

    @Slot(object)
    def _take_hover(self, hovered: LatentPoint | None) -> None:
        if not self.isVisible():
            self.mark_stale()
            return
        self._request(HOVER, hovered, Priority.HOVER)
        if hovered is None:
            self.picture.show_pixels(self._pinned_pixels)
        self._request_classes()
        self._describe()

    @Slot(object)
    def _take_pin(self, pin: LatentPoint | None) -> None:
        if pin is None:
            self._pinned_pixels = None
            if self.session.hovered is None:
                self.picture.show_pixels(None)
        if not self.isVisible():
            self.mark_stale()
            return
        self._request(PIN, pin, Priority.PIN)
        self._request_classes()
        self._describe()

    @Slot(object)
    def _take_model(self, model: ModelInfo | None) -> None:
        if model is None:
            self._pinned_pixels = None
            self.picture.show_pixels(None)
        self.mark_stale()

    @Slot()
    def _renew(self) -> None:
        self.mark_stale()

    @Slot(object)
    def _take_points(self, _cloud: PointCloud | None) -> None:
        if self.isVisible():
            self._describe()

    @Slot(object)
    def _take_reply(self, reply: DecodeReply) -> None:
        if reply.number != self._numbers.get(reply.key):
            return
        if reply.key == PIN:
            self._pinned_pixels = reply.images[0]
        if reply.key == CLASSES:
            self._show_classes(reply.images)
        elif reply.key == HOVER or self.session.hovered is None:
            self.picture.show_pixels(reply.images[0])

    # -- Asking ------------------------------------------------------------------------------------------------------

    def _request(self, key: str, point: LatentPoint | None, priority: Priority) -> None:
        model = self.session.model_info
        if point is None or model is None or not model.can_decode:
            if self._numbers[key] >= 0:
                self.session.decode.cancel(key)
            self._numbers[key] = -1
            return
        self._numbers[key] = self.session.decode.request(
            key,
            np.array([point.z]),
            self._label(point, model),
            condition=self._condition(point, model),
            priority=priority,
        )

    def _request_classes(self) -> None:
        model, point = self.session.model_info, self.shown
        self.class_reading.ask(point)
        self.completion.ask(point)
        if model is None or not model.needs_label or point is None or model.classes < 1:
            self._numbers[CLASSES] = -1
            return
        z = np.tile(np.array(point.z), (model.classes, 1))
        self._numbers[CLASSES] = self.session.decode.request(
            CLASSES, z, np.arange(model.classes), priority=Priority.PICTURES
        )

    def _condition(self, point: LatentPoint, model: ModelInfo) -> NDArray[np.uint8] | None:
        """Return the sample itself, whose own band belongs to its reconstruction."""
        dataset = self.session.dataset
        if not model.completes or dataset is None or point.sample is None:
            return None
        return self.session.sample_image(point.sample) if point.sample < len(dataset.images) else None

    def _label(self, point: LatentPoint, model: ModelInfo) -> int | None:
        if not model.needs_label:
            return None
        return self.session.label if point.label is None else point.label

    # -- Showing -----------------------------------------------------------------------------------------------------

    def _describe(self) -> None:
        point, model = self.shown, self.session.model_info
        self.heading.setText(self._heading(point))
        self._show_sample(point)
        can_walk = point is not None and model is not None
        for widget in (*self.coordinates, *self.buttons.values()):
            widget.setEnabled(can_walk)
        self.hint.setText(self._hint(point))
        self.hint.setVisible(bool(self.hint.text()))
        self._show_coordinates(point)
        self._show_density(point, model)
        has_classes = can_walk and model is not None and model.needs_label
        self.classes.setVisible(has_classes)
        self._captions[CLASSES].setVisible(has_classes)
        if point is not None and model is not None and has_classes:
            self.classes.mark(self._label(point, model) or 0)
        self._show_neighbours(point)

    def _hint(self, point: LatentPoint | None) -> str:
        session = self.session
        missing = hint(session.dataset, session.model_info, session.state, session.obstacle)
        if self.session.model_info is None:
            return missing.replace("watch this plane fill with pictures", "then point at the plane")
        if point is None:
            return _EMPTY if self.session.model_info.can_decode else _EMPTY_CLASSES
        return "" if self.session.model_info.can_classify else no_pictures(self.session.model_info)

    def _heading(self, point: LatentPoint | None) -> str:
        if point is None:
            return "Nothing chosen"
        if self.session.hovered is not None:
            return "Under the pointer"
        if point.sample is None:
            return "Pinned point"
        return self._sample_title(point.sample)

    def _sample_title(self, row: int) -> str:
        """Name a sample by its row in the source, as tables and the command line do."""
        dataset, name = self.session.dataset, self._sample_label(row)
        number = row if dataset is None else int(dataset.source_rows[row])
        if name is None:
            return f"Sample {number}"
        return f"Sample {number}, class {name}" if name.isdigit() else f"Sample {number}, {name}"

    def _sample_label(self, row: int) -> str | None:
        dataset = self.session.dataset
        if dataset is None or dataset.labels is None or row >= len(dataset.labels):
            return None
        label = int(dataset.labels[row])
        return dataset.class_names[label] if label < len(dataset.class_names) else str(label)

    def _show_sample(self, point: LatentPoint | None) -> None:
        dataset = self.session.dataset
        row = None if point is None else point.sample
        is_sample = row is not None and dataset is not None and row < len(dataset.images)
        if row is not None and is_sample:
            self.original.show_pixels(self.session.sample_image(row))
        model = self.session.model_info
        decodes = model is None or model.can_decode
        self.picture.setVisible(decodes)
        self.buttons["Copy"].setVisible(decodes)
        for widget in (self.original, self._captions["original"]):
            widget.setVisible(is_sample)
        self._captions["decoded"].setVisible(is_sample and decodes)
        self._captions["decoded"].setText("Reconstruction")

    def _show_coordinates(self, point: LatentPoint | None) -> None:
        for box, value in zip(self.coordinates, (0.0, 0.0) if point is None else point.z, strict=True):
            if not (box.hasFocus() and self.session.hovered is not None):
                box.blockSignals(True)
                box.setValue(value)
                box.blockSignals(False)

    def _show_density(self, point: LatentPoint | None, model: ModelInfo | None) -> None:
        if point is None or model is None:
            self.density.setText("")
            return
        value = float(log_prior(np.array(point.z), model.class_means))
        self.density.setText(f"Prior density  log p(z) = {format_number(value, 2)} nats")

    def _show_classes(self, images: NDArray[np.uint8]) -> None:
        model = self.session.model_info
        if model is None:
            return
        names = [model.class_name(label) for label in range(len(images))]
        self.classes.show_pictures(list(images), names, [f"Class {name}: show its plane" for name in names])
        if self.shown is not None:
            self.classes.mark(self._label(self.shown, model) or 0)

    def _show_neighbours(self, point: LatentPoint | None) -> None:
        cloud, dataset = self.session.points, self.session.dataset
        can_show = point is not None and cloud is not None and dataset is not None and len(cloud.z) > 0
        self.neighbours.setVisible(can_show)
        self._captions["neighbours"].setVisible(can_show)
        if point is None or cloud is None or dataset is None or not can_show:
            self._neighbour_rows = []
            return
        rows = cloud.rows[cloud.nearest(point.z, NEIGHBOURS)].tolist()
        if rows == self._neighbour_rows:
            return
        self._neighbour_rows = rows
        names = [self._sample_label(row) for row in rows]
        tips = [self._sample_title(row) for row in rows]
        pictures = [self.session.sample_image(row) for row in rows]
        self.neighbours.show_pictures(pictures, [name or "" for name in names], tips)

    # -- The user acts -----------------------------------------------------------------------------------------------

    @Slot()
    def _pin_coordinates(self) -> None:
        pin = self.session.pinned
        z = (self.coordinates[0].value(), self.coordinates[1].value())
        self.session.pin(z, label=None if pin is None else pin.label)

    @Slot(int)
    def _choose_neighbour(self, index: int) -> None:
        cloud = self.session.points
        if cloud is None or index >= len(self._neighbour_rows):
            return
        row = self._neighbour_rows[index]
        place = int(np.flatnonzero(cloud.rows == row)[0])
        label = None if cloud.labels is None else int(cloud.labels[place])
        z1, z2 = cloud.z[place].tolist()
        self.session.pin((z1, z2), row, label)

    @Slot()
    def _set_start(self) -> None:
        if self.session.pinned is not None:
            self.session.set_start(self.session.pinned)

    @Slot()
    def _set_end(self) -> None:
        if self.session.pinned is not None:
            self.session.set_end(self.session.pinned)

    @Slot()
    def _copy(self) -> None:
        image = self.picture.enlarged()
        if image is not None:
            QGuiApplication.clipboard().setImage(image)
