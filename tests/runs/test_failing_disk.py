"""What is on the disk when saving fails or dies half-way, and what the user is told."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.runs.recorded import checkpoints, recorded
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.errors import StorageError
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.runs import recorder
from vae_explorer.runs.checkpoint import read_checkpoint
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.runs.recording import train
from vae_explorer.runs.saving import save_checkpoint
from vae_explorer.training.control import Control
from vae_explorer.training.events import (
    CheckpointSaved,
    MetricRecord,
    TrainingEvent,
    TrainingFailed,
    TrainingFinished,
    TrainingSnapshot,
)
from vae_explorer.training.state import TrainingState


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, call: str, code: int = errno.ENOSPC) -> Iterator[None]:
    def fail(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        yield


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """Let the system itself refuse to make any file of this process longer."""
    resource = pytest.importorskip("resource", reason="only POSIX systems can limit the size of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
@pytest.mark.usefixtures("autosave_always")
def test_that_a_disk_that_fails_in_a_save_ends_training_and_keeps_the_save_before(
    call: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = 0
    real = save_checkpoint

    def second_save_fails(folder: Path, model: object, state: dict[str, object], training: object) -> Path:
        nonlocal saves
        saves += 1
        if saves < 3:
            return real(folder, model, state, training)  # type: ignore[arg-type]
        with full_disk(monkeypatch, call, code):
            return real(folder, model, state, training)  # type: ignore[arg-type]

    monkeypatch.setattr(recorder, "save_checkpoint", second_save_fails)
    heard = Listener()
    assert train(tiny_experiment(), tiny_dataset(), tmp_path, on_event=heard, control=Control()) is None
    failed = heard.events[-1]
    assert isinstance(failed, TrainingFailed)
    assert "can't be written: the disk" in failed.message
    assert not failed.wrong_input
    assert len(heard.of(TrainingFailed)) == 1
    assert not heard.of(TrainingFinished)
    last = heard.of(CheckpointSaved)[-1]
    run = open_run(tmp_path)
    # Where only the hint which is the newest couldn't be written, the weights that it would have named are there.
    assert run.load_model().step == last.step + (call == "replace")
    assert run.newest[1] == ()
    assert not list((tmp_path / "checkpoints").glob("*.tmp"))


def test_that_a_metrics_log_the_system_refuses_ends_training_in_words(tmp_path: Path) -> None:
    def fill_up(event: TrainingEvent) -> None:
        if isinstance(event, TrainingSnapshot) and not limits:
            limit = files_no_longer_than(1)
            limit.__enter__()
            limits.append(limit)

    limits: list[object] = []
    heard = Listener(fill_up)
    try:
        run = train(tiny_experiment(history=0), tiny_dataset(), tmp_path, on_event=heard, control=Control())
    finally:
        for limit in limits:
            limit.__exit__(None, None, None)  # type: ignore[attr-defined]
    assert run is None
    failed = heard.events[-1]
    assert isinstance(failed, TrainingFailed)
    assert "metrics.jsonl” can't be written: File too large" in failed.message
    assert not failed.wrong_input


def test_that_a_failed_save_ends_even_an_endless_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Path:
        raise StorageError("No room.")

    monkeypatch.setattr(recorder, "AUTOSAVE_SECONDS", 0.0)
    monkeypatch.setattr(recorder, "save_checkpoint", fail)
    heard, control = Listener(), Control()
    assert train(tiny_experiment(epochs=100_000), tiny_dataset(), tmp_path, on_event=heard, control=control) is None
    assert control.stopped
    assert isinstance(heard.events[-1], TrainingFailed)
    assert heard.events[-1].message == "No room."


def test_that_records_are_on_the_disk_before_the_weights_that_follow_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, save = MetricsLog.sync, save_checkpoint

    def note_sync(self: MetricsLog) -> None:
        sync(self)
        done.append("records")

    def note_save(
        folder: Path, model: ModelSnapshot, state: Mapping[str, object], training: TrainingState | None
    ) -> Path:
        done.append("weights")
        return save(folder, model, state, training)

    monkeypatch.setattr(MetricsLog, "sync", note_sync)
    monkeypatch.setattr(recorder, "save_checkpoint", note_save)
    recorded(tmp_path)
    assert done == ["records", "weights"]


def test_that_closing_a_log_on_a_full_disk_raises_nothing(tmp_path: Path) -> None:
    log = MetricsLog(tmp_path / "metrics.jsonl")
    record = MetricRecord(1, 0.1, "train", 0.0, {"loss": 1.0})
    with files_no_longer_than(1):
        with pytest.raises(StorageError, match=r"metrics\.jsonl” can't be written"):
            log.append([record])
        log.close()


def test_that_the_same_step_saved_again_is_never_away_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each rename of the second save a whole checkpoint of the step has to be found."""
    run = recorded(tmp_path)
    model = run.load_model()
    seen: list[int] = []
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        done = real(self, target)
        seen.append(open_run(tmp_path).newest[0].step)
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", rename)
        path = save_checkpoint(tmp_path / "checkpoints", model, {"reason": "again"})
    assert seen == [6, 6]
    assert read_checkpoint(path).state["reason"] == "again"
    assert [item.name for item in checkpoints(tmp_path)] == ["step-00000006"]


def test_that_a_save_that_dies_between_two_renames_leaves_the_old_one_to_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = recorded(tmp_path).load_model()
    real = Path.rename

    def die_at_second(self: Path, target: Path) -> Path:
        if self.name.endswith(".tmp"):
            raise KeyboardInterrupt
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die_at_second)
        with pytest.raises(KeyboardInterrupt):
            save_checkpoint(tmp_path / "checkpoints", model, {})
    assert open_run(tmp_path).load_model().weight_hash == model.weight_hash
    save_checkpoint(tmp_path / "checkpoints", model, {})
    assert [item.name for item in checkpoints(tmp_path)] == ["step-00000006"]


def test_that_a_folder_taken_away_while_training_is_told(tmp_path: Path) -> None:
    def take_away(event: TrainingEvent) -> None:
        if isinstance(event, CheckpointSaved):
            (tmp_path / "run" / "run.json").unlink()

    heard = Listener(take_away)
    assert train(tiny_experiment(), tiny_dataset(), tmp_path / "run", on_event=heard, control=Control()) is None
    failed = heard.events[-1]
    assert isinstance(failed, TrainingFailed)
    assert "it has no file run.json" in failed.message
