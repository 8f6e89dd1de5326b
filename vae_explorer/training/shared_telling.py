"""What each of several workers tells while they train, and when they meet to agree on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from vae_explorer.training.telling import Teller

if TYPE_CHECKING:
    from vae_explorer.training.events import EventHandler
    from vae_explorer.training.shared_loop import SharedLoop
    from vae_explorer.training.state import TrainingState

_MEETING_SECONDS = 0.1
_MOST_STEPS = 1_000


class SharedTeller(Teller):
    """Lets the workers meet a few times a second; the one that leads tells what there is to tell.

    Parameters
    ----------
    loop, on_event, wants_state, wants_moment
        As for `Teller`.
    """

    def __init__(
        self,
        loop: SharedLoop,
        on_event: EventHandler,
        wants_state: Callable[[], bool],
        wants_moment: Callable[[int], bool],
    ) -> None:
        super().__init__(loop, on_event, loop.meeting.agreed, lambda: self._saves, wants_moment)
        self._shared = loop
        self._wishes_to_save = wants_state
        self._saves = False
        self._has_saved = loop.step > 0
        self._next_meeting = loop.step + 1
        self._met, self._met_at = time.monotonic(), loop.step

    def tell_what_is_due(self) -> None:
        """Meet the others when it is time, and tell what is new then."""
        if self._shared.step < self._next_meeting:
            return
        self._meet()
        if self._shared.leads:
            super().tell_what_is_due()
        else:
            self.tell_metrics()

    def conclude(self) -> TrainingState:
        """Tell the last records, and return the state before the last one was closed early."""
        self._meet()
        self._shared.verify()
        return super().conclude()

    def _tell_test(self) -> None:
        self._meet()
        super()._tell_test()

    def _meet(self) -> None:
        leads, loop = self._shared.leads, self._shared
        # The first step is kept at once: whichever worker is lost, there is a run to go on with.
        saves = leads and (self._wishes_to_save() or not self._has_saved)
        interval = self._interval() if leads else 0
        stops, saves_now, interval_now = loop.settle(loop.meeting.signals.stopped, saves, interval)
        self._next_meeting = loop.step + int(interval_now)
        if stops:
            self._control.stop()
        if saves_now:
            loop.verify()
            self._has_saved = self._saves = leads
            if leads:
                self.tell_snapshot()
            self._saves = False

    def _interval(self) -> int:
        """Return after how many steps to meet again, at the pace since the last time."""
        now, steps = time.monotonic(), self._shared.step - self._met_at
        elapsed = max(now - self._met, 1e-9)
        self._met, self._met_at = now, self._shared.step
        return max(1, min(_MOST_STEPS, round(steps * _MEETING_SECONDS / elapsed)))
