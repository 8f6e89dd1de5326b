"""The wipe: one plane that shows model A left of a divider and model B right of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.plotting.axes import paint_grid, plot_rectangle
from vae_explorer.gui.plotting.share_keys import share_after
from vae_explorer.gui.plotting.viewport import Viewport
from vae_explorer.gui.theme import DARK, LIGHT, Theme
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.plane_view import PlaneView
    from vae_explorer.gui.plotting.point_layer import PointLayer
    from vae_explorer.gui.plotting.tile_layer import TileLayer

LAYER = "wipe"
GRIP = 18
"""Width that takes the mouse, in pixels."""
_STEP, _SMALL_STEP = 0.05, 0.005
_MAP_GROUND = QColor(5, 7, 11)
_LINE, _SHADE = QColor(255, 255, 255), QColor(10, 12, 18, 190)


class WipeLayer(QObject):
    """Draws the points of A left of the divider, and tiles and points of B right of it, over the tiles of A.

    It is a map of the plane of A (see `PlaneCanvas.add_map`), whose own points are hidden meanwhile.

    Parameters
    ----------
    points
        The points of A.
    other_tiles, other_points
        The layers of B, which show the part of the plane of the view that the wipe is in.
    """

    changed = Signal()
    """There is something else to paint."""

    def __init__(
        self, points: PointLayer, other_tiles: TileLayer, other_points: PointLayer, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._points, self._other_tiles, self._other_points = points, other_tiles, other_points
        self._viewport = Viewport()
        self._ratio = 1.0
        self._divider = 0.5
        self._theme: Theme = LIGHT
        self._is_shown = False
        self.shows_tiles = self.shows_points = True
        other_tiles.changed.connect(self._tell)
        other_points.changed.connect(self._tell)

    @property
    def divider(self) -> float:
        """Where the divider is, from 0 at the left to 1 at the right."""
        return self._divider

    def set_divider(self, share: float) -> None:
        """Move the divider."""
        self._divider = share
        self.changed.emit()

    def set_shown(self, shown: bool) -> None:
        """Lead the layers of B along with this view, or leave them to their own."""
        self._is_shown = shown
        self._lead()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.changed.emit()

    def set_viewport(self, viewport: Viewport, ratio: float) -> None:
        """Show another part of the plane."""
        self._viewport, self._ratio = viewport, ratio
        self._lead()

    def paint(self, painter: QPainter) -> None:
        """Draw in the plot's own pixels."""
        width, height = self._viewport.width, self._viewport.height
        x = self._divider * width
        if self.shows_points:
            self._within(painter, QRectF(0, 0, x, height), self._points)
        right = QRectF(x, 0, width - x, height)
        painter.save()
        painter.setClipRect(right, Qt.ClipOperation.IntersectClip)
        is_map = self.shows_tiles and self._other_tiles.has_model
        painter.fillRect(right, _MAP_GROUND if is_map else self._theme.colour("plot"))
        paint_grid(painter, self._viewport, DARK if is_map else self._theme)
        if is_map:
            painter.drawImage(QPointF(0, 0), self._other_tiles.picture())
        painter.restore()
        if self.shows_points:
            self._within(painter, right, self._other_points)

    @staticmethod
    def _within(painter: QPainter, part: QRectF, points: PointLayer) -> None:
        painter.save()
        painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
        points.paint(painter)
        painter.restore()

    def _lead(self) -> None:
        if self._is_shown:
            self._other_tiles.set_viewport(self._viewport, self._ratio)
            self._other_points.set_viewport(self._viewport, self._ratio)

    def _tell(self) -> None:
        if self._is_shown:
            self.changed.emit()


class WipeDivider(QWidget):
    """The divider itself, to be dragged or moved by keys.

    Parameters
    ----------
    view
        The plane that it divides.
    """

    moved = Signal(float)
    """Where it shall be, from 0 to 1."""

    def __init__(self, view: PlaneView) -> None:
        super().__init__(view)
        self._view = view
        self._share = 0.5
        self.setObjectName("wipe-divider")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAccessibleName(tr("Divider between model A and model B"))
        self.setToolTip(
            tr(
                "Drag: A is left of it, B right. Arrow keys move it, with Shift in small steps; Home "
                "and End go to the edges; a double click puts it in the middle."
            )
        )
        self.hide()

    @property
    def share(self) -> float:
        """Where it is, from 0 to 1."""
        return self._share

    def place(self, share: float) -> None:
        """Stand at a share of the width of the plot, in the view as large as it is now."""
        self._share = share
        plot = plot_rectangle(self._view.width(), self._view.height())
        x = plot.left() + share * plot.width()
        self.setGeometry(round(x - GRIP / 2), plot.top(), GRIP, plot.height())
        self.setAccessibleDescription(tr("{share:.0%} of the plane is A's", share=share))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow a drag."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(self.mapTo(self._view, event.position().toPoint()).x())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the press: it isn't meant for the plane."""
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the middle."""
        event.accept()
        self.moved.emit(0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by a step, or to an edge."""
        step = _SMALL_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        target = share_after(event.key(), self._share, step)
        if target is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(target)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a line that is seen on any ground, with a grip in its middle."""
        x, middle = self.width() / 2, self.height() / 2
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for colour, width in ((_SHADE, 5.0), (_LINE, 2.0)):
                painter.setPen(QPen(colour, width))
                painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
            painter.setPen(QPen(_SHADE, 1.5))
            painter.setBrush(self.palette().highlight() if self.hasFocus() else _LINE)
            painter.drawRoundedRect(QRectF(x - 6, middle - 15, 12, 30), 6, 6)
            painter.setPen(QPen(_LINE if self.hasFocus() else _SHADE, 1.5))
            for shift in (-2.0, 2.0):
                painter.drawLine(QPointF(x + shift, middle - 6), QPointF(x + shift, middle + 6))

    def _move_to(self, x: float) -> None:
        plot = plot_rectangle(self._view.width(), self._view.height())
        self.moved.emit(min(max((x - plot.left()) / max(1, plot.width()), 0.0), 1.0))
