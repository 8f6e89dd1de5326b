"""Keys of the maps on the plane: what their colours stand for, on cards in a corner."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen

from vae_explorer.gui.plotting.heat import certainty, shades
from vae_explorer.gui.theme import RADIUS, SMALL_SPACING, SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.viewport import Viewport
    from vae_explorer.gui.theme import Theme
    from vae_explorer.latent.layer import Colours

_BAR_WIDTH, _BAR_HEIGHT = 96.0, 8.0
_SHORTEST_BAR = 24.0
_WIDEST_NOTE = 300.0
_PIECES = re.compile(r"[\u2e80-\u9fff][\u3000-\u303f\uff00-\uffef]*\s*|[^\s\u2e80-\u9fff]+\s*")
"""Between which a line may end: words, and the characters of scripts without spaces, with what punctuates them."""
_GREY = (128, 128, 128)
_BESIDE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
"""Letters of a font that stands in for others may reach below the line of the usual one."""
_SMALL = 300
"""Width or height of a plot below which a card must not take much of it."""


@dataclass(frozen=True, slots=True)
class Key:
    """What the colours of a map mean.

    Attributes
    ----------
    title
        What is shown.
    low, high
        What the two ends of the bar stand for; "" while there is nothing to show.
    colours
        Of the bar; None for the growing opacity of decision regions.
    notes
        More lines under the bar.
    fades
        Whether the colours fade to nothing at the low end.
    """

    title: str
    low: str
    high: str
    colours: Colours | None
    notes: tuple[str, ...] = ()
    fades: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """All words, for those who can't see the card."""
        return (
            self.title,
            *((tr("{low} to {high}", low=self.low, high=self.high),) if self.has_range else ()),
            *self.notes,
        )

    @property
    def has_range(self) -> bool:
        """Whether it is known what the ends of the bar stand for; without it there is no bar."""
        return bool(self.low or self.high)


def paint_keys(painter: QPainter, viewport: Viewport, theme: Theme, keys: tuple[Key, ...]) -> None:
    """Draw a card for each key, one under the other in the upper left corner, while there is room.

    In a small plot a card has its first note alone. What is too long for the plot goes on in a second line.
    """
    top = float(SPACING)
    painter.save()
    widest = viewport.width - 2.0 * SPACING
    is_small = viewport.width < _SMALL or viewport.height < _SMALL
    for key in keys:
        told = replace(key, notes=key.notes[: 1 if key.has_range else 3]) if is_small else key
        told = _folded(painter, told, widest - 2.0 * SPACING - 2)
        card = _card(painter, told, top)
        card.setWidth(min(card.width(), widest))
        if card.bottom() > viewport.height - SPACING or widest < _BAR_WIDTH:
            break
        _paint_key(painter, theme, told, card)
        top = card.bottom() + SMALL_SPACING
    painter.restore()


def _folded(painter: QPainter, key: Key, room: float) -> Key:
    """Return the key with its title and its notes in lines that are no wider than `room`, words permitting."""
    notes = tuple(part for note in key.notes for part in _lines(painter, note, min(room, _WIDEST_NOTE)))
    return replace(key, title="\n".join(_lines(painter, key.title, room)), notes=notes)


def _lines(painter: QPainter, text: str, room: float) -> list[str]:
    metrics, lines = painter.fontMetrics(), [""]
    if metrics.horizontalAdvance(text) <= room:
        return [text]
    for piece in _PIECES.findall(text):
        longer = lines[-1] + piece
        if lines[-1] and metrics.horizontalAdvance(longer.rstrip()) > room:
            lines.append(piece)
        else:
            lines[-1] = longer
    return [line.rstrip() for line in lines]


def _card(painter: QPainter, key: Key, top: float) -> QRectF:
    metrics, titles = painter.fontMetrics(), key.title.split("\n")
    bar = metrics.horizontalAdvance(f"{key.low}  {key.high}") + _BAR_WIDTH if key.has_range else 0.0
    width = max(bar, *(metrics.horizontalAdvance(line) for line in (*titles, *key.notes)))
    height = metrics.height() * (len(titles) + key.has_range + len(key.notes))
    # A pixel more than the words take, or rounding would end them in dots.
    return QRectF(SPACING, top, width + 2 * SPACING + 2, height + 2 * SMALL_SPACING)


def _paint_key(painter: QPainter, theme: Theme, key: Key, card: QRectF) -> None:
    painter.setPen(theme.colour("border"))
    painter.setBrush(theme.colour("raised"))
    painter.drawRoundedRect(card, RADIUS, RADIUS)
    height = painter.fontMetrics().height()
    line = QRectF(card.left() + SPACING, card.top() + SMALL_SPACING, card.width() - 2 * SPACING, height)
    painter.setPen(theme.colour("text"))
    metrics = painter.fontMetrics()
    dots = Qt.TextElideMode.ElideRight
    for title in key.title.split("\n"):
        painter.drawText(line, _BESIDE, metrics.elidedText(title, dots, int(line.width())))
        line.translate(0, height)
    if key.has_range:
        _paint_range(painter, theme, key, line)
        line.translate(0, height)
    painter.setPen(theme.colour("muted"))
    for note in key.notes:
        painter.drawText(line, _BESIDE, metrics.elidedText(note, dots, int(line.width())))
        line.translate(0, height)


def _paint_range(painter: QPainter, theme: Theme, key: Key, line: QRectF) -> None:
    """Draw the bar between its numbers."""
    metrics = painter.fontMetrics()
    low_width = metrics.horizontalAdvance(f"{key.low} ")
    painter.drawText(line, _BESIDE, key.low)
    room = line.width() - low_width - metrics.horizontalAdvance(key.high) - 4
    bar_width = min(_BAR_WIDTH, max(room, _SHORTEST_BAR))
    bar = QRectF(line.left() + low_width, line.center().y() - _BAR_HEIGHT / 2, bar_width, _BAR_HEIGHT)
    painter.drawText(line.adjusted(low_width + bar_width + 4, 0, 4, 0), _BESIDE, key.high)
    _paint_bar(painter, theme, key, bar)


def _paint_bar(painter: QPainter, theme: Theme, key: Key, bar: QRectF) -> None:
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for share, colour in _stops(key.colours, fades=key.fades):
        gradient.setColorAt(share, colour)
    painter.fillRect(bar, theme.colour("plot"))
    painter.fillRect(bar, gradient)
    painter.setPen(QPen(theme.colour("muted"), 1.0))  # an end may have the colour of the card
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)


@lru_cache(maxsize=32)
def _stops(colours: Colours | None, *, fades: bool) -> tuple[tuple[float, QColor], ...]:
    """Return places from 0 to 1 with the colours there; the same bars are painted in every frame."""
    if colours is None:
        opacities = certainty(np.array([0.5, 1.0], dtype=np.float32), 2).tolist()
        return tuple((float(share), QColor(*_GREY, round(255 * alpha))) for share, alpha in enumerate(opacities))
    run = shades(colours, fades=fades)
    stops = np.concatenate([run[:, :3], 255 * run[:, 3:]], axis=1).round().astype(int)
    return tuple((row / (len(run) - 1), QColor(*stops[row].tolist())) for row in range(0, len(run), 15))
