"""What the model makes of the drawing: its place and the path, its ELBO, its classes, and what is like it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.panels.picture_values import explained_rows, likelihood_words
from vae_explorer.gui.panels.point_strips import NeighbourStrip, say_difference
from vae_explorer.gui.plotting.class_bars import ClassBars
from vae_explorer.gui.plotting.value_rows import ValueRow, ValueRows
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.section import Section
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import listed, marked, percent, tr

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.app.state import ModelInfo
    from vae_explorer.gui.theme import Theme

_AXES = ("z\N{SUBSCRIPT ONE}", "z\N{SUBSCRIPT TWO}")
_BUTTONS = (
    ("pin", marked("Pin"), marked("Pin the place of the drawing on the plane")),
    ("start", marked("Set start"), marked("Let the path start at the drawing")),
    ("way", marked("Waypoint"), marked("Let the path pass through the drawing before its end")),
    ("end", marked("Set end"), marked("Let the path end at the drawing")),
)


class DrawFindings(QWidget):
    """Sections under the canvas, each shown only where there is something to say."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.place = ValueRows(tr("Place of the drawing"))
        self.buttons = {name: _button(name, tr(title), tr(tip)) for name, title, tip in _BUTTONS}
        self.values = ValueRows(tr("How well the model explains the drawing"))
        self.likelihood = QLabel()
        self.bars = ClassBars()
        self.neighbours = NeighbourStrip(session, tr("Nearest pictures of the data"), say_difference)
        self.sections = {
            "place": Section(tr("On the plane"), self._place_part(), tr("Where the encoder sees the drawing")),
            "values": Section("ELBO", self._values_part(), tr("How well the model explains the drawing, in nats")),
            "classes": Section(tr("Classes"), self.bars, tr("p(y|x): the classes that the model sees in the drawing")),
            "neighbours": Section(
                tr("Nearest pictures"),
                self.neighbours,
                tr("Pictures of the data, training and test, that differ least from the drawing, pixel by pixel"),
            ),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        for section in self.sections.values():
            section.hide()
            column.addWidget(section)
        self._connect()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.bars.set_theme(theme)
        for section in self.sections.values():
            section.set_theme(theme)

    def _place_part(self) -> QWidget:
        part, row = QWidget(), QWidget()
        flow = FlowLayout(row, SMALL_SPACING)
        flow.setContentsMargins(0, 0, 0, 0)
        for button in self.buttons.values():
            flow.addWidget(button)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(self.place)
        column.addWidget(row)
        return part

    def _values_part(self) -> QWidget:
        part = QWidget()
        self.likelihood.setProperty("role", "muted")
        self.likelihood.setWordWrap(True)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(self.values)
        column.addWidget(self.likelihood)
        return part

    def _connect(self) -> None:
        drawing = self._session.drawing
        drawing.reading_changed.connect(self.show_reading)
        drawing.exact_changed.connect(self.show_values)
        drawing.nearest_changed.connect(self.show_neighbours)
        self._session.path_changed.connect(self._follow_path)
        self.buttons["pin"].clicked.connect(self._pin)
        self.buttons["start"].clicked.connect(self._set_start)
        self.buttons["way"].clicked.connect(self._add_way_point)
        self.buttons["end"].clicked.connect(self._set_end)

    # -- Showing -----------------------------------------------------------------------------------------------------

    @Slot()
    def show_reading(self) -> None:
        """Show where the drawing lies, and everything that follows."""
        reading, model = self._session.drawing.reading, self._session.model_info
        self.sections["place"].setVisible(reading is not None)
        self.sections["classes"].setVisible(reading is not None and bool(reading.shares))
        if reading is not None and model is not None:
            rows = [_coordinate(name, reading.z[axis], reading.deviations, axis) for axis, name in enumerate(_AXES)]
            if reading.label is not None:
                told = tr("Class") if self._session.drawing.label is not None else tr("Class, found")
                rows.append(ValueRow(told, model.class_name(reading.label), tr("The class that the encoder was told")))
            if reading.shares:
                best = max(range(len(reading.shares)), key=reading.shares.__getitem__)
                share = listed((model.class_name(best), percent(reading.shares[best], 1)))
                rows.append(
                    ValueRow(tr("Predicted class"), share, tr("The likeliest class under p(y|x)"), is_strong=True)
                )
                names = [model.class_name(label) for label in range(len(reading.shares))]
                self.bars.show_here(names, reading.shares)
            self.place.show_rows(rows)
        self.show_values()
        self._follow_path()

    @Slot()
    def show_values(self) -> None:
        """Show the ELBO in parts, and the exact likelihood as soon as it is there."""
        drawing, model = self._session.drawing, self._session.model_info
        reading = drawing.reading
        bound = None if reading is None else reading.bound
        rows = []
        if model is not None and drawing.framed is not None:
            rows = explained_rows(model, bound, drawing.exact, is_integrating=drawing.is_integrating)
        self.values.show_rows(rows)
        self.likelihood.setText(likelihood_words(bound, drawing.exact))
        self.likelihood.setVisible(bool(self.likelihood.text()))
        self.sections["values"].set_title(_values_title(model))
        self.sections["values"].setVisible(bool(rows))

    @Slot()
    def show_neighbours(self) -> None:
        """Show the nearest pictures, with their classes and how far they are."""
        nearest = self._session.drawing.nearest
        if nearest is not None:
            self.neighbours.show_rows(nearest.rows.tolist(), nearest.distances.tolist())
            self.neighbours.explain(nearest)
        self.sections["neighbours"].setVisible(nearest is not None and bool(self.neighbours.rows))

    @Slot()
    def _follow_path(self) -> None:
        there = self._session.drawing.point is not None
        for name, button in self.buttons.items():
            button.setEnabled(there and (name != "way" or self._session.path.is_complete))

    # -- The user acts -----------------------------------------------------------------------------------------------

    @Slot()
    def _pin(self) -> None:
        session, model = self._session, self._session.model_info
        if (point := session.drawing.point) is None:
            return
        with session.one_step(tr("Pin drawing")):
            if model is not None and model.needs_label and point.label is not None:
                session.set_label(point.label)
            session.pin_point(point)

    @Slot()
    def _set_start(self) -> None:
        if (point := self._session.drawing.point) is not None:
            self._session.set_start(point)

    @Slot()
    def _add_way_point(self) -> None:
        if (point := self._session.drawing.point) is not None:
            self._session.add_way_point(point)

    @Slot()
    def _set_end(self) -> None:
        if (point := self._session.drawing.point) is not None:
            self._session.set_end(point)


def _button(name: str, title: str, tip: str) -> QPushButton:
    button = QPushButton(title)
    button.setObjectName(f"drawing-{name}")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def _coordinate(name: str, value: float, deviations: tuple[float, float] | None, axis: int) -> ValueRow:
    spread = "" if deviations is None else f" \N{PLUS-MINUS SIGN} {deviations[axis]:.2g}"
    tip = tr("Mean of q(z|x), and its standard deviation") if deviations else tr("Where the encoder puts the drawing")
    return ValueRow(name, f"{format_number(value, 3)}{spread}", tip)


def _values_title(model: ModelInfo | None) -> str:
    if model is not None and not model.can_encode:
        return tr("Likelihood")
    return tr("ELBO and likelihood") if model is None or model.is_stochastic else tr("Reconstruction and likelihood")
