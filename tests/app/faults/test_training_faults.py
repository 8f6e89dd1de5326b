"""What breaks while it trains: nothing saved is lost, the session lives, and what it offers is done by its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from vae_explorer.app.session import Session
from vae_explorer.app.state import Notice, RunState
from vae_explorer.training import telling
from vae_explorer.training.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

from tests.app.faults.faulty import FAULT_STEP, STEPS, Fault, is_finite, poison, press, saved


def raising(error: Exception) -> Callable[[Loop], None]:
    def happen(_loop: Loop) -> None:
        raise error

    return happen


@pytest.mark.parametrize("path", ["auto", "plain"])
def test_that_a_divergence_goes_on_from_the_last_good_numbers_with_half_the_learning_rate(
    session: Session, notices: list[Notice], path: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_setting("training.path", path)
    Fault(monkeypatch, poison)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    told = notices[-1]
    assert told.level == "error"
    assert told.text.startswith(f"Training diverged at step {FAULT_STEP + 1}: the term ")
    assert told.text.endswith(f"The run is kept as it was saved at step {FAULT_STEP}.")
    run = saved(session)
    assert run.newest[0].step == FAULT_STEP
    assert is_finite(run)
    press(told, f"Go on from step {FAULT_STEP} with half the learning rate")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    run = saved(session)
    assert (run.newest[0].step, run.result["reason"]) == (STEPS, "completed")
    (change,) = run.changes
    assert (change.step, change.setting, change.before, change.after) == (
        FAULT_STEP,
        "training.learning_rate",
        2e-3,
        1e-3,
    )
    assert session.experiment.training.learning_rate == 2e-3


def test_that_a_model_of_broken_numbers_is_never_shown(
    session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_explorer.runs.recorder.AUTOSAVE_SECONDS", 1e9)  # saving would notice it first
    monkeypatch.setattr(telling, "_READ_INTERVAL", 1e9)
    Fault(monkeypatch, poison)
    seen: list[bool] = []
    session.model_changed.connect(
        lambda _info: seen.append(
            session.model is None or all(np.isfinite(values).all() for values in session.model.weights.values())  # type: ignore[attr-defined]
        )
    )
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert all(seen)


def test_that_a_divergence_before_the_first_save_offers_to_train_anew(
    session: Session, notices: list[Notice], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_explorer.runs.recorder.AUTOSAVE_SECONDS", 1e9)
    Fault(monkeypatch, poison, step=1)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert "Nothing had been saved yet." in notices[-1].text
    assert not session.can_go_on
    first = session.run
    press(notices[-1], "Train anew with half the learning rate")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.run is not None
    assert first is not None
    assert session.run.path != first.path
    assert session.experiment.training.learning_rate == 1e-3


OUT_OF_GPU_MEMORY = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def test_that_a_full_gpu_offers_smaller_batches_or_the_processor_and_loses_nothing(
    session: Session, notices: list[Notice], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    Fault(monkeypatch, raising(OUT_OF_GPU_MEMORY))
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    told = notices[-1]
    assert told.text.startswith("The GPU's memory isn't enough")
    assert f"saved at step {FAULT_STEP}" in told.text
    assert "OutOfMemoryError" in told.details
    assert [action.title for action in told.actions] == [
        "Fork with batches of 8 images",
        f"Go on from step {FAULT_STEP} on the CPU",
    ]
    first = saved(session)
    press(told, "Fork with")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    second = saved(session)
    assert second.path != first.path
    assert second.experiment.training.batch_size == session.experiment.training.batch_size == 8
    assert second.parent is not None
    assert second.parent.step == FAULT_STEP


@pytest.mark.parametrize(
    "error",
    [
        OUT_OF_GPU_MEMORY,
        torch.AcceleratorError("CUDA error: an illegal memory access was encountered"),
        RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
        RuntimeError("CUDA error: unspecified launch failure"),
    ],
)
def test_that_without_its_gpu_a_run_goes_on_on_the_processor(
    session: Session, notices: list[Notice], error: Exception, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_setting("training.device", "auto")
    Fault(monkeypatch, raising(error))
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert "GPU" in notices[-1].text
    path = saved(session).path
    press(notices[-1], f"Go on from step {FAULT_STEP} on the CPU")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    run = saved(session)
    assert (run.path, run.newest[0].step) == (path, STEPS)
    assert session.experiment.training.device == "cpu"


@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory")],
)
def test_that_too_little_memory_offers_smaller_batches(
    session: Session, notices: list[Notice], error: Exception, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_explorer.runs.recorder.AUTOSAVE_SECONDS", 1e9)
    Fault(monkeypatch, raising(error), step=0)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert notices[-1].text.startswith("The memory isn't enough for this training")
    press(notices[-1], "Train anew with batches of 8 images")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert saved(session).experiment.training.batch_size == 8


def test_that_a_gpu_that_isnt_there_is_named_and_the_processor_offered(
    session: Session, notices: list[Notice], qtbot: QtBot
) -> None:
    session.set_setting("training.device", "cuda")
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert notices[-1].text.startswith("The device cuda can't be used, because ")
    press(notices[-1], "Train on the CPU")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.experiment.training.device == "cpu"


def test_that_what_a_notice_offers_is_withdrawn_once_something_else_is_trained(
    session: Session, notices: list[Notice], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    Fault(monkeypatch, poison)
    withdrawn: list[Notice] = []
    session.withdrawn.connect(withdrawn.append)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    offered = notices[-1]
    session.go_on()
    assert withdrawn == [offered]
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
