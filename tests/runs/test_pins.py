"""What a person pins is never taken away to make room, and neither is the best checkpoint."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.runs.damage import one_sentence
from tests.runs.recorded import checkpoints, recorded, tree
from tests.training.tiny import Listener, tiny_experiment
from vae_explorer.errors import RunError, StorageError
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.history_writer import HistoryWriter
from vae_explorer.runs.pins import known_pins, pin, pinned_steps, unpin
from vae_explorer.runs.saving import best_checkpoint, save_checkpoint, superfluous
from vae_explorer.training.events import CheckpointSaved

Losses = dict[int, dict[str, float]]


def saved(folder: Path, losses: Losses) -> list[str]:
    """Save a checkpoint for each of these steps, and return what is left, the newest first."""
    model = open_run(folder).load_model()
    for step, measured in losses.items():
        model.step = step
        save_checkpoint(folder / "checkpoints", model, {"measured": measured} if measured else {})
    return [str(int(path.name.split("-")[1])) for path in checkpoints(folder)]


def loss(value: float, **others: float) -> dict[str, float]:
    return {"loss": value, **others}


def test_that_the_best_checkpoint_stays_beside_the_newest_two(folder: Path) -> None:
    assert saved(folder, {10: loss(3.0), 11: loss(1.0), 12: loss(2.0), 13: loss(2.5), 14: loss(2.2)}) == [
        "14",
        "13",
        "11",
    ]
    assert saved(folder, {15: loss(0.5)}) == ["15", "14"]


def test_that_losses_of_other_weights_are_not_compared(folder: Path) -> None:
    grown = {10: loss(1.0, beta=0.1), 11: loss(5.0, beta=1.0), 12: loss(6.0, beta=1.0), 13: loss(7.0, beta=1.0)}
    assert saved(folder, grown) == ["13", "12", "11"]


def test_that_without_a_measure_the_newest_two_stay(folder: Path) -> None:
    shutil.rmtree(checkpoints(folder)[0])  # the end of a training, which was measured
    assert saved(folder, {10: {}, 11: {}, 12: {}}) == ["12", "11"]
    assert best_checkpoint(checkpoints(folder)) is None


@pytest.mark.parametrize("state", [b"", b"[]", b'{"measured": 3}', b'{"measured": {"loss": "x"}}', b'{"measured": {}}'])
def test_that_a_measure_that_makes_no_sense_is_none(state: bytes, folder: Path) -> None:
    (checkpoints(folder)[0] / "state.json").write_bytes(state)
    assert best_checkpoint(checkpoints(folder)) is None


def test_that_a_training_keeps_the_checkpoint_of_its_best_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vae_explorer.runs.autosave.EPOCH_SECONDS", 0.0)
    monkeypatch.setattr("vae_explorer.runs.autosave.SAVING_SHARE", float("inf"))
    heard = Listener()
    run = recorded(tmp_path, tiny_experiment(epochs=6), listener=heard)
    assert [event.step for event in heard.of(CheckpointSaved)] == [3, 6, 9, 12, 15, 18]
    losses = {record.step: record.values["loss"] for record in run.metrics if record.split == "test"}
    best = min(losses, key=lambda step: losses[step])
    assert {18, 15, best} == {int(path.name.split("-")[1]) for path in checkpoints(tmp_path)}


def test_that_a_pinned_checkpoint_stays_and_can_be_shown_exactly(folder: Path) -> None:
    pin(folder, 5)
    shutil.rmtree(checkpoints(folder)[0])
    assert saved(folder, {10: {}, 11: {}, 12: {}}) == ["12", "11", "5"]
    run = open_run(folder)
    moment = next(moment for moment in run.moments if moment.step == 5)
    assert moment.is_exact
    assert run.load_moment(moment).step == 5
    assert run.pinned == {5}
    unpin(folder, 5)
    assert saved(folder, {13: {}}) == ["13", "12"]


def test_that_a_pinned_moment_of_the_history_stays(folder: Path) -> None:
    run, model = open_run(folder), open_run(folder).load_model()
    steps = [moment.step for moment in run.moments]
    pin(folder, 1)
    writer = HistoryWriter(folder, 3, sum(path.stat().st_size for path in (folder / "history").iterdir()) * 20)
    model.step = 384
    writer.keep(model)
    writer.flush()
    writer.close()
    (written,) = writer.take_written()
    assert 1 in steps
    assert 1 not in written.dropped
    assert (folder / "history" / "step-00000001.safetensors").exists()


def test_that_pinning_twice_is_pinning_once(folder: Path) -> None:
    pin(folder, 6)
    before = tree(folder)
    pin(folder, 6)
    assert tree(folder) == before
    assert pinned_steps(folder) == {6}


def test_that_what_is_not_there_cannot_be_pinned_or_let_go(folder: Path) -> None:
    before = tree(folder)
    for act, said in ((pin, "no weights of step 99"), (unpin, "Step 99 of the run")):
        with pytest.raises(RunError, match=said) as caught:
            act(folder, 99)
        one_sentence(caught.value)
    assert tree(folder) == before


def test_that_a_pin_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "pinned").write_text("a file")
    with pytest.raises(StorageError, match="can't be written") as caught:
        pin(folder, 6)
    one_sentence(caught.value)
    assert known_pins(folder) == frozenset()


def test_that_everything_is_kept_while_it_is_not_known_what_is_pinned(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(folder, {10: {}})

    def fail(_path: object) -> list[str]:
        raise OSError(5, os.strerror(5))

    monkeypatch.setattr(os, "listdir", fail)
    monkeypatch.setattr("vae_explorer.runs.saving._NEWEST_KEPT", 0)
    assert superfluous(folder / "checkpoints") == []
    assert known_pins(folder) == frozenset()


def test_that_a_pinned_checkpoint_that_is_damaged_is_no_moment(folder: Path) -> None:
    pin(folder, 5)
    state = folder / "checkpoints" / "step-00000005" / "state.json"
    for content in (b"", json.dumps({"step": 5, "epoch": "x"}).encode(), json.dumps({"epoch": -1}).encode()):
        state.write_bytes(content)
        assert all(moment.step != 5 for moment in open_run(folder).moments)
