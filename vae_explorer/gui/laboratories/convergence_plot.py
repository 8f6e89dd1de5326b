"""How an estimate from samples closes in on the exact value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from vae_explorer.gui.laboratories.small_plot import Frame, Range, SmallPlot, Ticks
from vae_explorer.language import tr
from vae_explorer.latent.sampled_divergences import DIVERGENCES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.gui.laboratories.numbers import Unit
    from vae_explorer.gui.laboratories.sampling import Moment
    from vae_explorer.latent.sampled_divergences import Estimate

_FIRST, _LEAST_LAST = 1.0, 3.0
"""Ends of the axis of samples before there are many, as powers of ten."""
_SETTLED = 8
"""Samples from which on an estimate counts for the range: the first few swing too far."""
_SMALLEST_HALF = 1e-3
_BAND = 2.0
"""Standard errors to each side."""


class ConvergencePlot(SmallPlot):
    """The running estimate with a band of two standard errors, over the number of samples on a logarithmic axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Estimate from samples against the number of samples"), tr("Number of samples"), "", parent)
        self._exact = 0.0
        self._points: list[tuple[float, Estimate]] = []
        self._size = 1.0

    def show_history(self, history: list[Moment], kind: str, exact: float, unit: Unit) -> None:
        """Draw the estimates of one divergence against its exact value, both given in nats."""
        index = DIVERGENCES.index(kind)
        self._points = [(math.log10(moment.pairs), moment.estimates[index]) for moment in history]
        self._exact, self._size = exact / unit.size, unit.size
        self.y_label = tr("Estimate ± 2 s.e. ({unit}); dashed: exact", unit=tr(unit.name))
        self.update()

    def x_range(self) -> Range:
        """Return powers of ten up to the newest estimate."""
        last = self._points[-1][0] if self._points else 0.0
        return _FIRST, max(last, _LEAST_LAST)

    def y_range(self) -> Range:
        """Return a range about the exact value that holds the estimates once they have settled."""
        half = _SMALLEST_HALF
        for place, estimate in self._points:
            if place >= math.log10(_SETTLED) and math.isfinite(estimate.standard_error):
                error = _BAND * estimate.standard_error / self._size
                half = max(half, abs(estimate.mean / self._size - self._exact) + error)
        return self._exact - 1.1 * half, self._exact + 1.1 * half

    def x_ticks(self, frame: Frame) -> Ticks:
        """Return powers of ten."""
        powers = range(math.ceil(frame.x[0]), math.floor(frame.x[1]) + 1)
        return tuple((float(power), f"{10**power:,}") for power in powers)

    def paint_content(self, painter: QPainter, frame: Frame) -> None:
        """Paint the band, the exact value and the estimate."""
        known = [point for point in self._points if math.isfinite(point[1].standard_error)]
        colour = self.theme.colour("accent")
        tint = QColor(colour)
        tint.setAlphaF(0.25)
        upper = self._edge(frame, known, _BAND)
        lower = self._edge(frame, known, -_BAND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawPolygon(QPolygonF([*upper.toList(), *reversed(lower.toList())]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.theme.colour("text"), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(frame.pixel(frame.x[0], self._exact), frame.pixel(frame.x[1], self._exact))
        painter.setPen(QPen(colour, 2.0))
        painter.drawPolyline(self._edge(frame, known, 0.0))

    def _edge(self, frame: Frame, points: list[tuple[float, Estimate]], errors: float) -> QPolygonF:
        ys = [(estimate.mean + errors * estimate.standard_error) / self._size for _, estimate in points]
        return frame.polygon([place for place, _ in points], ys)
