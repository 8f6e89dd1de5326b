"""What all laboratories have in common: a window that stays open beside a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.theme import LIGHT, SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from vae_explorer.gui.theme import Theme

_HELP_PAGE = "laboratories"
SIDE_WIDTH = 384
"""Width of the column of numbers, in device-independent pixels."""


class Dressed(Protocol):
    """A part that wears a theme."""

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        ...


class LaboratoryWindow(QDialog):
    """A window of its own that blocks nothing and is gone for good when it closes.

    Parameters
    ----------
    name, title
        Its object name, and the words in its title bar.
    parent
        The program's window.
    """

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "laboratories")
        self.theme = LIGHT
        self.dressed: tuple[Dressed, ...] = ()
        """What wears the theme; for derived classes to fill."""
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMinMaxButtonsHint)
        self.examples = QComboBox()
        self.examples.setAccessibleName(tr("Example"))
        self.examples.setPlaceholderText(tr("Your own"))
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setAccessibleName(tr("What is seen"))
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.help = QPushButton(tr("&Help"))
        self.help.setAutoDefault(False)
        self.help.clicked.connect(self._show_help)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.theme = theme
        for part in self.dressed:
            part.set_theme(theme)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape; leave Enter to the boxes, in which it ends typing."""
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)

    def arrange(self, top: QHBoxLayout, plots: list[tuple[QWidget, int]], side: QVBoxLayout) -> None:
        """Lay out a row of choices over plots at the left and numbers at the right.

        Parameters
        ----------
        plots
            Widgets from top to bottom with their share of the height.
        """
        column = QVBoxLayout()
        column.setSpacing(SPACING)
        for plot, share in plots:
            column.addWidget(plot, share)
        holder = QWidget()
        holder.setFixedWidth(SIDE_WIDTH)
        side.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(side)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACING)
        row.addLayout(column, 1)
        row.addWidget(holder)
        layout = QVBoxLayout(self)
        layout.setSpacing(SPACING)
        layout.addLayout(top)
        layout.addLayout(row, 1)

    @Slot()
    def _show_help(self) -> None:
        from vae_explorer.gui.dialogs.help import HelpWindow

        HelpWindow(self, page=_HELP_PAGE).show()


def words(text: str, role: str = "") -> QLabel:
    """Return a label in one of the theme's roles."""
    label = QLabel(text)
    if role:
        label.setProperty("role", role)
    return label
