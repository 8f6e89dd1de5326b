"""Comparing two models: their planes under one cursor, their pictures, and what each makes of path and sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QLabel, QSizePolicy, QSplitter, QTabWidget, QVBoxLayout, QWidget

from vae_explorer.gui.dialogs.file_dialogs import make_readable
from vae_explorer.gui.panels.base import Panel
from vae_explorer.gui.panels.compare_bar import CompareBar
from vae_explorer.gui.panels.compare_numbers import CompareNumbers
from vae_explorer.gui.panels.compare_path import ComparePath
from vae_explorer.gui.panels.compare_pictures import ComparePictures
from vae_explorer.gui.panels.compare_planes import ComparePlanes
from vae_explorer.gui.panels.compare_sample import CompareSample
from vae_explorer.gui.panels.compare_words import alignment_words
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import marked, sentences, tr

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QShowEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme

_PLANES_SHARE, _BELOW_SHARE = 5, 3
_PICTURES_SHARE, _TABS_SHARE = 2, 3


class ComparePanel(Panel):
    """The model at hand, A, and another run or another moment of it, B."""

    name: ClassVar[str] = "compare"
    title: ClassVar[str] = marked("Compare")

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.bar = CompareBar(session)
        self.planes = ComparePlanes(session)
        self.pictures = ComparePictures(session)
        self.path = ComparePath(session)
        self.sample = CompareSample(session)
        self.numbers = CompareNumbers(session)
        self.remarks = QLabel()
        self._news = ""
        self.tabs = QTabWidget()
        self._lay_out()
        self.bar.layer_toggled.connect(self.planes.set_layer)
        self.bar.zoom_pressed.connect(self.planes.zoom)
        self.bar.fit_pressed.connect(self.planes.fit)
        self.bar.reset_pressed.connect(self.planes.reset_view)
        self.pictures.reach_box.currentIndexChanged.connect(self._take_reach)
        self.bar.figure_pressed.connect(self.ask_for_file)
        self.bar.help_pressed.connect(self.show_help)
        self.tabs.currentChanged.connect(self.refresh)
        session.comparison.changed.connect(self._describe)
        session.model_changed.connect(self._describe)
        session.dataset_changed.connect(self._describe)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().set_theme(theme)
        for part in (self.planes, self.pictures, self.path, self.sample):
            part.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:
        """Open the second model, now that someone looks."""
        super().showEvent(event)
        self.session.comparison.set_active(True)
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the second model alone."""
        super().hideEvent(event)
        self.session.comparison.set_active(False)

    @Slot()
    def refresh(self) -> None:
        """Ask for everything that is shown."""
        self.bar.follow()
        self.pictures.ask()
        self.path.ask()
        self.sample.ask()
        self.numbers.refresh()
        self._describe()

    def _lay_out(self) -> None:
        self.remarks.setObjectName("compare-remarks")
        self.remarks.setProperty("role", "muted")
        self.remarks.setWordWrap(True)
        self.remarks.setTextFormat(Qt.TextFormat.PlainText)
        self.remarks.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        self.remarks.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._fill_tabs()
        below = _split(Qt.Orientation.Horizontal, (self.pictures, _PICTURES_SHARE), (self.tabs, _TABS_SHARE))
        split = _split(Qt.Orientation.Vertical, (self.planes, _PLANES_SHARE), (below, _BELOW_SHARE))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.remarks)
        column.addWidget(split, 1)
        self.setFocusProxy(self.planes.views[0])

    def _fill_tabs(self) -> None:
        for part, title, tip in (
            (self.path, tr("Along the path"), tr("The path's pictures by both models, and their differences")),
            (self.sample, tr("Chosen picture"), tr("How both models reconstruct the chosen picture, and at what cost")),
            (self.numbers, tr("Numbers"), tr("Test losses and measures of both models")),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(part, title), tip)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setAccessibleName(tr("What is compared"))

    @Slot()
    def _describe(self) -> None:
        comparison = self.session.comparison
        said = (self._news, alignment_words(comparison.alignment), *comparison.remarks)
        self.remarks.setText(sentences(*said))
        self.remarks.setVisible(bool(self.remarks.text()))

    @Slot()
    def show_help(self) -> None:
        """Open the page on comparing."""
        from vae_explorer.gui.dialogs.help import HelpWindow

        HelpWindow(self.window(), page="comparing").show()

    @Slot()
    def ask_for_file(self) -> None:
        """Let a person choose where the figure goes."""
        run = self.session.run
        dialog = make_readable(QFileDialog(self.window(), tr("Save the comparison as a figure")))
        dialog.setObjectName("compare-figure-file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("PDF (*.pdf)"), tr("SVG (*.svg)"), tr("PNG (*.png)")])
        dialog.setDefaultSuffix("pdf")
        run_name = tr("model") if run is None else run.name
        dialog.selectFile(tr("{run} compared.pdf", run=run_name))
        dialog.fileSelected.connect(self.save_figure)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def save_figure(self, path: str) -> None:
        """Write what is compared now as a figure, in the background."""
        from vae_explorer.app.comparison_saving import compared_figure

        shown = {name: button.isChecked() for name, button in self.bar.layers.items()}
        self._news = ""
        figure = compared_figure(
            self.session,
            points=shown["points"],
            tiles=shown["tiles"],
            circles=shown["prior"],
            reach=self.pictures.reach,
        )
        if figure is None:
            return
        target = Path(path)
        job = self.session.export(lambda model, report, cancelled: figure.write(target, model, report, cancelled))
        if job is not None:
            self.bar.figure.setEnabled(False)
            job.finished.connect(self._tell_saved)
            job.failed.connect(self._tell_failure)
            job.ended.connect(self._end_saving)

    @Slot(object)
    def _tell_saved(self, path: Path) -> None:
        self._news = tr("Saved {path}.", path=path)
        self._describe()

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        self._news = message
        self._describe()
        if details:
            self.session.notify("error", message, details)

    @Slot()
    def _end_saving(self) -> None:
        self.bar.follow()

    @Slot()
    def _take_reach(self) -> None:
        self.path.set_reach(self.pictures.reach)


def _split(orientation: Qt.Orientation, *parts: tuple[QWidget, int]) -> QSplitter:
    """Return widgets side by side that divide the room by their shares, and none of which can be pushed away."""
    split = QSplitter(orientation)
    for index, (widget, share) in enumerate(parts):
        split.addWidget(widget)
        split.setStretchFactor(index, share)
    split.setChildrenCollapsible(False)
    split.setSizes([100 * share for _, share in parts])
    return split
