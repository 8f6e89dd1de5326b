"""What a training tells while it runs and at its end, at a pace that costs it little."""

from __future__ import annotations

import time
from collections.abc import Callable

from vae_explorer.errors import DivergenceError
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.control import Control
from vae_explorer.training.evaluation import mean_terms
from vae_explorer.training.events import (
    EventHandler,
    MetricBatch,
    MetricRecord,
    MomentReached,
    SettingChanged,
    TrainingEvent,
    TrainingPaused,
    TrainingResumed,
    TrainingSnapshot,
)
from vae_explorer.training.failures import is_finite, require_finite_state
from vae_explorer.training.loop import Loop
from vae_explorer.training.metrics import require_finite
from vae_explorer.training.state import TrainingState

_READ_INTERVAL = 0.2
_SNAPSHOT_SHARE = 0.05
_FINAL_IMAGES = 10_000
_FINAL_IMAGES_STOPPED, _FINAL_SECONDS_STOPPED = 1_000, 0.5
"""Most images of a part of the data, and about how many seconds, that are measured while someone waits for the end."""


class Teller:
    """Turns the state of the loop into events, at a pace that costs training little."""

    def __init__(
        self,
        loop: Loop,
        on_event: EventHandler,
        control: Control,
        wants_state: Callable[[], bool],
        wants_moment: Callable[[int], bool],
    ) -> None:
        self._loop = loop
        self._hear = on_event
        self._control = control
        self._wants_state = wants_state
        self._wants_moment = wants_moment
        self._next_read = 0.0
        self._next_snapshot = 0.0
        self._state_step = -1

    def _on_event(self, event: TrainingEvent) -> None:
        """Tell what happened; where that made the training wait for an answer, the wait is no part of it."""
        self._hear(event)
        self._loop.clock.leave_out(self._control.questions.take_waited())

    def wait_for_permission(self) -> bool:
        """Block while paused; return whether to take the next step."""
        if not self._control.must_wait():
            return self._control.take_step()
        self.tell_metrics()
        self.tell_snapshot()
        self._on_event(TrainingPaused(self._loop.clock.progress()))
        started = time.monotonic()
        go_on = self._control.take_step()
        self._loop.clock.leave_out(time.monotonic() - started)
        if go_on:
            self._on_event(TrainingResumed(self._loop.clock.progress()))
        return go_on

    def tell_what_is_due(self) -> None:
        """Send metrics about five times a second, and snapshots within their share of the time."""
        now = time.monotonic()
        if now >= self._next_read:
            self._next_read = now + _READ_INTERVAL
            self.tell_metrics()
        if now >= self._next_snapshot:
            self.tell_snapshot(in_passing=True)
            taken = time.monotonic() - now
            self._next_snapshot = now + max(self._control.snapshot_seconds, taken / _SNAPSHOT_SHARE)

    def tell_metrics(self) -> None:
        """Send the records made since the last time."""
        self._tell(self._records())

    def tell_snapshot(self, *, in_passing: bool = False) -> None:
        """Send a copy of the model, with the state of the training where that is wanted.

        Parameters
        ----------
        in_passing
            Whether another one follows soon.

        Raises
        ------
        DivergenceError
            If its weights aren't finite, so that there is nothing to show or to keep.
        """
        state = None
        if self._wants_state():
            self.tell_metrics()  # what is told before the state belongs to it
            state = self._loop.state()
            self._state_step = self._loop.step
        model = self._loop.snapshot(in_passing=in_passing)
        if not is_finite(model.weights):
            self.tell_metrics()  # which names the first term that wasn't, where one was met
            require_finite_state(self._loop.step, model.weights, None)
        self._on_event(TrainingSnapshot(model, self._loop.clock.progress(), state))

    def tell_changes(self) -> None:
        """Turn the settings that a person wants otherwise from the next step on, and say so."""
        for setting, value in self._control.take_changes().items():
            change = self._loop.adjust(setting, value)
            if change is not None:
                self.tell_metrics()
                self._on_event(SettingChanged(change))

    def tell_moment_if_wanted(self) -> None:
        """Send a copy of the model if this moment is to be kept."""
        if self._wants_moment(self._loop.step):
            self._on_event(MomentReached(self._loop.snapshot()))

    def conclude(self) -> TrainingState:
        """Tell the last records, and return the state before the last one was closed early."""
        records = self._records()
        if records:
            self._tell(records)
        state = self._loop.state()
        records = self._loop.metrics.read(all_of_them=True)
        if records:
            self._tell(records)
        return state

    @property
    def test_is_due(self) -> bool:
        """Whether an epoch ended and the test images weren't measured since."""
        return self._loop.tests < self._loop.step // self._loop.steps_per_epoch

    def tell_test_if_due(self) -> None:
        """Measure the test images after each epoch; a stop leaves that to the training that goes on.

        The weights that were measured are sent at once where they are to be saved.
        """
        if self.test_is_due:
            self._tell_test()
            is_new = self._state_step != self._loop.step < self._loop.total_steps  # the last one is saved anyway
            if is_new and self._wants_state():
                self.tell_snapshot()

    def _records(self) -> tuple[MetricRecord, ...]:
        """Return the records made since the last time; those that led to a divergence are told before it is raised."""
        try:
            return self._loop.metrics.read()
        except DivergenceError:
            self._tell(self._loop.metrics.known())
            raise

    def _tell(self, records: tuple[MetricRecord, ...]) -> None:
        self._loop.records += len(records)
        self._on_event(MetricBatch(records, self._loop.clock.progress()))

    def _tell_test(self) -> None:
        loop = self._loop
        records = self._records()  # first, so that of several terms that aren't finite the first one is named
        values = mean_terms(
            loop.objective,
            loop.shown,
            loop.test,
            limit=len(loop.test),
            moment=loop.moment,
            cancelled=lambda: self._control.stopped,
            part=loop.part,
        )
        if values is not None:
            require_finite(loop.step, values, loop.experiment.objective_entry.terms)
            epoch = loop.step / loop.steps_per_epoch
            records += (MetricRecord(loop.step, epoch, "test", loop.clock.seconds, values),)
            loop.tests = loop.step // loop.steps_per_epoch
        self._tell(records)


def final_terms(loop: Loop, source: BatchSource, control: Control) -> dict[str, float]:
    """Return the terms of the final weights, from few images once someone waits for the end; none once nobody looks.

    The window must be able to close in a moment, also where the network is so wide that a few images take seconds.
    """
    if control.questions.is_left:
        return {}
    model = loop.shown
    terms = None
    if not control.stopped:
        terms = mean_terms(
            loop.objective,
            model,
            source,
            limit=_FINAL_IMAGES,
            moment=loop.moment,
            cancelled=lambda: control.stopped,
            part=loop.part,
        )
    if terms is None:
        until = time.monotonic() + _FINAL_SECONDS_STOPPED
        terms = mean_terms(
            loop.objective,
            model,
            source,
            limit=_FINAL_IMAGES_STOPPED,
            moment=loop.moment,
            part=loop.part,
            # Several workers measure as much as each other, whatever their clocks say.
            enough=None if loop.part is not None else lambda: time.monotonic() > until,
        )
        terms = terms or {}
    require_finite(loop.step, terms, loop.experiment.objective_entry.terms)
    return terms
