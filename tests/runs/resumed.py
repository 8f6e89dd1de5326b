"""Runs that were killed and go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.runs.recorded import tree
from tests.training.tiny import Listener, tiny_dataset
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.runs import recorder
from vae_explorer.runs.folder import Run, open_run
from vae_explorer.runs.recording import resume, train
from vae_explorer.training import telling
from vae_explorer.training.control import Control
from vae_explorer.training.events import (
    MetricRecord,
    TrainingFailed,
    TrainingSnapshot,
)
from vae_explorer.training.experiment import Experiment

Changed = Mapping[str, object]
WIDE = tiny_dataset(train=40, shape=(1, 8, 28))
"""Three steps of at most 16 in an epoch, wide enough for every objective's own settings."""


def save_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a snapshot after every step, and save each, as long as a patch lasts."""
    monkeypatch.setattr(recorder, "AUTOSAVE_SECONDS", 0.0)
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))


class Killed(BaseException):
    """Ends a training as a kill does, as far as the disk can tell."""


def killed_after(step: int, folder: Path, experiment: Experiment, data: ImageDataset = WIDE) -> Run:
    """Train, and die when the checkpoint of `step` has been written and the step after it was taken."""

    def die(event: object) -> None:
        if isinstance(event, TrainingSnapshot) and event.model.step == step + 1:
            raise Killed
        if isinstance(event, TrainingSnapshot) and event.model.step == step - 1:  # the next save is the last one
            monkey.setattr(recorder, "AUTOSAVE_SECONDS", 1e9)

    with pytest.MonkeyPatch.context() as monkey, pytest.raises(Killed):
        train(experiment, data, folder, on_event=Listener(die), control=Control())
    return open_run(folder)


def gone_on(run: Run, data: ImageDataset = WIDE, **options: object) -> tuple[Run, Listener]:
    heard = Listener()
    after = resume(run, data, on_event=heard, control=Control(), **options)  # type: ignore[arg-type]
    assert after is not None, heard.events[-1]
    return after, heard


def curve(records: tuple[MetricRecord, ...]) -> list[tuple[int, float, str, Mapping[str, float]]]:
    return [(record.step, record.epoch, record.split, record.values) for record in records]


def refused(run: Run, data: ImageDataset = WIDE, **options: object) -> str:
    """Return the message with which going on is refused; nothing in the folder may change."""
    before, heard = tree(run.path), Listener()
    assert resume(run, data, on_event=heard, control=Control(), **options) is None  # type: ignore[arg-type]
    (failed,) = heard.events
    assert isinstance(failed, TrainingFailed)
    assert failed.wrong_input
    assert failed.message.isprintable()
    assert tree(run.path) == before
    return failed.message


def rewrite(checkpoint: Path, file: str, content: bytes) -> None:
    """Change a file of a checkpoint together with its hash, as someone with bad intentions would."""
    (checkpoint / file).write_bytes(content)
    done = json.loads((checkpoint / "DONE.json").read_text())
    done["files"][file] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (checkpoint / "DONE.json").write_text(json.dumps(done))
