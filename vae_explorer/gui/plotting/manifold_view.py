"""The grid of decoded pictures, drawn sharp, to point at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.gui.theme import LIGHT, SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme

Cell = tuple[int, int]
"""Row from the top and column from the left."""

_SHARP_FROM = 2.0
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ManifoldView(QWidget):
    """A square grid of pictures.

    It holds one image for each row of cells and knows nothing of z: cells come and go as (row, column).
    """

    cell_hovered = Signal(object)
    """The cell under the pointer, or None when it leaves."""
    cell_chosen = Signal(object)
    """The cell that was clicked, dragged over or reached by the arrow keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[QImage] = []
        self._theme: Theme = LIGHT
        self._hint = ""
        self._hovered: Cell | None = None
        self._chosen: Cell | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Manifold: grid of decoded pictures"))
        self.setAccessibleDescription(tr("Arrow keys choose a picture and pin its place on the plane."))

    @property
    def size_of_grid(self) -> int:
        """Cells along a side, 0 while there are none."""
        return len(self._rows)

    @property
    def chosen(self) -> Cell | None:
        """The marked cell."""
        return self._chosen

    def sizeHint(self) -> QSize:
        """Return a size at which a grid of 20 is sharp."""
        return QSize(600, 600)

    def set_rows(self, rows: list[QImage]) -> None:
        """Show these rows of pictures, the uppermost first; as many as there are pictures in each."""
        self._rows = rows
        self.update()

    @property
    def hint(self) -> str:
        """What is said in place of the grid."""
        return self._hint

    def set_hint(self, hint: str) -> None:
        """Say what to do while there are no pictures."""
        self._hint = hint
        self.update()

    def set_chosen(self, cell: Cell | None) -> None:
        """Mark a cell."""
        self._chosen = cell
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def cell_at(self, position: QPointF) -> Cell | None:
        """Return the cell at a position in the widget."""
        place = QRectF(self.place())
        if not self._rows or not place.contains(position):
            return None
        count = len(self._rows)
        row = int((position.y() - place.top()) / place.height() * count)
        column = int((position.x() - place.left()) / place.width() * count)
        return min(row, count - 1), min(column, count - 1)

    def rectangle_of(self, cell: Cell) -> QRectF:
        """Return the place of a cell in the widget."""
        place, count = QRectF(self.place()), max(1, len(self._rows))
        width, height = place.width() / count, place.height() / count
        return QRectF(place.left() + cell[1] * width, place.top() + cell[0] * height, width, height)

    def place(self) -> QRect:
        """Return where the grid is drawn: as large as fits, by a whole factor of device pixels where it is enlarged."""
        if not self._rows:
            return QRect()
        ratio = self.devicePixelRatioF()
        width, height = self._rows[0].width(), sum(row.height() for row in self._rows)
        room = (self.width() - 2 * SPACING) * ratio, (self.height() - 2 * SPACING) * ratio
        factor = min(room[0] / width, room[1] / height)
        if factor >= _SHARP_FROM:
            factor = int(factor)
        size = max(1, round(width * factor / ratio)), max(1, round(height * factor / ratio))
        return QRect((self.width() - size[0]) // 2, (self.height() - size[1]) // 2, *size)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows and the marks, or the hint."""
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        painter.fillRect(self.rect(), self._theme.colour("panel"))
        if not self._rows:
            painter.setPen(self._theme.colour("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(2 * SPACING, 0, -2 * SPACING, 0), flags, self._hint)
        else:
            self._paint_rows(painter)
            self._paint_mark(painter, self._hovered, "accent", 2.0)
            self._paint_mark(painter, self._chosen, "warning", 3.0)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 2.0))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell."""
        cell = self.cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell is not None:
            self.cell_chosen.emit(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Preview a cell, or choose it while the button is down."""
        cell = self.cell_at(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton:
            if cell is not None and cell != self._chosen:
                self.cell_chosen.emit(cell)
        elif cell != self._hovered:
            self._hover(cell)

    def leaveEvent(self, event: QEvent) -> None:
        """End the preview."""
        super().leaveEvent(event)
        self._hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the neighbour."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is None or not self._rows:
            super().keyPressEvent(event)
            return
        last = len(self._rows) - 1
        row, column = self._chosen or (last // 2, last // 2)
        self.cell_chosen.emit((min(max(row + step[0], 0), last), min(max(column + step[1], 0), last)))

    def _hover(self, cell: Cell | None) -> None:
        self._hovered = cell
        self.cell_hovered.emit(cell)
        self.update()

    def _paint_rows(self, painter: QPainter) -> None:
        place = self.place()
        is_sharp = place.width() * self.devicePixelRatioF() >= _SHARP_FROM * self._rows[0].width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_sharp)
        height = place.height() / len(self._rows)
        for index, row in enumerate(self._rows):
            top, bottom = round(place.top() + index * height), round(place.top() + (index + 1) * height)
            painter.drawImage(QRect(place.left(), top, place.width(), bottom - top), row)

    def _paint_mark(self, painter: QPainter, cell: Cell | None, token: str, width: float) -> None:
        if cell is not None and max(cell) < len(self._rows):
            painter.setPen(QPen(self._theme.colour(token), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rectangle_of(cell))
