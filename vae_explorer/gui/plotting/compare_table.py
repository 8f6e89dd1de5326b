"""A table of quantities of two models side by side, with what the one has more than the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from vae_explorer.gui.theme import SMALL_SPACING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QWidget

HEADINGS = ("", "A", "B", "A \N{MINUS SIGN} B")


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A quantity.

    Attributes
    ----------
    title
        What it is.
    first, second
        Words for the values of A and B; "" where there is none.
    difference
        A less B in words; "" where the two can't be subtracted.
    tip
        What must be known to read it.
    """

    title: str
    first: str
    second: str
    difference: str = ""
    tip: str = ""

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """All words of the row."""
        return self.title, self.first, self.second, self.difference


class ComparedTable(QTableWidget):
    """Rows of words; Ctrl+C copies all of them with tabs between."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(0, len(HEADINGS), parent)
        self._rows: tuple[ComparedRow, ...] = ()
        self.setAccessibleName(name)
        self.setHorizontalHeaderLabels(list(HEADINGS))
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(56)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 2 * SMALL_SPACING)

    @property
    def rows(self) -> tuple[ComparedRow, ...]:
        """What is shown."""
        return self._rows

    def show_rows(self, rows: Sequence[ComparedRow]) -> None:
        """Show these rows and no others."""
        if tuple(rows) == self._rows:
            return
        self._rows = tuple(rows)
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row.cells):
                item = QTableWidgetItem(text)
                item.setToolTip(row.tip or text)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(number, column, item)

    def text(self) -> str:
        """Return all rows as lines with tabs, the headings first."""
        return "".join("\t".join(cells) + "\n" for cells in (HEADINGS, *(row.cells for row in self._rows)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy on Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text())
        else:
            super().keyPressEvent(event)
