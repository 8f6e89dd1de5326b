"""The difference of two pictures: signed, in grey levels, in colours that run both ways from a quiet middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, Theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACHES = (255, 128, 64, 32, 16)
"""Differences in grey levels at which the colours may end; larger ones take the last colour."""
_MINUS = "\N{MINUS SIGN}"
_B_COLOURS = ((0, 68, 147), (88, 158, 222))
"""Blue where B is brighter: at the end and half way. Blue and orange are told apart by all kinds of colour vision."""
_A_COLOURS = ((168, 66, 0), (242, 154, 62))
_MIDDLE = {False: (247, 247, 247), True: (20, 22, 28)}
"""No difference looks like the ground."""
_ENDS_DARK = (((150, 205, 255), (52, 118, 190)), ((255, 205, 140), (196, 100, 20)))
_BAR = 9.0


def signed_difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return first less second in grey levels, the mean over channels: float32 [..., H, W] for pictures [..., C, H, W].

    From -255 (white in the second, black in the first) to 255.
    """
    return np.asarray((first.astype(np.float32) - second.astype(np.float32)).mean(axis=-3, dtype=np.float32))


def mean_absolute_difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Return the mean of |first - second| over all values, in grey levels from 0 to 255."""
    return float(np.abs(first.astype(np.int16) - second.astype(np.int16)).mean())


def diverging_palette(*, dark: bool) -> NDArray[np.uint8]:
    """Return the colours from "B is brighter" over no difference to "A is brighter", uint8 [511, 3].

    On light ground the ends are dark and on dark ground bright, so that lightness tells how much, hue which way.
    """
    (b_end, b_half), (a_end, a_half) = _ENDS_DARK if dark else (_B_COLOURS, _A_COLOURS)
    stops = np.array([b_end, b_half, _MIDDLE[dark], a_half, a_end], dtype=np.float64)
    steps = np.linspace(0, 4, 511)
    channels = [np.interp(steps, np.arange(5), stops[:, channel]) for channel in range(3)]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)


def difference_picture(
    first: NDArray[np.uint8], second: NDArray[np.uint8], *, reach: int, dark: bool
) -> NDArray[np.uint8]:
    """Return the coloured difference uint8 [..., 3, H, W] of pictures [..., C, H, W] of one shape.

    Parameters
    ----------
    first, second
        Pictures of A and of B.
    reach
        Grey levels at which the colours end.
    dark
        Whether it lies on dark ground.
    """
    share = np.clip(signed_difference(first, second) / reach, -1.0, 1.0)
    colours = diverging_palette(dark=dark)[np.round(255 * share).astype(np.int16) + 255]
    return np.moveaxis(colours, -1, -3)


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
        text = (
            f"Colours of the difference in grey levels of 255: blue where B is brighter, orange where A is; "
            f"the colours end at {reach}"
        )
        self.setAccessibleName(text)
        self.setToolTip(f"{text}.")
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
            bar = QRectF(0, 0, self.width(), _BAR)
            gradient = QLinearGradient(bar.topLeft(), bar.topRight())
            for index, (red, green, blue) in enumerate(diverging_palette(dark=self._theme.dark)[::15].tolist()):
                gradient.setColorAt(index / 34, QColor(red, green, blue))
            painter.fillRect(bar, gradient)
            painter.setPen(self._theme.colour("border"))
            painter.drawRect(bar.adjusted(0, 0, -1, 0))
            painter.setPen(self._theme.colour("muted"))
            line = QRectF(0, _BAR + SMALL_SPACING / 2, self.width(), self.fontMetrics().height())
            words = self._words()
            sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
            for text, side in zip(words, sides, strict=True):
                painter.drawText(line, side | Qt.AlignmentFlag.AlignTop, text)

    def _words(self) -> tuple[str, str, str]:
        long = (f"{_MINUS}{self._reach} B brighter", "0", f"A brighter +{self._reach}")
        room = self.width() - 3 * self.fontMetrics().horizontalAdvance("  0  ")
        if sum(self.fontMetrics().horizontalAdvance(text) for text in long) < room:
            return long
        return f"{_MINUS}{self._reach}", "0", f"+{self._reach}"
