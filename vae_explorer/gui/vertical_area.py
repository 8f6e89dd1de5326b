"""A scroll area for columns of widgets: it scrolls up and down, and clips nothing at its sides."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
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
    """

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = content
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """Return the width of the column with a scroll bar beside it, and a height in which scrolling makes sense."""
        width = self._content.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(width, _LEAST_HEIGHT)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another width when the column changes its own."""
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
