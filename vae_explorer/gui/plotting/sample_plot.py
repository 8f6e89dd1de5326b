"""Points of a known mixture: the data, what a model makes of them, and which modes it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from vae_explorer.gui.plotting.axes import paint_axes, paint_grid, paint_hint, plot_rectangle
from vae_explorer.gui.plotting.point_layer import PointLayer
from vae_explorer.gui.plotting.points import PointStyle
from vae_explorer.gui.plotting.viewport import Viewport
from vae_explorer.gui.theme import LIGHT
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QHideEvent, QShowEvent, QWheelEvent

    from vae_explorer.gui.theme import Theme

ZOOM_A_NOTCH = 1.25
_DATA_RADIUS, _SAMPLE_RADIUS = 3.0, 4.0
_REACH_PIXELS = 12.0
_CLICK_PIXELS = 4.0
_KEYS = (
    ("●", marked("data"), "disabled"),
    ("●", marked("samples"), "accent"),
    ("◯", marked("mode covered"), "good"),
    ("◌", marked("mode missed"), "warning"),
)


@dataclass(frozen=True, slots=True, eq=False)
class ModeRing:
    """A mode to draw.

    Attributes
    ----------
    centre, radius
        Its centre and how far it reaches, in units of x and y.
    is_covered
        Whether the model found it.
    words
        What to say of it when the pointer rests on it.
    """

    centre: tuple[float, float]
    radius: float
    is_covered: bool
    words: str


class SamplePlot(QWidget):
    """One plot of data and samples with equal axes; wheel and drag change the view, a click chooses a sample.

    Parameters
    ----------
    reach
        Largest x and y of the untouched view.
    """

    sample_chosen = Signal(int)
    """Index of the sample nearest to a click."""

    def __init__(self, reach: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reach = reach
        self._data, self._samples = PointLayer(self), PointLayer(self)
        self._xy: NDArray[np.float64] = np.empty((0, 2))
        self._rings: tuple[ModeRing, ...] = ()
        self._chosen: int | None = None
        self._hint = ""
        self._theme: Theme = LIGHT
        self._viewport = Viewport()
        self._is_home = True
        self._pressed: QPointF | None = None
        self._panned = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Samples: points of the data and of the model"))
        for layer in (self._data, self._samples):
            layer.changed.connect(self.update)
        self.set_theme(LIGHT)

    def key(self, *, is_column: bool = False) -> str:
        """Return what the colours mean, as rich text of one line or one below the other."""
        colour = {token: self._theme.colour(token).name() for _, _, token in _KEYS}
        signs = (
            f'<span style="color: {colour[token]}">{sign}</span>&nbsp;{tr(words).replace(" ", "&nbsp;")}'
            for sign, words, token in _KEYS
        )
        return ("<br>" if is_column else " &nbsp; ").join(signs)

    @property
    def is_complete(self) -> bool:
        """Whether everything is drawn."""
        return self._data.is_complete and self._samples.is_complete

    @property
    def samples(self) -> NDArray[np.float64]:
        """Points of the model, [N, 2]; NaN where a picture shows no point."""
        return self._xy

    @property
    def rings(self) -> tuple[ModeRing, ...]:
        """The modes."""
        return self._rings

    def set_data(self, xy: NDArray[np.floating]) -> None:
        """Show the points of the data, [N, 2]."""
        self._data.set_points(np.asarray(xy, dtype=np.float32), np.zeros(len(xy), dtype=np.int64))

    def set_samples(self, xy: NDArray[np.float64], rings: tuple[ModeRing, ...]) -> None:
        """Show the points of the model [N, 2], NaN where there is none, and the modes."""
        self._xy, self._rings = xy, rings
        found = np.isfinite(xy).all(axis=1)
        self._samples.set_points(np.nan_to_num(xy).astype(np.float32), np.where(found, 0, -1))
        self.update()

    def clear(self) -> None:
        """Show no samples."""
        self._xy, self._rings = self._xy[:0], ()
        self._samples.clear()
        self.update()

    def set_chosen(self, index: int | None) -> None:
        """Mark a sample."""
        self._chosen = index
        self.update()

    def set_hint(self, hint: str) -> None:
        """Say what to do while there are no samples."""
        self._hint = hint
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        rim = _rgb(theme.colour("plot"))
        for layer, token, radius in (
            (self._data, "disabled", _DATA_RADIUS),
            (self._samples, "accent", _SAMPLE_RADIUS),
        ):
            colour = np.array([_rgb(theme.colour(token))], dtype=np.uint8)
            layer.set_style(PointStyle(colour, radius, rim, outline_width=0.8))
        self.update()

    def reset_view(self) -> None:
        """Show everything."""
        self._set_viewport(self._viewport.fitted((-self._reach, -self._reach), (self._reach, self._reach)))
        self._is_home = True

    def position_of(self, point: tuple[float, float]) -> QPointF:
        """Return the position of a point in the widget."""
        x, y = self._viewport.to_pixel(point)
        return QPointF(x, y) + QPointF(self._plot().topLeft())

    def sizeHint(self) -> QSize:
        """Return a size at which 25 modes are apart."""
        return QSize(600, 600)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to draw."""
        super().showEvent(event)
        for layer in (self._data, self._samples):
            layer.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop drawing: nobody looks."""
        super().hideEvent(event)
        for layer in (self._data, self._samples):
            layer.set_active(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle in the middle."""
        super().resizeEvent(event)
        plot, is_home = self._plot(), self._is_home
        self._set_viewport(self._viewport.resized(round(plot.width()), round(plot.height())))
        if is_home:
            self.reset_view()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw data, samples, modes and axes."""
        plot = self._plot()
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.colour("panel"))
            painter.save()
            painter.setClipRect(plot)
            painter.translate(plot.topLeft())
            painter.fillRect(QRectF(0, 0, plot.width(), plot.height()), self._theme.colour("plot"))
            paint_grid(painter, self._viewport, self._theme)
            self._data.paint(painter)
            self._samples.paint(painter)
            self._paint_marks(painter)
            paint_hint(painter, self._viewport, self._theme, self._hint, at_top=False)
            painter.restore()
            has_focus = self.hasFocus()
            symbols = "x", "y"
            paint_axes(
                painter, self._viewport, self._theme, unit="", has_focus=has_focus, size=self.size(), symbols=symbols
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan or to choose."""
        if event.button() == Qt.MouseButton.LeftButton and self._plot().contains(event.position()):
            self._pressed, self._panned = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan."""
        if self._pressed is None:
            return
        moved = event.position() - self._pressed
        if self._panned or moved.manhattanLength() > _CLICK_PIXELS:
            self._panned, self._pressed = True, event.position()
            self._set_viewport(self._viewport.panned(moved.x(), moved.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the nearest sample, unless the view was dragged."""
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._panned or not np.isfinite(self._xy).all(axis=1).any():
            return
        x, y = event.position().x() - self._plot().x(), event.position().y() - self._plot().y()
        pixels = np.hypot(*(self._viewport.to_pixels(self._xy) - (x, y)).T)
        nearest = int(np.nanargmin(pixels))
        if pixels[nearest] <= _REACH_PIXELS:
            self.sample_chosen.emit(nearest)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything again."""
        self.reset_view()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with the point under the pointer kept in its place."""
        position = event.position() - QPointF(self._plot().topLeft())
        factor = ZOOM_A_NOTCH ** (event.angleDelta().y() / 120.0)
        self._set_viewport(self._viewport.zoomed(factor, position.x(), position.y()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom, and show everything again."""
        middle = (self._viewport.width / 2, self._viewport.height / 2)
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._set_viewport(self._viewport.zoomed(ZOOM_A_NOTCH, *middle))
            case Qt.Key.Key_Minus | Qt.Key.Key_Underscore:
                self._set_viewport(self._viewport.zoomed(1 / ZOOM_A_NOTCH, *middle))
            case Qt.Key.Key_Home:
                self.reset_view()
            case _:
                super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Say how many samples the mode under the pointer holds."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def words_at(self, position: QPointF) -> str:
        """Return what there is to say of the mode at a position in the widget, or ""."""
        for ring in self._rings:
            offset = position - self.position_of(ring.centre)
            if np.hypot(offset.x(), offset.y()) <= max(_REACH_PIXELS, ring.radius * self._viewport.scale):
                return ring.words
        return ""

    def _plot(self) -> QRectF:
        return QRectF(plot_rectangle(self.width(), self.height()))

    def _set_viewport(self, viewport: Viewport) -> None:
        self._is_home = False
        self._viewport = viewport
        for layer in (self._data, self._samples):
            layer.set_viewport(viewport, self.devicePixelRatioF())
        self.update()

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for ring in self._rings:
            radius = max(3.0, ring.radius * self._viewport.scale)
            painter.setPen(self._ring_pen(is_covered=ring.is_covered))
            painter.drawEllipse(QPointF(*self._viewport.to_pixel(ring.centre)), radius, radius)
        if self._chosen is not None and self._chosen < len(self._xy) and np.isfinite(self._xy[self._chosen]).all():
            place = QPointF(*self._viewport.to_pixels(self._xy[self._chosen]))
            for colour, width in ((self._theme.colour("plot"), 5.0), (self._theme.colour("text"), 2.0)):
                painter.setPen(QPen(colour, width))
                painter.drawEllipse(place, 7.0, 7.0)

    def _ring_pen(self, *, is_covered: bool) -> QPen:
        pen = QPen(self._theme.colour("good" if is_covered else "warning"), 2.0)
        pen.setStyle(Qt.PenStyle.SolidLine if is_covered else Qt.PenStyle.DashLine)
        return pen


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()
