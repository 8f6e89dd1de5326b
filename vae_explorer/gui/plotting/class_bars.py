"""Bars of p(y|z): one for each class, and a second one where there is an average over noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.gui.theme import LIGHT, SPACING, class_colour
from vae_explorer.language import listed, percent, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.gui.theme import Theme

_LINE = 19
_LARGEST_NAME = 84
_NUMBER = 44


class ClassBars(QWidget):
    """Probabilities of classes, in the colours of the legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme: Theme = LIGHT
        self._names: tuple[str, ...] = ()
        self._here: tuple[float, ...] = ()
        self._averaged: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Probability of each class"))

    @property
    def here(self) -> tuple[float, ...]:
        """p(y|z) at the point."""
        return self._here

    @property
    def averaged(self) -> tuple[float, ...]:
        """p(y|z) averaged over noise; empty where there is no average."""
        return self._averaged

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def show_here(self, names: Sequence[str], probabilities: Sequence[float]) -> None:
        """Show p(y|z) at a point."""
        self._names, self._here = tuple(names), tuple(probabilities)
        self._describe()

    def show_average(self, probabilities: Sequence[float]) -> None:
        """Show an average beside it; none takes it away."""
        self._averaged = tuple(probabilities)
        self._describe()

    def sizeHint(self) -> QSize:
        """Return room for a line for each class."""
        return QSize(200, _LINE * max(1, len(self._here)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a name, one or two bars and a number for each class."""
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        metrics = painter.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
        left = float(min(widest, _LARGEST_NAME) + SPACING)
        room = max(8.0, self.width() - left - _NUMBER)
        middle = Qt.AlignmentFlag.AlignVCenter
        for row, (name, here) in enumerate(zip(self._names, self._here, strict=False)):
            top = float(row * _LINE)
            painter.setPen(self._theme.colour("text"))
            short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, _LARGEST_NAME)
            painter.drawText(QRectF(0, top, left, _LINE), Qt.AlignmentFlag.AlignLeft | middle, short)
            last = here
            bars = [(here, 1.0)]
            if row < len(self._averaged):
                last = self._averaged[row]
                bars.append((last, 0.55))
            height = (_LINE - 5) / len(bars)
            for index, (share, opacity) in enumerate(bars):
                colour = class_colour(row)
                colour.setAlphaF(opacity)
                place = QRectF(left, top + 2 + index * height, room, height - 1)
                painter.fillRect(place, self._theme.colour("raised"))
                painter.fillRect(QRectF(place.left(), place.top(), max(1.0, room * share), place.height()), colour)
            number = QRectF(self.width() - _NUMBER, top, _NUMBER, _LINE)
            painter.setPen(self._theme.colour("muted"))
            painter.drawText(number, Qt.AlignmentFlag.AlignRight | middle, percent(last, 1))
        painter.end()

    def _describe(self) -> None:
        words = [f"{name} {percent(share, 1)}" for name, share in zip(self._names, self._here, strict=False)]
        self.setAccessibleDescription(listed(words))
        self.updateGeometry()
        self.update()
