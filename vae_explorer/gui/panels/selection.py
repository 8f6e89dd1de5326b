"""The selection: how many points are selected, of which classes, their pictures and the mean of these."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.images import qimage_from_chw
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.sample_finding import SampleFinding
from vae_explorer.gui.panels.sample_words import sample_title
from vae_explorer.gui.panels.selection_saving import SelectionSaving
from vae_explorer.gui.plotting.picture_scroll import PictureScroll
from vae_explorer.gui.plotting.pictures import FramedPicture
from vae_explorer.gui.plotting.point_colours import class_names
from vae_explorer.gui.selection_acts import SelectionActs
from vae_explorer.gui.theme import SMALL_SPACING, SPACING, class_colour
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QImage

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme

EMPTY = marked(
    "On the plane, press L and draw round some points, drag a "
    "rectangle with Shift, or click points with Ctrl. Enter selects the pinned sample."
)
_MEAN_SIDE = 84
_CHUNK = 4096
_MOST_CLASSES = 20
"""Classes whose counts are listed; of more, the largest."""
_COLUMNS = ((3, 3), (9, 2))
"""Up to how many letters the names of classes let their counts stand in so many columns."""


class SelectionPanel(Panel):
    """What is selected on the plane, and what can be done with it."""

    name: ClassVar[str] = "selection"
    title: ClassVar[str] = marked("Selection")

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.heading, self.hint, self.counts, self.hidden = QLabel(), QLabel(tr(EMPTY)), QLabel(), QLabel()
        self.mean = FramedPicture(tr("Mean of the selected pictures"))
        self.wall = PictureScroll(tr("Selected pictures"))
        self.buttons = {
            name: QPushButton(tr(name))
            for name in (marked("Hide"), marked("Show only"), marked("Show all"), marked("Invert"), marked("Clear"))
        }
        self.classes = QPushButton()
        self.export = QPushButton(tr("Export…"))
        self.saving = SelectionSaving(session, self)
        self.acts = SelectionActs(session, self)
        self._finding = SampleFinding(session, self)
        self._average = session.latest_work(tr("average the selected pictures"))
        self._rows: NDArray[np.int32] = np.empty(0, dtype=np.int32)
        self._lay_out()
        self._connect()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self.mean.set_theme(theme)
        self.wall.set_theme(theme)

    def refresh(self) -> None:
        """Show the selection anew."""
        choices, dataset = self.session.choices, self.session.dataset
        rows = choices.selected.array()
        self._rows = rows if dataset is None else rows[rows < len(dataset.images)]
        count = len(self._rows)
        self.heading.setText(_heading(count))
        self.hint.setVisible(not count)
        for widget in (self.counts, self._mean_holder, self.wall):
            widget.setVisible(count > 0)
        self._describe_hidden()
        self.counts.setText(self._class_counts())
        self.wall.set_pictures(count, self._picture, self._words)
        for name in ("Hide", "Show only", "Invert", "Clear"):  # untranslated: names of buttons
            self.buttons[name].setEnabled(count > 0)
        self.export.setEnabled(count > 0 and self.session.points is not None)
        self._offer_classes()
        self._ask_mean()

    # -- Layout --------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for label in (self.hint, self.counts, self.hidden):
            label.setWordWrap(True)
        self.heading.setProperty("role", "heading")
        self.hint.setProperty("role", "muted")
        self.hidden.setProperty("role", "muted")
        self._mean_holder = QWidget()
        caption = QLabel(tr("Mean picture"))
        caption.setProperty("role", "muted")
        row = QHBoxLayout(self._mean_holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACING)
        self.mean.setFixedSize(_MEAN_SIDE, _MEAN_SIDE)
        row.addWidget(self.mean)
        beside = QVBoxLayout()
        beside.addWidget(caption)
        beside.addWidget(self.counts)
        beside.addStretch(1)
        row.addLayout(beside, 1)
        content = QWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(VerticalArea(content, self))
        column = QVBoxLayout(content)
        column.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        column.setSpacing(SPACING)
        for widget in (self.heading, self.hint, self._button_row(), self.hidden, self._mean_holder):
            column.addWidget(widget)
        column.addWidget(self.wall, 1)
        column.addStretch(0)

    def _button_row(self) -> QWidget:
        tips = {
            "Hide": tr("Draw the selected points no more"),
            "Show only": tr("Hide every point that isn't selected"),
            "Show all": tr("Draw all hidden points and classes again"),
            "Invert": tr("Select what isn't selected among the points that are shown, and the other way round"),
            "Clear": tr("Select nothing (Escape on the plane)"),
        }
        holder = QWidget()
        holder.setStyleSheet("QPushButton { padding: 4px 6px; } QPushButton:focus { padding: 3px 5px; }")
        row = FlowLayout(holder, SMALL_SPACING)
        row.setContentsMargins(0, 0, 0, 0)
        for name, button in self.buttons.items():
            button.setObjectName(f"selection-{name.lower().replace(' ', '-')}")
            button.setToolTip(tips[name])
            button.setAccessibleName(tips[name])
            row.addWidget(button)
        self.classes.setText(tr("Class ▾"))
        self.classes.setObjectName("selection-class")
        self.classes.setToolTip(tr("Select all points of a class that are shown"))
        self.classes.setAccessibleName(tr("Select all points of a class"))
        self.classes.setStyleSheet("QPushButton::menu-indicator { image: none; width: 0; }")
        self.classes.setMenu(QMenu(self.classes))
        row.addWidget(self.classes)
        self.export.setObjectName("selection-export")
        self.export.setToolTip(tr("Write where the selected points lie as a CSV table or NumPy arrays"))
        self.export.setAccessibleName(tr("Export the selected points"))
        row.addWidget(self.export)
        return holder

    def _connect(self) -> None:
        session = self.session
        for signal in (session.selection_changed, session.hidden_changed, session.hidden_classes_changed):
            signal.connect(self.mark_stale)
        session.dataset_changed.connect(self.mark_stale)
        session.points_changed.connect(self._follow_points)
        session.pin_changed.connect(self._mark_pin)
        self.wall.picture_chosen.connect(self._pin)
        self._average.finished.connect(self._show_mean)
        self.buttons["Hide"].clicked.connect(self.acts.hide_selected)
        self.buttons["Show only"].clicked.connect(self.acts.show_only_selected)
        self.buttons["Show all"].clicked.connect(self.acts.show_all)
        self.buttons["Invert"].clicked.connect(self.acts.invert)
        self.buttons["Clear"].clicked.connect(self.acts.clear)
        self.export.clicked.connect(self.saving.ask)

    # -- What is shown -------------------------------------------------------------------------------------------------

    def _picture(self, index: int) -> QImage:
        return qimage_from_chw(self.session.sample_image(int(self._rows[index])))

    def _words(self, index: int) -> str:
        return sample_title(self.session.dataset, int(self._rows[index]))

    def _describe_hidden(self) -> None:
        choices = self.session.choices
        words = _hidden_words(len(choices.hidden), len(choices.hidden_classes))
        self.hidden.setText(words)
        self.hidden.setVisible(bool(words))
        self.buttons["Show all"].setEnabled(bool(words))

    def _class_counts(self) -> str:
        """Return how many are of which class, the largest first."""
        dataset = self.session.dataset
        if dataset is None or dataset.labels is None or not len(self._rows):
            return ""
        names = class_names(dataset)
        counts = np.bincount(dataset.labels[self._rows], minlength=len(names))
        order = [int(label) for label in np.argsort(-counts, kind="stable") if counts[label]]
        cells = [
            f'<span style="color:{class_colour(label).name()}">●</span>&nbsp;'
            f"{html.escape(names[label]).replace(' ', '&nbsp;')}:&nbsp;{counts[label]:,}"
            for label in order[:_MOST_CLASSES]
        ]
        more = len(order) - _MOST_CLASSES
        if more > 0:
            cells.append(tr("and {more} more classes", more=more))
        longest = max(len(names[label]) for label in order[:_MOST_CLASSES])
        return _in_columns(cells, next((count for most, count in _COLUMNS if longest <= most), 1))

    def _offer_classes(self) -> None:
        dataset, menu = self.session.dataset, self.classes.menu()
        names = () if dataset is None else class_names(dataset)
        self.classes.setVisible(bool(names))
        self.classes.setEnabled(self.session.points is not None)
        if [action.text() for action in menu.actions()] != list(names):
            menu.clear()
            for label, name in enumerate(names):
                action = menu.addAction(name)
                action.setData(label)
                action.triggered.connect(self._take_class)

    @Slot()
    def _take_class(self) -> None:
        action = self.sender()
        label = next((each.data() for each in self.classes.menu().actions() if each is action), None)
        if isinstance(label, int):
            self.acts.select_class(label)

    def _ask_mean(self) -> None:
        dataset, rows = self.session.dataset, self._rows
        if dataset is None or not len(rows):
            self._average.forget()
            return
        images = dataset.images

        def average(context: JobContext) -> object:
            total = np.zeros(images.shape[1:], dtype=np.float64)
            for start in range(0, len(rows), _CHUNK):
                context.check()
                total += images[rows[start : start + _CHUNK]].sum(axis=0, dtype=np.uint64)
            return np.round(total / len(rows)).astype(np.uint8)

        self._average.ask(average)

    @Slot(object)
    def _show_mean(self, pixels: NDArray[np.uint8]) -> None:
        self.mean.show_pixels(pixels)

    @Slot(int)
    def _pin(self, index: int) -> None:
        self._finding.pin(int(self._rows[index]))

    @Slot()
    def _mark_pin(self) -> None:
        pin = self.session.pinned
        place = -1
        if pin is not None and pin.sample is not None and len(self._rows):
            place = int(np.searchsorted(self._rows, pin.sample))
        is_there = 0 <= place < len(self._rows) and pin is not None and int(self._rows[place]) == pin.sample
        if (place if is_there else None) != self.wall.current:
            self.wall.mark(place if is_there else None)

    @Slot()
    def _follow_points(self) -> None:
        self.export.setEnabled(len(self._rows) > 0 and self.session.points is not None)
        self.classes.setEnabled(self.session.points is not None)


def _in_columns(cells: list[str], columns: int) -> str:
    """Return cells as rich text in columns that line up."""
    rows = (cells[start : start + columns] for start in range(0, len(cells), columns))
    lines = ("".join(f'<td style="padding-right: {2 * SPACING}px">{cell}</td>' for cell in row) for row in rows)
    return f"<table cellspacing='0'>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _heading(count: int) -> str:
    if not count:
        return tr("Nothing selected")
    if count == 1:
        return tr("{count:,} point selected", count=count)
    return tr("{count:,} points selected", count=count)


def _hidden_words(points: int, classes: int) -> str:
    """Return how many points and classes are hidden, "" where none is."""
    some = tr("{count:,} point", count=points) if points == 1 else tr("{count:,} points", count=points)
    kinds = tr("{count} class", count=classes) if classes == 1 else tr("{count} classes", count=classes)
    if points and classes:
        return tr("Hidden: {points} and {classes}", points=some, classes=kinds)
    return tr("Hidden: {what}", what=some if points else kinds) if points or classes else ""
