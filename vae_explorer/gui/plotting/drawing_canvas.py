"""The canvas: a page on which mouse and keyboard draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, Qt

from vae_explorer.gui.plotting.drawing_page import DrawingPage
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
    from PySide6.QtWidgets import QWidget

_STEPS: Final = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}
_SMALL_STEP = 0.25
"""Pixels of the data that an arrow key moves the pen with Shift; without it, one."""


class DrawingCanvas(DrawingPage):
    """A page to draw on.

    The left button draws with the tool at hand, the right one erases. With the focus, arrows move the pen, Space sets
    it down and lifts it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawing-canvas")
        self.setAccessibleName(tr("Canvas"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Set the pen down."""
        if event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton} and not self.is_drawing:
            self._by_keys = False
            erases = event.button() is Qt.MouseButton.RightButton
            self.set_down(self._on_sheet(event.position()), erases=erases)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw on, or show where the pen is."""
        place = self._on_sheet(event.position())
        self._pen = place
        self._by_keys = False
        if self.is_drawing:
            self.draw_to(place)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lift the pen."""
        if event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton}:
            self.lift()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the pen, set it down and lift it, change the tool or the width."""
        key = Qt.Key(event.key())
        if key in _STEPS and not event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        ):
            small = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._move_pen(_STEPS[key] * self._paper.factor * (_SMALL_STEP if small else 1.0))
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._by_keys = True
            if self.is_drawing:
                self.lift()
            else:
                self.set_down(self._pen, erases=False)
        elif key == Qt.Key.Key_Delete:
            self.clear()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Lift the pen of the keyboard."""
        if self._by_keys:
            self.lift()
        super().focusOutEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the outline of the pen away."""
        super().leaveEvent(event)
        self.update()

    def _move_pen(self, step: QPointF) -> None:
        size = self._paper.size
        moved = self._pen + step
        self._pen = QPointF(min(max(moved.x(), 0.0), size.width()), min(max(moved.y(), 0.0), size.height()))
        self._by_keys = True
        if self.is_drawing:
            self.draw_to(self._pen)
        self.update()

    def _on_sheet(self, position: QPointF) -> QPointF:
        place = self.place()
        scale = self._sheet.width() / max(1, place.width())
        return QPointF((position.x() - place.x()) * scale, (position.y() - place.y()) * scale)
