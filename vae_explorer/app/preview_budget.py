"""How often what a training model makes is shown anew: as often as leaves the training nearly all of its time."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SHARE = 0.12
"""Most of the time that previews may take: of the window's thread, to draw them, and of the one that decodes."""
LEAST_SECONDS, MOST_SECONDS = 0.1, 1.0
"""Time between two renewals, however little or much they take."""
_REMEMBERED_SECONDS = 5.0
"""Over how long `PreviewBudget.used` looks back."""


class PreviewBudget:
    """Decides when the next model is worth showing, from what the one before cost.

    A renewal takes what the threads of the window and of the decoder worked from then on: tiles, points, pictures and
    all that was painted, and also what a person does meanwhile, so that previews make way for a hand that drags.

    Parameters
    ----------
    spent
        Returns the seconds of processor time that those threads have worked so far.
    clock
        Returns seconds that never go back.
    """

    def __init__(self, spent: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._spent, self._clock = spent, clock
        self._began = self._worked = 0.0
        self._cost = 0.0
        self._samples: deque[tuple[float, float]] = deque()

    def restart(self) -> None:
        """Forget what former renewals cost: another training begins, and its first model is due at once."""
        self._began, self._worked, self._cost = self._clock() - MOST_SECONDS, self._spent(), 0.0
        self._samples.clear()

    def is_due(self) -> bool:
        """Whether enough time has passed since the last renewal for what it took."""
        elapsed = self._clock() - self._began
        if elapsed < LEAST_SECONDS:
            return False
        return elapsed >= MOST_SECONDS or self._spent() - self._worked <= SHARE * elapsed

    def begin(self) -> None:
        """Note that a newer model is shown from now on."""
        now, spent = self._clock(), self._spent()
        self._cost = spent - self._worked
        self._began, self._worked = now, spent
        self._samples.append((now, spent))
        while now - self._samples[0][0] > _REMEMBERED_SECONDS:
            self._samples.popleft()

    @property
    def seconds(self) -> float:
        """Time between two renewals that the last one's cost asks for."""
        return min(max(self._cost / SHARE, LEAST_SECONDS), MOST_SECONDS)

    @property
    def used(self) -> float:
        """Share of the time that was spent on previews lately; 0 before there were two."""
        if len(self._samples) < 2:
            return 0.0
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        return (after - before) / max(last - first, 1e-9)
