"""A part of a panel under a heading that folds it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter, QVBoxLayout, QWidget

from vae_explorer.gui.icons import icon
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from vae_explorer.gui.theme import Theme

_ARROW = 12
_LEAST_LETTERS = 12


class _Heading(QPushButton):
    """A button that asks for little room: words that others make long, such as names of classes, end in dots."""

    def minimumSizeHint(self) -> QSize:
        """Ask for the width of a few letters, so that another heading makes no panel wider."""
        width = _LEAST_LETTERS * self.fontMetrics().averageCharWidth() + _ARROW
        return QSize(width, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much as fits."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        inside = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        room = inside.width() - _ARROW - SMALL_SPACING
        if self.fontMetrics().horizontalAdvance(option.text) > room:
            option.text = self.fontMetrics().elidedText(option.text, Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.end()


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
        self.button = _Heading()
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
        self.button.setToolTip(f"{title}\n{self.button.accessibleDescription()}")

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
