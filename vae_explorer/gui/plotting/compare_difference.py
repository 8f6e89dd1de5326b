"""The colours of a difference with their grey levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QLinearGradient, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.export.difference import REACHES, diverging_palette
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, Theme
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_MINUS = "\N{MINUS SIGN}"
_BAR = 9.0


class DifferenceLegend(QWidget):
    """A bar of the colours of a difference with their grey levels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reach = REACHES[0]
        self._theme = LIGHT
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_reach(self._reach)

    def set_reach(self, reach: int) -> None:
        """Say at how many grey levels the colours end."""
        self._reach = reach
        text = tr(
            "Colours of the difference in grey levels of 255: blue where B is brighter, orange "
            "where A is; the colours end at {reach}",
            reach=reach,
        )
        self.setAccessibleName(text)
        self.setToolTip(tr("{text}.", text=text))
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the bar and one line of words."""
        return QSize(150, round(_BAR) + SMALL_SPACING + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        """Return the least room in which the numbers don't touch."""
        return QSize(110, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar with its ends and its middle."""
        with QPainter(self) as painter:
            painter.setClipRegion(event.region())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            bar = QRectF(0, 0, self.width(), _BAR).adjusted(0.5, 0.5, -0.5, -0.5)
            gradient = QLinearGradient(bar.topLeft(), bar.topRight())
            for index, (red, green, blue) in enumerate(diverging_palette(dark=self._theme.dark)[::15].tolist()):
                gradient.setColorAt(index / 34, QColor(red, green, blue))
            painter.fillRect(bar, gradient)
            painter.setPen(self._theme.colour("border"))
            painter.drawRect(bar)
            painter.setPen(self._theme.colour("muted"))
            # On one baseline: a line of text with Chinese letters is higher than one of digits.
            baseline = _BAR + SMALL_SPACING / 2 + painter.fontMetrics().ascent()
            for text, share in zip(self._words(), (0.0, 0.5, 1.0), strict=True):
                left = share * (self.width() - painter.fontMetrics().horizontalAdvance(text))
                painter.drawText(QPointF(left, baseline), text)

    def _words(self) -> tuple[str, str, str]:
        long = (
            tr("−{reach} B brighter", reach=self._reach),
            "0",
            tr("A brighter +{reach}", reach=self._reach),
        )
        room = self.width() - 3 * self.fontMetrics().horizontalAdvance("  0  ")
        if sum(self.fontMetrics().horizontalAdvance(text) for text in long) < room:
            return long
        return f"{_MINUS}{self._reach}", "0", f"+{self._reach}"
