"""The bar over the samples: pictures or points, how many, from which seed, of which class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSpinBox, QToolButton, QWidget

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.panel_views import remember
from vae_explorer.gui.plotting.class_choice import offer
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import tr
from vae_explorer.latent.modes import CONVENTION_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST_SEED = 999_999
_PICTURES = (1, 400, 100)
_POINTS = (100, 10_000, CONVENTION_SAMPLES)


class SampleControls(QWidget):
    """Choices of the samples panel; pictures and points each keep a number of their own."""

    changed = Signal()
    """Number, seed or class: draw other samples."""
    points_chosen = Signal(bool)
    """Show points (True) or pictures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts = {False: _PICTURES[2], True: _POINTS[2]}
        self._shows_points = False
        self.pictures_button = _toggle("pictures", tr("As pictures"), tr("Show each sample as a picture"))
        self.points_button = _toggle(
            "points", tr("As points"), tr("Show where the points of the samples lie, over those of the data")
        )
        self.count_box, self.seed_box, self.class_box = QSpinBox(), QSpinBox(), QComboBox()
        self.draw_button = QPushButton(tr("Draw again"))
        self._lay_out()
        self.offer_points(False)
        self.show_points(False)
        self.offer_classes([])
        self._connect()

    @property
    def count(self) -> int:
        """Number of samples."""
        return self.count_box.value()

    @property
    def seed(self) -> int:
        """Seed of the samples."""
        return self.seed_box.value()

    @property
    def label(self) -> int | None:
        """The class to sample, None for all."""
        index = self.class_box.currentIndex()
        return index - 1 if index > 0 else None

    def offer_points(self, offered: bool) -> None:
        """Offer the point view, or pictures alone."""
        for button in (self.pictures_button, self.points_button):
            button.setVisible(offered)

    def show_points(self, points: bool) -> None:
        """Say which view is in front, with its own number of samples."""
        self._counts[self._shows_points] = self.count_box.value() or self._counts[self._shows_points]
        self._shows_points = points
        self.pictures_button.setChecked(not points)
        self.points_button.setChecked(points)
        least, most, _ = _POINTS if points else _PICTURES
        wanted = self._counts[points]
        with QSignalBlocker(self.count_box):
            self.count_box.setRange(least, most)
            self.count_box.setValue(wanted)

    def offer_classes(self, names: Sequence[str]) -> None:
        """Offer classes to sample from, the first being all; none hides the choice."""
        with QSignalBlocker(self.class_box):
            offer(self.class_box, names)
        holder = self.class_box.parentWidget()
        if holder is not None:
            holder.setVisible(bool(names))

    def _lay_out(self) -> None:
        row = FlowLayout(self, SPACING)
        row.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        row.addWidget(self.pictures_button)
        row.addWidget(self.points_button)
        self.seed_box.setRange(0, LARGEST_SEED)
        self.seed_box.setToolTip(tr("The same seed gives the same points of the plane again"))
        self.count_box.setToolTip(tr("How many points are drawn from the prior"))
        for name, title, box in (
            ("count", tr("Samples"), self.count_box),
            ("seed", tr("Seed"), self.seed_box),
            ("class", tr("Class"), self.class_box),
        ):
            box.setObjectName(f"samples-{name}")
            box.setAccessibleName(title)
            row.addWidget(_labelled(title, box))
        for spin, name in (
            (self.count_box, "Samples"),
            (self.seed_box, "Seed"),
        ):  # untranslated: names that are remembered
            remember(spin, name)
            spin.setKeyboardTracking(False)
        self.draw_button.setObjectName("samples-draw")
        self.draw_button.setToolTip(tr("Draw other points, with the next seed"))
        row.add_at_end(self.draw_button)

    def _connect(self) -> None:
        self.pictures_button.clicked.connect(self._choose_pictures)
        self.points_button.clicked.connect(self._choose_points)
        self.count_box.valueChanged.connect(self.changed)
        self.seed_box.valueChanged.connect(self.changed)
        self.class_box.currentIndexChanged.connect(self.changed)
        self.draw_button.clicked.connect(self._draw_again)

    @Slot()
    def _choose_pictures(self) -> None:
        self.points_chosen.emit(False)

    @Slot()
    def _choose_points(self) -> None:
        self.points_chosen.emit(True)

    @Slot()
    def _draw_again(self) -> None:
        self.seed_box.setValue((self.seed_box.value() + 1) % (LARGEST_SEED + 1))


def _toggle(name: str, text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(f"samples-{name}")
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    button.setProperty("role", "toggle")
    return button


def _labelled(title: str, box: QWidget) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SMALL_SPACING)
    label = QLabel(title)
    label.setProperty("role", "muted")
    label.setBuddy(box)
    row.addWidget(label)
    row.addWidget(box)
    return holder
