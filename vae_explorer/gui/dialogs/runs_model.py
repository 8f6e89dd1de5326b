"""The runs as the table shows them: one row a run with a small picture, sorted and filtered by Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPixmap

from vae_explorer.errors import printable
from vae_explorer.gui.dialogs import runs_words as words
from vae_explorer.gui.images import qimage_from_hwc
from vae_explorer.gui.run_words import plain_tip
from vae_explorer.gui.theme import LIGHT
from vae_explorer.language import marked, tr
from vae_explorer.runs.overview import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.run_list_pictures import RunPictures
    from vae_explorer.gui.theme import Theme
    from vae_explorer.runs.overview import RunEntry

_LONGEST_FOLDER = 40
_NO_PICTURE = marked("no\npicture")
PICTURE = 40
"""Side of a run's picture in device-independent pixels."""
Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
SORT = int(Qt.ItemDataRole.UserRole)


class RunsModel(QAbstractTableModel):
    """The runs as they are known.

    Parameters
    ----------
    pictures
        Makes the small pictures.
    parent
        Owner.
    """

    rename_wanted = Signal(object, str)
    """Path of a run and the name that was typed."""

    def __init__(self, pictures: RunPictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._entries: list[RunEntry] = []
        self._rows: dict[Path, int] = {}
        self._drawn: dict[Path, tuple[NDArray[np.uint8] | None, bool, QIcon]] = {}
        self._theme: Theme = LIGHT
        self.shown: Path | None = None
        self.home: Path | None = None
        self._given: Mapping[int, Callable[[RunEntry, int], object]] = {
            Qt.ItemDataRole.DisplayRole: self._text,
            Qt.ItemDataRole.AccessibleTextRole: self._text,
            Qt.ItemDataRole.EditRole: lambda entry, _column: entry.name,
            Qt.ItemDataRole.ToolTipRole: self._tip,
            Qt.ItemDataRole.DecorationRole: self._picture,
            Qt.ItemDataRole.TextAlignmentRole: lambda _entry, column: _RIGHT if column in words.NUMBERS else None,
            Qt.ItemDataRole.ForegroundRole: self._colour,
            SORT: self._sort_key,
        }

    def entry(self, row: int) -> RunEntry:
        """Return the run of a row."""
        return self._entries[row]

    def row_of(self, path: Path) -> int | None:
        """Return the row of a run; None where it isn't in the list."""
        return self._rows.get(path)

    def take(self, entries: Iterable[RunEntry]) -> None:
        """Take runs that are new or have changed."""
        added = []
        for entry in entries:
            row = self._rows.get(entry.path)
            if row is None:
                added.append(entry)
                continue
            self._entries[row] = entry
            self._tell(row)
        if added:
            first = len(self._entries)
            self.beginInsertRows(QModelIndex(), first, first + len(added) - 1)
            self._entries.extend(added)
            self._number()
            self.endInsertRows()

    def drop(self, paths: Collection[Path]) -> None:
        """Take runs out of the list."""
        for row in reversed(range(len(self._entries))):
            if self._entries[row].path in paths:
                self.beginRemoveRows(QModelIndex(), row, row)
                self._drawn.pop(self._entries[row].path, None)
                del self._entries[row]
                self._number()
                self.endRemoveRows()

    def set_shown(self, path: Path | None) -> None:
        """Mark the run that is open."""
        before, self.shown = self.shown, path
        for changed in (before, path):
            self.tell_changed(changed)

    def tell_changed(self, path: Path | None) -> None:
        """Draw a run again."""
        row = None if path is None else self._rows.get(path)
        if row is not None:
            self._tell(row)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._drawn.clear()
        if self._entries:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._entries) - 1, len(words.TITLES) - 1))

    # -- What Qt asks --------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of runs."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(words.TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> object:
        """Return the words above a column."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(words.TITLES[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section in words.NUMBERS:
            return _RIGHT
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let names be edited where a run can be renamed."""
        flags = super().flags(index)
        if index.column() == words.NAME and self._entries[index.row()].condition is not Condition.GONE:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: object, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        """Ask for another name; the row follows once the folder has it."""
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.EditRole and isinstance(value, str) and value != entry.name:
            self.rename_wanted.emit(entry.path, value)
        return False

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """Return what a cell shows."""
        give = self._given.get(role)
        return None if give is None else give(self._entries[index.row()], index.column())

    def _text(self, entry: RunEntry, column: int) -> str:
        text = words.cell(entry, column, self.shown)
        is_elsewhere = column == words.NAME and self.home is not None and entry.path.parent != self.home
        return (
            tr("{run} (in {folder})", run=text, folder=printable(entry.path.parent.name, _LONGEST_FOLDER))
            if is_elsewhere
            else text
        )

    def _sort_key(self, entry: RunEntry, column: int) -> object:
        return words.sort_key(entry, column, self.shown)

    def _tip(self, entry: RunEntry, column: int) -> str:
        return plain_tip(words.tip(entry, column, self.shown))

    def _colour(self, entry: RunEntry, column: int) -> QColor | None:
        if entry.condition is Condition.GONE:
            return self._theme.colour("disabled")
        if column != words.STATE:
            return None
        if entry.condition.is_at_work:
            return self._theme.colour("accent")
        if not entry.condition.can_be_opened:
            return self._theme.colour("error")
        return self._theme.colour("warning" if entry.condition is Condition.KILLED else "muted")

    def _picture(self, entry: RunEntry, column: int) -> QIcon | None:
        if column != words.NAME:
            return None
        pixels, has_none = self._pictures.picture(entry.path), self._pictures.has_none(entry)
        drawn = self._drawn.get(entry.path)
        if drawn is None or drawn[0] is not pixels or drawn[1] != has_none:
            picture, symbol = framed(pixels, self._theme, tr(_NO_PICTURE) if has_none else ""), QIcon()
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):  # else Qt tints that of a chosen row
                symbol.addPixmap(picture, mode)
            drawn = self._drawn[entry.path] = pixels, has_none, symbol
        return drawn[2]

    def _tell(self, row: int) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(words.TITLES) - 1))

    def _number(self) -> None:
        self._rows = {entry.path: row for row, entry in enumerate(self._entries)}


class FoundRuns(QSortFilterProxyModel):
    """The runs that a search finds, in the order of a column."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setSortRole(SORT)
        self.setDynamicSortFilter(True)

    def search(self, text: str) -> None:
        """Leave out the runs that don't have all of these words in name, objective, data or note."""
        self._words = tuple(text.casefold().split())
        self.setFilterFixedString(text)  # looks at all rows anew, with `filterAcceptsRow` below

    def filterAcceptsRow(self, row: int, _parent: Index) -> bool:
        """Whether a run has all the words."""
        model = self.sourceModel()
        if not self._words or not isinstance(model, RunsModel):
            return True
        found = words.searched(model.entry(row))
        return all(word in found for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        """Compare two runs by a column; what isn't known stays at the end, and names decide between equals."""
        model = self.sourceModel()
        if not isinstance(model, RunsModel):
            return False
        one, other = (model.entry(index.row()) for index in (left, right))
        first, second = (words.sort_key(entry, left.column(), model.shown) for entry in (one, other))
        if first[0] != second[0]:
            return (first[0] < second[0]) == (self.sortOrder() is Qt.SortOrder.AscendingOrder)
        return (first, one.name.casefold()) < (second, other.name.casefold())


def framed(pixels: NDArray[np.uint8] | None, theme: Theme, otherwise: str = "") -> QPixmap:
    """Return a run's picture on a ground of its own, or words where it has none; an empty one until that is known."""
    scale = 2  # sharp on screens of high density
    result = QPixmap(PICTURE * scale, PICTURE * scale)
    result.fill(theme.colour("raised"))
    painter = QPainter(result)
    if pixels is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        image = qimage_from_hwc(pixels)
        sized = image.scaled(
            result.size(), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        painter.drawImage((result.width() - sized.width()) // 2, (result.height() - sized.height()) // 2, sized)
    else:
        _write(painter, result.rect(), otherwise, theme.colour("muted"))
    painter.setPen(theme.colour("border"))
    painter.drawRect(0, 0, result.width() - 1, result.height() - 1)
    painter.end()
    result.setDevicePixelRatio(scale)
    return result


def _write(painter: QPainter, place: QRect, words: str, colour: QColor) -> None:
    """Write words into a place, a line each, as large as they fit, but never larger than a small label."""
    font = painter.font()
    font.setPixelSize(place.height() // 4)
    room = QFontMetrics(font).size(0, words).width() / (0.85 * place.width())
    font.setPixelSize(int(font.pixelSize() / max(1.0, room)))
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
