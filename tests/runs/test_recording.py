"""What training leaves on disk, and how often."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.runs.recorded import checkpoints, recorded, tree
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs import recorder
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.recording import train
from vae_explorer.training import telling
from vae_explorer.training.control import Control
from vae_explorer.training.events import (
    CheckpointSaved,
    TrainingEvent,
    TrainingFailed,
    TrainingFinished,
    TrainingPaused,
    TrainingSnapshot,
)
from vae_explorer.training.loop import Loop


@pytest.mark.parametrize("objective", OBJECTIVES.names())
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_that_a_run_comes_back_with_its_weights_settings_and_records(
    objective: str, network: str, tmp_path: Path
) -> None:
    heard, data = Listener(), tiny_dataset()
    experiment = tiny_experiment(objective, network=network)
    run = recorded(tmp_path / "run", experiment, data, heard)
    again = open_run(tmp_path / "run")
    model = again.load_model()
    assert model.weight_hash == heard.finished.model.weight_hash == run.load_model().weight_hash
    assert (model.step, model.epoch, model.conditioning) == (6, 2.0, heard.finished.model.conditioning)
    trained = heard.finished.model
    assert (model.can_encode, model.can_decode) == (trained.can_encode, trained.can_decode)
    assert (model.can_classify, model.can_regress) == (trained.can_classify, trained.can_regress)
    if trained.can_decode:
        assert np.array_equal(model.decode([[0.3, 1]], 1), trained.decode([[0.3, 1]], 1))
    if trained.can_classify:
        assert np.array_equal(model.classify([[0.3, 1]]), trained.classify([[0.3, 1]]))
    assert again.experiment == experiment
    assert (again.data.name, again.data.sha256, again.data.shape) == ("tiny", data.sha256, (1, 8, 8))
    assert again.data.class_names == data.class_names
    assert (again.data.images, again.data.train_images) == (48, 40)
    assert [(item.step, item.split, item.values) for item in again.metrics] == [
        (item.step, item.split, item.values) for item in heard.records()
    ]
    assert again.result["reason"] == "completed"
    assert again.result["test"] == heard.finished.test
    assert again.name == "run"


def test_that_a_run_folder_holds_what_is_promised(tmp_path: Path) -> None:
    recorded(tmp_path)
    found = tree(tmp_path)
    checkpoint = "checkpoints/step-00000006"
    assert set(found) == {
        "run.json",
        "metrics.jsonl",
        "LATEST",
        "run.lock",
        *(f"{checkpoint}/{name}" for name in ("model.safetensors", "training.safetensors", "state.json", "DONE.json")),
        *(f"history/step-{step:08d}.safetensors" for step in (0, 1, 2, 3, 4, 6)),
    }
    header = json.loads(found["run.json"])
    assert header["schema_version"] == 1
    assert set(header) == {"schema_version", "program", "torch", "created", "experiment", "data", "sha256"}
    assert header["experiment"]["training"]["seed"] == 0
    assert found["LATEST"] == b"step-00000006\n"
    assert all(json.loads(line) for line in found["metrics.jsonl"].splitlines())


def test_that_each_event_arrives_once_and_a_save_is_told_before_the_end(tmp_path: Path) -> None:
    heard = Listener()
    recorded(tmp_path, listener=heard)
    saved = heard.of(CheckpointSaved)
    assert [(event.step, event.path) for event in saved] == [(6, tmp_path / "checkpoints" / "step-00000006")]
    assert isinstance(heard.events[-1], TrainingFinished)
    assert heard.events.index(saved[0]) == len(heard.events) - 2


@pytest.mark.usefixtures("autosave_always")
def test_that_weights_are_saved_between_and_only_the_newest_two_are_kept(tmp_path: Path) -> None:
    kept: list[list[str]] = []
    heard = Listener(
        lambda event: (
            kept.append([path.name for path in checkpoints(tmp_path)]) if isinstance(event, CheckpointSaved) else None
        )
    )
    recorded(tmp_path, listener=heard)
    assert [event.step for event in heard.of(CheckpointSaved)][-3:] == [5, 6, 6]
    assert kept[0] == ["step-00000000"]
    assert all(len(names) <= 2 for names in kept)
    assert kept[-1] == ["step-00000006", "step-00000005"]
    assert not list((tmp_path / "checkpoints").glob("*.tmp"))
    assert not list((tmp_path / "checkpoints").glob("*.old"))


def test_that_nothing_is_saved_between_before_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def later(event: TrainingEvent) -> None:
        if isinstance(event, TrainingSnapshot):
            now[0] += recorder.AUTOSAVE_SECONDS / 2.5

    heard = Listener(later)
    recorded(tmp_path, listener=heard)
    # Snapshots come at 0, 12, 24, 36 ... seconds, one a step; a save is due after 30 seconds, and at the end.
    assert [event.model.step for event in heard.of(TrainingSnapshot)] == [0, 1, 2, 3, 4, 5, 6]
    assert [event.step for event in heard.of(CheckpointSaved)] == [3, 6, 6]


def test_that_a_stopped_run_is_saved_and_says_so(tmp_path: Path) -> None:
    control = Control()
    control.pause()

    def steer(event: TrainingEvent) -> None:
        if isinstance(event, TrainingPaused):
            control.stop() if event.progress.step == 2 else control.step()

    heard = Listener(steer)
    run = train(tiny_experiment(), tiny_dataset(), tmp_path, on_event=heard, control=control)
    assert run is not None
    assert run.result["reason"] == "stopped"
    assert run.load_model().step == 2
    assert [record.step for record in run.metrics] == [1, 2]


@pytest.mark.parametrize("name", ["with space", "ümläut 数字", "line\nbreak", "<b>mark-up</b>", "-dash", "bad\udcff"])
def test_that_a_run_of_any_name_is_saved_and_opened_again(name: str, tmp_path: Path) -> None:
    recorded(tmp_path / name)
    assert open_run(tmp_path / name).load_model().step == 6


@pytest.mark.parametrize("content", ["file", "folder", "run"])
def test_that_a_folder_with_something_in_it_is_refused_and_left_alone(content: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    if content == "run":
        recorded(folder)
    elif content == "file":
        (folder / "diary.txt").write_text("dear")
    else:
        (folder / "sub").mkdir()
    before, heard = tree(tmp_path), Listener()
    assert train(tiny_experiment(), tiny_dataset(), folder, on_event=heard, control=Control()) is None
    (failed,) = heard.events
    assert isinstance(failed, TrainingFailed)
    assert failed.message == f"The folder {folder} isn't empty: name a new folder for the run."
    assert failed.wrong_input
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("file", "isn't empty"),
        ("file/run", "can't be written: Not a directory"),
        ("x" * 300, "can't be used: File name too long"),
        ("nul\0", "embedded null"),
    ],
)
def test_that_a_place_for_no_folder_is_refused_in_one_line(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    heard = Listener()
    assert train(tiny_experiment(), tiny_dataset(), tmp_path / name, on_event=heard, control=Control()) is None
    (failed,) = heard.events
    assert isinstance(failed, TrainingFailed)
    assert said in failed.message
    assert failed.message.isprintable()
    assert failed.wrong_input


def test_that_a_training_that_can_not_start_is_a_failure_without_a_result(tmp_path: Path) -> None:
    heard = Listener()
    data = tiny_dataset(classes=0)
    assert train(tiny_experiment("cvae-label"), data, tmp_path, on_event=heard, control=Control()) is None
    assert isinstance(heard.events[-1], TrainingFailed)
    assert heard.events[-1].wrong_input


@pytest.mark.usefixtures("autosave_always")
def test_that_broken_weights_are_never_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Loop.take_step

    def step(loop: Loop, rows: npt.NDArray[np.int64], rate: float) -> None:
        real(loop, rows, rate)
        if loop.step == 2:
            dict(loop.model.named_parameters())["encoder.log_var.bias"].data.fill_(float("nan"))

    monkeypatch.setattr(Loop, "take_step", step)
    heard = Listener()
    assert train(tiny_experiment(), tiny_dataset(), tmp_path, on_event=heard, control=Control()) is None
    failed = heard.events[-1]
    assert isinstance(failed, TrainingFailed)
    assert failed.message.startswith("Training diverged at step 2: the weights encoder.log_var.bias aren't finite")
    assert open_run(tmp_path).load_model().step == 1
