"""Bell curves to drag: the peak moves the mean, the flank the deviation; arrow keys do both."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF

from vae_explorer.gui.laboratories.bells import X_RANGE, Bell
from vae_explorer.gui.laboratories.small_plot import Frame, Range, SmallPlot
from vae_explorer.language import tr
from vae_explorer.latent.univariate import Distribution, Gaussian

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

REACH = 14.0
"""How near to a handle the mouse takes hold of it, in pixels."""
KEY_STEP, SMALL_KEY_STEP = 0.1, 0.01
"""How far an arrow key moves a mean or a deviation, without and with Shift."""
_WEIGHT_STEP = 0.05
_RADIUS = 6.0
_HEADROOM = 1.22
_SAMPLES = 1201
_FILL = 0.16


class Hold(NamedTuple):
    """A handle: the name of its bell, and ``"peak"`` or ``"flank"``."""

    name: str
    part: str


class BellPlot(SmallPlot):
    """Draws bells with their handles, and tells how a person moves them.

    Space or a click chooses the bell that the arrow keys move: left and right its mean, up and down its deviation,
    plus and minus its weight where it has one.
    """

    moved = Signal(object)
    """A `Bell` with the numbers it was given by mouse or keys."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "x", tr("Density"), parent)
        self.bells: tuple[Bell, ...] = ()
        self.filled: tuple[Distribution, str] | None = None
        self.ghosts: tuple[Gaussian, ...] = ()
        self.chosen = ""
        self._held: Hold | None = None
        self._held_top = 0.0
        self._near: Hold | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleDescription(
            tr(
                "Arrow keys move the chosen curve: left and right its mean, up and down its "
                "deviation; Shift makes small steps, Space chooses the next curve."
            )
        )

    def show_bells(
        self,
        bells: tuple[Bell, ...],
        filled: tuple[Distribution, str] | None = None,
        ghosts: tuple[Gaussian, ...] = (),
        ghostly: str = "",
    ) -> None:
        """Draw other bells.

        Parameters
        ----------
        filled
            A density whose area is tinted, with the token of its colour, such as the sum of weighted bells.
        ghosts
            Optima to mark by dotted curves.
        ghostly
            What the dotted curves are, in words at the axis.
        """
        self.bells, self.filled, self.ghosts = bells, filled, ghosts
        self.y_label = tr("Density; dotted: {curves}", curves=ghostly) if ghosts else tr("Density")
        if self.chosen not in {bell.name for bell in bells}:
            self.chosen = bells[0].name if bells else ""
        self.update()

    def bell(self, name: str) -> Bell:
        """Return a bell by its name."""
        return next(bell for bell in self.bells if bell.name == name)

    def handle(self, hold: Hold) -> QPointF:
        """Return the pixel of a handle."""
        bell = self.bell(hold.name)
        return self.frame().pixel(*(bell.peak if hold.part == "peak" else bell.flank))

    def x_range(self) -> Range:
        """Return the part of the line that all laboratories show."""
        return X_RANGE

    def y_range(self) -> Range:
        """Return heights from 0 to a little over the highest peak; fixed while a weight is dragged."""
        if self._held_top:
            return 0.0, self._held_top
        peaks = [bell.peak[1] for bell in self.bells] + [float(ghost.density(ghost.mean)) for ghost in self.ghosts]
        return 0.0, _HEADROOM * max(peaks, default=1.0)

    # -- Mouse and keys ------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the handle under the mouse."""
        hold = self._handle_at(event.position())
        if event.button() != Qt.MouseButton.LeftButton or hold is None:
            return
        self._held, self.chosen = hold, hold.name
        # A peak that is dragged upward must not push the scale away from under the mouse.
        self._held_top = self.y_range()[1] if hold.part == "peak" and self.bell(hold.name).weighted else 0.0
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move what is held, or show what can be."""
        if self._held is not None:
            self._drag(self._held, event.position())
            return
        self._near = self._handle_at(event.position())
        shapes = {"peak": Qt.CursorShape.SizeAllCursor, "flank": Qt.CursorShape.SizeHorCursor}
        self.setCursor(shapes[self._near.part] if self._near else Qt.CursorShape.ArrowCursor)
        self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._held, self._held_top = None, 0.0
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the chosen bell, or choose the next one."""
        if not self.bells:
            super().keyPressEvent(event)
            return
        bell = self.bell(self.chosen)
        step = SMALL_KEY_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else KEY_STEP
        match event.key():
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.moved.emit(bell.reshaped(mean=bell.shape.mean + _signed(step, event, Qt.Key.Key_Right)))
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self.moved.emit(bell.reshaped(deviation=bell.shape.deviation + _signed(step, event, Qt.Key.Key_Up)))
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal if bell.weighted:
                self.moved.emit(bell.reshaped(weight=bell.weight + _WEIGHT_STEP))
            case Qt.Key.Key_Minus if bell.weighted:
                self.moved.emit(bell.reshaped(weight=bell.weight - _WEIGHT_STEP))
            case Qt.Key.Key_Space:
                names = [each.name for each in self.bells]
                self.chosen = names[(names.index(self.chosen) + 1) % len(names)]
                self.update()
            case _:
                super().keyPressEvent(event)

    def _drag(self, hold: Hold, pixel: QPointF) -> None:
        x, y = self.frame().value(pixel)
        bell = self.bell(hold.name)
        if hold.part == "flank":
            self.moved.emit(bell.reshaped(deviation=abs(x - bell.shape.mean)))
        elif bell.weighted:
            self.moved.emit(bell.reshaped(mean=x, weight=y * bell.shape.deviation * math.sqrt(2 * math.pi)))
        else:
            self.moved.emit(bell.reshaped(mean=x))

    def _handle_at(self, pixel: QPointF) -> Hold | None:
        found: list[tuple[float, Hold]] = []
        for bell in self.bells:
            for part in ("peak", "flank"):
                hold = Hold(bell.name, part)
                apart = self.handle(hold) - pixel
                distance = math.hypot(apart.x(), apart.y())
                if distance <= REACH:
                    # Where handles lie on each other, the chosen bell is meant.
                    found.append((distance - (REACH if bell.name == self.chosen else 0.0), hold))
        return min(found)[1] if found else None

    # -- Painting ------------------------------------------------------------------------------------------------------

    def paint_content(self, painter: QPainter, frame: Frame) -> None:
        """Paint tinted areas, optima, curves, and handles on top."""
        x = np.linspace(*frame.x, _SAMPLES)
        if self.filled is not None:
            density, token = self.filled
            self._fill(painter, frame, frame.polygon(x, density.density(x)), self.theme.colour(token))
        for ghost in self.ghosts:
            painter.setPen(QPen(self.theme.colour("muted"), 1.6, Qt.PenStyle.DotLine))
            painter.drawPolyline(frame.polygon(x, ghost.density(x)))
        for bell in self.bells:
            curve = frame.polygon(x, bell.weight * bell.shape.density(x))
            colour = self.theme.colour(bell.token)
            if self.filled is None:
                self._fill(painter, frame, curve, colour)
            painter.setPen(QPen(colour, 1.4 if bell.weighted else 2.4, bell.line))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(curve)
        for bell in self.bells:
            self._paint_handles(painter, frame, bell)

    def _fill(self, painter: QPainter, frame: Frame, curve: QPolygonF, colour: QColor) -> None:
        tint = QColor(colour)
        tint.setAlphaF(_FILL)
        area = QPolygonF(curve)
        area.append(frame.pixel(frame.x[1], 0.0))
        area.append(frame.pixel(frame.x[0], 0.0))
        painter.setPen(QPen(colour, 2.0) if self.filled is not None else Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawPolygon(area)

    def _paint_handles(self, painter: QPainter, frame: Frame, bell: Bell) -> None:
        colour, chosen = self.theme.colour(bell.token), bell.name == self.chosen
        peak, flank = frame.pixel(*bell.peak), frame.pixel(*bell.flank)
        painter.setPen(QPen(self.theme.colour("text" if chosen else "plot"), 2.0))
        painter.setBrush(colour)
        painter.drawEllipse(peak, _RADIUS, _RADIUS)
        painter.drawRect(QRectF(flank.x() - 5, flank.y() - 5, 10, 10))
        painter.setPen(colour)
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(QRectF(peak.x() - 40, peak.y() - 26, 80, 18), Qt.AlignmentFlag.AlignCenter, bell.title)
        font.setBold(False)
        painter.setFont(font)


def _signed(step: float, event: QKeyEvent, forward: Qt.Key) -> float:
    return step if event.key() == forward else -step
