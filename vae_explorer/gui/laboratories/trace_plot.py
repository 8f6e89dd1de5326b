"""The divergence over the steps of a descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPen

from vae_explorer.gui.laboratories.numbers import NAMES, number
from vae_explorer.gui.laboratories.small_plot import Frame, Range, SmallPlot
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_LEAST_STEPS = 20
_SMALLEST_TOP = 0.01


class TracePlot(SmallPlot):
    """Grows with every step; dashed lines are the values at the known minima."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Divergence over steps"), tr("Step"), "", parent)
        self._trace: list[float] = []
        self._levels: list[float] = []

    def show_trace(self, kind: str, trace: list[float], levels: list[float]) -> None:
        """Draw the divergence at every step, and levels that it may come down to, all in nats."""
        self._trace, self._levels = trace, levels
        values = {"divergence": NAMES[kind], "now": number(trace[-1])}
        if not levels:
            self.y_label = tr("{divergence} in nats; now {now}", **values)
        elif len(levels) == 1:
            self.y_label = tr("{divergence} in nats; now {now}; dashed: its minimum", **values)
        else:
            self.y_label = tr("{divergence} in nats; now {now}; dashed: its minima", **values)
        self.update()

    def x_range(self) -> Range:
        """Return all steps."""
        return 0.0, float(max(len(self._trace) - 1, _LEAST_STEPS))

    def y_range(self) -> Range:
        """Return from 0 to a little over the highest value."""
        return 0.0, 1.1 * max([*self._trace, _SMALLEST_TOP])

    def paint_content(self, painter: QPainter, frame: Frame) -> None:
        """Paint levels and trace."""
        painter.setPen(QPen(self.theme.colour("muted"), 1.2, Qt.PenStyle.DashLine))
        for level in self._levels:
            painter.drawLine(frame.pixel(frame.x[0], level), frame.pixel(frame.x[1], level))
        if not self._trace:
            return
        painter.setPen(QPen(self.theme.colour("test"), 2.2))
        painter.drawPolyline(frame.polygon(range(len(self._trace)), self._trace))

    def paint_over(self, painter: QPainter, frame: Frame) -> None:
        """Paint the last value, whole also where it lies on the frame."""
        if not self._trace:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.colour("test"))
        painter.drawEllipse(frame.pixel(len(self._trace) - 1, self._trace[-1]), 4.6, 4.6)
