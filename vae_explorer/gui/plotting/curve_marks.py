"""Lines across a plot of curves: the moment that is shown, and each change of a setting while the run trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import Qt

from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.gui.theme import Theme

_ABOVE_CURVES = 20
_LABEL_PLACES = (0.94, 0.82, 0.70)
"""Where along their lines labels stand in turn, so that neighbours don't cover each other."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line at a position on the x axis, with a few words."""

    position: float
    words: str


class CurveMarks:
    """The lines of one plot.

    Parameters
    ----------
    plot
        A pyqtgraph plot widget.
    """

    def __init__(self, plot: Any) -> None:
        self._plot = plot
        self._theme = LIGHT
        self._changes: list[Any] = []
        self.marks: tuple[Mark, ...] = ()
        self._worded = True
        self._moment: Any = pg.InfiniteLine(angle=90, movable=False)
        self._moment.setZValue(_ABOVE_CURVES)
        self._moment.setVisible(False)
        plot.addItem(self._moment, ignoreBounds=True)

    @property
    def moment(self) -> float | None:
        """Where the moment that is shown lies on the x axis; None for the newest."""
        return float(self._moment.value()) if self._moment.isVisible() else None

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._moment.setPen(pg.mkPen(theme.accent, width=2))
        for line in self._changes:
            self._dress(line)

    def set_moment(self, position: float | None) -> None:
        """Mark the moment that is shown."""
        self._moment.setVisible(position is not None)
        if position is not None:
            self._moment.setValue(position)

    def set_changes(self, marks: Sequence[Mark], *, worded: bool) -> None:
        """Mark where settings were changed, with words where there is room for them."""
        if (tuple(marks), worded) == (self.marks, self._worded):
            return
        self.marks, self._worded = tuple(marks), worded
        for line in self._changes:
            self._plot.removeItem(line)
        self._changes = [self._made(mark, place) for place, mark in enumerate(marks)]

    def _made(self, mark: Mark, place: int) -> Any:
        options = {"position": _LABEL_PLACES[place % len(_LABEL_PLACES)], "anchors": [(0, 0.5), (1, 0.5)]}
        line: Any = pg.InfiniteLine(mark.position, angle=90, movable=False, label=mark.words, labelOpts=options)
        line.setZValue(_ABOVE_CURVES - 1)
        self._dress(line)
        self._plot.addItem(line, ignoreBounds=True)
        return line

    def _dress(self, line: Any) -> None:
        line.setPen(pg.mkPen(self._theme.warning, width=1.2, style=Qt.PenStyle.DashLine))
        line.label.setColor(self._theme.warning)
        line.label.fill = pg.mkBrush(self._theme.plot)
        line.label.setVisible(self._worded)
