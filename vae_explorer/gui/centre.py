"""The middle of the window: notices above the views of the plane, which they leave room to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.gui.theme import SMALL_SPACING

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QTabWidget

    from vae_explorer.gui.notices import NoticeBar

_COMFORTABLE_LINES = 22
"""Lines of text for which views have room before notices are folded: the tools of the plane, and a legend of ten."""
_SHARE = 3
"""Notices take at most one of so many parts of the window's height."""
_LEAST_LINES = 4
"""Lines of text for which notices have room in any case; the others are scrolled to."""


class Centre(QWidget):
    """Notices and tabs; a notice never makes the window higher.

    Parameters
    ----------
    notices, tabs
        What is one above the other.
    parent
        The window.
    """

    def __init__(self, notices: NoticeBar, tabs: QTabWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._notices, self._tabs = notices, tabs
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SMALL_SPACING)
        column.addWidget(notices)
        column.addWidget(tabs, 1)
        tabs.currentChanged.connect(self._share_room)

    def minimumSizeHint(self) -> QSize:
        """Return the height of the tabs alone: where it gets no higher, notices take it from them."""
        return QSize(super().minimumSizeHint().width(), self._tabs.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the notices how much room there is."""
        super().resizeEvent(event)
        self._share_room()

    @Slot()
    def _share_room(self) -> None:
        line = self.fontMetrics().lineSpacing()
        spare = self.height() - self._needed() - SMALL_SPACING
        comfort = self.height() - _COMFORTABLE_LINES * line - SMALL_SPACING
        self._notices.set_room(max(_LEAST_LINES * line, min(self.window().height() // _SHARE, spare)), comfort)

    def _needed(self) -> int:
        """Return the height without which something of the view in front is cut off: rows of tools become more."""
        front = self._tabs.currentWidget()
        layout = None if front is None else front.layout()
        if layout is None:
            return self._tabs.minimumSizeHint().height()
        return self._tabs.tabBar().sizeHint().height() + layout.minimumHeightForWidth(self.width())
