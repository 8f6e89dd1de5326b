"""Axes of the loss curves: round numbers, never closer than they can be read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from vae_explorer.gui.plotting.viewport import round_step, ticks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QRectF

_GAP = 10.0
"""Pixels between two numbers side by side."""
_LINE_DISTANCE = 26.0
"""Pixels between two numbers above each other."""
_OVERHANG = 16.0
"""Pixels by which the first and last number may stand out over the ends of a horizontal axis."""


class CurveAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose numbers keep apart at every length; pyqtgraph asks it through the methods that it overrides.

    Parameters
    ----------
    orientation
        ``"left"`` or ``"bottom"``.
    """

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self._metrics = QFontMetricsF(QApplication.font())
        self.enableAutoSIPrefix(False)

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:
        """Return the step between numbers: the smallest round one at which they keep apart."""
        extent = abs(high - low)
        if extent <= 0 or size <= 0 or not math.isfinite(extent):
            return []
        step = round_step(extent * _LINE_DISTANCE / size)
        while self.orientation == "bottom" and step < extent:
            last = math.floor(max(low, high) / step) * step
            numbers = self.tickStrings((last - step, last), 1.0, step)
            if step * size / extent >= sum(map(self._metrics.horizontalAdvance, numbers)) / 2 + _GAP:
                break
            step = round_step(step * 1.5)
        return [(step, 0.0)]

    def tickStrings(self, values: Iterable[float], scale: float, spacing: float) -> list[str]:
        """Return the numbers with as many decimals as tell them apart, thousands set off, and a real minus sign."""
        decimals = max(0, -math.floor(math.log10(spacing * scale) + 1e-9))
        return [number(value * scale, decimals) for value in values]

    def boundingRect(self) -> QRectF:
        """Return the place that is painted: the outer numbers stand over the ends of the axis."""
        rect: QRectF = super().boundingRect()
        over = _OVERHANG if self.orientation == "bottom" else 0.0
        return rect.adjusted(-over, 0.0, over, 0.0)


def number(value: float, decimals: int) -> str:
    """Return a number of an axis: ``12,000`` or ``0.25``, with no minus zero."""
    text = f"{value:,.{decimals}f}"
    return (text.lstrip("-") if float(text.replace(",", "")) == 0 else text).replace("-", "\N{MINUS SIGN}")


def log_ticks(low: float, high: float, wanted: int) -> list[tuple[float, str]]:
    """Return ticks of a logarithmic axis from 10^low to 10^high: positions are logarithms, labels are values."""
    if high - low < 1.2:
        return [(math.log10(value), text) for value, text in ticks(10.0**low, 10.0**high, wanted) if value > 0]
    mantissas = (1, 2, 5) if (high - low) * 3 <= 2 * wanted else (1,)
    decades = range(math.floor(low), math.ceil(high) + 1)
    values = [mantissa * 10.0**decade for decade in decades for mantissa in mantissas]
    return [(math.log10(value), f"{value:g}") for value in values if low <= math.log10(value) <= high]
