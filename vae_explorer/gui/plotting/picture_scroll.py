"""A wall of small pictures to scroll through: only those on the screen are made, so that there may be a million."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy, QToolTip, QWidget

from vae_explorer.gui.theme import LIGHT, SMALL_SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.gui.theme import Theme

_GAP = 3
_LEAST_SIDE = 36
_KEPT = 2_000
"""Pictures that are kept beside those on the screen."""


class PictureScroll(QAbstractScrollArea):
    """Pictures in rows that are scrolled; it knows nothing of samples: pictures come and go by their index."""

    picture_chosen = Signal(int)
    """Index of the picture that was clicked or reached by the arrow keys."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count = 0
        self._make: Callable[[int], QImage] | None = None
        self._describe: Callable[[int], str] | None = None
        self._kept: OrderedDict[int, QImage] = OrderedDict()
        self._current: int | None = None
        self._theme: Theme = LIGHT
        self.setAccessibleName(name)
        self.setAccessibleDescription(tr("Arrow keys choose a picture and pin its sample on the plane."))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.viewport().setMouseTracking(True)

    @property
    def count(self) -> int:
        """Number of pictures."""
        return self._count

    @property
    def current(self) -> int | None:
        """Index of the picture that is marked."""
        return self._current

    def sizeHint(self) -> QSize:
        """Return a size at which some rows are seen."""
        return QSize(260, 180)

    def minimumSizeHint(self) -> QSize:
        """Return room for one row."""
        return QSize(3 * _LEAST_SIDE, 2 * _LEAST_SIDE)

    def set_pictures(self, count: int, make: Callable[[int], QImage], describe: Callable[[int], str]) -> None:
        """Show so many pictures.

        Parameters
        ----------
        count
            How many.
        make
            Returns the picture of an index; called when it is on the screen.
        describe
            Returns words for it.
        """
        self._count, self._make, self._describe = count, make, describe
        self._kept.clear()
        self._current = None
        self._fit_bar()
        self.verticalScrollBar().setValue(0)
        self.viewport().update()

    def mark(self, index: int | None) -> None:
        """Mark a picture and scroll to it."""
        self._current = index
        if index is not None:
            place, bar = self._rectangle(index), self.verticalScrollBar()
            if place.top() < 0:
                bar.setValue(bar.value() + place.top())
            elif place.bottom() > self.viewport().height():
                bar.setValue(bar.value() + place.bottom() - self.viewport().height() + _GAP)
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.viewport().update()

    def rectangle_of(self, index: int) -> QRect:
        """Return where a picture is in the viewport now."""
        return self._rectangle(index)

    def picture_at(self, place: QPoint) -> int | None:
        """Return the index of the picture at a place in the viewport."""
        columns, pitch = self._layout()
        column = place.x() // pitch
        index = (place.y() + self.verticalScrollBar().value()) // pitch * columns + column
        is_there = 0 <= column < columns and 0 <= index < self._count
        return index if is_there and self._rectangle(index).contains(place) else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._fit_bar()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures on the screen."""
        columns, pitch = self._layout()
        top = self.verticalScrollBar().value()
        first = top // pitch * columns
        last = min(self._count, ((top + self.viewport().height()) // pitch + 1) * columns)
        with QPainter(self.viewport()) as painter:
            painter.setClipRegion(event.region())
            painter.fillRect(self.viewport().rect(), self._theme.colour("panel"))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            for index in range(first, last):
                place = self._rectangle(index)
                painter.drawImage(place, self._picture(index))
                if index == self._current:
                    painter.setPen(QPen(self._theme.colour("accent"), 2.0))
                    painter.drawRect(place.adjusted(-1, -1, 0, 0))
            if self.hasFocus():
                painter.setPen(QPen(self._theme.colour("accent"), 1.0))
                painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a picture."""
        index = self.picture_at(event.position().toPoint())
        if index is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(index)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what a picture is while the pointer rests on it."""
        if event.type() == QEvent.Type.ToolTip and self._describe is not None:
            place = self.viewport().mapFromGlobal(self.cursor().pos())
            index = self.picture_at(place)
            QToolTip.showText(self.cursor().pos(), "" if index is None else self._describe(index), self)
            return True
        return super().viewportEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose a neighbour, the first or the last."""
        columns = self._layout()[0]
        here = -1 if self._current is None else self._current
        targets = {
            Qt.Key.Key_Left: here - 1,
            Qt.Key.Key_Right: here + 1,
            Qt.Key.Key_Up: here - columns,
            Qt.Key.Key_Down: here + columns if self._current is not None else 0,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._count - 1,
        }
        target = targets.get(Qt.Key(event.key()))
        if target is None:
            super().keyPressEvent(event)
        elif 0 <= target < self._count:
            self._choose(target)

    def _choose(self, index: int) -> None:
        self.mark(index)
        self.picture_chosen.emit(index)

    def _layout(self) -> tuple[int, int]:
        """Return how many pictures stand side by side, and the distance of their left edges."""
        width = max(_LEAST_SIDE + _GAP, self.viewport().width() - _GAP)
        columns = max(1, width // (_LEAST_SIDE + _GAP))
        return columns, width // columns

    def _rectangle(self, index: int) -> QRect:
        columns, pitch = self._layout()
        row, column = divmod(index, columns)
        side = pitch - _GAP
        return QRect(_GAP + column * pitch, _GAP + row * pitch - self.verticalScrollBar().value(), side, side)

    def _picture(self, index: int) -> QImage:
        picture = self._kept.get(index)
        if picture is None:
            picture = QImage() if self._make is None else self._make(index)
            self._kept[index] = picture
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return picture

    def _fit_bar(self) -> None:
        columns, pitch = self._layout()
        rows = -(-self._count // columns)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, rows * pitch + SMALL_SPACING - height))
        bar.setPageStep(height)
        bar.setSingleStep(pitch)
