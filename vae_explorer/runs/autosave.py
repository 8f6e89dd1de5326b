"""When a training is saved: twice a minute, and at the end of each epoch as far as that costs it little."""

from __future__ import annotations

import time

EPOCH_SECONDS = 2.0
"""Least time between a save and the next one that is made because an epoch ended."""
SAVING_SHARE = 0.05
"""Most of the time that saves because of ended epochs may take; those of every half minute are made anyway."""


class Autosave:
    """Keeps the time since the last save.

    Parameters
    ----------
    seconds
        Between two saves at most.
    """

    def __init__(self, seconds: float) -> None:
        self._took = 0.0
        self._begin(seconds)

    def end_epoch(self) -> None:
        """Make the next save due, unless the last one is too near."""
        spent = time.monotonic() - self._last
        if spent >= max(EPOCH_SECONDS, self._took / SAVING_SHARE):
            self._due = self._last

    @property
    def is_due(self) -> bool:
        """Whether to save now."""
        return time.monotonic() >= self._due

    def end_save(self, began: float, seconds: float) -> None:
        """Note that a save has ended.

        Parameters
        ----------
        began
            When, by `time.monotonic`.
        seconds
            Until the next one at most.
        """
        self._took = time.monotonic() - began
        self._begin(seconds)

    def _begin(self, seconds: float) -> None:
        self._last = time.monotonic()
        self._due = self._last + seconds
