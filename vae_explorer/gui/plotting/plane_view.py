"""The canvas of the latent plane: it draws layers and turns mouse and keys into points of the plane.

It knows nothing of sessions or models. What is drawn over the map comes as one `Scene`; what the user does leaves as
signals. All signals speak in z.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.plotting.axes import paint_axes, paint_grid, paint_hint, plot_rectangle
from vae_explorer.gui.plotting.markers import HANDLE_RADIUS, paint_scene
from vae_explorer.gui.plotting.plane_keys import Key, paint_keys
from vae_explorer.gui.plotting.scene import Ellipse, Handle, Scene
from vae_explorer.gui.plotting.viewport import Point, Viewport, round_step
from vae_explorer.gui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.point_layer import PointLayer
    from vae_explorer.gui.plotting.tile_layer import TileLayer
    from vae_explorer.gui.theme import Theme

DEFAULT_REACH = 3.6
"""Half of what the untouched view shows, in prior standard deviations: the ring at 3 with a margin."""
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
_POSTERIOR_REACH = 6.0
"""How many standard deviations to each side of an ellipse are shown when it is zoomed to."""
_MAP_GROUND = QColor(5, 7, 11)
"""Dark in every theme: what lets the coloured points stand out is dimming the pictures, not fading them to white."""


class MapLayer(Protocol):
    """A map between tiles and points."""

    @property
    def changed(self) -> SignalInstance:
        """Told when there is something else to paint."""
        ...

    def set_viewport(self, viewport: Viewport, ratio: float) -> None:
        """Show another part of the plane."""
        ...

    def paint(self, painter: QPainter) -> None:
        """Draw in the plot's own pixels."""
        ...


class PlaneView(QWidget):
    """The plane with its layers.

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
    viewport_changed = Signal(object)
    """The new `Viewport`."""
    fit_requested = Signal()
    """The F key: show all encodings."""

    def __init__(self, tiles: TileLayer, points: PointLayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles, self._points = tiles, points
        self._theme: Theme = LIGHT
        self._scene = Scene()
        self._viewport = Viewport()
        self._home = ((-DEFAULT_REACH, -DEFAULT_REACH), (DEFAULT_REACH, DEFAULT_REACH))
        self._is_home = True
        self._tile_opacity = 1.0
        self._shows = {"tiles": True, "points": True}
        self._maps: dict[str, MapLayer] = {}
        self._keys: tuple[Key, ...] = ()
        self._dragged: Handle | None = None
        self._near: Handle | None = None
        self._pins = False
        self._pan_from: QPointF | None = None
        self._space = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(220, 200)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Latent plane")
        tiles.changed.connect(self.update)
        points.changed.connect(self.update)

    @property
    def viewport(self) -> Viewport:
        """The part of the plane on the screen."""
        return self._viewport

    @property
    def scene(self) -> Scene:
        """What is drawn over the map."""
        return self._scene

    def set_scene(self, scene: Scene) -> None:
        """Draw other things over the map."""
        self._scene = scene
        pin = scene.pin
        place = "nothing is pinned" if pin is None else f"pinned at z1 {pin[0]:.3g}, z2 {pin[1]:.3g}"
        self.setAccessibleDescription(f"Map of decoded pictures; {place}. Arrow keys move the pin.")
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def add_map(self, name: str, layer: MapLayer) -> None:
        """Draw a map of another kind over the tiles and under the points; hidden at first."""
        self._maps[name] = layer
        self._shows[name] = False
        layer.set_viewport(self._viewport, self.devicePixelRatioF())
        layer.changed.connect(self.update)

    def set_keys(self, keys: tuple[Key, ...]) -> None:
        """Say in a corner what the colours of the maps stand for."""
        if keys != self._keys:
            self._keys = keys
            self.update()

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is said of the maps."""
        return self._keys

    def set_layer_shown(self, layer: str, shown: bool) -> None:
        """Show or hide "tiles", "points", or a map by its name."""
        self._shows[layer] = shown
        self.update()

    def set_tile_opacity(self, opacity: float) -> None:
        """Let the map shine through to the ground, from 0 to 1."""
        self._tile_opacity = opacity
        self.update()

    def set_home(self, low: Point, high: Point) -> None:
        """Say which rectangle the untouched view shows."""
        self._home = (low, high)
        if self._is_home:
            self.reset_view()

    def reset_view(self) -> None:
        """Show the whole prior."""
        self._set_viewport(self._viewport.fitted(*self._home))
        self._is_home = True

    def fit(self, low: Point, high: Point) -> None:
        """Show the rectangle from `low` to `high`."""
        self._set_viewport(self._viewport.fitted(low, high))

    def zoom_to_ellipse(self) -> None:
        """Show the posterior that is drawn with what surrounds it; nothing without one."""
        if self._scene.ellipse is not None:
            self.fit_ellipse(self._scene.ellipse)

    def fit_ellipse(self, ellipse: Ellipse) -> None:
        """Show a posterior, drawn or not, with what surrounds it."""
        reach = _POSTERIOR_REACH * max(*ellipse.deviations, 1e-6)
        (z1, z2) = ellipse.mean
        self.fit((z1 - reach, z2 - reach), (z1 + reach, z2 + reach))

    def centre_on(self, z: Point) -> None:
        """Bring z into the middle."""
        self._set_viewport(self._viewport.centred(z))

    def zoom(self, factor: float) -> None:
        """Magnify round the pin if it is on the screen, else round the middle."""
        middle = (self._viewport.width / 2, self._viewport.height / 2)
        pin = self._scene.pin
        place = self._viewport.to_pixel(pin) if pin is not None and self._viewport.contains(pin) else middle
        self._set_viewport(self._viewport.zoomed(factor, *place))

    def sizeHint(self) -> QSize:
        """Return a size at which pictures are recognisable."""
        return QSize(720, 620)

    def z_at(self, position: QPointF) -> Point:
        """Return z at a position in the widget."""
        plot = self._plot()
        return self._viewport.to_plane(position.x() - plot.x(), position.y() - plot.y())

    def position_of(self, z: Point) -> QPointF:
        """Return the position of z in the widget."""
        plot = self._plot()
        x, y = self._viewport.to_pixel(z)
        return QPointF(x + plot.x(), y + plot.y())

    def handle_under(self, z: Point) -> Handle | None:
        """Return the handle that is drawn at z."""
        return self._handle_at(self.position_of(z))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle in the middle."""
        super().resizeEvent(event)
        plot = self._plot()
        resized = self._viewport.resized(round(plot.width()), round(plot.height()))
        is_home = self._is_home
        self._set_viewport(resized.fitted(*self._home) if is_home else resized)
        self._is_home = is_home

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the layers, the scene and the axes."""
        plot = self._plot()
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        painter.fillRect(self.rect(), self._theme.colour("panel"))
        painter.save()
        painter.setClipRect(plot, Qt.ClipOperation.IntersectClip)
        painter.translate(plot.topLeft())
        is_map = self._shows["tiles"] and self._tiles.has_model
        ground = _MAP_GROUND if is_map else self._theme.colour("plot")
        painter.fillRect(QRectF(0, 0, plot.width(), plot.height()), ground)
        paint_grid(painter, self._viewport, DARK if is_map else self._theme)
        if self._shows["tiles"]:
            painter.setOpacity(self._tile_opacity)
            painter.drawImage(QPointF(0, 0), self._tiles.picture())
            painter.setOpacity(1.0)
        for layer in (layer for name, layer in self._maps.items() if self._shows[name]):
            layer.paint(painter)
        if self._shows["points"]:
            self._points.paint(painter)
        paint_scene(painter, self._viewport, self._scene, self._dragged or self._near)
        paint_keys(painter, self._viewport, self._theme, self._keys)
        paint_hint(painter, self._viewport, self._theme, self._scene.hint, at_top=self._tiles.has_model)
        painter.restore()
        paint_axes(painter, self._viewport, self._theme, unit="prior standard deviations", has_focus=self.hasFocus())
        painter.end()

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
        self.hovered.emit(None)
        self.update()

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

    def _plot(self) -> QRectF:
        return QRectF(plot_rectangle(self.width(), self.height()))

    def _is_inside(self, position: QPointF) -> bool:
        return self._plot().contains(position)

    def _owns(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        own = {*_ARROWS, *_ZOOM_IN, *_ZOOM_OUT, Qt.Key.Key_Home, Qt.Key.Key_F, Qt.Key.Key_Z, Qt.Key.Key_Space}
        return plain and Qt.Key(event.key()) in own

    def _set_viewport(self, viewport: Viewport) -> None:
        self._is_home = False
        if viewport == self._viewport and self._viewport.width > 1:
            return
        self._viewport = viewport
        ratio = self.devicePixelRatioF()
        self._tiles.set_viewport(viewport, ratio)
        self._points.set_viewport(viewport, ratio)
        for layer in self._maps.values():
            layer.set_viewport(viewport, ratio)
        self.viewport_changed.emit(viewport)
        self.update()

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
            self.update()
        self.hovered.emit(self.z_at(position) if inside else None)

    def _handle_at(self, position: QPointF) -> Handle | None:
        """Return the handle under a position, the one drawn last if several are."""
        for handle in reversed(self._scene.handles):
            distance = self.position_of(handle.z) - position
            if math.hypot(distance.x(), distance.y()) <= HANDLE_RADIUS + 2:
                return handle
        return None

    def _choose_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self._space or self._dragged is not None or self._near is not None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)
