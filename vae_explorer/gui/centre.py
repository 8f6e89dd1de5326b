"""The middle of the window: notices above the views of the plane, which they leave room to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.gui.theme import SMALL_SPACING

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QTabWidget

    from vae_explorer.gui.notices import NoticeBar

_COMFORTABLE_LINES = 22
"""Lines of text for which views have room before notices are folded: the tools of the plane, and a legend of ten."""
_SHARE = 3
"""Notices take at most one of so many parts of the window's height, and may always take as much of the middle's."""


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

    def minimumSizeHint(self) -> QSize:
        """Return the height of the tabs alone: where it gets no higher, notices take it from them."""
        return QSize(super().minimumSizeHint().width(), self._tabs.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the notices how much room there is."""
        super().resizeEvent(event)
        spare = self.height() - self._tabs.minimumSizeHint().height() - SMALL_SPACING
        comfort = self.height() - _COMFORTABLE_LINES * self.fontMetrics().lineSpacing() - SMALL_SPACING
        self._notices.set_room(max(self.height() // _SHARE, min(self.window().height() // _SHARE, spare)), comfort)
