"""What a data set would take that isn't on this computer yet, with the button that gets it, and how far that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from vae_explorer.app.downloading import DownloadState, Offer
from vae_explorer.data.limits import byte_size
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.app.downloading import Downloads
    from vae_explorer.data.download_meter import DownloadProgress

_STEPS = 1000
_BUSY = (DownloadState.RUNNING, DownloadState.CANCELLING)
_GET = marked("Download")
_GET_WORDS = {DownloadState.PARTIAL: marked("Go on"), DownloadState.FAILED: marked("Try again")}


class DownloadOffer(QFrame):
    """A card that is there only while there is something to offer, to wait for, or to explain.

    Parameters
    ----------
    downloads
        Does the work.
    """

    settled = Signal()
    """Nobody is asked anything any more: the download has begun, or isn't wanted."""

    left = Signal()
    """It is gone, and had the focus."""

    def __init__(self, downloads: Downloads, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._downloads = downloads
        self._name, self._is_cancelling = "", False
        self.setProperty("role", "card")
        self.heading = self._label("heading")
        self.terms = self._label("muted")
        self.progress = QProgressBar(self)
        self.progress.setRange(0, _STEPS)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(tr("Downloaded"))
        self.words = self._label("muted")
        self.message = self._label("error")
        self.way = self._label("muted")
        for label in (self.message, self.way):
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self._make_buttons()
        self._arrange()
        downloads.changed.connect(self._refresh)
        downloads.progressed.connect(self._show_progress)
        self._name = downloads.running
        self._refresh()

    @property
    def asking(self) -> str:
        """Name of the data set that a person is asked about; empty when nothing is asked."""
        return "" if self._name == self._downloads.running else self._name

    def ask(self, name: str) -> None:
        """Offer a data set; the one that is being downloaded stays in its place."""
        if not self._downloads.running:
            self._name = name
            self._refresh()

    @Slot()
    def dismiss(self) -> None:
        """Ask nothing any more."""
        if self.asking:
            self._name = ""
            self._refresh()
            self.settled.emit()

    @Slot()
    def _get(self) -> None:
        if self._name:
            self._downloads.start(self._name)
            self.settled.emit()

    @Slot()
    def _refresh(self) -> None:
        offer = self._downloads.offer(self._name) if self._name else None
        focused = self.window().focusWidget()
        if offer is None or offer.state is DownloadState.HERE:
            self._name = ""
            self.hide()
        else:
            self._show_offer(offer)
        if focused is not None and self.isAncestorOf(focused):
            self._keep_focus(focused)

    def _show_offer(self, offer: Offer) -> None:
        self._show_words(offer)
        busy = offer.state in _BUSY
        self.progress.setVisible(busy)
        self.words.setVisible(busy or offer.state is DownloadState.PARTIAL)
        self.message.setVisible(bool(offer.message))
        self.way.setVisible(bool(offer.by_hand))
        self.terms.setVisible(not offer.message)
        self.get_button.setVisible(not busy)
        self.dismiss_button.setVisible(not busy)
        self.cancel_button.setVisible(busy)
        self._is_cancelling = offer.state is DownloadState.CANCELLING
        self.show()

    def _keep_focus(self, focused: QWidget) -> None:
        """Give the keys to the button that took the place of the one that had them, or back to the list."""
        if self.isHidden():
            self.left.emit()
        elif focused.isHidden():
            (self.get_button if self.cancel_button.isHidden() else self.cancel_button).setFocus()

    def _show_words(self, offer: Offer) -> None:
        wanted = offer.download
        size = byte_size(wanted.size)
        title, licence = tr(wanted.title), tr(wanted.licence)
        facts = {"size": size, "licence": licence, "publisher": wanted.publisher}
        if offer.state in _BUSY:
            self.heading.setText(tr("Downloading {title}", title=title))
            self.terms.setText(tr("{size}, {licence}, from {publisher}", **facts))
        else:
            self.heading.setText(title)
            self.terms.setText(tr("Not on this computer yet. {size}, {licence}, from {publisher}", **facts))
        self.terms.setToolTip(tr("{terms}\n\nKept in {folder}", terms=tr(wanted.terms), folder=offer.folder))
        self.message.setText(offer.message)
        self.way.setText(offer.by_hand)
        self.get_button.setText(tr(_GET_WORDS.get(offer.state, _GET)))
        self.get_button.setToolTip(
            tr(
                "Get {title} ({size}) from {publisher}, then choose it",
                title=title,
                size=size,
                publisher=wanted.publisher,
            )
        )
        if offer.state is DownloadState.PARTIAL:
            self.words.setText(tr("{size} of it is here already.", size=byte_size(offer.held)))
        elif offer.state is DownloadState.CANCELLING:
            self.words.setText(tr("Cancelling …"))
        elif not self.progress.isVisible():
            self.progress.setValue(round(_STEPS * offer.held / wanted.size))
            self.words.setText(tr("Asking for it …"))

    @Slot(object)
    def _show_progress(self, progress: DownloadProgress) -> None:
        if not self._is_cancelling:
            self.progress.setValue(round(_STEPS * progress.share))
            self.words.setText(f"{progress.words[:1].upper()}{progress.words[1:]}")

    def _make_buttons(self) -> None:
        self.get_button = QPushButton(tr(_GET), self)
        self.get_button.setProperty("role", "primary")
        self.get_button.clicked.connect(self._get)
        self.cancel_button = QPushButton(tr("Cancel"), self)
        self.cancel_button.setToolTip(
            tr("Stop the download; what has arrived is kept, and the next try goes on from there")
        )
        self.cancel_button.clicked.connect(self._downloads.cancel)
        self.dismiss_button = QPushButton(tr("Not now"), self)
        self.dismiss_button.setToolTip(tr("Keep the data at hand"))
        self.dismiss_button.clicked.connect(self.dismiss)

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SMALL_SPACING)
        for button in (self.get_button, self.dismiss_button, self.cancel_button):
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        column.setSpacing(SMALL_SPACING)
        for widget in (self.heading, self.terms, self.message, self.way, self.progress, self.words):
            column.addWidget(widget)
        column.addSpacing(SMALL_SPACING)
        column.addLayout(buttons)

    def _label(self, role: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("role", role)
        return label
