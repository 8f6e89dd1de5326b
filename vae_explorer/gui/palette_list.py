"""The list of the palette: a title with the letters that were found, its key, its place and its sentence."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from vae_explorer.gui.theme import LIGHT, RADIUS, SMALL_SPACING, SPACING
from vae_explorer.language import listed, tr

if TYPE_CHECKING:
    from PySide6.QtCore import QObject
    from PySide6.QtGui import QColor

    from vae_explorer.gui.palette_entries import Found
    from vae_explorer.gui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
FOUND = Qt.ItemDataRole.UserRole
_SMALLER = 0.87


class PaletteModel(QAbstractListModel):
    """What was found, in order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: tuple[Found, ...] = ()

    def show(self, found: tuple[Found, ...]) -> None:
        """Offer other entries."""
        self.beginResetModel()
        self._found = found
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of entries."""
        return 0 if parent is not None and parent.isValid() else len(self._found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return an entry, its title, or all its words for those who listen."""
        if not 0 <= index.row() < len(self._found):
            return None
        found = self._found[index.row()]
        entry = found.entry
        if role == FOUND:
            return found
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return listed(word for word in (entry.title, entry.key, entry.place, entry.note) if word)
        return None


class PaletteDelegate(QStyledItemDelegate):
    """Draws an entry on two lines."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the room of two lines."""
        del index
        return QSize(200, 2 * QFontMetricsF(option.font).lineSpacing().__ceil__() + 2 * SPACING - 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw title and key above place and sentence."""
        found = index.data(FOUND)
        if found is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        box = QRectF(option.rect)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour("selection"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        inner = box.adjusted(SPACING + 2, SMALL_SPACING + 1, -SPACING - 2, -SMALL_SPACING - 1)
        upper = QRectF(inner.left(), inner.top(), inner.width(), inner.height() / 2)
        lower = upper.translated(0, upper.height())
        can = not found.entry.obstacle
        right = self._paint_key(painter, option.font, upper, found.entry.key)
        upper.setRight(right - SPACING)
        self._paint_title(painter, option.font, upper, found, self._theme.colour("text" if can else "disabled"))
        self._paint_words(painter, option.font, lower, found, chosen=chosen)
        painter.restore()

    def _paint_key(self, painter: QPainter, font: QFont, line: QRectF, key: str) -> float:
        """Draw a key at the right end of a line, and return where it begins."""
        if not key:
            return line.right()
        painter.setFont(_sized(font, _SMALLER))
        metrics = QFontMetricsF(painter.font())
        width = metrics.horizontalAdvance(key) + 2 * SMALL_SPACING + 2
        cap = QRectF(line.right() - width, line.top(), width, metrics.height() + 2)
        painter.setPen(self._theme.colour("border"))
        painter.setBrush(self._theme.colour("raised"))
        painter.drawRoundedRect(cap, 3, 3)
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, key)
        return cap.left()

    def _paint_title(self, painter: QPainter, font: QFont, line: QRectF, found: Found, colour: QColor) -> None:
        """Draw a title piece by piece, the letters that were found in the accent colour."""
        bold = QFont(font)
        bold.setBold(True)
        left, title, marked = line.left(), found.entry.title, set(found.places)
        for start, end in _pieces(len(title), marked):
            is_found = start in marked
            painter.setFont(bold if is_found else font)
            painter.setPen(self._theme.colour("accent") if is_found else colour)
            metrics = QFontMetricsF(painter.font())
            room = line.right() - left
            text = metrics.elidedText(title[start:end], Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRectF(left, line.top(), room, line.height()), Qt.AlignmentFlag.AlignVCenter, text)
            left += metrics.horizontalAdvance(text)
            if text != title[start:end]:
                return

    def _paint_words(self, painter: QPainter, font: QFont, line: QRectF, found: Found, *, chosen: bool) -> None:
        entry = found.entry
        painter.setFont(_sized(font, _SMALLER))
        metrics = QFontMetricsF(painter.font())
        place = tr("Recent · {place}", place=entry.place) if found.is_recent else entry.place
        words = f"{place}   {entry.note}"
        painter.setPen(self._theme.colour("text" if chosen and not entry.obstacle else "muted"))
        text = metrics.elidedText(words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)


def _pieces(length: int, marked: set[int]) -> list[tuple[int, int]]:
    """Return the runs of letters that are all marked or all unmarked."""
    cuts = [0, *(place for place in range(1, length) if (place in marked) != (place - 1 in marked)), length]
    return [(start, end) for start, end in pairwise(cuts) if start < end]


def _sized(font: QFont, factor: float) -> QFont:
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * factor)
    else:
        result.setPixelSize(round(font.pixelSize() * factor))
    return result
