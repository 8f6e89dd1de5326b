"""A few named values below each other, with their units, for the side panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import SEMICOLON, listed

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One line: what it is, its value with the unit, and what one must know to read it."""

    title: str
    value: str
    tip: str = ""
    is_strong: bool = False


class ValueRows(QWidget):
    """Lines of words and values; the values can be copied.

    Parameters
    ----------
    name
        What the values are of, for those who can't see them.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[ValueRow, ...] = ()
        self._labels: list[tuple[QLabel, QLabel]] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACING)
        self._grid.setVerticalSpacing(SMALL_SPACING // 2)
        self._grid.setColumnStretch(0, 1)
        self.setAccessibleName(name)

    @property
    def rows(self) -> dict[str, str]:
        """Values by their words, as they are shown."""
        return {row.title: row.value for row in self._shown}

    def show_rows(self, rows: Sequence[ValueRow]) -> None:
        """Show these lines, and no others."""
        if tuple(rows) == self._shown:
            return
        self._shown = tuple(rows)
        while len(self._labels) < len(rows):
            self._add()
        for number, labels in enumerate(self._labels):
            for label in labels:
                label.setVisible(number < len(rows))
            if number < len(rows):
                _fill(*labels, rows[number])
        self.setAccessibleDescription(listed((f"{row.title} {row.value}" for row in rows), SEMICOLON))

    def _add(self) -> None:
        title, value = QLabel(self), QLabel(self)
        title.setTextFormat(Qt.TextFormat.PlainText)
        value.setTextFormat(Qt.TextFormat.PlainText)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(title, len(self._labels), 0)
        self._grid.addWidget(value, len(self._labels), 1, Qt.AlignmentFlag.AlignRight)
        self._labels.append((title, value))


def _fill(title: QLabel, value: QLabel, row: ValueRow) -> None:
    title.setText(row.title)
    value.setText(row.value)
    for label in (title, value):
        if label.toolTip() != row.tip:
            label.setToolTip(row.tip)
        font = label.font()
        if font.bold() != row.is_strong:
            font.setBold(row.is_strong)
            label.setFont(font)
