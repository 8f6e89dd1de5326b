"""A training that goes on from any step ends exactly where one ends that was never interrupted."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Mapping

import numpy as np
import pytest
import torch

from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.errors import RunError
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training import metrics, telling
from vae_explorer.training.control import Control
from vae_explorer.training.events import MetricRecord, TrainingFailed, TrainingSnapshot, TrainingStarted
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.initial import initial_model
from vae_explorer.training.state import (
    ResumePoint,
    TrainingState,
    generator_state,
    noise_generator,
    restore_generator,
    restore_optimizers,
)
from vae_explorer.training.trainer import Trainer

Curve = list[tuple[int, float, str, Mapping[str, float]]]

EPOCHS, STEPS = 3, 9
WIDE = tiny_dataset(train=40, shape=(1, 8, 28))
"""Forty pictures, wide enough for every objective's own settings: three steps of at most 16 in an epoch."""


@pytest.fixture(autouse=True)
def every_step_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))


def curve(records: list[MetricRecord]) -> Curve:
    return [(record.step, record.epoch, record.split, record.values) for record in records]


def train(
    experiment: Experiment, resume: ResumePoint | None = None, *, data: ImageDataset = WIDE, stop_after: int = -1
) -> Listener:
    """Train, with the state in each snapshot; told to stop as soon as a snapshot of step `stop_after` was heard."""
    control = Control()

    def watch(event: object) -> None:
        if isinstance(event, TrainingSnapshot) and event.model.step == stop_after:
            control.stop()

    heard = Listener(watch)
    Trainer(experiment, data, resume).run(on_event=heard, control=control, wants_state=lambda: True)
    return heard


def points(heard: Listener) -> dict[int, ResumePoint]:
    """Return a point to go on from for each step that a snapshot was heard of."""
    found = {}
    for event in heard.of(TrainingSnapshot):
        assert event.state is not None
        assert event.state.step == event.model.step
        found[event.model.step] = ResumePoint(event.model.weights, event.state)
    return found


def state_of(heard: Listener) -> TrainingState:
    assert heard.finished.state is not None
    return heard.finished.state


def records_up_to(heard: Listener, state: TrainingState) -> list[MetricRecord]:
    return heard.records()[: state.records]


def assert_same_end(whole: Listener, before: list[MetricRecord], after: Listener) -> None:
    assert curve(before + after.records()) == curve(whole.records())
    assert after.finished.model.weight_hash == whole.finished.model.weight_hash
    assert after.finished.train == whole.finished.train
    assert after.finished.test == whole.finished.test
    assert after.finished.progress.step == whole.finished.progress.step
    first, second = state_of(whole), state_of(after)
    assert np.array_equal(first.noise, second.noise)
    for name, parameters in first.optimizers.items():
        for parameter, remembered in parameters.items():
            again = second.optimizers[name][parameter]
            assert remembered.step == again.step
            assert remembered.exp_avg.tobytes() == again.exp_avg.tobytes()
            assert remembered.exp_avg_sq.tobytes() == again.exp_avg_sq.tobytes()


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_that_going_on_from_random_steps_gives_the_same_weights_and_records(objective: str, network: str) -> None:
    experiment = tiny_experiment(objective, epochs=EPOCHS, network=network, seed=3)
    whole = train(experiment)
    found = points(whole)
    assert sorted(found) == list(range(STEPS + 1))
    chosen = random.Random(f"{objective} {network}").sample(range(STEPS + 1), 3)
    for step in chosen:
        after = train(experiment, found[step])
        assert_same_end(whole, records_up_to(whole, found[step].state), after)


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_that_going_on_by_plain_steps_is_exact_in_either_precision(objective: str, precision: str) -> None:
    experiment = tiny_experiment(objective, epochs=EPOCHS, precision=precision, path="plain", seed=7)
    whole = train(experiment)
    for step in (2, STEPS - 1):
        point = points(whole)[step]
        assert_same_end(whole, records_up_to(whole, point.state), train(experiment, point))


@pytest.mark.parametrize("step", range(STEPS + 1))
def test_that_every_step_can_be_gone_on_from(step: int) -> None:
    """The ends of epochs, where a test is due, the first step and the last one among them."""
    experiment = tiny_experiment(epochs=EPOCHS)
    whole = train(experiment)
    point = points(whole)[step]
    assert_same_end(whole, records_up_to(whole, point.state), train(experiment, point))


@pytest.mark.parametrize("step", [1, 3, 5, 6])
@pytest.mark.parametrize("most_records", [5_000, 4])
def test_that_a_stopped_training_goes_on_without_the_record_that_was_closed_early(
    step: int, most_records: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With four records at most, three steps share one; a stop tells the part of a record that there is."""
    monkeypatch.setattr(metrics, "MOST_RECORDS", most_records)
    experiment = tiny_experiment(epochs=EPOCHS)
    whole = train(experiment)
    stopped = train(experiment, stop_after=step)
    assert (stopped.finished.reason, stopped.finished.model.step) == ("stopped", step)
    state = state_of(stopped)
    if most_records == 4 and step % 3:
        assert state.records < len(stopped.records())
        assert state.pending.steps.tolist() == list(range(step - step % 3 + 1, step + 1))
    after = train(experiment, ResumePoint(stopped.finished.model.weights, state))
    assert_same_end(whole, records_up_to(stopped, state), after)


def test_that_many_breaks_make_no_difference() -> None:
    experiment = tiny_experiment("cvae-class-mean", epochs=EPOCHS)
    whole, told = train(experiment), list[MetricRecord]()
    part = train(experiment, stop_after=0)
    for step in range(1, STEPS + 2):  # the break at the last step leaves its test images for later
        state = state_of(part)
        told += records_up_to(part, dataclasses.replace(state, records=state.records - len(told)))
        part = train(experiment, ResumePoint(part.finished.model.weights, state), stop_after=step)
    assert curve(told + part.records()) == curve(whole.records())
    assert part.finished.model.weight_hash == whole.finished.model.weight_hash


def test_that_a_state_stays_as_it_was_while_training_goes_on() -> None:
    copies: dict[int, bytes] = {}

    def key(state: TrainingState) -> bytes:
        moments = [item for parameters in state.optimizers.values() for item in parameters.values()]
        return b"".join(item.exp_avg.tobytes() + item.exp_avg_sq.tobytes() for item in moments) + state.noise.tobytes()

    def watch(event: object) -> None:
        if isinstance(event, TrainingSnapshot) and event.state is not None:
            copies[event.model.step] = key(event.state)

    heard = Listener(watch)
    Trainer(tiny_experiment(), WIDE).run(on_event=heard, control=Control(), wants_state=lambda: True)
    assert len(set(copies.values())) == len(copies) == 7
    assert all(key(point.state) == copies[step] for step, point in points(heard).items())


def test_that_no_state_is_made_unless_it_is_asked_for() -> None:
    heard = Listener()
    Trainer(tiny_experiment(), WIDE).run(on_event=heard, control=Control())
    assert all(event.state is None for event in heard.of(TrainingSnapshot))


def test_that_more_epochs_at_a_constant_rate_are_those_of_a_longer_training() -> None:
    short = train(tiny_experiment(epochs=2, schedule="constant"))
    longer = tiny_experiment(epochs=4, schedule="constant")
    state = state_of(short)
    after = train(longer, ResumePoint(short.finished.model.weights, state))
    assert_same_end(train(longer), records_up_to(short, state), after)


def test_that_more_epochs_give_the_learning_rate_the_course_of_the_longer_schedule() -> None:
    short = train(tiny_experiment(epochs=2, schedule="one-cycle"))
    longer = tiny_experiment(epochs=4, schedule="one-cycle")
    after = train(longer, ResumePoint(short.finished.model.weights, state_of(short)))
    rates = {record.step: record.values["learning_rate"] for record in train(longer).records("train")}
    assert {record.step: record.values["learning_rate"] for record in after.records("train")} == {
        step: rates[step] for step in range(7, 13)
    }


def test_that_time_and_progress_go_on_where_they_were() -> None:
    whole = train(tiny_experiment(epochs=EPOCHS))
    point = points(whole)[5]
    later = ResumePoint(point.weights, dataclasses.replace(point.state, seconds=1000.0))
    after = train(tiny_experiment(epochs=EPOCHS), later)
    (started,) = after.of(TrainingStarted)
    assert (started.progress.step, started.progress.total_steps) == (5, STEPS)
    assert started.progress.epoch == pytest.approx(5 / 3)
    assert started.progress.seconds >= 1000
    assert after.finished.progress.seconds >= started.progress.seconds
    assert started.notes == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"threads": 7}, "The number of threads was 7 before and is 1 now"),
        ({"torch": "1.0"}, "The version of torch was 1.0 before and is "),
        ({"device": "cuda"}, "The device was cuda before and is cpu now"),
    ],
)
def test_that_what_makes_the_numbers_doubtful_is_told_and_training_goes_on(
    change: dict[str, object], said: str
) -> None:
    point = points(train(tiny_experiment(epochs=EPOCHS)))[4]
    state = dataclasses.replace(point.state, **change)  # type: ignore[arg-type]
    after = train(tiny_experiment(epochs=EPOCHS), ResumePoint(point.weights, state))
    (note,) = after.of(TrainingStarted)[0].notes
    assert note.startswith(said)
    assert after.finished.reason == "completed"


def test_that_a_state_of_another_network_fails_in_a_sentence() -> None:
    point = points(train(tiny_experiment("autoencoder")))[2]
    _, model = initial_model(tiny_experiment(), WIDE)
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    failed = train(tiny_experiment(), ResumePoint(weights, dataclasses.replace(point.state, optimizers={}))).events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message == "Its optimisers aren't those of the run's objective."


@pytest.mark.parametrize("broken", ["name", "shape"])
def test_that_moments_of_unknown_parameters_or_shapes_are_refused_before_anything_changes(broken: str) -> None:
    state = points(train(tiny_experiment()))[2].state
    _, model = initial_model(tiny_experiment(), WIDE)
    optimizers = {
        name: torch.optim.Adam(groups, lr=1e-3, fused=True) for name, groups in model.parameter_sets().items()
    }
    name, remembered = list(state.optimizers["model"].items())[-1]
    if broken == "name":
        changed = {**state.optimizers["model"], "elsewhere": remembered}
    else:
        changed = {
            **state.optimizers["model"],
            name: dataclasses.replace(remembered, exp_avg=np.zeros((3, 3, 3), dtype=np.float32)),
        }
    with pytest.raises(RunError, match="which the run's network doesn't have" if broken == "name" else "another shape"):
        restore_optimizers(model, optimizers, {"model": changed})
    assert all(not optimizer.state for optimizer in optimizers.values())


@pytest.mark.parametrize("content", [b"", b"\0" * 10, b"\0" * 5056, b"\xff" * 5056])
def test_that_no_bytes_but_a_state_of_random_numbers_are_taken_for_one(content: bytes) -> None:
    generator = noise_generator(0, 1, torch.device("cpu"))
    before = generator_state(generator)
    with pytest.raises(RunError, match="state of the random numbers"):
        restore_generator(generator, np.frombuffer(content, dtype=np.uint8))
    assert np.array_equal(generator_state(generator), before)
