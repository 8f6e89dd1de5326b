"""One plot of loss curves: training thin, test strong, a range that the first steep fall can't spoil, a cursor.

It paints itself: a few polylines on a picture that is kept until there is something else to draw. While a model trains
the window's thread holds the interpreter as long as it paints, and the training waits for it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from vae_explorer.gui.plotting.curve_axis import CurveAxes
from vae_explorer.gui.plotting.curve_frame import CurveFrame
from vae_explorer.gui.plotting.curve_marks import CurveMarks
from vae_explorer.gui.plotting.drawn_curves import Curves, CurveView, Place, Window
from vae_explorer.gui.theme import LIGHT, Theme
from vae_explorer.language import tr
from vae_explorer.objectives.terms import SHARE
from vae_explorer.training.curve_history import CurveHistory, robust_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from vae_explorer.gui.plotting.curve_marks import Mark
    from vae_explorer.gui.plotting.quantities import Quantity

    Floats = NDArray[np.float64]
    Range = tuple[float, float]

_AXIS_WIDTH = 62
_COMPACT_AXIS_WIDTH = 36
_TOP, _RIGHT = 6, 9
"""Pixels above the plot, and beside it for half of the last number of the horizontal axis."""
_LEAST_SIZE = 90, 60
_NOTCH = 0.75
"""What is left of a range after one notch of the wheel."""
_SLACK = 1.01
_ROOM = 5.0
"""The newest value stands so much before the right edge, and so many pixels at least: half of its marker."""


class LossPlot(QWidget):
    """A plot of some quantities against epoch or step.

    The mouse zooms and pans, over an axis along that one alone; from then on the plot keeps its range until `fit`.
    """

    hovered = Signal(float, QPointF)
    """Position on the x axis, and the mouse in the coordinates of this widget."""
    left = Signal()
    """The mouse has left the plot."""
    range_chosen = Signal()
    """The range has been zoomed or panned by hand."""
    fit_wanted = Signal()
    """A double click asks for the automatic range."""
    clicked = Signal(float)
    """A click at a position on the x axis."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.quantities: tuple[Quantity, ...] = ()
        self.follows = True
        self.marks = CurveMarks()
        self.axes = CurveAxes(self.font())
        self._theme = LIGHT
        self._compact = False
        self._curves: dict[str, Curves] = {}
        self._frame = CurveFrame(QRectF(0, 0, 1, 1))
        self._drawn: tuple[CurveHistory, CurveView] | None = None
        self._cursor: float | None = None
        self._picture: QPixmap | None = None
        self.worked_seconds = 0.0
        """Processor time that drawing the curves has taken so far."""
        self._pressed: QPointF | None = None
        self._dragged: QPointF | None = None
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setMinimumSize(*_LEAST_SIZE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # ------------------------------------------------------------------ what is drawn

    def set_quantities(self, quantities: tuple[Quantity, ...]) -> None:
        """Draw these from now on; all in one unit, the first on top."""
        if quantities == self.quantities:
            return
        self.quantities = quantities
        self._curves = {quantity.key: Curves(quantity) for quantity in quantities}
        self._set_unit()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = self.marks.theme = theme
        self._renew()

    def set_compact(self, compact: bool) -> None:
        """Leave the unit of the axis to the legend where room is short."""
        if compact != self._compact:
            self._compact = compact
            self._set_unit()

    def set_cursor(self, position: float | None) -> None:
        """Mark a position on the x axis."""
        if position != self._cursor:
            self._cursor = position
            self.update()

    def set_marks(self, moment: float | None, changes: Sequence[Mark], *, worded: bool) -> None:
        """Mark the moment that is shown, None for the newest, and the changes of settings."""
        if self.marks.set_moment(moment) | self.marks.set_changes(changes, worded=worded):
            self.update()

    def fit(self) -> None:
        """Follow the curves again, with the automatic range."""
        self.follows = True

    def draw(self, history: CurveHistory, view: CurveView) -> None:
        """Draw what `history` holds."""
        began = time.thread_time()
        self._drawn = history, view
        self.axes.bottom = tr("Epoch") if view.axis == "epoch" else tr("Step")
        self.axes.logarithmic = view.logarithmic
        if self.follows:
            self._frame = replace(self._frame, x=self._whole(history, view))
        drawn = self._prepare(history, view)
        limits = robust_range(drawn, both=view.logarithmic)
        if self.follows and limits is not None:
            self._frame = replace(self._frame, y=limits)
        if self.axes.room_beside(self._frame) > self._frame.place.left():
            self._place()
        self._renew()
        self.worked_seconds += time.thread_time() - began

    def show_range(self, x: Range) -> None:
        """Show another part of the x axis, which was chosen in a plot beside this one."""
        self._set_frame(replace(self._frame, x=x))

    def _whole(self, history: CurveHistory, view: CurveView) -> Range:
        """Return the range of the x axis that holds everything that is shown, with room for the last marker."""
        shown = [quantity.key for quantity in self.quantities if quantity.key not in view.hidden]
        last = max((_last_position(history, key, view.axis) for key in shown), default=0.0)
        width = max(2 * _ROOM, self._frame.place.width())
        return 0.0, max(last, 1e-9) * max(_SLACK, width / (width - _ROOM))

    def _prepare(self, history: CurveHistory, view: CurveView) -> list[Floats]:
        first, last = self._frame.x
        place = Place(first=first, last=last, columns=max(50, int(self._frame.place.width())))
        values: list[Floats] = []
        for quantity in self.quantities:
            window = Window(view, place, quantity.key not in view.hidden)
            values += self._curves[quantity.key].prepare(history, window)
        return values

    @property
    def place(self) -> QRectF:
        """Where the curves are, in pixels of this widget."""
        return self._frame.place

    @property
    def y_range(self) -> Range:
        """The range of the y axis, in its unit whatever the scale."""
        low, high = self._frame.y
        return (10.0**low, 10.0**high) if self.axes.logarithmic else (low, high)

    @property
    def x_range(self) -> Range:
        """The range of the x axis."""
        return self._frame.x

    def column(self, position: float) -> float:
        """Return the pixel of this widget at a position on the x axis."""
        return self._frame.column(position)

    # ------------------------------------------------------------------ painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Show the picture of the curves, with the lines that come and go over it."""
        if self._picture is None:
            self._picture = self._painted()
        with QPainter(self) as painter:
            painter.drawPixmap(0, 0, self._picture)
            painter.setClipRect(self._frame.place)
            self.marks.paint(painter, self._frame)
            if self._cursor is not None:
                painter.setPen(QPen(self._theme.colour("muted"), 1.0, Qt.PenStyle.DashLine))
                x = self._frame.column(self._cursor)
                painter.drawLine(QPointF(x, self._frame.place.top()), QPointF(x, self._frame.place.bottom()))

    def _painted(self) -> QPixmap:
        began, ratio = time.thread_time(), self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(self._theme.colour("plot"))
        with QPainter(picture) as painter:
            self.axes.paint(painter, self._frame, self._theme)
            painter.setClipRect(self._frame.place)
            # No thin line of another quantity crosses a strong one, or a marker.
            for paint in (Curves.paint_recorded, Curves.paint_mean, Curves.paint_test):
                for quantity in reversed(self.quantities):
                    paint(self._curves[quantity.key], painter, self._frame, self._theme)
        self.worked_seconds += time.thread_time() - began
        return picture

    def _renew(self) -> None:
        self._picture = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the plot what room the axes leave."""
        super().resizeEvent(event)
        self._place()

    def _set_unit(self) -> None:
        unit = self.quantities[0].term.unit_words if self.quantities else ""
        self.axes.left = "" if self._compact else tr(unit)
        self.axes.percent = bool(self.quantities) and self.quantities[0].term.unit == SHARE
        self._place()

    def _place(self) -> None:
        usual = _COMPACT_AXIS_WIDTH if self._compact else _AXIS_WIDTH
        beside = max(usual, self.axes.room_beside(self._frame))
        width, height = self.width() - beside - _RIGHT, self.height() - _TOP - self.axes.height
        self._frame = replace(self._frame, place=QRectF(beside, _TOP, max(1, width), max(1.0, height)))
        x = self._whole(*self._drawn) if self.follows and self._drawn is not None else self._frame.x
        self._set_frame(replace(self._frame, x=x))

    def _set_frame(self, frame: CurveFrame) -> None:
        self._frame = frame
        if self._drawn is not None:
            self._prepare(*self._drawn)
        self._renew()

    # ------------------------------------------------------------------ the mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton}:
            self._pressed, self._dragged = event.position(), None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the curves along, or tell where the mouse is over them."""
        here = event.position()
        if self._pressed is not None and event.buttons():
            self._drag(here)
        elif self._frame.place.contains(here):
            self.hovered.emit(self._frame.position(here.x()), here)
        else:
            self.left.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell a click from a drag."""
        pressed, dragged, self._pressed = self._pressed, self._dragged, None
        is_click = pressed is not None and dragged is None and event.button() is Qt.MouseButton.LeftButton
        if is_click and self._frame.place.contains(event.position()):
            self.clicked.emit(self._frame.position(event.position().x()))

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Show everything again."""
        self.fit_wanted.emit()

    def leaveEvent(self, event: QEvent) -> None:
        """Read the curves no more."""
        super().leaveEvent(event)
        self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse."""
        factor = _NOTCH ** (event.angleDelta().y() / 120)
        along_x, along_y = self._along(event.position())
        self._choose(
            self._frame.zoomed(factor if along_x else 1.0, factor if along_y else 1.0, event.position()),
        )
        event.accept()

    def _drag(self, here: QPointF) -> None:
        start = self._pressed if self._dragged is None else self._dragged
        if start is None:
            return
        moved = here - start
        if self._dragged is None and moved.manhattanLength() < QApplication.startDragDistance():
            return
        self._dragged = here
        along_x, along_y = self._along(self._pressed or here)
        self._choose(self._frame.panned(moved.x() if along_x else 0.0, moved.y() if along_y else 0.0))

    def _along(self, place: QPointF) -> tuple[bool, bool]:
        """Return whether the mouse moves along the x and the y axis: along both but over one of them."""
        inside = self._frame.place
        return place.x() >= inside.left(), place.y() <= inside.bottom()

    def _choose(self, frame: CurveFrame) -> None:
        self.follows = False
        self._set_frame(frame)
        self.range_chosen.emit()


def _last_position(history: CurveHistory, key: str, axis: str) -> float:
    places = [history.curve(split, key).along(axis) for split in ("train", "test")]
    return max((float(place[-1]) for place in places if place.size), default=0.0)
