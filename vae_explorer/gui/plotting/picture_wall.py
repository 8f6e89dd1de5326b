"""A wall of separate pictures, as large as the room allows, to point at."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.gui.theme import LIGHT, SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme

GAP = 2
"""Pixels between neighbours."""
_SHARP_FROM = 2.0
_LARGEST_FACTOR = 6


class PictureWall(QWidget):
    """Pictures in rows; it knows nothing of z: pictures come and go by their index."""

    picture_hovered = Signal(object)
    """Index of the picture under the pointer, or None when it leaves."""
    picture_chosen = Signal(int)
    """Index of the picture that was clicked or reached by the arrow keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: list[QImage] = []
        self._asked: object = None
        self._laid_out = (0, QSize())
        self._theme: Theme = LIGHT
        self._hint = ""
        self._hovered: int | None = None
        self._chosen: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Samples: wall of decoded pictures"))
        self.setAccessibleDescription(tr("Arrow keys choose a picture and pin its place on the plane."))

    @property
    def count(self) -> int:
        """Number of pictures."""
        return len(self._pictures)

    @property
    def chosen(self) -> int | None:
        """Index of the marked picture."""
        return self._chosen

    def sizeHint(self) -> QSize:
        """Return a size at which a hundred small pictures are sharp."""
        return QSize(600, 600)

    def set_pictures(self, pictures: list[QImage]) -> None:
        """Show these pictures, all of one size."""
        self._pictures = pictures
        self.update()

    def set_hint(self, hint: str) -> None:
        """Say what to do while there are no pictures."""
        self._hint = hint
        self.update()

    def set_chosen(self, index: int | None) -> None:
        """Mark a picture."""
        if index != self._chosen:
            self._chosen = index
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def picture_at(self, position: QPointF) -> int | None:
        """Return the index of the picture at a position in the widget."""
        point = position.toPoint()
        return next((index for index in range(self.count) if self.rectangle_of(index).contains(point)), None)

    def rectangle_of(self, index: int) -> QRect:
        """Return the place of a picture in the widget."""
        columns, size = self._layout()
        rows = -(-self.count // max(1, columns))
        left = (self.width() - columns * (size.width() + GAP) + GAP) // 2
        top = (self.height() - rows * (size.height() + GAP) + GAP) // 2
        row, column = divmod(index, max(1, columns))
        return QRect(
            left + column * (size.width() + GAP), top + row * (size.height() + GAP), size.width(), size.height()
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures and the marks, or the hint."""
        with QPainter(self) as painter:
            painter.setClipRegion(event.region())
            painter.fillRect(self.rect(), self._theme.colour("panel"))
            if not self._pictures:
                painter.setPen(self._theme.colour("muted"))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.rect().adjusted(2 * SPACING, 0, -2 * SPACING, 0), flags, self._hint)
            else:
                self._paint_pictures(painter)
            if self.hasFocus():
                painter.setPen(QPen(self._theme.colour("accent"), 2.0))
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a picture."""
        index = self.picture_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self.picture_chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Preview a picture."""
        index = self.picture_at(event.position())
        if index != self._hovered:
            self._hover(index)

    def leaveEvent(self, event: QEvent) -> None:
        """End the preview."""
        super().leaveEvent(event)
        self._hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the neighbour."""
        columns = self._layout()[0]
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self._pictures:
            super().keyPressEvent(event)
            return
        target = 0 if self._chosen is None else self._chosen + step
        if 0 <= target < self.count:
            self.picture_chosen.emit(target)

    def _layout(self) -> tuple[int, QSize]:
        """Return the number of columns that makes the pictures largest, and their size.

        Each picture asks for it, in every painting and under every move of the pointer, so it is kept.
        """
        if not self._pictures:
            return 0, QSize()
        asked = (self.count, self._pictures[0].size(), self.size(), self.devicePixelRatioF())
        if asked != self._asked:
            self._asked, self._laid_out = asked, self._find_layout()
        return self._laid_out

    def _find_layout(self) -> tuple[int, QSize]:
        first, room = self._pictures[0], (self.width() - 2 * SPACING, self.height() - 2 * SPACING)
        best, chosen = 0.0, 1
        for columns in range(1, self.count + 1):
            rows = -(-self.count // columns)
            across = (room[0] - (columns - 1) * GAP) / (columns * first.width())
            factor = min(across, (room[1] - (rows - 1) * GAP) / (rows * first.height()))
            if factor > best:
                best, chosen = factor, columns
        ratio = self.devicePixelRatioF()
        best = min(best * ratio, _LARGEST_FACTOR)
        if best >= _SHARP_FROM:
            best = math.floor(best)
        size = QSize(int(first.width() * best / ratio), int(first.height() * best / ratio))
        return chosen, size.expandedTo(QSize(1, 1))

    def _paint_pictures(self, painter: QPainter) -> None:
        sharp = self.rectangle_of(0).width() * self.devicePixelRatioF() >= _SHARP_FROM * self._pictures[0].width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not sharp)
        for index, picture in enumerate(self._pictures):
            painter.drawImage(self.rectangle_of(index), picture)
        for mark, token, width in ((self._hovered, "accent", 2.0), (self._chosen, "warning", 3.0)):
            if mark is not None and mark < self.count:
                painter.setPen(QPen(self._theme.colour(token), width))
                painter.drawRect(self.rectangle_of(mark))

    def _hover(self, index: int | None) -> None:
        self._hovered = index
        self.picture_hovered.emit(index)
        self.update()
