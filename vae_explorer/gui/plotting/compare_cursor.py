"""The shared cursor: a cross on each of two planes, at the same place, wherever the pointer is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.plotting.axes import plot_rectangle

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.plane_view import PlaneView
    from vae_explorer.gui.plotting.viewport import Point

_ARM, _GAP = 13, 4
_SHADE, _BRIGHT = QColor(10, 12, 18, 200), QColor(255, 255, 255)


class SharedCursor(QWidget):
    """Lies over a plane, takes no mouse, and draws a cross at a point.

    Parameters
    ----------
    view
        The plane.
    """

    def __init__(self, view: PlaneView) -> None:
        super().__init__(view)
        self._view = view
        self._z: Point | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setGeometry(view.rect())
        view.installEventFilter(self)
        view.viewport_changed.connect(self.update)

    @property
    def z(self) -> Point | None:
        """Where the cross is; None where there is none."""
        return self._z

    def show_at(self, z: Point | None) -> None:
        """Draw the cross at a point of the plane, or nowhere."""
        if z != self._z:
            for place in (self._z, z):
                if place is not None:
                    self.update(self._around(place))
            self._z = z

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Be as large as the plane."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._view.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cross, open in its middle, within the plot."""
        if self._z is None:
            return
        centre = self._view.position_of(self._z)
        with QPainter(self) as painter:
            painter.setClipRegion(event.region())
            plot = plot_rectangle(self.width(), self.height())
            painter.setClipRect(plot, Qt.ClipOperation.IntersectClip)
            for colour, width in ((_SHADE, 4.0), (_BRIGHT, 1.6)):
                painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    near, far = QPointF(dx * _GAP, dy * _GAP), QPointF(dx * _ARM, dy * _ARM)
                    painter.drawLine(centre + near, centre + far)

    def _around(self, z: Point) -> QRect:
        centre = self._view.position_of(z).toPoint()
        side = _ARM + 4
        return QRect(centre.x() - side, centre.y() - side, 2 * side, 2 * side)
