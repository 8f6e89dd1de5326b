"""The canvas of the latent plane: which part of it is on the screen, and how its layers are drawn.

It knows nothing of sessions or models. What is drawn over the map comes as one `Scene`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from vae_explorer.app.choices import PlaneView
from vae_explorer.gui.plotting.axes import paint_axes, paint_grid, paint_hint, plot_rectangle
from vae_explorer.gui.plotting.markers import paint_scene
from vae_explorer.gui.plotting.plane_keys import Key, paint_keys
from vae_explorer.gui.plotting.scene import Ellipse, Handle, Scene
from vae_explorer.gui.plotting.viewport import Point, Viewport
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.language import listed, sentences, tr

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.point_layer import PointLayer
    from vae_explorer.gui.plotting.tile_layer import TileLayer
    from vae_explorer.gui.theme import Theme

DEFAULT_REACH = 3.6
"""Half of what the untouched view shows, in prior standard deviations: the ring at 3 with a margin."""

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


class PlaneCanvas(QWidget):
    """The plane with its layers, to be looked at.

    Parameters
    ----------
    tiles, points
        The layers under the scene.
    parent
        Owner.
    """

    viewport_changed = Signal(object)
    """The new `Viewport`."""

    def __init__(self, tiles: TileLayer, points: PointLayer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles, self._points = tiles, points
        self._theme: Theme = LIGHT
        self._scene = Scene()
        self._viewport = Viewport()
        self._home = ((-DEFAULT_REACH, -DEFAULT_REACH), (DEFAULT_REACH, DEFAULT_REACH))
        self._is_home = True
        self._awaited: PlaneView | None = None
        self._tile_opacity = 1.0
        self._shows = {"tiles": True, "points": True}
        self._maps: dict[str, MapLayer] = {}
        self._over: list[MapLayer] = []
        self._keys: tuple[Key, ...] = ()
        self._marked: Handle | None = None
        self._axes: tuple[object, QPixmap] | None = None
        self._circles: tuple[object, QPixmap] | None = None
        self.setMinimumSize(160, 60)
        self.setAccessibleName(tr("Latent plane"))
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

    @property
    def shown_part(self) -> PlaneView | None:
        """What is shown, whatever the size of the canvas; None for the untouched view."""
        if self._awaited is not None:
            return self._awaited
        view = self._viewport
        return None if self._is_home else PlaneView(view.centre, min(view.width, view.height) / (2 * view.scale))

    def show_part(self, part: PlaneView | None) -> None:
        """Show a part of the plane that was chosen elsewhere; None shows the untouched view."""
        self._awaited = None
        if part is None:
            self.reset_view()
            return
        if self._viewport.width <= 1:
            self._awaited = part
            return
        (z1, z2), reach = part.centre, part.reach
        self._set_viewport(self._viewport.fitted((z1 - reach, z2 - reach), (z1 + reach, z2 + reach)))

    def set_scene(self, scene: Scene) -> None:
        """Draw other things over the map."""
        self._scene = scene
        self._describe()
        self.update()

    def _describe(self) -> None:
        """Say in words what is seen, for those who can't see it."""
        pin = self._scene.pin
        if pin is None:
            words = tr("Map of decoded pictures; nothing is pinned. Arrow keys move the pin.")
        else:
            words = tr(
                "Map of decoded pictures; pinned at z1 {z1:.3g}, z2 {z2:.3g}. Arrow keys move the pin.",
                z1=pin[0],
                z2=pin[1],
            )
        self.setAccessibleDescription(sentences(words, *(tr("{text}.", text=listed(key.lines)) for key in self._keys)))

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

    def add_over_points(self, layer: MapLayer) -> None:
        """Draw something over the points, while they are shown."""
        self._over.append(layer)
        layer.set_viewport(self._viewport, self.devicePixelRatioF())
        layer.changed.connect(self.update)

    def paint_strokes(self, painter: QPainter) -> None:
        """Draw what is being drawn by hand: nothing on a canvas that is only looked at."""

    def set_keys(self, keys: tuple[Key, ...]) -> None:
        """Say in a corner what the colours of the maps stand for."""
        if keys != self._keys:
            self._keys = keys
            self._describe()
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
        self._set_viewport(self._viewport.fitted(*self._home), is_home=True)

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

    def mark_handle(self, handle: Handle | None) -> None:
        """Draw one handle of the scene as the one that is held or pointed at."""
        if handle != self._marked:
            self._marked = handle
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle in the middle."""
        super().resizeEvent(event)
        plot = self._plot()
        resized = self._viewport.resized(round(plot.width()), round(plot.height()))
        if self._awaited is not None:
            self._viewport = resized
            self.show_part(self._awaited)
            return
        is_home = self._is_home
        self._set_viewport(resized.fitted(*self._home) if is_home else resized, is_home=is_home)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the layers, the scene and the axes."""
        plot = self._plot()
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        painter.drawPixmap(0, 0, self._surround())
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
            for over in self._over:
                over.paint(painter)
        if self._scene.rings:
            painter.drawPixmap(0, 0, self._rings())
        paint_scene(painter, self._viewport, replace(self._scene, rings=()), self._marked)
        self.paint_strokes(painter)
        paint_keys(painter, self._viewport, self._theme, self._keys)
        paint_hint(painter, self._viewport, self._theme, self._scene.hint, at_top=self._tiles.has_model)
        painter.restore()
        painter.end()

    def _rings(self) -> QPixmap:
        """Return the circles of the prior, drawn when the view changes: their many dashes take longer than the map."""
        ratio, view = self.devicePixelRatioF(), self._viewport
        key = (view, self._scene.rings, ratio)
        if self._circles is None or self._circles[0] != key:
            pixmap = QPixmap(QSize(view.width, view.height) * ratio)
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(pixmap) as painter:
                paint_scene(painter, view, Scene(rings=self._scene.rings), None)
            self._circles = key, pixmap
        return self._circles[1]

    def _surround(self) -> QPixmap:
        """Return the axes round the plot, drawn when they change: seldom, while the map within does with each frame."""
        font = self.font().toString()
        unit = self._scene.unit
        key = (self._viewport, self._theme, self.hasFocus(), self.size(), self.devicePixelRatioF(), font, unit)
        if self._axes is None or self._axes[0] != key:
            pixmap = QPixmap(self.size() * self.devicePixelRatioF())
            pixmap.setDevicePixelRatio(self.devicePixelRatioF())
            pixmap.fill(self._theme.colour("panel"))
            with QPainter(pixmap) as painter:
                painter.setFont(self.font())
                focus, size = self.hasFocus(), self.size()
                paint_axes(painter, self._viewport, self._theme, unit=tr(unit), has_focus=focus, size=size)
            self._axes = key, pixmap
        return self._axes[1]

    def _plot(self) -> QRectF:
        return QRectF(plot_rectangle(self.width(), self.height()))

    def _is_inside(self, position: QPointF) -> bool:
        return self._plot().contains(position)

    def _set_viewport(self, viewport: Viewport, *, is_home: bool = False) -> None:
        was_home, self._is_home = self._is_home, is_home
        if viewport == self._viewport and was_home == is_home and self._viewport.width > 1:
            return
        self._viewport = viewport
        ratio = self.devicePixelRatioF()
        self._tiles.set_viewport(viewport, ratio)
        self._points.set_viewport(viewport, ratio)
        for layer in (*self._maps.values(), *self._over):
            layer.set_viewport(viewport, ratio)
        self.viewport_changed.emit(viewport)
        self.update()
