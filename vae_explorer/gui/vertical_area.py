"""A scroll area for columns of widgets: it scrolls up and down, and clips nothing at its sides."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMargins, QObject, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_LEAST_HEIGHT = 120


class VerticalArea(QScrollArea):
    """Shows a column that is as wide as the area; the area is never narrower than the column needs.

    Parameters
    ----------
    content
        The column.
    parent
        Owner.
    keeps_width
        Whether the column stays as wide as beside a scroll bar while there is none, so that nothing in it changes its
        size when the bar comes.
    """

    def __init__(self, content: QWidget, parent: QWidget | None = None, *, keeps_width: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = content
        self._width = -1
        self.setWidget(content)
        layout = content.layout()
        self._layout = layout if keeps_width else None
        self._margins = QMargins() if layout is None else layout.contentsMargins()
        if keeps_width:
            self.verticalScrollBar().rangeChanged.connect(self._leave_room)
            self._leave_room()

    def minimumSizeHint(self) -> QSize:
        """Return the width of the column with a scroll bar beside it, and a height in which scrolling makes sense."""
        width = self._content.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, _LEAST_HEIGHT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another width when the column changes its own."""
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            # Most often other words came that need no other width: then nothing outside lays itself out anew.
            width = self._content.minimumSizeHint().width()
            if width != self._width:
                self._width = width
                self.updateGeometry()
        return super().eventFilter(watched, event)

    @Slot()
    def _leave_room(self) -> None:
        """Leave the room of the scroll bar empty while it isn't needed."""
        if self._layout is None:
            return
        bar = self.verticalScrollBar()
        room = 0 if bar.maximum() > bar.minimum() else bar.sizeHint().width()
        self._layout.setContentsMargins(self._margins + QMargins(0, 0, room, 0))
