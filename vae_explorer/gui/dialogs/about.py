"""Help: the keys of the program, and what the program is made of."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

from vae_explorer import __version__
from vae_explorer.gui.commands import COMMANDS, MENUS
from vae_explorer.gui.icons import application_icon
from vae_explorer.gui.theme import LARGE_SPACING

if TYPE_CHECKING:
    from collections.abc import Iterator

PLANE_KEYS = (
    ("Arrows", "Move the pin; with Shift in small steps"),
    ("Wheel, + and -", "Zoom at the pointer"),
    ("Space or middle button, and drag", "Move the view"),
)
"""Keys and gestures of the plane, which it handles itself while it has the focus."""

_ABOUT = """<p>Train generative models with a two-dimensional latent space and walk in it.</p>
<p>Licensed under the MIT licence. The window is made with Qt for Python (PySide6), used under the LGPL version 3;
models with PyTorch; plots with pyqtgraph. Their licence texts come with them.</p>"""


class AboutDialog(QDialog):
    """Version and licences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About VAE Explorer")
        picture = QLabel(self)
        picture.setPixmap(application_icon().pixmap(64, 64))
        text = QLabel(f"<h2>VAE Explorer {escape(__version__)}</h2>{_ABOUT}", self)
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(True)
        text.setMinimumWidth(380)
        row = QHBoxLayout()
        row.setSpacing(LARGE_SPACING)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(text, 1)
        _finish(self, row)


class ShortcutsDialog(QDialog):
    """All keys, from the list that makes the menus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.resize(480, 560)
        self.text = QTextBrowser(self)
        self.text.setHtml("".join(_tables()))
        self.text.setAccessibleName("Keyboard shortcuts")
        row = QHBoxLayout()
        row.addWidget(self.text)
        _finish(self, row)


def _tables() -> Iterator[str]:
    for menu, title in MENUS.items():
        rows = [
            (QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText), command.tip)
            for command in COMMANDS
            if command.menu == menu and command.keys
        ]
        if rows:
            yield _table(title.replace("&", ""), rows)
    yield _table("On the plane", PLANE_KEYS)


def _table(title: str, rows: list[tuple[str, str]] | tuple[tuple[str, str], ...]) -> str:
    lines = "".join(f"<tr><td width='190'><b>{escape(key)}</b></td><td>{escape(tip)}</td></tr>" for key, tip in rows)
    return f"<h3>{escape(title)}</h3><table cellpadding='3'>{lines}</table>"


def _finish(dialog: QDialog, row: QHBoxLayout) -> None:
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(LARGE_SPACING, LARGE_SPACING, LARGE_SPACING, LARGE_SPACING)
    layout.addLayout(row)
    layout.addWidget(buttons)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
