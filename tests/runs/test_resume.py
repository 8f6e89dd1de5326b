"""A run on disk goes on in its own folder, exactly, and what can't go on is refused before anything changes."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.runs.recorded import checkpoints, recorded
from tests.runs.resumed import WIDE, Killed, curve, gone_on, killed_after, refused, rewrite
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.errors import DataError, SettingError
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.recording import resume, train
from vae_explorer.runs.resuming import continuation
from vae_explorer.training.control import Control
from vae_explorer.training.events import (
    CheckpointSaved,
    TrainingFailed,
    TrainingFinished,
    TrainingSnapshot,
    TrainingStarted,
)

pytestmark = pytest.mark.usefixtures("autosave_always")


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_that_a_killed_run_goes_on_to_the_weights_and_records_of_one_that_never_was(
    objective: str, tmp_path: Path
) -> None:
    experiment = tiny_experiment(objective, epochs=3)
    whole = recorded(tmp_path / "whole", experiment, WIDE)
    step = 1 + sum(map(ord, objective)) % 8
    run = killed_after(step, tmp_path / "run", experiment)
    assert run.newest[0].step == step
    after, heard = gone_on(run)
    assert [event.progress.step for event in heard.of(TrainingStarted)] == [step]
    assert curve(after.metrics) == curve(whole.metrics)
    assert after.load_model().weight_hash == whole.load_model().weight_hash
    assert after.result["test"] == whole.result["test"]
    assert after.result["train"] == whole.result["train"]
    assert after.result["reason"] == "completed"
    assert [(item.step, item.epochs, item.schedule_changed) for item in after.resumptions] == [(step, 3, False)]


def test_that_a_stopped_run_goes_on_and_its_header_keeps_the_experiment_it_began_with(tmp_path: Path) -> None:
    control = Control()
    stop = Listener(lambda event: control.stop() if isinstance(event, CheckpointSaved) and event.step == 4 else None)
    experiment = tiny_experiment(epochs=3)
    run = train(experiment, WIDE, tmp_path / "run", on_event=stop, control=control)
    assert run is not None
    assert (run.result["reason"], run.newest[0].step) == ("stopped", 4)
    before = json.loads((run.path / "run.json").read_text())
    after, _ = gone_on(run)
    header = json.loads((run.path / "run.json").read_text())
    assert len(header.pop("resumptions")) == 1
    assert header.pop("sha256") != before.pop("sha256")
    assert header == before
    assert after.experiment == experiment
    whole = recorded(tmp_path / "whole", experiment, WIDE)
    assert curve(after.metrics) == curve(whole.metrics)
    assert after.load_model().weight_hash == whole.load_model().weight_hash


def test_that_a_completed_run_goes_on_with_more_epochs_and_remembers_how_many(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=2), WIDE)
    after, heard = gone_on(run, epochs=5)
    (note,) = heard.of(TrainingStarted)[0].notes
    assert note.startswith(
        "The schedule “Warm-up, then cosine decay” now covers 5 epochs instead of 2: the learning rate goes on at "
    )
    assert after.experiment.training.epochs == 5
    assert json.loads((run.path / "run.json").read_text())["experiment"]["training"]["epochs"] == 2
    assert [(item.step, item.epochs, item.schedule_changed) for item in after.resumptions] == [(6, 5, True)]
    assert after.newest[0].epoch == 5
    assert [record.step for record in after.metrics if record.split == "train"] == list(range(1, 16))
    again, heard = gone_on(after, epochs=6)
    assert len(again.resumptions) == 2
    assert again.experiment.training.epochs == 6


def test_that_what_a_save_left_half_written_is_gone_when_a_run_goes_on(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=2), WIDE)
    half, torn = run.path / "checkpoints" / "step-00000099.tmp", run.path / ".vae-explorer-torn.tmp"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    torn.write_bytes(b"torn")
    after, _ = gone_on(run, epochs=3)
    assert not half.exists()
    assert not torn.exists()
    assert after.experiment.training.epochs == 3


def test_that_the_device_may_be_another_when_a_run_goes_on(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=2), WIDE)
    assert continuation(run, WIDE, epochs=3, device="cpu").experiment.training.device == "cpu"


def test_that_a_constant_rate_has_nothing_to_say_about_more_epochs(tmp_path: Path) -> None:
    whole = recorded(tmp_path / "whole", tiny_experiment(epochs=4, schedule="constant"), WIDE)
    run = recorded(tmp_path / "run", tiny_experiment(epochs=2, schedule="constant"), WIDE)
    after, heard = gone_on(run, epochs=4)
    assert heard.of(TrainingStarted)[0].notes == ()
    assert not after.resumptions[0].schedule_changed
    assert curve(after.metrics) == curve(whole.metrics)
    assert after.load_model().weight_hash == whole.load_model().weight_hash


@pytest.mark.parametrize("file", ["model.safetensors", "training.safetensors", "state.json", "DONE.json"])
def test_that_a_damaged_newest_checkpoint_is_passed_over_with_a_notice(file: str, tmp_path: Path) -> None:
    experiment = tiny_experiment(epochs=3)
    whole = recorded(tmp_path / "whole", experiment, WIDE)
    run = killed_after(5, tmp_path / "run", experiment)
    newest, older = checkpoints(run.path)
    content = bytearray((newest / file).read_bytes())
    content[len(content) // 2] ^= 0x55
    (newest / file).write_bytes(content)
    after, heard = gone_on(open_run(run.path))
    started = heard.of(TrainingStarted)[0]
    assert started.progress.step == 4 == int(older.name.removeprefix("step-"))
    (note,) = started.notes
    assert newest.name in note
    assert note.endswith("The run goes on from an older checkpoint.")
    assert curve(after.metrics) == curve(whole.metrics)
    assert after.load_model().weight_hash == whole.load_model().weight_hash
    assert (newest.parent / f"{newest.name}.set-aside" / file).read_bytes() == content
    assert after.newest[1] == ()


def test_that_a_torn_log_goes_on_and_what_is_lost_is_told(tmp_path: Path) -> None:
    run = killed_after(5, tmp_path / "run", tiny_experiment(epochs=3))
    log = run.path / "metrics.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:2]) + lines[2][:7])
    after, heard = gone_on(open_run(run.path))
    (note,) = heard.of(TrainingStarted)[0].notes
    assert note == "The run's curves have lost 4 records, because metrics.jsonl was damaged."
    assert [record.step for record in after.metrics] == [1, 2, 6, 6, 7, 8, 9, 9]


def test_that_other_data_are_refused(tmp_path: Path) -> None:
    run = killed_after(2, tmp_path / "run", tiny_experiment(epochs=3))
    said = refused(run, tiny_dataset(train=40, shape=(1, 8, 28), seed=1, name="others"))
    assert said.startswith("The data others aren't those that the run run was trained on")
    with pytest.raises(DataError):
        continuation(run, dataclasses.replace(WIDE, train_count=41))


def test_that_a_run_with_nothing_left_or_fewer_epochs_is_refused(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=3), WIDE)
    assert "has 3 epochs behind it, so there is nothing left of 3 to train" in refused(run)
    assert "has 3 epochs behind it, so there is nothing left of 2 to train" in refused(run, epochs=2)
    with pytest.raises(SettingError, match=r"training\.epochs"):
        continuation(run, WIDE, epochs=0)


def test_that_a_run_of_an_older_version_opens_but_can_not_go_on(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=3), WIDE)
    for checkpoint in checkpoints(run.path):
        (checkpoint / "training.safetensors").unlink()
        state = json.loads((checkpoint / "state.json").read_text())
        del state["training"]
        rewrite(checkpoint, "state.json", json.dumps(state).encode())
    opened = open_run(run.path)
    assert opened.load_model().step == 9
    assert not opened.can_resume
    assert "was saved without the state of the training, as older versions did" in refused(opened, epochs=9)


def test_that_a_run_that_is_being_trained_is_refused(tmp_path: Path) -> None:
    run = killed_after(2, tmp_path / "run", tiny_experiment(epochs=3))
    lock = RunLock(run.path)
    assert "is being trained already" in refused(run)
    lock.close()
    gone_on(run)
    said: list[str] = []

    def try_too(event: object) -> None:
        if isinstance(event, CheckpointSaved) and not said:
            heard = Listener()
            assert resume(run, WIDE, on_event=heard, control=Control()) is None
            said.extend(str(item.message) for item in heard.of(TrainingFailed))

    recorded(tmp_path / "second", tiny_experiment(), WIDE)
    assert resume(open_run(run.path), WIDE, epochs=4, on_event=Listener(try_too), control=Control()) is not None
    assert "is being trained already" in said[0]


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_that_a_disk_that_fails_before_going_on_leaves_a_run_that_can_go_on(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = tiny_experiment(epochs=3)
    whole = recorded(tmp_path / "whole", experiment, WIDE)
    run = killed_after(4, tmp_path / "run", experiment)

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    heard = Listener()
    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        assert resume(run, WIDE, on_event=heard, control=Control()) is None
    failed = heard.events[-1]
    assert isinstance(failed, TrainingFailed)
    assert "the disk is full" in failed.message
    after, _ = gone_on(open_run(run.path))
    assert curve(after.metrics) == curve(whole.metrics)


def test_that_a_death_between_any_two_renames_of_going_on_leaves_a_run_that_goes_on_exactly(tmp_path: Path) -> None:
    experiment = tiny_experiment(epochs=3)
    whole = recorded(tmp_path / "whole", experiment, WIDE)
    killed_after(4, tmp_path / "killed", experiment)
    real = os.replace
    for deaths in range(1, 8):
        folder = tmp_path / f"run {deaths}"
        shutil.copytree(tmp_path / "killed", folder)
        left = [deaths]

        def die(*names: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            real(*names)

        run = open_run(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "replace", die)
            with pytest.raises(Killed):
                resume(run, WIDE, on_event=Listener(), control=Control())
        after, _ = gone_on(open_run(folder))
        assert curve(after.metrics) == curve(whole.metrics)
        assert after.load_model().weight_hash == whole.load_model().weight_hash


def test_that_listeners_get_no_state_of_the_training(tmp_path: Path) -> None:
    heard = Listener()
    recorded(tmp_path / "run", tiny_experiment(), WIDE, heard)
    assert all(event.state is None for event in heard.of(TrainingSnapshot))
    assert all(event.state is None for event in heard.of(TrainingFinished))
