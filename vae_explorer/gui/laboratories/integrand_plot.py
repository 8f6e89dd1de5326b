"""The function whose area is a divergence: what adds to it is tinted, what takes away is hatched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from vae_explorer.gui.laboratories.bells import X_RANGE
from vae_explorer.gui.laboratories.numbers import NAMES, NATS
from vae_explorer.gui.laboratories.small_plot import Frame, Range, SmallPlot
from vae_explorer.language import marked, tr
from vae_explorer.latent.divergences import js_integrand, kl_integrand
from vae_explorer.latent.univariate import Gaussian

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.laboratories.numbers import Unit
    from vae_explorer.gui.laboratories.small_plot import Floats

_SAMPLES = 2001
_FORMULAS = {
    "forward": "p log(p/q)",
    "reverse": "q log(q/p)",
    "js": marked("½ p log(p/m) + ½ q log(q/m), with m = (p + q)/2"),
}
_SMALLEST_TOP = 0.05
"""Height the axis shows at least, so that equal curves give a flat line and no noise."""


class IntegrandPlot(SmallPlot):
    """Draws the integrand of one divergence over x, on the axis of the bells above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Integrand, whose area is the divergence"), "x", "", parent)
        self._kind = "forward"
        self._x: Floats = np.linspace(*X_RANGE, _SAMPLES)
        self.values: Floats = np.zeros(_SAMPLES)

    def show_divergence(self, kind: str, p: Gaussian, q: Gaussian, unit: Unit = NATS) -> None:
        """Draw the integrand of ``"forward"``, ``"reverse"`` or ``"js"``."""
        self._kind = kind
        match kind:
            case "forward":
                nats = kl_integrand(p, q, self._x)
            case "reverse":
                nats = kl_integrand(q, p, self._x)
            case _:
                nats = js_integrand(p, q, self._x)
        self.values = np.asarray(nats / unit.size)
        self.y_label = tr(
            "{formula}   ({unit} per unit of x; its area is {divergence})",
            formula=tr(_FORMULAS[kind]),
            unit=tr(unit.name),
            divergence=NAMES[kind],
        )
        self.update()

    def x_range(self) -> Range:
        """Return the part of the line that all laboratories show."""
        return X_RANGE

    def y_range(self) -> Range:
        """Return a range that holds the curve and the zero line."""
        low, high = min(float(self.values.min()), 0.0), max(float(self.values.max()), 0.0)
        high = max(high, low + _SMALLEST_TOP)
        margin = 0.1 * (high - low)
        return low - margin, high + margin

    def paint_content(self, painter: QPainter, frame: Frame) -> None:
        """Paint the areas above and below zero, and the curve."""
        above, below = self.theme.colour("train"), self.theme.colour("test")
        tint = QColor(above)
        tint.setAlphaF(0.28)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawPolygon(self._area(frame, np.maximum(self.values, 0.0)))
        painter.setBrush(QBrush(below, Qt.BrushStyle.BDiagPattern))
        painter.drawPolygon(self._area(frame, np.minimum(self.values, 0.0)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.colour("muted"), 1.0))
        painter.drawLine(frame.pixel(frame.x[0], 0.0), frame.pixel(frame.x[1], 0.0))
        painter.setPen(QPen(self.theme.colour("text"), 1.6))
        painter.drawPolyline(frame.polygon(self._x, self.values))

    def _area(self, frame: Frame, values: Floats) -> QPolygonF:
        area = frame.polygon(self._x, values)
        area.append(frame.pixel(frame.x[1], 0.0))
        area.append(frame.pixel(frame.x[0], 0.0))
        return area
