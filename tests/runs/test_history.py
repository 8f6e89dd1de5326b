"""A run keeps the weights of many moments, within its budget, and whoever opens it can go back to each."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
from pathlib import Path

import numpy as np
import pytest

from tests.runs.recorded import recorded
from tests.runs.resumed import WIDE, killed_after
from tests.training.tiny import Listener, tiny_experiment
from vae_explorer.errors import RunError
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs import history_writer, recorder, recording, thinning
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.history import KeptMoment, half_bytes, moment_content, moment_file, moment_files, read_moment
from vae_explorer.runs.recording import resume, train
from vae_explorer.runs.thinning import Thinning
from vae_explorer.training import telling
from vae_explorer.training.control import Control
from vae_explorer.training.events import MomentKept, TrainingFailed, TrainingSnapshot

STEPS = 3
"""Steps of an epoch of the tiny runs."""


def steps_of(folder: Path) -> list[int]:
    return [moment.step for moment in open_run(folder).moments]


def size_of(folder: Path) -> int:
    """Return the bytes in a folder in which a writer may be at work."""
    total = 0
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


@pytest.mark.parametrize("steps_per_epoch", [1, 2, 71, 469, 100_000])
@pytest.mark.parametrize("most", [0, 1, 2, 5, 24, 100])
def test_that_there_are_never_more_moments_than_allowed_and_the_first_stays(steps_per_epoch: int, most: int) -> None:
    plan = Thinning(steps_per_epoch, most)
    kept: list[int] = []
    for step in sorted({*range(1000), *(epoch * steps_per_epoch for epoch in range(2000))}):
        if plan.wants(step):
            kept = [*(old for old in kept if plan.keeps(old, step)), step]
            assert len(kept) <= most
            assert kept[0] == 0
    assert bool(kept) == (most > 0)
    assert len(kept) >= most // 3 or steps_per_epoch == 100_000


def test_that_moments_are_dense_at_the_start_and_even_over_the_epochs() -> None:
    plan = Thinning(71, 40)

    assert plan.early == (0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64)
    assert [step for step in range(71, 71 * 27 + 1) if plan.wants(step)] == [71 * epoch for epoch in range(1, 28)]
    later = [step for step in range(0, 71 * 100, 71) if step and plan.keeps(step, 71 * 100)]
    assert set(np.diff(later)) == {71 * 4}


def test_that_short_epochs_are_kept_no_more_often_than_every_64_steps() -> None:
    plan = Thinning(3, 100)
    kept = [step for step in range(2000) if plan.wants(step)]

    assert kept[:13] == [0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 45, 64]
    assert set(np.diff(kept[15:])) == {96}


@pytest.mark.parametrize("objective", [entry.name for entry in OBJECTIVES])
def test_that_every_objective_keeps_moments_from_the_first_to_the_last(objective: str, tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(objective, epochs=3), WIDE)

    assert [moment.step for moment in run.moments] == [0, 1, 2, 3, 4, 6, 8, 9]
    assert [moment.epoch for moment in run.moments] == pytest.approx([step / 3 for step in (0, 1, 2, 3, 4, 6, 8, 9)])
    hashes = {run.load_moment(moment).weight_hash for moment in run.moments}
    assert len(hashes) == 8
    assert run.load_moment(run.moments[-1]).weight_hash == run.load_model().weight_hash


@pytest.fixture
def snapshots_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "AUTOSAVE_SECONDS", 0.0)
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))


@pytest.mark.usefixtures("snapshots_always")
def test_that_a_moment_is_the_model_of_its_step_up_to_half_precision(tmp_path: Path) -> None:
    listener = Listener()
    run = recorded(tmp_path / "run", tiny_experiment(epochs=2), WIDE, listener)
    models: dict[int, ModelSnapshot] = {event.model.step: event.model for event in listener.of(TrainingSnapshot)}
    for moment in run.moments[:-1]:
        kept, was = run.load_moment(moment), models[moment.step]
        assert (kept.step, kept.epoch) == (was.step, was.epoch)
        for name, values in was.weights.items():
            np.testing.assert_allclose(kept.weights[name], values, rtol=2**-11, atol=2**-25)


def test_that_a_listener_hears_of_each_moment_once_it_is_on_disk(tmp_path: Path) -> None:
    missing: list[Path] = []
    listener = Listener(lambda event: missing.extend([event.path] if isinstance(event, MomentKept) else []))
    run = recorded(tmp_path / "run", tiny_experiment(epochs=3), WIDE, listener)

    assert [event.step for event in listener.of(MomentKept)] == [step for step, _ in moment_files(run.path)]
    assert all(path.is_file() for path in missing)


def test_that_the_budget_is_never_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = half_bytes(recorded(tmp_path / "first", tiny_experiment(), WIDE).load_model().weights)
    budget = 7 * size + 10
    largest = [0]
    monkeypatch.setattr(
        history_writer, "history_writer", lambda run, *_: history_writer.HistoryWriter(run, STEPS, budget)
    )
    monkeypatch.setattr(recording, "history_writer", history_writer.history_writer)

    def look(event: object) -> None:
        if isinstance(event, MomentKept):
            largest.append(size_of(tmp_path / "run" / "history"))

    listener = Listener(look)
    monkeypatch.setattr(thinning, "LEAST_STEPS", STEPS)
    recorded(tmp_path / "run", tiny_experiment(epochs=20), WIDE, listener)
    assert size < max(largest) <= budget
    assert steps_of(tmp_path / "run") == [0, 2, 12, 24, 36, 48, 60]
    assert any(event.dropped for event in listener.of(MomentKept))


def test_that_a_moment_that_cannot_be_taken_away_breaks_no_training_and_no_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "step-00000003.safetensors":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        take_away(path, missing_ok)

    size = half_bytes(recorded(tmp_path / "first", tiny_experiment(), WIDE).load_model().weights)
    monkeypatch.setattr(thinning, "LEAST_STEPS", STEPS)
    monkeypatch.setattr(
        recording, "history_writer", lambda run, *_: history_writer.HistoryWriter(run, STEPS, 7 * size + 10)
    )
    monkeypatch.setattr(Path, "unlink", refuse)
    run = recorded(tmp_path / "run", tiny_experiment(epochs=20), WIDE)

    assert 3 in [moment.step for moment in run.moments]
    assert size_of(run.path / "history") <= 7 * size + 10


def test_that_a_run_without_history_has_its_newest_moment(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(history=0), WIDE)

    assert not (run.path / "history").exists()
    assert [moment.step for moment in run.moments] == [6]


@pytest.mark.usefixtures("snapshots_always")
@pytest.mark.parametrize("objective", ["vae", "gan", "gan-bottleneck"])
def test_that_a_run_that_goes_on_has_the_history_of_one_without_a_break(objective: str, tmp_path: Path) -> None:
    experiment = tiny_experiment(objective, epochs=4)
    whole = recorded(tmp_path / "whole", experiment, WIDE)
    broken = killed_after(5, tmp_path / "broken", experiment)
    (broken.path / "history" / "step-00000009.safetensors").write_bytes(b"of a future that never came")
    (broken.path / "history" / ".vae-explorer-0123.tmp").write_bytes(b"torn")

    assert resume(broken, WIDE, on_event=Listener(), control=Control()) is not None
    kept = {path.name: path.read_bytes() for _, path in moment_files(whole.path)}
    assert {path.name: path.read_bytes() for _, path in moment_files(broken.path)} == kept
    assert len(kept) > 5
    assert not list((broken.path / "history").glob(".*"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "renamed", "text", "empty", "folder"])
def test_that_a_damaged_moment_is_left_out_with_a_note_or_refused(damage: str, tmp_path: Path) -> None:
    run = recorded(tmp_path / "run", tiny_experiment(epochs=3), WIDE)
    path = moment_file(run.path, 3)
    content = path.read_bytes()
    if damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        flipped = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
        other = moment_file(run.path, 2).read_bytes()
        path.write_bytes(
            {"cut": content[:-1], "flipped": flipped, "renamed": other, "text": b"weights"}.get(damage, b"")
        )
    run = open_run(run.path)

    if damage == "flipped":
        (moment,) = (moment for moment in run.moments if moment.step == 3)
        with pytest.raises(RunError, match=r"step-00000003\.safetensors is damaged: its content doesn't match"):
            run.load_moment(moment)
    else:
        assert [moment.step for moment in run.moments] == [0, 1, 2, 4, 6, 8, 9]
        (note,) = run.history_notes
        assert "step-00000003.safetensors" in note
        assert note.endswith("That moment is left out.")


def test_that_a_full_disk_under_the_history_ends_training_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(history_writer, "write_atomically", full)
    listener = Listener()
    assert train(tiny_experiment(), WIDE, tmp_path / "run", on_event=listener, control=Control()) is None
    last = listener.events[-1]
    assert isinstance(last, TrainingFailed)
    assert "No space left on device" in last.message


def test_that_weights_beyond_half_precision_survive(tmp_path: Path) -> None:
    weights = {"a": np.array([1e6, 1.0], np.float32), "b": np.array([0.1], np.float32)}
    path = tmp_path / "step-00000007.safetensors"
    path.write_bytes(moment_content(weights, 7, 0.5))
    moment = KeptMoment(7, 0.5, path)
    read = read_moment(moment)
    assert read["a"].tolist() == [1e6, 1.0]
    assert read["b"] == pytest.approx(0.1, rel=1e-3)
    with pytest.raises(RunError, match="doesn't match its checksum"):
        read_moment(dataclasses.replace(moment, step=8))
