"""The inspector: the picture at the point that is hovered or pinned, and what is known of that point."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.app.state import LatentPoint, ModelInfo, PointCloud
from vae_explorer.gui.pace import Pace
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.class_reading import ClassReading
from vae_explorer.gui.panels.completion import Completion
from vae_explorer.gui.panels.layer_readout import LayerReadout
from vae_explorer.gui.panels.point_findings import PointFindings
from vae_explorer.gui.panels.point_pictures import PointPictures
from vae_explorer.gui.panels.sample_words import sample_title
from vae_explorer.gui.plotting.coordinate_box import coordinate_box, name_coordinate
from vae_explorer.gui.plotting.plane_scene import hint, no_pictures, untrained
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.language import marked, tr
from vae_explorer.latent.units import units_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme

_PACE_MILLISECONDS = 50
"""Time between two points of which everything is said while a pin is dragged: the picture follows each move."""
_EMPTY_CLASSES = marked("Point at the plane to see the classes there. Click to pin a point; double-click an encoding.")
_EMPTY = marked(
    "Point at the plane to see the picture there. Click to pin it; double-click an encoding to choose its image."
)


class InspectorPanel(Panel):
    """What lies at a point of the plane."""

    name: ClassVar[str] = "inspector"
    title: ClassVar[str] = marked("Inspector")

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.pictures = PointPictures(session)
        self.heading = QLabel()
        self.hint = QLabel(tr(_EMPTY))
        self.coordinates = (coordinate_box(1), coordinate_box(2))
        self.findings = PointFindings(session)
        self.class_reading = ClassReading(session)
        self.completion = Completion(session)
        self.buttons = {
            name: QPushButton(tr(name)) for name in (marked("Set start"), marked("Set end"), marked("Copy"))
        }
        self._pace = Pace(_PACE_MILLISECONDS, self)
        self._pace.due.connect(self._describe_all)
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
        self.pictures.set_theme(theme)
        self.class_reading.set_theme(theme)
        self.completion.set_theme(theme)
        self.findings.set_theme(theme)

    def refresh(self) -> None:
        """Show the point anew and ask for its pictures."""
        self.pictures.ask_pinned(self.session.pinned)
        self.pictures.ask_hovered(self.session.hovered)
        self._ask_parts()
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
        column.addWidget(self.heading)
        column.addWidget(self.pictures)
        column.addWidget(self.hint)
        column.addWidget(self.class_reading)
        column.addLayout(self._coordinate_row())
        column.addLayout(self._button_row())
        column.addWidget(LayerReadout(self.session))
        column.addWidget(self.completion)
        column.addWidget(self.findings)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(VerticalArea(content, self))

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
            tr("Let the path start at this point"),
            tr("Let the path end at this point"),
            tr("Copy the picture to the clipboard"),
        )
        for (name, button), tip in zip(self.buttons.items(), tips, strict=True):
            button.setObjectName(name.lower().replace(" ", "-"))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _connect(self) -> None:
        session = self.session
        session.hover_changed.connect(self._take_hover)
        session.pin_changed.connect(self._take_pin)
        session.model_changed.connect(self._take_model)
        session.dataset_changed.connect(self._renew)
        session.state_changed.connect(self._renew)
        session.label_changed.connect(self._renew)
        session.points_changed.connect(self._take_points)
        for box in self.coordinates:
            box.valueChanged.connect(self._pin_coordinates)
        self.buttons["Set start"].clicked.connect(self._set_start)
        self.buttons["Set end"].clicked.connect(self._set_end)
        self.buttons["Copy"].clicked.connect(self._copy)
        self.pictures.decoded_changed.connect(self._take_decoded)

    # -- The session tells -------------------------------------------------------------------------------------------

    @Slot(object)
    def _take_hover(self, hovered: LatentPoint | None) -> None:
        if not self.isVisible():
            self.mark_stale()
            return
        self.pictures.ask_hovered(hovered)
        if hovered is None:
            self.pictures.show_pinned()
        self._ask_parts()
        self._describe()

    @Slot(object)
    def _take_pin(self, pin: LatentPoint | None) -> None:
        if pin is None:
            self.pictures.forget_pinned()
        if not self.isVisible():
            self.mark_stale()
            return
        self.pictures.ask_pinned(pin)
        if self.session.steps.is_in_gesture:
            self._pace.ask()
        else:
            self._describe_all()

    @Slot()
    def _describe_all(self) -> None:
        """Ask for everything about the point, and say what is known of it."""
        self._ask_parts()
        self._describe()

    @Slot(object)
    def _take_decoded(self, pixels: NDArray[np.uint8] | None) -> None:
        self.findings.ask_lookalikes(pixels)

    @Slot(object)
    def _take_model(self, model: ModelInfo | None) -> None:
        if model is None:
            self.pictures.clear()
        self.mark_stale()

    @Slot()
    def _renew(self) -> None:
        self.mark_stale()

    @Slot(object)
    def _take_points(self, _cloud: PointCloud | None) -> None:
        if self.isVisible():
            self._ask_parts()
            self._describe()

    def _ask_parts(self) -> None:
        for part in (self.class_reading, self.completion, self.findings):
            part.ask(self.shown)

    # -- Showing -----------------------------------------------------------------------------------------------------

    def _describe(self) -> None:
        point, model = self.shown, self.session.model_info
        self.heading.setText(self._heading(point))
        self.pictures.describe(point)
        self.buttons["Copy"].setVisible(model is None or model.can_decode)
        can_walk = point is not None and model is not None
        for widget in (*self.coordinates, *self.buttons.values()):
            widget.setEnabled(can_walk)
        self.hint.setText(self._hint(point))
        self.hint.setVisible(bool(self.hint.text()))
        for number, box in enumerate(self.coordinates, 1):
            name_coordinate(box, number, units_of(model))
        self._show_coordinates(point)

    def _hint(self, point: LatentPoint | None) -> str:
        session = self.session
        if session.model_info is None:
            waiting = tr("Press Train and then point at the plane.")
            return hint(session, None, waiting=waiting)
        if point is None:
            invitation = tr(_EMPTY if session.model_info.can_decode else _EMPTY_CLASSES)
            return "\n\n".join(filter(None, (untrained(session.model_info), invitation)))
        return "" if session.model_info.can_classify else no_pictures(session.model_info)

    def _heading(self, point: LatentPoint | None) -> str:
        if point is None:
            return tr("Nothing chosen")
        if self.session.hovered is not None:
            return tr("Under the pointer")
        if point.sample is None:
            return tr("Pinned point")
        return sample_title(self.session.dataset, point.sample)

    def _show_coordinates(self, point: LatentPoint | None) -> None:
        if self.session.hovered is not None and any(box.hasFocus() for box in self.coordinates):
            return  # Enter pins both: the pointer that rests on the plane has no part in what is typed
        for box, value in zip(self.coordinates, (0.0, 0.0) if point is None else point.z, strict=True):
            is_shown = round(value, box.decimals()) == box.value()  # then what is being typed stays
            if not is_shown:
                box.blockSignals(True)
                box.setValue(value)
                box.blockSignals(False)

    # -- The user acts -----------------------------------------------------------------------------------------------

    @Slot()
    def _pin_coordinates(self) -> None:
        pin = self.session.pinned
        z = (self.coordinates[0].value(), self.coordinates[1].value())
        self.session.pin(z, label=None if pin is None else pin.label)

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
        image = self.pictures.decoded.enlarged()
        if image is not None:
            QGuiApplication.clipboard().setImage(image)
