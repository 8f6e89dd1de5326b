"""Lines across a plot of curves: the moment that is shown, and each change of a setting while the run trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.app.session import Session
    from vae_explorer.gui.plotting.curve_frame import CurveFrame

_LABEL_PLACES = (0.06, 0.18, 0.30)
"""Where along their lines labels stand in turn, from the top, so that neighbours don't cover each other."""
_INSET = 3.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A line at a position on the x axis, with a few words."""

    position: float
    words: str


def marks_of(session: Session, axis: str) -> tuple[float | None, tuple[Mark, ...]]:
    """Return where on ``"epoch"`` or ``"step"`` the moment lies that is shown, None for the newest, and all changes."""
    wanted, by_epoch = session.moments.wanted, axis == "epoch"
    moment = None if wanted is None else float(wanted.epoch if by_epoch else wanted.step)
    changes = session.steering.changes
    words = session.steering.words
    marks = (Mark(float(change.epoch if by_epoch else change.step), words(change)) for change in changes)
    return moment, tuple(marks)


class CurveMarks:
    """The lines of one plot.

    Attributes
    ----------
    moment
        Where the moment that is shown lies on the x axis; None for the newest.
    marks
        The changes of settings.
    """

    def __init__(self) -> None:
        self.moment: float | None = None
        self.marks: tuple[Mark, ...] = ()
        self.theme = LIGHT
        self._worded = True

    def set_moment(self, position: float | None) -> bool:
        """Mark the moment that is shown; return whether that is another one."""
        changed = position != self.moment
        self.moment = position
        return changed

    def set_changes(self, marks: Sequence[Mark], *, worded: bool) -> bool:
        """Mark where settings were changed, with words where there is room for them; return whether that is new."""
        changed = (tuple(marks), worded) != (self.marks, self._worded)
        self.marks, self._worded = tuple(marks), worded
        return changed

    def paint(self, painter: QPainter, frame: CurveFrame) -> None:
        """Draw the lines over the curves."""
        painter.setPen(QPen(self.theme.colour("warning"), 1.2, Qt.PenStyle.DashLine))
        for mark in self.marks:
            _paint_line(painter, frame, mark.position)
        if self.moment is not None:
            painter.setPen(QPen(self.theme.colour("accent"), 2.0))
            _paint_line(painter, frame, self.moment)
        for place, mark in enumerate(self.marks if self._worded else ()):
            self._paint_words(painter, frame, mark, _LABEL_PLACES[place % len(_LABEL_PLACES)])

    def _paint_words(self, painter: QPainter, frame: CurveFrame, mark: Mark, share: float) -> None:
        metrics, x = painter.fontMetrics(), frame.column(mark.position)
        width = metrics.horizontalAdvance(mark.words) + 2 * _INSET
        # To the left of its line where the right edge is near.
        left = x + _INSET if x + _INSET + width <= frame.place.right() else x - _INSET - width
        y = frame.place.top() + share * frame.place.height()
        box = QRectF(left, y - metrics.height() / 2, width, metrics.height())
        painter.fillRect(box, self.theme.colour("plot"))
        painter.setPen(self.theme.colour("warning"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, mark.words)


def _paint_line(painter: QPainter, frame: CurveFrame, position: float) -> None:
    x = frame.column(position)
    painter.drawLine(QPointF(x, frame.place.top()), QPointF(x, frame.place.bottom()))
