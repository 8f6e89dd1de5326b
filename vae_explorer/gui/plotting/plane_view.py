"""The latent plane to be touched: mouse, wheel and keys on its canvas become points of the plane.

What the user does leaves as signals. All signals speak in z.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QWheelEvent,
)

from vae_explorer.gui.plotting.markers import HANDLE_RADIUS
from vae_explorer.gui.plotting.plane_canvas import PlaneCanvas
from vae_explorer.gui.plotting.viewport import Point, round_step

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.plotting.point_layer import PointLayer
    from vae_explorer.gui.plotting.scene import Handle
    from vae_explorer.gui.plotting.tile_layer import TileLayer

ZOOM_A_NOTCH = 1.25
"""Magnification by one notch of the wheel."""
KEY_PIXELS = 16.0
"""About how far an arrow key moves the pin; the step is rounded to a tidy number of z."""
SMALL_STEP = 0.1
"""Part of that step with Shift."""
REACH_PIXELS = 12.0
"""How near a double click must be to an encoding."""

_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_ZOOM_IN = {Qt.Key.Key_Plus, Qt.Key.Key_Equal}
_ZOOM_OUT = {Qt.Key.Key_Minus, Qt.Key.Key_Underscore}
_PAN_DISTANCE = 60.0


class PlaneView(PlaneCanvas):
    """The plane with its layers, to be pointed at.

    Parameters
    ----------
    tiles, points
        The layers under the scene.
    parent
        Owner.
    """

    hovered = Signal(object)
    """z under the pointer, or None when it leaves."""
    pinned = Signal(object)
    """z that was clicked, dragged or stepped to."""
    chosen = Signal(object, float)
    """z that was double-clicked and how far away an encoding may be."""
    handle_moved = Signal(object, object)
    """A `Handle` and the z to which it was dragged."""
    menu_requested = Signal(object, QPoint)
    """z of a right click and its place on the screen."""
    fit_requested = Signal()
    """The F key: show all encodings."""

    def __init__(self, tiles: TileLayer, points: PointLayer, parent: QWidget | None = None) -> None:
        super().__init__(tiles, points, parent)
        self._dragged: Handle | None = None
        self._near: Handle | None = None
        self._pins = False
        self._pan_from: QPointF | None = None
        self._space = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    def handle_under(self, z: Point) -> Handle | None:
        """Return the handle that is drawn at z."""
        return self._handle_at(self.position_of(z))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, to drag a handle, or to move the pin."""
        if event.button() == Qt.MouseButton.MiddleButton or (
            self._space and event.button() == Qt.MouseButton.LeftButton
        ):
            self._pan_from = event.position()
        elif event.button() == Qt.MouseButton.LeftButton and self._is_inside(event.position()):
            self._dragged = self._handle_at(event.position())
            self._pins = self._dragged is None
            if self._pins:
                self.hovered.emit(None)
                self.pinned.emit(self.z_at(event.position()))
        self._choose_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, drag, or preview."""
        z = self.z_at(event.position())
        if self._pan_from is not None:
            moved = event.position() - self._pan_from
            self._pan_from = event.position()
            self._set_viewport(self._viewport.panned(moved.x(), moved.y()))
        elif self._dragged is not None:
            self.handle_moved.emit(self._dragged, z)
        elif self._pins:
            self.pinned.emit(z)
        else:
            self._preview(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the press began."""
        self._pan_from = None
        self._dragged = None
        self._pins = False
        self._choose_cursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Choose the encoding under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton and self._is_inside(event.position()):
            self.chosen.emit(self.z_at(event.position()), REACH_PIXELS / self._viewport.scale)

    def leaveEvent(self, event: QEvent) -> None:
        """End the preview."""
        super().leaveEvent(event)
        self._near = None
        self.mark_handle(self._dragged)
        self.hovered.emit(None)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Begin the preview."""
        self._preview(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with z under the pointer kept in its place."""
        notches = event.angleDelta().y() / 120.0
        if notches:
            position = event.position() - QPointF(self._plot().topLeft())
            self._set_viewport(self._viewport.zoomed(ZOOM_A_NOTCH**notches, position.x(), position.y()))
            self._preview(event.position())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu at the pointer or, from the keyboard, at the pin."""
        position = QPointF(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            position = self.position_of(self._scene.pin or self._viewport.centre)
        if self._is_inside(position):
            self.menu_requested.emit(self.z_at(position), self.mapToGlobal(position.toPoint()))

    def event(self, event: QEvent) -> bool:
        """Keep the keys of the plane from the window's shortcuts, and zoom by pinching."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._owns(event):
            event.accept()
            return True
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            position = event.position() - QPointF(self._plot().topLeft())
            self._set_viewport(self._viewport.zoomed(1.0 + event.value(), position.x(), position.y()))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the pin, pan, zoom and fit."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key in _ARROWS and modifiers & Qt.KeyboardModifier.ControlModifier:
            right, up = _ARROWS[key]
            self._set_viewport(self._viewport.panned(-right * _PAN_DISTANCE, up * _PAN_DISTANCE))
        elif key in _ARROWS:
            self._step(key, small=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        elif key in _ZOOM_IN | _ZOOM_OUT:
            self.zoom(ZOOM_A_NOTCH if key in _ZOOM_IN else 1 / ZOOM_A_NOTCH)
        elif key == Qt.Key.Key_Home:
            self.reset_view()
        elif key == Qt.Key.Key_F and not modifiers:
            self.fit_requested.emit()
        elif key == Qt.Key.Key_Z and not modifiers:
            self.zoom_to_ellipse()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._scene.pin is not None:
            self.chosen.emit(self._scene.pin, math.inf)
        elif key == Qt.Key.Key_Space:
            self._space = True
            self._choose_cursor()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End panning by space and drag."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self._choose_cursor()
        else:
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget that space was held."""
        self._space = False
        self._choose_cursor()
        super().focusOutEvent(event)

    def _owns(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        own = {*_ARROWS, *_ZOOM_IN, *_ZOOM_OUT, Qt.Key.Key_Home, Qt.Key.Key_F, Qt.Key.Key_Z, Qt.Key.Key_Space}
        return plain and Qt.Key(event.key()) in own

    def _step(self, key: Qt.Key, *, small: bool) -> None:
        step = round_step(KEY_PIXELS / self._viewport.scale) * (SMALL_STEP if small else 1.0)
        z1, z2 = self._scene.pin or self._viewport.centre
        right, up = _ARROWS[key]
        moved = (z1 + right * step, z2 + up * step)
        self.pinned.emit(moved)
        if not self._viewport.contains(moved):
            self.centre_on(moved)

    def _preview(self, position: QPointF) -> None:
        inside = self._is_inside(position)
        near = self._handle_at(position) if inside else None
        if near != self._near:
            self._near = near
            self._choose_cursor()
        self.hovered.emit(self.z_at(position) if inside else None)

    def _handle_at(self, position: QPointF) -> Handle | None:
        """Return the handle under a position, the one drawn last if several are."""
        for handle in reversed(self._scene.handles):
            distance = self.position_of(handle.z) - position
            if math.hypot(distance.x(), distance.y()) <= HANDLE_RADIUS + 2:
                return handle
        return None

    def _choose_cursor(self) -> None:
        self.mark_handle(self._dragged or self._near)
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space or self._dragged is not None or self._near is not None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)
