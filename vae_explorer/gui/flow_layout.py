"""A row of widgets that becomes two where the window is too narrow for one."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Puts widgets side by side in their own sizes and begins a new line where the next one doesn't fit.

    Parameters
    ----------
    parent
        The widget that is laid out.
    spacing
        Distance between neighbours and between lines, in pixels.
    """

    def __init__(self, parent: QWidget, spacing: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._at_end: set[QWidget] = set()
        self.setSpacing(spacing)

    def add_at_end(self, widget: QWidget) -> None:
        """Add a widget that keeps to the right edge of its line."""
        self.addWidget(widget)
        self._at_end.add(widget)

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item."""
        self._items.append(item)

    def count(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, None beyond the last."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Give an item away."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Ask for no more room than is needed."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Say that narrower rows are higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines in a width."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Move the items to their places."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        """Return the size of one line that holds everything."""
        sizes = [item.sizeHint() for item in self._seen()]
        width = sum(size.width() for size in sizes) + self.spacing() * max(0, len(sizes) - 1)
        return self._with_margins(QSize(width, max((size.height() for size in sizes), default=0)))

    def minimumSize(self) -> QSize:
        """Return the size of the largest item."""
        size = QSize(0, 0)
        for item in self._seen():
            size = size.expandedTo(item.minimumSize())
        return self._with_margins(size)

    def _seen(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _with_margins(self, size: QSize) -> QSize:
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Place the lines from the top and return the height of all of them."""
        margins = self.contentsMargins()
        room = rect.marginsRemoved(margins)
        top = room.top()
        for line in self._lines(room.width()):
            height = max(item.sizeHint().height() for item in line)
            if move:
                self._place(line, QRect(room.left(), top, room.width(), height))
            top += height + self.spacing()
        return top - self.spacing() - rect.top() + margins.bottom()

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        lines: list[list[QLayoutItem]] = []
        used = width + 1
        for item in self._seen():
            wanted = item.sizeHint().width()
            if used + self.spacing() + wanted > width:
                lines.append([])
                used = -self.spacing()
            lines[-1].append(item)
            used += self.spacing() + wanted
        return lines

    def _place(self, line: list[QLayoutItem], room: QRect) -> None:
        left = room.left()
        widths = [item.sizeHint().width() for item in line]
        spare = max(0, room.width() - sum(widths) - self.spacing() * (len(line) - 1))
        for item, width in zip(line, widths, strict=True):
            if item.widget() in self._at_end:
                left, spare = left + spare, 0
            size = QSize(min(width, room.width()), item.sizeHint().height())
            item.setGeometry(QRect(QPoint(left, room.top() + (room.height() - size.height()) // 2), size))
            left += width + self.spacing()
