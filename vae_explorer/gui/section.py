"""A part of a panel under a heading that folds it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from vae_explorer.gui.icons import icon
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme

_ARROW = 12


class Section(QWidget):
    """A heading with an arrow, and below it what belongs to it.

    Parameters
    ----------
    title
        Words of the heading.
    content
        What is folded away.
    tip
        What the section shows, in a sentence.
    """

    folded = Signal(bool)
    """Whether the content is away now."""

    def __init__(self, title: str, content: QWidget, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.content = content
        self._theme: Theme = LIGHT
        self.button = QPushButton()
        self.button.setText(title)
        self.button.setToolTip(tip)
        self.button.setAccessibleName(title)
        self.button.setAccessibleDescription(tip)
        self.button.setProperty("role", "section")
        self.button.setCheckable(True)
        self.button.setChecked(True)
        self.button.setIconSize(QSize(_ARROW, _ARROW))
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.toggled.connect(self._fold)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(self.button)
        column.addWidget(content)

    @property
    def title(self) -> str:
        """Words of the heading."""
        return self.button.text()

    def set_title(self, title: str) -> None:
        """Give the heading other words."""
        self.button.setText(title)
        self.button.setAccessibleName(title)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._draw_arrow()

    @Slot(bool)
    def _fold(self, is_open: bool) -> None:
        self.content.setVisible(is_open)
        self._draw_arrow()
        self.folded.emit(not is_open)

    def _draw_arrow(self) -> None:
        self.button.setIcon(icon("expanded" if self.button.isChecked() else "collapsed", self._theme, "muted"))
