"""The table of runs as a widget: whole rows are chosen, and names are edited in their place."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from vae_explorer.gui.dialogs import runs_words as words
from vae_explorer.gui.dialogs.runs_model import PICTURE
from vae_explorer.gui.theme import SMALL_SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from vae_explorer.gui.dialogs.runs_model import Index


_WIDTHS = {
    words.LOSS: 100,
    words.EPOCHS: 84,
    words.BEGAN: 140,
    words.SIZE: 92,
    words.STATE: 148,
}
"""Widths in pixels for letters whose lines have the usual height; larger ones need more."""
_USUAL_LINE = 15
PADDING = 5
_LEAST = 56
"""Width of a column in pixels below which its heading can't be read."""


class Padded(QStyledItemDelegate):
    """Draws cells with room at both sides, so that words don't touch the numbers beside them."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw ground and words."""
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        style = QApplication.style()
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, whole, painter)
        inner = QStyleOptionViewItem(option)
        inner.rect = option.rect.adjusted(PADDING, 0, -PADDING, 0)
        super().paint(painter, inner, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Put the line for a name where the name stands, beside the picture."""
        super().updateEditorGeometry(editor, option, index)
        editor.setGeometry(editor.geometry().adjusted(PADDING, 0, 0, 0))


class RunsView(QTableView):
    """The table; it tells which runs are on screen."""

    scrolled = Signal()
    """Other runs may be on screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runs-table")
        self.setAccessibleName(tr("Runs"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSortingEnabled(True)
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setItemDelegate(Padded(self))
        self.setIconSize(QSize(PICTURE, PICTURE))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(PICTURE + 2 * SMALL_SPACING)
        self.verticalScrollBar().valueChanged.connect(self.scrolled)

    def arrange(self) -> None:
        """Give the columns their first widths."""
        columns = self.horizontalHeader()
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(_LEAST)
        scale = self.fontMetrics().height() / _USUAL_LINE
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, round(width * scale))
        # Objectives and the program's data are few and known beforehand: all of their names are seen whole.
        metrics, frame = (
            QFontMetricsF(self.font()),
            self.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1,
        )
        for column, titles in ((words.OBJECTIVE, words.objective_titles()), (words.DATA, words.data_titles())):
            widest = max(metrics.horizontalAdvance(title) for title in titles)
            self.setColumnWidth(column, ceil(widest) + 2 * (PADDING + frame))
        columns.setSectionResizeMode(words.NAME, QHeaderView.ResizeMode.Stretch)
        columns.setStretchLastSection(False)
