"""The colours of a value with the numbers that they stand for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.gui.plotting.value_scale import SCALE_ENDS, SHADES, ValueRange, value_palette
from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme

_BAR_WIDTH = 14
_WIDTH = 92
_SHORTEST, _TALLEST = 96, 200
_LINE = 16.0
_AT_MOST, _AT_LEAST = "\N{LESS-THAN OR EQUAL TO}", "\N{GREATER-THAN OR EQUAL TO}"


class ColourBar(QWidget):
    """A bar from the smallest to the largest value, largest on top.

    Parameters
    ----------
    parent
        Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._range = ValueRange(0.0, 1.0)
        self._unit = ""
        self._dark_ground = False
        self._theme: Theme = LIGHT
        self.setMinimumSize(_WIDTH, _SHORTEST)
        self.setMaximumHeight(_TALLEST)
        # As high as there is room for: a preferred height would make the legend scroll in a low window.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)

    def set_range(self, span: ValueRange, name: str, unit: str = "") -> None:
        """Show the range of a value; ends beyond which there are more values are marked as such."""
        self._range, self._unit = span, unit
        low, high = self.words
        top = tr("{number} {unit}", number=high, unit=unit) if unit else high
        self.setAccessibleName(tr("Colours of {name} from {low} to {high}", name=name, low=low, high=top))
        tip = tr("{name}: {low} to {high} ({colours}).", name=name, low=low, high=top, colours=tr(SCALE_ENDS))
        left_out = tr("The outermost two per cent at each end are left out.")
        self.setToolTip(tr("{tip} {more}", tip=tip, more=left_out) if self._is_clipped else tip)
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def set_dark_ground(self, dark: bool) -> None:
        """Show the colours that points have on dark or on light ground."""
        self._dark_ground = dark
        self.update()

    @property
    def words(self) -> tuple[str, str]:
        """What stands beside the two ends, the lowest first."""
        low, high = self._number(self._range.low), self._number(self._range.high)
        at_most, at_least = f"{_AT_MOST} {low}", f"{_AT_LEAST} {high}"
        return (at_most if self._range.clipped_low else low, at_least if self._range.clipped_high else high)

    @property
    def _is_clipped(self) -> bool:
        return self._range.clipped_low or self._range.clipped_high

    def _number(self, value: float) -> str:
        """Return a value with as many decimals as a hundredth of the range has."""
        hundredth = max(1e-9, (self._range.high - self._range.low) / 100)
        return format_number(value, max(0, math.ceil(-math.log10(hundredth))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar with its unit above and its numbers beside it."""
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.colour("muted"))
        top = float(SMALL_SPACING)
        if self._unit:
            painter.drawText(QRectF(SPACING, top, self.width() - SPACING, _LINE), left, self._unit)
            top += _LINE + SMALL_SPACING
        bar = QRectF(SPACING, top, _BAR_WIDTH, self.height() - top - SPACING)
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for index, (red, green, blue) in enumerate(value_palette(dark=self._dark_ground).tolist()):
            gradient.setColorAt(index / (SHADES - 1), QColor(red, green, blue))
        painter.fillRect(bar, gradient)
        low, high = self.words
        middle = self._number((self._range.low + self._range.high) / 2)
        for text, y in ((high, bar.top() + 8), (middle, bar.center().y()), (low, bar.bottom() - 8)):
            painter.drawText(QRectF(bar.right() + 6, y - _LINE / 2, self.width() - bar.right() - 6, _LINE), left, text)
