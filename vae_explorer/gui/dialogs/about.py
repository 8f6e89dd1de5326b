"""Help: the keys of the program, and what the program is made of and runs on."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from vae_explorer import __version__
from vae_explorer.app.versions import versions_text
from vae_explorer.gui.dialogs.help import page_text
from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.icons import application_icon
from vae_explorer.gui.page_dress import PageDress
from vae_explorer.gui.theme import LARGE_SPACING, SPACING
from vae_explorer.language import marked, tr

_TEXT_WIDTH = 380
_FEWEST_LINES = 3
"""Of the versions that are seen at once, on a screen however low."""

_ABOUT = marked(
    "<p>Train generative models with a two-dimensional latent space and walk in "
    "it.</p>\n<p>Licensed under the MIT licence. The window is made with Qt for Python "
    "(PySide6), used under the LGPL version 3;\nmodels with PyTorch. Their licence texts "
    "come with them.</p>"
)


class AboutDialog(QDialog):
    """Version and licences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "start")
        self.setWindowTitle(tr("About VAE Explorer"))
        picture = QLabel(self)
        picture.setPixmap(application_icon().pixmap(64, 64))
        text = QLabel(
            f"<h2>VAE Explorer {escape(__version__)}</h2>{tr(_ABOUT)}", self
        )  # untranslated: the program's name
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setMinimumSize(_TEXT_WIDTH, text.heightForWidth(_TEXT_WIDTH))
        self.versions = _Lines(versions_text(), self)
        self.versions.setAccessibleName(tr("Versions"))
        words = QVBoxLayout()
        words.setSpacing(SPACING)
        words.addWidget(text)
        words.addWidget(self.versions, 1)
        row = QHBoxLayout()
        row.setSpacing(LARGE_SPACING)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        buttons = _finish(self, row)
        self.copy_button = buttons.addButton(tr("&Copy versions"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setToolTip(tr("Copy the versions of everything, for a report"))
        self.copy_button.setAccessibleName(tr("Copy versions"))
        self.copy_button.clicked.connect(self.copy)
        self.copy_button.setAutoDefault(False)
        buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()

    @Slot()
    def copy(self) -> None:
        """Put the versions on the clipboard."""
        QGuiApplication.clipboard().setText(self.versions.toPlainText())


class _Lines(QPlainTextEdit):
    """Lines to read and to select, that scroll on a screen which is too low for all of them."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setProperty("role", "muted")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)

    def sizeHint(self) -> QSize:
        """Return the size of all lines."""
        margins = self.contentsMargins()
        size = self.fontMetrics().size(0, self.toPlainText()) + QSize(1, 1)  # for the cursor
        bar = self.verticalScrollBar().sizeHint().width()
        return size + QSize(margins.left() + margins.right() + bar, margins.top() + margins.bottom())

    def minimumSizeHint(self) -> QSize:
        """Return the width of all lines, and the height of a few."""
        return QSize(self.sizeHint().width(), _FEWEST_LINES * self.fontMetrics().lineSpacing())


class ShortcutsDialog(QDialog):
    """All keys: those of the plane and the other panels, then those of the menus, from the list that makes them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "keyboard")
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.resize(620, 600)
        self.text = QTextBrowser(self)
        self.text.setMarkdown(page_text("keyboard"))
        self.text.document().setDocumentMargin(2 * SPACING)
        PageDress(self.text, self).dress()
        self.text.setAccessibleName(tr("Keyboard shortcuts"))
        row = QHBoxLayout()
        row.addWidget(self.text)
        _finish(self, row)


def _finish(dialog: QDialog, row: QHBoxLayout) -> QDialogButtonBox:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(LARGE_SPACING, LARGE_SPACING, LARGE_SPACING, LARGE_SPACING)
    layout.addLayout(row)
    layout.addWidget(buttons)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return buttons
