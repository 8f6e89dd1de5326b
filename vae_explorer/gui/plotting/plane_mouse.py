"""What the mouse does on the latent plane: point, pin, drag, pan, zoom, and draw outlines and paths by hand.

What the user does leaves as signals. All signals speak in z.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QMouseEvent, QNativeGestureEvent, QPainter, QWheelEvent

from vae_explorer.gui.plotting.markers import HANDLE_RADIUS
from vae_explorer.gui.plotting.plane_canvas import PlaneCanvas
from vae_explorer.gui.plotting.plane_strokes import Shape, Stroke, Tool

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.plotting.point_layer import PointLayer
    from vae_explorer.gui.plotting.scene import Handle
    from vae_explorer.gui.plotting.tile_layer import TileLayer
    from vae_explorer.gui.plotting.viewport import Point

ZOOM_A_NOTCH = 1.25
"""Magnification by one notch of the wheel."""
REACH_PIXELS = 12.0
"""How near a double click must be to an encoding."""
_CONTROL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class PlaneMouse(PlaneCanvas):
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
    outlined = Signal(object, bool)
    """Corners [P, 2] of an outline or a rectangle that was drawn, and whether what is inside joins the selection."""
    picked = Signal(object, float, bool)
    """z that was clicked to select, how far away an encoding may be, and whether only that one turns over."""
    path_drawn = Signal(object)
    """Points [P, 2] of a path that was drawn by hand."""
    tool_changed = Signal(object)
    """The `Tool` that the left button is."""

    def __init__(self, tiles: TileLayer, points: PointLayer, parent: QWidget | None = None) -> None:
        super().__init__(tiles, points, parent)
        self._dragged: Handle | None = None
        self._near: Handle | None = None
        self._pins = False
        self._pan_from: QPointF | None = None
        self._space = False
        self._has_tools = False
        self._tool = Tool.PIN
        self._stroke: Stroke | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def tool(self) -> Tool:
        """What the left button does."""
        return self._tool

    def offer_tools(self) -> None:
        """Let points be selected and paths be drawn here: someone listens."""
        self._has_tools = True

    @Slot(object)
    def set_tool(self, tool: Tool) -> None:
        """Let the left button do something else; a stroke under way is given up."""
        self._stroke = None
        self.update()
        if tool is not self._tool:
            self._tool = tool
            self.hovered.emit(None)
            self.tool_changed.emit(tool)
        self._choose_cursor()

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
            if self._begin_stroke(event):
                return
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
        elif self._stroke is not None:
            self._stroke.move(z, self._viewport.scale)
            self.update()
        elif self._dragged is not None:
            self.handle_moved.emit(self._dragged, z)
        elif self._pins:
            self.pinned.emit(z)
        else:
            self._preview(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what the press began."""
        if self._stroke is not None and event.button() == Qt.MouseButton.LeftButton:
            self._end_stroke(self._stroke)
        self._pan_from = None
        self._dragged = None
        self._pins = False
        self._choose_cursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Choose the encoding under the pointer."""
        if self._has_tools and (self._tool is not Tool.PIN or event.modifiers() & (_CONTROL | _SHIFT)):
            self.mousePressEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton and self._is_inside(event.position()):
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

    def _begin_stroke(self, event: QMouseEvent) -> bool:
        """Begin to draw where the tool or a modifier says so."""
        adds = bool(event.modifiers() & _CONTROL)
        if not self._has_tools:
            return False
        if event.modifiers() & _SHIFT:
            shape = Shape.RECTANGLE
        elif self._tool is Tool.DRAW:
            shape = Shape.PATH
        elif self._tool is Tool.LASSO or adds:
            shape = Shape.OUTLINE
        else:
            return False
        self.hovered.emit(None)
        self._stroke = Stroke(shape, self.z_at(event.position()), adds=adds)
        return True

    def _end_stroke(self, stroke: Stroke) -> None:
        self._stroke = None
        self.update()
        if stroke.shape is Shape.PATH:
            if not stroke.is_click:
                self.path_drawn.emit(stroke.points())
        elif stroke.is_click:
            self.picked.emit(stroke.start, REACH_PIXELS / self._viewport.scale, stroke.adds)
        else:
            self.outlined.emit(stroke.points(), stroke.adds)

    def paint_strokes(self, painter: QPainter) -> None:
        """Draw what is being drawn by hand."""
        if self._stroke is not None:
            self._stroke.paint(painter, self._viewport)

    def _preview(self, position: QPointF) -> None:
        inside = self._is_inside(position)
        near = self._handle_at(position) if inside and self._tool is Tool.PIN else None
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

    def _pinch(self, event: QNativeGestureEvent) -> None:
        position = event.position() - QPointF(self._plot().topLeft())
        self._set_viewport(self._viewport.zoomed(1.0 + event.value(), position.x(), position.y()))
