"""Walking along a path by itself: once, round and round, or there and back, at a chosen pace."""

from __future__ import annotations

import math
from enum import Enum
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from vae_explorer.language import marked

if TYPE_CHECKING:
    from collections.abc import Callable

_INTERVAL = 16
"""Milliseconds between two moves: the pace of the screen."""


class PlayMode(Enum):
    """What happens at the end of the path; the values are words for the user."""

    THERE_AND_BACK = marked("There and back")
    LOOP = marked("Loop")
    ONCE = marked("Once")


class Easing(Enum):
    """How a walk begins and ends; the values are words for the user."""

    STEADY = marked("Steady")
    GENTLE = marked("Ease in and out")

    def position(self, share: float) -> float:
        """Return where a walk is after a share of its time, both from 0 to 1."""
        return share if self is Easing.STEADY else 0.5 - 0.5 * math.cos(math.pi * share)

    def share(self, position: float) -> float:
        """Return after which share of its time a walk is at a position."""
        held = min(max(position, 0.0), 1.0)
        return held if self is Easing.STEADY else math.acos(1 - 2 * held) / math.pi


class PathPlayer(QObject):
    """Moves a position from 0 to 1 as time goes by.

    Parameters
    ----------
    parent
        Owner.
    clock
        Returns the time in seconds; tests put their own in its place.
    """

    moved = Signal(float)
    """The new position."""
    playing_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(parent)
        self.mode = PlayMode.THERE_AND_BACK
        self.seconds = 4.0
        self._clock = clock
        self._easing = Easing.STEADY
        self._share = 0.0
        self._direction = 1.0
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_INTERVAL)
        self._timer.timeout.connect(self.advance)

    @property
    def is_playing(self) -> bool:
        """Whether the position moves by itself."""
        return self._timer.isActive()

    @property
    def easing(self) -> Easing:
        """How the walk begins and ends."""
        return self._easing

    @easing.setter
    def easing(self, easing: Easing) -> None:
        position = self._easing.position(self._share)
        self._easing = easing
        self.set_position(position)

    def set_position(self, position: float) -> None:
        """Go on from here: the user has moved the slider."""
        self._share = self._easing.share(position)

    def play(self) -> None:
        """Start moving; from the end a walk begins anew, or turns back."""
        if self._share >= 1.0:
            self._direction = -1.0 if self.mode is PlayMode.THERE_AND_BACK else 1.0
            self._share = 1.0 if self.mode is PlayMode.THERE_AND_BACK else 0.0
        elif self.mode is not PlayMode.THERE_AND_BACK:
            self._direction = 1.0
        self._last = self._clock()
        self._timer.start()
        self.playing_changed.emit(True)

    def pause(self) -> None:
        """Stay where it is."""
        if self._timer.isActive():
            self._timer.stop()
            self.playing_changed.emit(False)

    @Slot()
    def advance(self) -> None:
        """Move as far as the time since the last move takes it."""
        now = self._clock()
        passed, self._last = now - self._last, now
        share = self._share + self._direction * passed / self.seconds
        if not 0.0 <= share <= 1.0:
            share = self._turned(share)
        self._share = share
        self.moved.emit(self._easing.position(share))

    def _turned(self, share: float) -> float:
        match self.mode:
            case PlayMode.LOOP:
                return share % 1.0
            case PlayMode.ONCE:
                self.pause()
                return min(max(share, 0.0), 1.0)
            case PlayMode.THERE_AND_BACK:
                folded = share % 2.0
                self._direction = 1.0 if (self._direction > 0) == (int(share // 1) % 2 == 0) else -1.0
                return folded if folded <= 1.0 else 2.0 - folded
