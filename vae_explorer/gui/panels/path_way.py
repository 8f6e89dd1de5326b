"""The way between the ends of a path: its method, what a geodesic is measured by, and how long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from vae_explorer.export.courses import decoders_words
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import marked, sentences, tr
from vae_explorer.latent.metric_choice import METRICS, metric_named
from vae_explorer.latent.paths import INTERPOLATIONS

if TYPE_CHECKING:
    from vae_explorer.app.course_finder import CourseFinder
    from vae_explorer.app.state import LatentPath
    from vae_explorer.latent.courses import Course

SEARCHING = marked("searching …")


class PathWay(QWidget):
    """Two combo boxes and the length."""

    method_chosen = Signal(str)
    metric_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.method, self.measure, self.length = QComboBox(), QComboBox(), QLabel()
        for entry in INTERPOLATIONS:
            _add(self.method, tr(entry.title), entry.name, tr(entry.summary))
        for name, choice in METRICS.items():
            _add(self.measure, tr(choice.title), name, tr(choice.summary))
        self.method.setAccessibleName(tr("Way between the ends"))
        self.measure.setAccessibleName(tr("What the geodesic is measured by"))
        self.length.setProperty("role", "muted")
        self.length.setObjectName("path-length")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACING)
        for combo in (self.method, self.measure):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            row.addWidget(combo)
        row.addSpacing(SPACING - SMALL_SPACING)
        row.addWidget(self.length)
        self.method.activated.connect(self._tell_method)
        self.measure.activated.connect(self._tell_metric)

    def show_path(self, path: LatentPath) -> None:
        """Show the method, and the metric where it counts."""
        entry = INTERPOLATIONS.get(path.method)
        self.method.setCurrentIndex(self.method.findData(path.method))
        self.method.setToolTip(tr(entry.summary))
        self.measure.setCurrentIndex(self.measure.findData(path.metric))
        self.measure.setToolTip(tr(metric_named(path.metric).summary))
        self.measure.setVisible(entry.needs_model)

    def offer_models(self, offered: bool) -> None:
        """Offer the ways that look at the model's pictures, or leave them out of reach where it makes none."""
        items = self.method.model()
        for index in range(self.method.count()):
            item = items.item(index) if isinstance(items, QStandardItemModel) else None
            if item is not None and INTERPOLATIONS.get(str(self.method.itemData(index))).needs_model:
                item.setEnabled(offered)

    def show_length(self, length: float | None, finder: CourseFinder, unit: str) -> None:
        """Say how long the path is on the plane, in a unit, and a geodesic beside straight lines; None without one."""
        course = finder.course
        if length is None or finder.problem:
            self._say("", "")
        elif finder.is_searching:
            self._say(tr(SEARCHING), tr("The shortest path is being looked for; until then the straight line is shown"))
        elif course is not None:
            self._say(tr("{ratio:.2f} of straight", ratio=course.ratio), _course_words(course, length, unit))
        else:
            self._say(
                tr("length {length:.2f}", length=length),
                tr("The path is {length:.2f} {unit} long on the plane", length=length, unit=unit),
            )

    def _say(self, text: str, help: str) -> None:
        self.length.setText(text)
        self.length.setToolTip(help)
        self.length.setAccessibleName(help)

    @Slot()
    def _tell_method(self) -> None:
        self.method_chosen.emit(str(self.method.currentData()))

    @Slot()
    def _tell_metric(self) -> None:
        self.metric_chosen.emit(str(self.measure.currentData()))


def _course_words(course: Course, length: float, plane_unit: str) -> str:
    """Return how long the path is beside straight lines, by its metric and on the plane."""
    metric = metric_named(course.metric)
    found = {
        "ratio": course.ratio,
        "measured": course.lengths.sum(),
        "straight": course.straight.sum(),
        "unit": tr(metric.unit),
        "length": length,
        "plane_unit": plane_unit,
    }
    if len(course.legs) == 1:
        words = tr(
            "The path is {ratio:.3f} times as long as the straight line: {measured:.2f} against "
            "{straight:.2f} {unit}. On the plane it is {length:.2f} {plane_unit} long.",
            **found,
        )
    else:
        words = tr(
            "The path is {ratio:.3f} times as long as the straight lines: {measured:.2f} against "
            "{straight:.2f} {unit}. On the plane it is {length:.2f} {plane_unit} long.",
            **found,
        )
    return sentences(words, decoders_words(course)) if metric.averages else words


def _add(combo: QComboBox, title: str, name: str, summary: str) -> None:
    combo.addItem(title, name)
    combo.setItemData(combo.count() - 1, summary, Qt.ItemDataRole.ToolTipRole)
