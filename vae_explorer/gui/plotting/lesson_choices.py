"""The guess before an experiment: one question, and one button for each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLabel, QRadioButton, QVBoxLayout, QWidget

from vae_explorer.gui.theme import SMALL_SPACING

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from vae_explorer.app.lessons import Guess


class LessonChoices(QFrame):
    """A card with the question; answers are as long as they need to be, so their words wrap beside the button."""

    chosen = Signal(int)
    """Index of the answer that a person has just chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.buttons: list[QRadioButton] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self._guess: Guess | None = None
        self._question = QLabel()
        self._question.setProperty("role", "heading")
        self._question.setWordWrap(True)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._question)
        self._rows: list[QWidget] = []

    def show_guess(self, guess: Guess, chosen: int | None, *, is_open: bool) -> None:
        """Show a question with the answer that was chosen so far; closed, it can't be changed any more."""
        if guess != self._guess:
            self._guess = guess
            self._rebuild(guess)
        self._group.setExclusive(False)
        for index, button in enumerate(self.buttons):
            button.setChecked(index == chosen)
            button.setEnabled(is_open)
        self._group.setExclusive(True)

    def _rebuild(self, guess: Guess) -> None:
        self._question.setText(guess.question)
        for button in self.buttons:
            self._group.removeButton(button)
        for row in self._rows:
            row.deleteLater()
        self.buttons, self._rows = [], []
        for index, text in enumerate(guess.choices):
            button = QRadioButton()
            button.setAccessibleName(text)
            self._group.addButton(button, index)
            self.buttons.append(button)
            row = _Answer(button, text)
            self._rows.append(row)
            self._column.addWidget(row)


class _Answer(QWidget):
    """A round button with words beside it that wrap, and choose it when clicked."""

    def __init__(self, button: QRadioButton, text: str) -> None:
        super().__init__()
        self._button = button
        words = QLabel(text)
        words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SMALL_SPACING)
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)

    @Slot()
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the answer by its words."""
        if self._button.isEnabled() and self.rect().contains(event.position().toPoint()):
            self._button.click()
