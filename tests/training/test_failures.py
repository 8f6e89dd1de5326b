"""What goes wrong while it trains is called by its name, at the step at which it went wrong, on every path."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.training.test_graph_path import Repeater, ResidentImages
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment, trained
from vae_explorer.errors import DataError, DeviceError, DivergenceError, StorageError
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.training import evaluation, telling, trainer
from vae_explorer.training.clock import SLEEP_SECONDS, TrainingClock
from vae_explorer.training.control import Control
from vae_explorer.training.evaluation import mean_terms
from vae_explorer.training.events import Fault, TrainingFailed, TrainingFinished, TrainingSnapshot, TrainingStarted
from vae_explorer.training.failures import failure, fault_of, require_finite_state
from vae_explorer.training.graph_path import GraphStep
from vae_explorer.training.loop import Loop
from vae_explorer.training.questions import Answer, Questions
from vae_explorer.training.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    from vae_explorer.training.steps import StepParts, StepPath

BROKEN_AFTER = 7


def breaking(monkeypatch: pytest.MonkeyPatch, happen: Callable[[Loop], None], step: int = BROKEN_AFTER) -> None:
    """Let something happen before the step that comes after `step` others."""
    real = Loop.take_step

    def take(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
        if loop.step == step:
            happen(loop)
        real(loop, rows, rate)

    monkeypatch.setattr(Loop, "take_step", take)


def poison(loop: Loop) -> None:
    loop.path.settle()
    with torch.no_grad():
        for weights in loop.model.parameters():
            weights.fill_(float("nan"))


def by_launches(parts: StepParts, _choice: str) -> StepPath:
    return GraphStep(parts, Repeater())


@pytest.mark.parametrize("path", ["dense", "plain", "graph", "alternating"])
@pytest.mark.parametrize("pace", ["read after each step", "read at the end"])
def test_that_divergence_names_the_first_step_whose_loss_is_no_number(
    path: str, pace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though some paths work out the terms of many steps at once, and they are read a few times a second only."""
    at_the_end = pace == "read at the end"
    monkeypatch.setattr(telling, "_READ_INTERVAL", 1e9 if at_the_end else 0.0)
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 1e9 if at_the_end else 0.0)
    breaking(monkeypatch, poison)
    experiment = tiny_experiment(
        "gan" if path == "alternating" else "vae",
        epochs=5,
        precision="float32",
        path="plain" if path == "plain" else "auto",
    )
    if path == "graph":
        monkeypatch.setattr("vae_explorer.training.loop.choose_path", by_launches)
        monkeypatch.setattr(trainer, "BatchSource", lambda subset, _device: ResidentImages(subset))
    heard = trained(experiment)
    (started,) = heard.of(TrainingStarted)
    assert started.path == {"alternating": started.path}.get(path, path)
    failed = heard.events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message.startswith(f"Training diverged at step {BROKEN_AFTER + 1}: the term ")
    assert failed.fault == "diverged"
    assert not failed.wrong_input
    shown = [event.model.weights for event in heard.of(TrainingSnapshot)]
    assert all(np.isfinite(values).all() for weights in shown for values in weights.values())


def test_that_weights_that_break_without_a_broken_loss_stop_it_before_they_are_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))
    real = Loop.snapshot

    def broken(loop: Loop, *, in_passing: bool = False) -> ModelSnapshot:
        model = real(loop, in_passing=in_passing)
        if loop.step == 3:
            model.weights = {name: np.full_like(values, np.inf) for name, values in model.weights.items()}
        return model

    monkeypatch.setattr(Loop, "snapshot", broken)
    failed = trained(tiny_experiment(epochs=5)).events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message.startswith("Training diverged at step 3: the weights ")
    assert failed.fault == "diverged"


@pytest.mark.parametrize("where", ["weights", "exp_avg", "exp_avg_sq", "average"])
def test_that_nothing_is_saved_from_which_no_training_could_go_on(where: str) -> None:
    heard = Listener()
    Trainer(tiny_experiment(), tiny_dataset()).run(on_event=heard, control=Control(), wants_state=lambda: True)
    finished = heard.finished
    weights, state = dict(finished.model.weights), finished.state
    assert state is not None
    require_finite_state(6, weights, state)
    name = next(iter(weights))
    bad = np.full_like(weights[name], np.inf)
    if where == "weights":
        weights[name] = bad
    elif where == "average":
        assert state.average is not None
        average = dataclasses.replace(state.average, weights={**state.average.weights, name: bad})
        state = dataclasses.replace(state, average=average)
    else:
        adam = dataclasses.replace(state.optimizers["model"][name], **{where: bad})  # type: ignore[arg-type]
        state = dataclasses.replace(state, optimizers={"model": {**state.optimizers["model"], name: adam}})
    with pytest.raises(DivergenceError, match=rf"diverged at step 6: .*{name} aren't finite any more"):
        require_finite_state(6, weights, state)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."), "gpu-memory"),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8.00 GB)"), "gpu-memory"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), "gpu-memory"),
        (torch.AcceleratorError("CUDA error: out of memory"), "gpu-memory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory"), "memory"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 8 bytes."), "memory"),
        (MemoryError(), "memory"),
        (np._core._exceptions._ArrayMemoryError((1 << 40,), np.dtype(float)), "memory"),  # type: ignore[attr-defined]
        (torch.AcceleratorError("CUDA error: unknown error"), "gpu-lost"),
        (RuntimeError("CUDA error: device-side assert triggered"), "gpu-lost"),
        (RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR"), "gpu-lost"),
        (RuntimeError("the two lines"), ""),
        (ValueError("CUDA error"), ""),
        (DivergenceError("x"), "diverged"),
        (DeviceError("x"), "gpu-missing"),
        (StorageError("x"), "storage"),
        (DataError("x"), ""),
    ],
)
def test_that_a_fault_is_known_by_its_kind_or_its_words(error: Exception, fault: Fault) -> None:
    assert fault_of(error) == fault
    told = failure(error)
    assert told.fault == fault
    assert told.message
    assert "\n" not in told.message


def test_that_data_that_break_on_the_way_arent_called_wrong_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window goes back to what was there before where nothing was trained, and mustn't here."""

    def lose(_loop: Loop) -> None:
        raise DataError("The file x.npy has become shorter while it was being read.")

    breaking(monkeypatch, lose, step=1)
    failed = trained().events[-1]
    assert isinstance(failed, TrainingFailed)
    assert not failed.wrong_input


class Hours:
    """A clock that a test turns on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.worked = 100.0, 5.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)
        monkeypatch.setattr("time.process_time", lambda: self.worked)

    def work(self, seconds: float) -> None:
        self.now, self.worked = self.now + seconds, self.worked + seconds

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    return Hours(monkeypatch)


def steps(clock: TrainingClock, hours: Hours, count: int) -> None:
    """Train ten images a second."""
    for _ in range(count):
        hours.work(1.0)
        clock.count(10)
        clock.progress()


def test_that_a_night_of_sleep_is_no_time_of_training(hours: Hours) -> None:
    clock = TrainingClock(steps_per_epoch=10, epochs=10, images_per_epoch=100)
    steps(clock, hours, 5)
    hours.sleep(8 * 3600)
    steps(clock, hours, 1)
    progress = clock.progress()
    assert progress.seconds == pytest.approx(5.0, abs=1.01)
    steps(clock, hours, 4)
    progress = clock.progress()
    assert progress.images_per_second == pytest.approx(10.0)
    assert progress.seconds_left == pytest.approx(90.0)


def test_that_sleep_in_a_pause_is_left_out_once(hours: Hours) -> None:
    clock = TrainingClock(10, 10, 100)
    steps(clock, hours, 5)
    hours.sleep(8 * 3600)
    clock.leave_out(8 * 3600)
    steps(clock, hours, 5)
    assert clock.seconds == pytest.approx(10.0)


def test_that_a_long_step_is_time_of_training(hours: Hours) -> None:
    clock = TrainingClock(10, 10, 100)
    hours.work(10 * SLEEP_SECONDS)
    clock.count(10)
    assert clock.seconds == pytest.approx(10 * SLEEP_SECONDS)
    hours.sleep(SLEEP_SECONDS / 2)  # a slow disk
    assert clock.seconds == pytest.approx(10.5 * SLEEP_SECONDS)


def test_that_a_stop_measures_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wide network would measure a thousand images for minutes; one batch is always measured."""
    seen: list[int] = []
    real = evaluation._terms

    def counted(*parts: object) -> Mapping[str, float]:
        batch = parts[2]
        seen.append(len(batch.images))  # type: ignore[attr-defined]
        return real(*parts)  # type: ignore[arg-type]

    monkeypatch.setattr(evaluation, "_terms", counted)
    monkeypatch.setattr(telling, "_FINAL_SECONDS_STOPPED", -1.0)
    control, heard = Control(), Listener()
    control.stop()
    Trainer(tiny_experiment(), tiny_dataset(train=900, test=300)).run(on_event=heard, control=control)
    assert seen == [50, 50]
    assert isinstance(heard.events[-1], TrainingFinished)
    assert heard.finished.test["loss"] > 0


def test_that_nothing_is_measured_for_a_window_that_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_terms", lambda *_: pytest.fail("it is measured"))
    control, heard = Control(), Listener()
    control.stop()
    control.questions.leave()
    Trainer(tiny_experiment(), tiny_dataset()).run(on_event=heard, control=control)
    assert (heard.finished.train, heard.finished.test) == ({}, {})


def test_that_a_mean_over_some_images_is_their_mean() -> None:
    from vae_explorer.objectives.base import Moment
    from vae_explorer.training.batches import BatchSource
    from vae_explorer.training.initial import initial_model

    data = tiny_dataset(train=170)
    objective, model = initial_model(tiny_experiment(), data)
    source = BatchSource(data.train, torch.device("cpu"))
    counted = iter([False, True])
    some = mean_terms(objective, model, source, limit=170, moment=Moment(), enough=lambda: next(counted))
    first = mean_terms(objective, model, source, limit=100, moment=Moment(), enough=lambda: False)
    assert some == first


def test_that_nothing_is_asked_where_nobody_attends() -> None:
    questions = Questions()
    assert questions.wait() is None
    questions.attend()
    questions.stop()
    assert questions.wait() == Answer("stop")
    questions.leave()
    assert questions.wait(at_the_end=True) is None


def test_that_an_answer_that_nobody_waits_for_is_forgotten() -> None:
    questions = Questions()
    questions.attend()
    questions.answer(Answer("again"))
    questions.stop()
    assert questions.wait() == Answer("stop")
    assert questions.take_waited() >= 0
    assert questions.take_waited() == 0
