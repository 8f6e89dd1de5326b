"""What is shown when something went wrong that nobody foresaw: in words, with all that helps to find the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.icons import pixmap
from vae_explorer.gui.mnemonics import without_mnemonic
from vae_explorer.gui.theme import LARGE_SPACING, SPACING
from vae_explorer.language import sentences, tr

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme

_SIZE = (640, 460)
_PICTURE = 32


class ReportDialog(QDialog):
    """A sentence, advice, and details to copy; what can be done about it stands below.

    Parameters
    ----------
    title
        Of the window.
    theme
        Where the colours come from.
    parent
        The window that it belongs to.
    """

    log_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, title: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "trouble")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*_SIZE)
        self.heading = _label(self, bold=True)
        self.advice = _label(self)
        self.count = _label(self)
        self.count.setProperty("role", "muted")
        self.count.hide()
        self.details = QPlainTextEdit(self)
        self.details.setReadOnly(True)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setTabChangesFocus(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setAccessibleName(tr("Details"))
        self.copy_button = self._button(tr("&Copy"), tr("Copy what happened with all details"))
        self.copy_button.clicked.connect(self.copy)
        self.log_button = self._button(tr("Open &log"), tr("Open the log that this was written to"))
        self.log_button.clicked.connect(self.log_wanted)
        self.folder_button = self._button(tr("Open log &folder"), tr("Show all logs in the file manager"))
        self.folder_button.clicked.connect(self.folder_wanted)
        self.answers = QHBoxLayout()
        self._symbol = QLabel(self)
        self._symbol.setPixmap(pixmap("error", theme.error, _PICTURE / 18 * self.devicePixelRatioF()))
        self._symbol.setScaledContents(True)
        self._symbol.setFixedSize(_PICTURE, _PICTURE)
        self._arrange()

    def tell(self, heading: str, advice: str, details: str) -> None:
        """Show what happened, what to do, and what lies behind it; all as plain text."""
        self.heading.setText(heading)
        self.advice.setText(advice)
        self.details.setPlainText(details)
        self.setAccessibleDescription(sentences(heading, advice))

    def add_answer(self, text: str, tip: str, *, is_default: bool = False) -> QPushButton:
        """Return a button in the last row."""
        button = self._button(text, tip)
        if is_default:
            button.setProperty("role", "primary")
            button.setDefault(True)
        self.answers.addWidget(button)
        return button

    @Slot()
    def copy(self) -> None:
        """Put everything on the clipboard."""
        parts = (self.heading.text(), self.count.text(), self.details.toPlainText())
        QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(tip)
        button.setAccessibleName(without_mnemonic(text))
        button.setAccessibleDescription(tip)
        button.setAutoDefault(False)
        return button

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(SPACING)
        for label in (self.heading, self.advice, self.count):
            words.addWidget(label)
        head = QHBoxLayout()
        head.setSpacing(LARGE_SPACING)
        head.addWidget(self._symbol, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(words, 1)
        last = QHBoxLayout()
        last.setSpacing(SPACING)
        for button in (self.copy_button, self.log_button, self.folder_button):
            last.addWidget(button)
        last.addStretch(1)
        self.answers.setSpacing(SPACING)
        last.addLayout(self.answers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(LARGE_SPACING, LARGE_SPACING, LARGE_SPACING, LARGE_SPACING)
        layout.setSpacing(LARGE_SPACING)
        layout.addLayout(head)
        layout.addWidget(self.details, 1)
        layout.addLayout(last)


class FaultDialog(ReportDialog):
    """An error that the program didn't expect, while it goes on."""

    restart_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(tr("Something went wrong"), theme, parent)
        self.setObjectName("fault")
        restart = self.add_answer(tr("&Restart"), tr("Save, close the window and open it again as it was"))
        restart.clicked.connect(self._restart)
        go_on = self.add_answer(tr("&Go on"), tr("Close this and keep working"), is_default=True)
        go_on.clicked.connect(self.accept)
        go_on.setFocus()

    def set_count(self, count: int) -> None:
        """Say how often the fault has come up."""
        self.count.setVisible(count > 1)
        self.count.setText(tr("It has come up {count:,} times.", count=count) if count > 1 else "")

    @Slot()
    def _restart(self) -> None:
        self.accept()
        self.restart_wanted.emit()


class RecoveryDialog(ReportDialog):
    """An earlier session that was cut off, and the offer to go on with what it trained."""

    go_on_wanted = Signal()
    open_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, has_run: bool, can_go_on: bool) -> None:
        super().__init__(tr("The last session was cut off"), theme, parent)
        self.setObjectName("recovery")
        leave = self.add_answer(tr("&Not now") if has_run else tr("&Close"), tr("Leave everything as it is"))
        leave.clicked.connect(self.reject)
        if has_run:
            reopen = self.add_answer(
                tr("&Open the run"), tr("Open the run as it was saved last"), is_default=not can_go_on
            )
            reopen.clicked.connect(self._open)
        if has_run and can_go_on:
            go_on = self.add_answer(
                tr("&Go on training"), tr("Train the run from its last checkpoint"), is_default=True
            )
            go_on.clicked.connect(self._go_on)

    @Slot()
    def _open(self) -> None:
        self.accept()
        self.open_wanted.emit()

    @Slot()
    def _go_on(self) -> None:
        self.accept()
        self.go_on_wanted.emit()


def _label(parent: QWidget, *, bold: bool = False) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if bold:
        label.setProperty("role", "heading")
    return label
