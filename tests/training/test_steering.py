"""Pause, step, resume and stop from another thread do exactly what they say."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from queue import Queue

import pytest

from tests.training.tiny import Listener, tiny_dataset, tiny_experiment, trained
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.training import telling
from vae_explorer.training.control import Control
from vae_explorer.training.evaluation import mean_terms
from vae_explorer.training.events import (
    TrainingEvent,
    TrainingFinished,
    TrainingPaused,
    TrainingResumed,
    TrainingSnapshot,
)
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.trainer import Trainer

PATIENCE = 30.0
ENDLESS = tiny_experiment(epochs=100_000)
EVERY_STEP_RECORDED = tiny_experiment(epochs=1_000)


class Running:
    """A training in another thread, and what it says."""

    def __init__(self, experiment: Experiment, control: Control) -> None:
        self.control = control
        self.heard = Listener(self._note)
        self._new: Queue[TrainingEvent] = Queue()
        self._thread = threading.Thread(target=self._run, args=(experiment,), name="training")
        self._thread.start()

    def wait_for(self, kind: type[TrainingEvent]) -> TrainingEvent:
        while True:
            event = self._new.get(timeout=PATIENCE)
            if isinstance(event, kind):
                return event

    def wait_for_pause(self) -> int:
        event = self.wait_for(TrainingPaused)
        assert isinstance(event, TrainingPaused)
        return event.progress.step

    def end(self) -> None:
        self.control.stop()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _run(self, experiment: Experiment) -> None:
        Trainer(experiment, tiny_dataset()).run(on_event=self.heard, control=self.control)

    def _note(self, event: TrainingEvent) -> None:
        self._new.put(event)


@pytest.fixture
def start() -> Iterator[Callable[[Control], Running]]:
    started: list[Running] = []

    def begin(control: Control) -> Running:
        started.append(Running(EVERY_STEP_RECORDED if control.paused else ENDLESS, control))
        return started[-1]

    yield begin
    for one in started:
        one.end()


Start = Callable[[Control], Running]


def paused() -> Control:
    control = Control()
    control.pause()
    return control


def test_that_a_pause_before_the_start_waits_before_the_first_step(start: Start) -> None:
    assert start(paused()).wait_for_pause() == 0


def test_that_each_step_takes_exactly_one_step_and_waits_again(start: Start) -> None:
    control = paused()
    running = start(control)
    assert running.wait_for_pause() == 0
    for expected in (1, 2, 3):
        control.step()
        assert running.wait_for_pause() == expected
    assert [record.step for record in running.heard.records("train")] == [1, 2, 3]
    snapshots = {event.model.step for event in running.heard.of(TrainingSnapshot)}
    assert {0, 1, 2, 3} <= snapshots


def test_that_models_are_sent_in_passing_until_the_training_rests(start: Start) -> None:
    control = Control()
    running = start(control)
    while not _sent(running.wait_for(TrainingSnapshot)).in_passing:
        pass
    control.pause()
    running.wait_for_pause()
    assert not running.heard.of(TrainingSnapshot)[-1].model.in_passing


def _sent(event: TrainingEvent) -> ModelSnapshot:
    assert isinstance(event, TrainingSnapshot)
    return event.model


def test_that_two_steps_asked_for_at_once_are_both_taken(start: Start) -> None:
    control = paused()
    running = start(control)
    running.wait_for_pause()
    control.step()
    control.step()
    reached = running.wait_for_pause()
    assert (reached if reached == 2 else running.wait_for_pause()) == 2


def test_that_a_step_while_running_pauses_after_it(start: Start) -> None:
    control = Control()
    running = start(control)
    running.wait_for(TrainingSnapshot)
    control.step()
    assert control.paused
    step = running.wait_for_pause()
    control.step()
    assert running.wait_for_pause() == step + 1


def test_that_training_goes_on_after_a_pause_from_where_it_was(start: Start) -> None:
    control = Control()
    running = start(control)
    running.wait_for(TrainingSnapshot)
    control.pause()
    step = running.wait_for_pause()
    control.resume()
    assert not control.paused
    resumed = running.wait_for(TrainingResumed)
    assert isinstance(resumed, TrainingResumed)
    assert resumed.progress.step == step
    control.pause()
    assert running.wait_for_pause() >= step


def test_that_what_is_shown_in_a_pause_is_the_state_of_the_pause(start: Start) -> None:
    control = Control()
    running = start(control)
    running.wait_for(TrainingSnapshot)
    control.pause()
    step = running.wait_for_pause()
    assert running.heard.of(TrainingSnapshot)[-1].model.step == step
    assert len(running.heard.records("train")) == 0 or running.heard.records("train")[-1].step <= step


def test_that_a_stop_in_a_pause_ends_training_without_another_step(start: Start) -> None:
    control = paused()
    running = start(control)
    running.wait_for_pause()
    control.step()
    assert running.wait_for_pause() == 1
    running.end()
    assert (running.heard.finished.reason, running.heard.finished.progress.step) == ("stopped", 1)
    assert running.heard.finished.model.step == 1
    assert not running.heard.of(TrainingResumed)[1:]


def test_that_a_stop_while_running_ends_between_two_steps_with_all_records(start: Start) -> None:
    running = start(Control())
    running.wait_for(TrainingSnapshot)
    running.end()
    finished = running.heard.finished
    assert finished.reason == "stopped"
    assert finished.model.step == finished.progress.step
    assert finished.test["loss"] > 0
    assert running.heard.events[-1] is finished


def test_that_a_step_and_a_resume_after_a_stop_do_nothing(start: Start) -> None:
    control = paused()
    running = start(control)
    running.wait_for_pause()
    control.stop()
    control.step()
    control.resume()
    running.end()
    assert running.heard.finished.progress.step == 0


def test_that_resuming_forgets_steps_that_were_asked_for() -> None:
    control = Control()
    control.step()
    control.step()
    control.resume()
    assert control.take_step()
    control.pause()
    assert control.must_wait()


def test_that_pausing_and_stepping_do_not_change_the_records() -> None:
    control = paused()
    listener = Listener(lambda event: control.step() if isinstance(event, TrainingPaused) else None)
    Trainer(tiny_experiment(), tiny_dataset()).run(on_event=listener, control=control)
    values = [(record.step, record.split, record.values) for record in listener.records()]
    assert values == [(record.step, record.split, record.values) for record in trained().records()]
    assert listener.finished.reason == "completed"


def test_that_a_stop_in_the_test_at_the_end_of_an_epoch_is_obeyed() -> None:
    control = Control()

    def stop(event: TrainingEvent) -> None:
        if isinstance(event, TrainingSnapshot) and event.model.step >= 3:
            control.stop()

    listener = Listener(stop)
    Trainer(tiny_experiment(epochs=1000), tiny_dataset()).run(on_event=listener, control=control)
    assert listener.finished.reason == "stopped"
    assert listener.finished.progress.step < 1000


def test_that_a_stop_during_the_final_measurement_makes_it_short(monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []
    control = Control()
    real = mean_terms

    def measured(*arguments: object, **named: object) -> object:
        limits.append(named["limit"])  # type: ignore[arg-type]
        if named["limit"] == telling._FINAL_IMAGES:
            control.stop()
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(telling, "mean_terms", measured)
    listener = Listener()
    Trainer(tiny_experiment(epochs=1), tiny_dataset()).run(on_event=listener, control=control)
    short = telling._FINAL_IMAGES_STOPPED
    assert limits == [8, telling._FINAL_IMAGES, short, short]
    assert listener.finished.reason == "completed"
    assert listener.finished.train["loss"] > 0


def test_that_the_time_of_a_pause_is_not_time_of_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock takes a second; a pause takes a thousand."""
    now = itertools.count()
    offset = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: next(now) + offset[0])
    control = paused()

    def wait(event: TrainingEvent) -> None:
        if isinstance(event, TrainingPaused):
            # Training has told of the pause and is about to wait for this resume.
            real = control.take_step

            def late() -> bool:
                offset[0] += 1000
                monkeypatch.setattr(control, "take_step", real)
                control.resume()
                return real()

            monkeypatch.setattr(control, "take_step", late)

    listener = Listener(wait)
    Trainer(tiny_experiment(), tiny_dataset()).run(on_event=listener, control=control)
    assert len(listener.of(TrainingPaused)) == 1
    assert offset[0] == 1000
    assert listener.finished.progress.seconds < 1000
    assert isinstance(listener.events[-1], TrainingFinished)
