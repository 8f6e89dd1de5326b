"""What breaks while it trains: nothing saved is lost, the session lives, and what it offers is done by its buttons."""

from __future__ import annotations

import errno
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.patience import has_settled
from tests.training.tiny import tiny_dataset
from vae_explorer import storage
from vae_explorer.app.session import Session
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.app.state import Notice, RunState
from vae_explorer.runs import saving
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.training import telling
from vae_explorer.training.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    from pytestqt.qtbot import QtBot

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.sections import DataConfig

FAULT_STEP = 7
EPOCHS = 4
STEPS = 4 * EPOCHS


class TinyBackend(StandardBackend):
    """The program's own rooms, with forty small pictures for data."""

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        return tiny_dataset(train=64, shape=(1, 8, 8))


@pytest.fixture
def session(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session that saves after each step, with the settings of a training of sixteen steps."""
    monkeypatch.setattr("vae_explorer.runs.recorder.AUTOSAVE_SECONDS", 0.0)
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))
    made = Session(tmp_path / "runs", TinyBackend())
    made.start()
    qtbot.waitUntil(lambda: has_settled(made))
    for name, text in {
        "epochs": EPOCHS,
        "batch_size": 16,
        "threads": 1,
        "device": "cpu",
        "precision": "float32",
    }.items():
        made.set_setting(f"training.{name}", str(text))
    made.set_setting("model.hidden", "12")
    # Pictures for the window come at their own pace; here each step is a snapshot.
    monkeypatch.setattr(type(made.previews), "seconds", property(lambda _self: 0.0))
    qtbot.waitUntil(lambda: has_settled(made))
    yield made
    assert made.close()


@pytest.fixture
def notices(session: Session) -> list[Notice]:
    kept: list[Notice] = []
    session.noticed.connect(kept.append)
    return kept


def saved(session: Session) -> Run:
    assert session.run is not None
    return open_run(session.run.path)


def press(notice: Notice, title: str) -> None:
    (action,) = [action for action in notice.actions if action.title.startswith(title)]
    action.run()


def is_finite(run: Run) -> bool:
    return all(np.isfinite(values).all() for values in run.newest[0].weights.values())


Take = "Callable[[Loop, npt.NDArray[np.int64], float], None]"


class Fault:
    """Something that happens in one step, once.

    Parameters
    ----------
    happen
        Gets the loop before the step is taken.
    step
        Steps before it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, happen: Callable[[Loop], None], step: int = FAULT_STEP) -> None:
        real, self.happened = Loop.take_step, False

        def take(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
            if loop.step == step and not self.happened:
                self.happened = True
                happen(loop)
            real(loop, rows, rate)

        monkeypatch.setattr(Loop, "take_step", take)


@torch.no_grad()
def poison(loop: Loop) -> None:
    """Make a weight no number, as a step that is far too large does."""
    next(loop.model.parameters()).fill_(float("nan"))


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
    assert "Nothing of it was saved yet." in notices[-1].text
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


class FullDisk:
    """A disk on which nothing more can be saved until there is room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int = errno.ENOSPC) -> None:
        self.is_full, self.tried, real = False, 0, saving.save_checkpoint

        def save(*parts, **options):  # type: ignore[no-untyped-def]
            if self.is_full:
                self.tried += 1
                raise OSError(number, "No space left on device")
            return real(*parts, **options)

        monkeypatch.setattr("vae_explorer.runs.recorder.save_checkpoint", save)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    made = FullDisk(monkeypatch)

    def fill(_loop: Loop) -> None:
        made.is_full = True

    Fault(monkeypatch, fill)
    return made


def curve(run: Run) -> list[tuple[int, str, dict[str, float]]]:
    return [(record.step, record.split, dict(record.values)) for record in run.metrics]


def undisturbed(session: Session, qtbot: QtBot) -> Run:
    """Train the same again, without a fault."""
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    return saved(session)


def assert_same(run: Run, whole: Run) -> None:
    assert (run.newest[0].step, run.result["reason"]) == (STEPS, "completed")
    assert curve(run) == curve(whole)
    first, second = run.newest[0].weights, whole.newest[0].weights
    assert all(first[name].tobytes() == second[name].tobytes() for name in second)


def test_that_a_full_disk_pauses_and_once_there_is_room_everything_is_as_if_nothing_had_been(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    told = notices[-1]
    assert told.level == "error"
    assert "No space left on device" in told.text
    assert told.text.endswith("The training waits.")
    assert [action.title for action in told.actions] == ["Try again", "Save elsewhere…", "Go on without saving"]
    assert saved(session).newest[0].step == FAULT_STEP
    press(told, "Try again")
    qtbot.waitUntil(lambda: disk.tried == 2 and notices[-1] is not told)
    disk.is_full = False
    press(notices[-1], "Try again")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_the_key_that_goes_on_tries_again(session: Session, disk: FullDisk, qtbot: QtBot) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    disk.is_full = False
    session.toggle()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert saved(session).newest[0].step == STEPS


def test_that_a_run_can_be_saved_elsewhere_and_is_kept_there_from_then_on(
    session: Session, notices: list[Notice], disk: FullDisk, tmp_path: Path, qtbot: QtBot
) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    old, wanted = saved(session), list[object]()
    session.saving.folder_wanted.connect(wanted.append)
    press(notices[-1], "Save elsewhere")
    assert wanted == [old.path]
    disk.is_full = False
    session.saving.save_in(tmp_path / "other drive")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    run = saved(session)
    assert run.path == tmp_path / "other drive" / old.path.name
    assert open_run(old.path).newest[0].step == FAULT_STEP
    assert all(moment.path.is_relative_to(run.path) and moment.path.is_file() for moment in session.moments.kept)
    kept = [moment.step for moment in session.moments.kept]
    assert_same(run, undisturbed(session, qtbot))
    assert kept == [moment.step for moment in session.moments.kept]


def test_that_a_training_goes_on_unsaved_and_is_saved_whole_once_there_is_room(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    press(notices[-1], "Go on without saving")
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED and notices[-1].text.endswith("waits to be saved."))
    assert session.progress is not None
    assert session.progress.step == STEPS
    assert any("goes on without being saved" in notice.text for notice in notices)
    session.stop()
    assert notices[-1].text.endswith("waits to be saved.")  # it is over already: only the question is left
    disk.is_full = False
    press(notices[-1], "Try again")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_giving_up_leaves_the_last_save_to_go_on_from(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    press(notices[-1], "Go on without saving")
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED and notices[-1].text.endswith("waits to be saved."))
    press(notices[-1], "Give it up")
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert saved(session).newest[0].step == FAULT_STEP
    disk.is_full = False
    assert session.can_go_on
    session.go_on()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_stopping_a_training_that_waits_asks_once_more_about_its_end(
    session: Session, notices: list[Notice], disk: FullDisk, qtbot: QtBot
) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    session.stop()
    qtbot.waitUntil(lambda: notices[-1].text.endswith("waits to be saved."))
    disk.is_full = False
    press(notices[-1], "Try again")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert saved(session).newest[0].step == FAULT_STEP + 1


def test_that_closing_while_it_waits_keeps_the_last_save(session: Session, disk: FullDisk, qtbot: QtBot) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    assert session.close()
    assert saved(session).newest[0].step == FAULT_STEP


@pytest.mark.parametrize("what", ["deleted", "renamed"])
def test_that_a_folder_that_is_gone_is_made_again_with_all_that_is_known(
    session: Session, notices: list[Notice], what: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_away(_loop: Loop) -> None:
        assert session.run is not None
        if what == "deleted":
            shutil.rmtree(session.run.path)
        else:
            session.run.path.rename(session.run.path.with_name("away"))

    Fault(monkeypatch, take_away)
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    assert "is gone" in notices[-1].text
    press(notices[-1], "Try again")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_a_line_that_cant_be_written_is_written_once(
    session: Session, notices: list[Notice], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk takes a part of some records and no more; later it takes all of them."""
    is_full, real = [False], storage.write_all

    def write(descriptor: int, content: bytes) -> None:
        if is_full[0]:
            real(descriptor, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor, content)

    monkeypatch.setattr("vae_explorer.runs.metrics_log.write_all", write)
    Fault(monkeypatch, lambda _loop: is_full.__setitem__(0, True))
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    assert "metrics.jsonl can't be written" in notices[-1].text
    is_full[0] = False
    press(notices[-1], "Try again")
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert_same(saved(session), undisturbed(session, qtbot))


def test_that_time_spent_waiting_is_no_time_of_training(
    session: Session, disk: FullDisk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    thread = session._thread
    assert thread is not None
    questions = thread.control.questions
    qtbot.waitUntil(lambda: questions.is_waiting)
    monkeypatch.setattr(type(questions), "take_waited", lambda _self: 0.0 if disk.is_full else 1000.0)
    disk.is_full = False
    session.toggle()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert min(record.seconds for record in session.metrics) < 0
