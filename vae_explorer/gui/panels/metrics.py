"""The metrics: what the model is worth, measured on test images, with the images that it explains worst."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from vae_explorer.gui.forms import ConfigForm
from vae_explorer.gui.panel_views import remember
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.measure_saving import MeasureSaving
from vae_explorer.gui.panels.sample_finding import SampleFinding
from vae_explorer.gui.plotting.bound_chain import BoundChain
from vae_explorer.gui.plotting.measure_table import MeasureTable, about_text, table_text
from vae_explorer.gui.plotting.measuring_bar import MeasuringBar
from vae_explorer.gui.plotting.plane_scene import untrained
from vae_explorer.gui.plotting.worst_images import WorstImages
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.language import marked, tr
from vae_explorer.latent.measures import EvaluationOptions

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme

NO_MODEL = marked("Train a model or open a run, then measure here what it is worth on test images.")
INVITATION = marked(
    "Measure the model on test images: its bounds and, where the plane allows it, the "
    "exact log-likelihood, what the plane knows, and the images that are explained worst."
)
STALE = marked("Out of date: the model has changed since.")
OTHER_RUN = marked("These are the measures of another run than the one that is shown.")
_LEAST_WIDTH = 250


class MetricsPanel(Panel):
    """Measures the model at hand and shows what was found."""

    name: ClassVar[str] = "metrics"
    title: ClassVar[str] = marked("Metrics")

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.measure_button = QPushButton(tr("Measure"))
        self.options_button = QToolButton()
        self.form = ConfigForm(EvaluationOptions())
        self.busy = MeasuringBar()
        self.failure = QLabel()
        self.hint = QLabel()
        self.about = QLabel()
        self.stale = QLabel()
        self.notes = QLabel()
        self.chain = BoundChain()
        self.table = MeasureTable()
        self.copy_button = QPushButton(tr("Copy"))
        self.save_button = MeasureSaving(session)
        self.worst = WorstImages()
        self._finding = SampleFinding(session, self)
        self._found = QWidget()
        self._lay_out()
        self._connect()
        self._show_result()
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        self.chain.set_theme(theme)
        self.form.set_theme(theme)
        for label in (self.stale, self.notes):
            label.setStyleSheet(f"color: {theme.warning};")

    def refresh(self) -> None:
        """Bring buttons, hints and the mark of age up to date."""
        self._follow()

    # -- Layout ------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        content = QWidget()
        content.setMinimumWidth(_LEAST_WIDTH)
        column = QVBoxLayout(content)
        column.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        column.setSpacing(SPACING)
        column.addLayout(self._tools())
        column.addWidget(self.form)
        self._lay_out_found()
        for label, role in (
            (self.failure, "error"),
            (self.hint, "muted"),
            (self.about, "muted"),
            (self.stale, ""),
            (self.notes, ""),
        ):
            label.setProperty("role", role)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for widget in (self.busy, self.failure, self.hint, self._found):
            column.addWidget(widget)
        column.addStretch(1)
        self.form.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(VerticalArea(content, self))

    def _tools(self) -> QHBoxLayout:
        self.measure_button.setProperty("role", "primary")
        self.measure_button.setToolTip(tr("Measure the model as it is now; training may go on meanwhile"))
        self.options_button.setText(tr("Options"))
        self.options_button.setCheckable(True)
        remember(self.options_button, "options")
        self.options_button.setProperty("role", "link")
        self.options_button.setToolTip(tr("How many images and samples, and the seed"))
        row = QHBoxLayout()
        row.setSpacing(SMALL_SPACING)
        row.addWidget(self.measure_button)
        row.addStretch(1)
        row.addWidget(self.options_button)
        return row

    def _lay_out_found(self) -> None:
        self.copy_button.setToolTip(tr("Copy all measures as text with tabs"))
        column = QVBoxLayout(self._found)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        row = QHBoxLayout()
        row.setSpacing(SMALL_SPACING)
        row.addWidget(self.copy_button)
        row.addWidget(self.save_button)
        row.addStretch(1)
        for widget in (self.about, self.stale, self.notes, self.chain, self.table):
            column.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self.worst)

    def _connect(self) -> None:
        session, service = self.session, self.session.evaluation
        service.changed.connect(self._take_change)
        service.progressed.connect(self.busy.show_progress)
        service.failed.connect(self._show_failure)
        session.model_changed.connect(self._renew)
        session.dataset_changed.connect(self._renew)
        self.measure_button.clicked.connect(self.measure)
        self.busy.cancelled.connect(service.cancel)
        self.options_button.toggled.connect(self.form.setVisible)
        self.form.config_changed.connect(self._renew)
        self.copy_button.clicked.connect(self.copy)
        self.worst.chosen.connect(self._finding.pin)

    # -- The session tells -------------------------------------------------------------------------------------------

    @Slot()
    def _renew(self) -> None:
        self.mark_stale()

    @Slot()
    def _take_change(self) -> None:
        if self.session.evaluation.is_running:
            self.failure.clear()
            self.busy.begin()
        else:
            self._show_result()
        self._follow()

    @Slot(str, str)
    def _show_failure(self, message: str, details: str) -> None:
        self.failure.setText(message)
        self.failure.setToolTip(details)
        if details:
            self.session.notify("error", message, details)

    def _show_result(self) -> None:
        result = self.session.evaluation.result
        self.chain.show_evaluation(result)
        self.table.show_evaluation(result)
        self.about.setText("" if result is None else about_text(result))
        self.notes.setText("" if result is None else "\n".join(map(tr, result.notes)))
        self.notes.setVisible(bool(self.notes.text()))
        self.save_button.follow()
        self.worst.show_values(None if result is None else result.per_image, self.session.dataset)

    def _follow(self) -> None:
        service = self.session.evaluation
        shown = service.result is not None
        self.measure_button.setEnabled(service.can_measure and not service.is_running and self.form.is_valid)
        self.measure_button.setText(tr("Measure again") if shown else tr("Measure"))
        self.form.setEnabled(not service.is_running)
        self.busy.setVisible(service.is_running)
        self.failure.setVisible(bool(self.failure.text()))
        news = untrained(self.session.model_info) if service.can_measure else ""
        self.hint.setText("\n\n".join(filter(None, (news, tr(INVITATION if service.can_measure else NO_MODEL)))))
        self.hint.setVisible(not shown and not service.is_running)
        self._found.setVisible(shown)
        self.stale.setText(tr(STALE if service.is_of_this_run else OTHER_RUN))
        self.stale.setVisible(shown and not service.is_current)

    # -- The user's wishes -------------------------------------------------------------------------------------------

    @Slot()
    def measure(self) -> None:
        """Measure the model of this moment."""
        options = self.form.config
        if isinstance(options, EvaluationOptions):
            self.session.evaluation.measure(options)

    @Slot()
    def copy(self) -> None:
        """Put all measures on the clipboard as text."""
        result = self.session.evaluation.result
        if result is not None:
            QGuiApplication.clipboard().setText(table_text(result))
