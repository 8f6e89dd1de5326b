"""How smoothly the window runs, told by the beats of a timer in its thread."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_REMEMBERED_BEATS = 300
"""Five seconds of beats."""


class FrameMeter:
    """Counts beats that should come at a steady pace, and how late each was.

    A beat that comes late shows how long the window couldn't have drawn or answered anything.

    Parameters
    ----------
    interval
        Seconds from one beat to the next.
    clock
        Returns seconds that never go back.
    """

    def __init__(self, interval: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self._interval, self._clock = interval, clock
        self._last: float | None = None
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED_BEATS)

    def restart(self) -> None:
        """Forget all beats: the timer stood still."""
        self._last = None
        self._gaps.clear()

    def beat(self) -> None:
        """Take a beat."""
        now = self._clock()
        if self._last is not None:
            self._gaps.append(now - self._last)
        self._last = now

    @property
    def is_measured(self) -> bool:
        """Whether there were beats to measure."""
        return bool(self._gaps)

    @property
    def rate(self) -> float:
        """Beats a second; 0 before the second beat."""
        seconds = sum(self._gaps)
        return len(self._gaps) / seconds if seconds > 0 else 0.0

    def late(self, share: float) -> float:
        """Return the seconds by which no more than the others of a share of the beats came late.

        Parameters
        ----------
        share
            0.99 for all but one of a hundred, 1 for the latest.
        """
        if not self._gaps:
            return 0.0
        ordered = sorted(self._gaps)
        place = max(0, math.ceil(share * len(ordered)) - 1)
        return max(0.0, ordered[place] - self._interval)
