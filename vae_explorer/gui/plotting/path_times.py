"""What the film strip and the profile of a path share: a time from 0 to 1 that is marked, and chosen by the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.theme import LIGHT, Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPainter


class PathTimes(QWidget):
    """Something that lies along a path; a derived class says in `_choose_at` which time lies under the mouse."""

    position_chosen = Signal(float)
    """The time that was chosen, from 0 to 1."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._position = 0.0
        self._theme = LIGHT
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_position(self, position: float) -> None:
        """Mark a time, from 0 to 1."""
        self._position = position
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the time under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow a drag."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose_at(event.position().x())

    def _choose_at(self, x: float) -> None:
        """Choose the time at a place from the left."""
        raise NotImplementedError

    def _paint_focus(self, painter: QPainter) -> None:
        if self.hasFocus():
            painter.setPen(QPen(self._theme.colour("accent"), 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
