"""The palette of commands: a line to type in and a list, over the window, for everything that the program can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QRect, Qt, Signal, Slot
from PySide6.QtGui import QColor, QCursor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from vae_explorer.gui.palette_entries import Entry, Found, search
from vae_explorer.gui.palette_list import FOUND, PaletteDelegate, PaletteModel
from vae_explorer.gui.theme import LARGE_SPACING, LIGHT, SPACING, Theme
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _ROWS, _MARGIN = 640, 9, 64
_LINE_SIZE = 1.25
"""Of the words that are typed, in sizes of the usual ones."""
_SHADE = QColor(0, 0, 0, 90)
_MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
_COVERING = {QEvent.Type.ZOrderChange, QEvent.Type.ChildAdded}
_HINT = marked("Type a few letters of what you want to do")


class Palette(QWidget):
    """Covers the window while it is open; typing searches, arrows choose, Enter does it, Escape leaves.

    Parameters
    ----------
    window
        What it lies over.
    """

    chosen = Signal(str)
    """Name of the entry that is about to be carried out."""
    _line_left = Signal()
    _covered = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("palette")
        self._under = window
        self._entries: tuple[Entry, ...] = ()
        self._recent: tuple[str, ...] = ()
        self._before: QWidget | None = None
        self._pointer = QCursor.pos()
        self.card = QFrame(self)
        self.card.setProperty("role", "palette")
        self.line = QLineEdit(self.card)
        self.list = QListView(self.card)
        self.nothing = QLabel(self.card)
        self._column = QVBoxLayout(self.card)
        self.model = PaletteModel(self)
        self._delegate = PaletteDelegate(self)
        self._lay_out()
        self._line_left.connect(self._take_focus_back, Qt.ConnectionType.QueuedConnection)
        self._covered.connect(self._rise, Qt.ConnectionType.QueuedConnection)
        self.line.textChanged.connect(self._search)
        self.list.clicked.connect(self._run)
        self.line.installEventFilter(self)
        window.installEventFilter(self)
        self.hide()

    def open(self, entries: Sequence[Entry], recent: Sequence[str]) -> None:
        """Show the palette with these entries; names of those chosen lately, the latest first."""
        self._entries, self._recent = tuple(entries), tuple(recent)
        self._before = self.window().focusWidget()
        self._pointer = QCursor.pos()
        self.setGeometry(self._under.rect())
        self.line.clear()
        self._search("")
        self.show()
        self.raise_()
        for beside in self._beside():
            beside.installEventFilter(self)
        if not self.window().isActiveWindow():
            self.window().raise_()
            self.window().activateWindow()
        self.line.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_palette(self) -> None:
        """Leave, and give the focus back."""
        if self.isVisible():
            self.hide()
            for beside in self._beside():
                beside.removeEventFilter(self)
            if self._before is not None and self._before.isVisible():
                self._before.setFocus(Qt.FocusReason.PopupFocusReason)
            self._before = None

    @property
    def current(self) -> Found | None:
        """The entry that Enter would carry out."""
        found = self.list.currentIndex().data(FOUND)
        return found if isinstance(found, Found) else None

    def set_theme(self, theme: Theme = LIGHT) -> None:
        """Take the colours of a theme."""
        self._delegate.set_theme(theme)
        self.list.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let keys that are typed in the line move in the list, and follow the window's size."""
        if watched is self._under and event.type() == QEvent.Type.Resize:
            self.setGeometry(self._under.rect())
        if event.type() in _COVERING and watched is not self.line and self.isVisible():
            # A dock that is brought to the front, or one more, would lie over what dims it.
            self._covered.emit()
        if watched is self.line and event.type() == QEvent.Type.FocusOut and self.isVisible():
            # Clicks in the list and the Tab key leave the line; what is typed belongs to it all the same.
            # Queued, and not by `QTimer.singleShot`, which would keep the whole window where that is closed before.
            self._line_left.emit()
        if watched is self.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._take_key(event)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: object) -> None:
        """Keep the card in the upper middle."""
        del event
        width = min(_WIDTH, self.width() - 2 * LARGE_SPACING)
        rows = max(1, self.list.sizeHintForRow(0)) * _ROWS
        height = min(self.line.sizeHint().height() + rows + 3 * SPACING + 2, self.height() - 2 * LARGE_SPACING)
        top = min(_MARGIN, max(LARGE_SPACING, (self.height() - height) // 2))
        self.card.setGeometry(QRect((self.width() - width) // 2, top, width, height))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim the window."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), _SHADE)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Leave when the window beside the card is clicked."""
        event.accept()
        if not self.card.geometry().contains(event.position().toPoint()):
            self.close_palette()

    def _lay_out(self) -> None:
        self.line.setObjectName("palette-line")
        font = self.line.font()
        font.setPointSizeF(font.pointSizeF() * _LINE_SIZE)
        self.line.setFont(font)
        self.line.setPlaceholderText(tr(_HINT))
        self.line.setAccessibleName(tr("Search all commands"))
        self.line.setClearButtonEnabled(True)
        self.list.setObjectName("palette-list")
        self.list.setAccessibleName(tr("Commands found"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._delegate)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.entered.connect(self._point)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.nothing.setProperty("role", "empty")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setTextFormat(Qt.TextFormat.PlainText)
        column = self._column
        column.setContentsMargins(SPACING, SPACING, SPACING, SPACING)
        column.setSpacing(SPACING)
        column.addWidget(self.line)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing, 1)

    def _take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_palette()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._run(self.list.currentIndex())
        elif key in _MOVES:
            self._move(key)
        elif key not in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            return False
        return True

    def _move(self, key: Qt.Key) -> None:
        count, row = self.model.rowCount(), self.list.currentIndex().row()
        if not count:
            return
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: 1 - _ROWS, Qt.Key.Key_PageDown: _ROWS - 1}[
            key
        ]
        # Single steps go round; pages stop at the ends.
        moved = (row + step) % count if abs(step) == 1 else min(max(row + step, 0), count - 1)
        self._choose(moved)

    def _choose(self, row: int) -> None:
        index = self.model.index(row, 0)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)
        self.line.setAccessibleDescription(str(index.data(Qt.ItemDataRole.AccessibleTextRole) or ""))

    @Slot(str)
    def _search(self, pattern: str) -> None:
        found = search(pattern, self._entries, self._recent)
        self.model.show(found)
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        self.nothing.setText(
            tr("Nothing is called “{words}”.\nTry fewer letters, or another word for it.", words=pattern.strip())
        )
        if found:
            self._choose(0)

    @Slot(QModelIndex)
    def _run(self, index: QModelIndex) -> None:
        found = index.data(FOUND)
        if not isinstance(found, Found) or found.entry.obstacle:
            return
        self.close_palette()
        self.chosen.emit(found.entry.name)
        found.entry.act()

    @Slot(QModelIndex)
    def _point(self, index: QModelIndex) -> None:
        """Choose what the mouse was moved to, not what keys or letters moved under a mouse at rest."""
        place = QCursor.pos()
        if place != self._pointer:
            self._pointer = place
            self.list.setCurrentIndex(index)

    def _beside(self) -> list[QWidget]:
        """Return what can come to lie over the palette: other parts of its window."""
        others = self._under.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [other for other in others if other is not self and not other.isWindow()]

    @Slot()
    def _rise(self) -> None:
        if self.isVisible():
            self.raise_()

    @Slot()
    def _take_focus_back(self) -> None:
        if self.isVisible() and self.window().isActiveWindow():
            self.line.setFocus()
