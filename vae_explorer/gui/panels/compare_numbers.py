"""Both models in numbers: the test losses of their runs, and what measuring them on the same images gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from vae_explorer.gui.panels.compare_part import ComparePart
from vae_explorer.gui.panels.compare_rows import loss_rows, measure_rows, newest_test
from vae_explorer.gui.panels.compare_words import what_is_told
from vae_explorer.gui.plotting.compare_table import ComparedTable
from vae_explorer.gui.plotting.measuring_bar import MeasuringBar
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import tr
from vae_explorer.latent.measures import EvaluationOptions

if TYPE_CHECKING:
    from vae_explorer.app.evaluation import EvaluationService
    from vae_explorer.app.session import Session
    from vae_explorer.training.events import MetricRecord
    from vae_explorer.training.experiment import Experiment

_IMAGES, _SAMPLES = 200, 500


class CompareNumbers(ComparePart):
    """A table of A, B and their difference, and a button that measures both alike."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.table = ComparedTable(tr("Both models in numbers"))
        self.measure_button = QPushButton(tr("Measure both"))
        self.copy_button = QPushButton(tr("Copy"))
        self.images_box = QSpinBox()
        self.busy = MeasuringBar()
        self.failure = QLabel()
        self._waiting: list[tuple[str, EvaluationService]] = []
        self._options = EvaluationOptions(images=_IMAGES, samples=_SAMPLES, fitted=0)
        self._lay_out()
        self.measure_button.clicked.connect(self.measure)
        self.copy_button.clicked.connect(self.copy)
        self.busy.cancelled.connect(self.cancel)
        for service in self._services:
            service.changed.connect(self._go_on)
            service.progressed.connect(self._tell)
            service.failed.connect(self._fail)
        for signal in (session.metrics_added, session.metrics_reset, session.model_changed, self.comparison.changed):
            signal.connect(self.refresh)

    @property
    def _services(self) -> tuple[EvaluationService, EvaluationService]:
        return self.session.evaluation, self.comparison.evaluation

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        if not self.isVisible():
            return
        told = what_is_told(self.session)
        rows = loss_rows(self._first_loss(), self._second_loss(), told)
        results = [service.result if service.is_of_this_run else None for service in self._services]
        self.table.show_rows([*rows, *measure_rows(results[0], results[1], told)])
        busy = any(service.is_running for service in self._services)
        self.measure_button.setEnabled(not busy and self.comparison.second is not None)
        self.images_box.setEnabled(not busy)
        self.busy.setVisible(busy)
        self.failure.setVisible(bool(self.failure.text()))

    @Slot()
    def measure(self) -> None:
        """Measure both models on the same images, one after the other."""
        from dataclasses import replace

        self.failure.clear()
        self._options = replace(self._options, images=self.images_box.value())
        self._waiting = list(zip(("A", "B"), self._services, strict=True))
        self.busy.begin()
        self._go_on()

    @Slot()
    def cancel(self) -> None:
        """Give up measuring."""
        self._waiting = []
        for service in self._services:
            service.cancel()

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard."""
        QGuiApplication.clipboard().setText(self.table.text())

    def _lay_out(self) -> None:
        self.images_box.setRange(10, 10_000)
        self.images_box.setValue(_IMAGES)
        self.images_box.setSuffix(tr(" images"))
        self.images_box.setAccessibleName(tr("Test images to measure both models on"))
        self.images_box.setToolTip(tr("Test images to measure both models on, from the first on"))
        self.measure_button.setToolTip(tr("Measure A as it is now and B, on the same images with the same noise"))
        self.copy_button.setToolTip(tr("Copy the table as text with tabs"))
        self.failure.setProperty("role", "error")
        self.failure.setWordWrap(True)
        self.failure.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout()
        row.setSpacing(SMALL_SPACING)
        for widget in (self.measure_button, self.images_box, self.copy_button):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        column.addWidget(self.busy)
        column.addWidget(self.failure)
        self.busy.hide()
        self.failure.hide()

    def _first_loss(self) -> tuple[Experiment, MetricRecord] | None:
        info, experiment = self.session.model_info, self.session.trained_experiment
        record = newest_test(self.session.metrics, None if info is None else info.step)
        return None if experiment is None or record is None else (experiment, record)

    def _second_loss(self) -> tuple[Experiment, MetricRecord] | None:
        second = self.comparison.second
        record = None if second is None else newest_test(second.metrics, second.model.step)
        return None if second is None or record is None else (second.experiment, record)

    @Slot()
    def _go_on(self) -> None:
        """Begin with the next model once none is being measured."""
        if self._waiting and not any(service.is_running for service in self._services):
            _, service = self._waiting.pop(0)
            service.measure(self._options)
        self.refresh()

    @Slot(str, float)
    def _tell(self, text: str, share: float) -> None:
        name, half = ("A", 0.0) if self.sender() is self._services[0] else ("B", 0.5)
        self.busy.show_progress(tr("model {name}: {progress}", name=name, progress=text), half + share / 2)

    @Slot(str, str)
    def _fail(self, message: str, details: str) -> None:
        self._waiting = []
        self.failure.setText(message)
        self.failure.setToolTip(details)
