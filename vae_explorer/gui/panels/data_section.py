"""The data part of the experiment panel: which images, how many, and what they look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vae_explorer.app.state import RunState
from vae_explorer.data.limits import byte_size
from vae_explorer.gui.calm import CalmComboBox
from vae_explorer.gui.download_offer import DownloadOffer
from vae_explorer.gui.forms import ConfigForm
from vae_explorer.gui.sample_mosaic import SampleMosaic
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.data.catalogue import Source
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.theme import Theme
    from vae_explorer.sections import DataConfig
    from vae_explorer.training.experiment import Experiment


class DataSection(QWidget):
    """Source, summary, some images, and how they are brought to size."""

    config_changed = Signal(object)
    """`DataConfig`, after a person changed it."""

    open_file_requested = Signal()
    open_folder_requested = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._shown = session.experiment.data.source
        self._dataset: ImageDataset | None = session.dataset
        self.source = CalmComboBox(self)
        self.source.setAccessibleName(tr("Data set"))
        self.source.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.source.setMinimumContentsLength(12)
        self.source.activated.connect(self._choose)
        self.offer = DownloadOffer(session.downloads, self)
        self.offer.settled.connect(self._list)
        self.offer.left.connect(self._take_focus)
        session.downloads.offered.connect(self.offer_download)
        session.downloads.changed.connect(self._list)
        self.file_button = self._button(
            tr("Open file…"), tr("Open a file with images (Ctrl+O)"), self.open_file_requested
        )
        self.folder_button = self._button(
            tr("Open folder…"), tr("Open a folder (Ctrl+Shift+O)"), self.open_folder_requested
        )
        self.summary = QLabel(self)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        self.summary.setWordWrap(True)
        self.summary.setProperty("role", "muted")
        self.mosaic = SampleMosaic(self)
        self.form = ConfigForm(session.experiment.data, hidden=("source",), on_commit=True, parent=self)
        self.form.config_changed.connect(self._edit)
        self._arrange()
        self.show_experiment(session.experiment)
        self.show_dataset(session.dataset)

    def show_experiment(self, experiment: Experiment) -> None:
        """Show which data an experiment uses."""
        if experiment.data.source != self._shown:
            self._shown = experiment.data.source
            self.offer.dismiss()
        self.form.set_config(experiment.data)
        self._list()

    @Slot(str)
    def offer_download(self, name: str) -> None:
        """Ask whether a data set that isn't here is wanted; the data at hand stay until it is."""
        running = self._session.downloads.running
        if running and running != name:
            self._session.notify(
                "info", tr("One data set is downloaded at a time: wait for the one that is on its way.")
            )
        self.offer.ask(name)
        self._list()

    def show_dataset(self, dataset: ImageDataset | None) -> None:
        """Show what was loaded, or is being loaded."""
        self._dataset = dataset
        self.mosaic.show_dataset(dataset)
        if dataset is None:
            is_loading = self._session.state is RunState.LOADING
            invitation = tr("No images yet: choose a data set, open a file, or drop one on the window.")
            self.summary.setText(tr("Loading the images …") if is_loading else invitation)
            self.summary.setToolTip("")
            return
        self.summary.setText(self._kept_words() + summary(dataset))
        notes = "\n".join(dataset.notes)
        self.summary.setToolTip("\n".join(part for part in (dataset.description, notes, tr(dataset.licence)) if part))

    def _kept_words(self) -> str:
        """Return which data set the words and images are of, where the list shows one that is only offered."""
        from vae_explorer.data.catalogue import source_title

        return (
            tr("In use until then: {title}\n", title=source_title(self._session.experiment.data.source))
            if self.offer.asking
            else ""
        )

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.form.set_theme(theme)
        self.mosaic.set_theme(theme)

    @Slot()
    def _list(self) -> None:
        from vae_explorer.data.catalogue import SOURCES

        chosen = self.offer.asking or self._session.experiment.data.source
        self.source.clear()
        for entry in SOURCES:
            title, tip = _words(entry, is_missing=self._session.downloads.is_missing(entry.name))
            self.source.addItem(title, entry.name)
            self.source.setItemData(self.source.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        if self.source.findData(chosen) < 0:
            self.source.addItem(chosen.replace("\\", "/").rstrip("/").rpartition("/")[2] or chosen, chosen)
            self.source.setItemData(self.source.count() - 1, chosen, Qt.ItemDataRole.ToolTipRole)
        self.source.setCurrentIndex(self.source.findData(chosen))
        if self._dataset is not None:
            self.summary.setText(self._kept_words() + summary(self._dataset))

    @Slot()
    def _take_focus(self) -> None:
        self.source.setFocus()

    @Slot(int)
    def _choose(self, index: int) -> None:
        import dataclasses

        name = str(self.source.itemData(index))
        if self._session.downloads.is_missing(name):
            self._session.downloads.ask(name)
            return
        self.offer.dismiss()
        data = dataclasses.replace(self._session.experiment.data, source=name)
        self.config_changed.emit(data)

    @Slot(object)
    def _edit(self, config: DataConfig) -> None:
        self.config_changed.emit(config)

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_SPACING + 2)
        layout.addWidget(self.source)
        layout.addWidget(self.offer)
        buttons = QHBoxLayout()
        buttons.setSpacing(SMALL_SPACING)
        buttons.addWidget(self.file_button)
        buttons.addWidget(self.folder_button)
        layout.addLayout(buttons)
        layout.addWidget(self.summary)
        layout.addWidget(self.mosaic)
        layout.addWidget(self.form)

    def _button(self, text: str, tip: str, signal: object) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(signal)
        return button


def _words(entry: Source, *, is_missing: bool) -> tuple[str, str]:
    """Return what the list and the tip say of a data set."""
    wanted = entry.download
    if wanted is None:
        return tr(entry.title), tr(entry.summary)
    if not is_missing:
        return tr(entry.title), tr(
            "{summary}\n{licence}, from {publisher}",
            summary=tr(entry.summary),
            licence=tr(wanted.licence),
            publisher=wanted.publisher,
        )
    size = byte_size(wanted.size)
    return (
        f"{tr(entry.title)} · {size} · {tr(wanted.licence)}",
        tr(
            "{summary}\n{size} to download from {publisher}, {licence}",
            summary=tr(entry.summary),
            size=size,
            publisher=wanted.publisher,
            licence=tr(wanted.licence),
        ),
    )


def summary(dataset: ImageDataset) -> str:
    """Return short lines about a data set: how many images, their size, their classes, where they are."""
    test = len(dataset.images) - dataset.train_count
    colour = tr("grey") if dataset.channels == 1 else tr("colour")
    classes = tr("{classes} classes", classes=dataset.classes) if dataset.classes else tr("no classes")
    return tr(
        "{train_count:,} to train, {test:,} to test\n{width} × {height} pixels, {colour}, {classes}",
        train_count=dataset.train_count,
        test=test,
        width=dataset.width,
        height=dataset.height,
        colour=colour,
        classes=classes,
    ) + (tr("\nread from the file as needed") if dataset.is_on_disk else "")
