"""Runs for the proofs of saving: tiny trainings that save, and what must hold when one of them is opened again."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import torch

from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.errors import VaeExplorerError
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.runs.checkpoint import read_checkpoint, read_training
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.recording import resume, train
from vae_explorer.runs.writer import LOCK_FILE
from vae_explorer.training.control import Control
from vae_explorer.training.events import CheckpointSaved, TrainingEvent, TrainingFailed, TrainingSnapshot
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.state import TrainingState

STEPS_PER_EPOCH = 3
DATA: ImageDataset = tiny_dataset()
"""Forty pictures to train on: three steps of at most sixteen in an epoch."""


def experiment(epochs: int) -> Experiment:
    """Return the settings of a training of a few hundred weights."""
    return tiny_experiment(epochs=epochs)


@contextmanager
def saving_constantly(*, each_step: bool) -> Iterator[None]:
    """Let trainings save after each step, or at the end of each epoch only, however short that is."""
    with (
        patch("vae_explorer.runs.recorder.AUTOSAVE_SECONDS", 0.0 if each_step else 1e9),
        patch("vae_explorer.runs.autosave.EPOCH_SECONDS", 0.0),
        patch("vae_explorer.runs.autosave.SAVING_SHARE", float("inf")),
        patch("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0),
        patch("vae_explorer.training.telling._SNAPSHOT_SHARE", float("inf")),
    ):
        yield


@dataclass(slots=True)
class Told:
    """What a training told: steps that it took and that it saved, and why it failed."""

    tell: Callable[[str, object], None]
    saved: list[int] = field(default_factory=list)
    failure: str = ""

    def __call__(self, event: TrainingEvent) -> None:
        """Take an event."""
        match event:
            case CheckpointSaved(step=step):
                self.saved.append(step)
                self.tell("saved", step)
            case TrainingSnapshot(model=model):
                self.tell("reached", model.step)
            case TrainingFailed(message=message):
                self.failure = message
                self.tell("failed", message)
            case _:
                pass


def begin(folder: Path, epochs: int, told: Callable[[TrainingEvent], None]) -> None:
    """Train a new run."""
    train(experiment(epochs), DATA, folder, on_event=told, control=Control())


def go_on(folder: Path, epochs: int, told: Callable[[TrainingEvent], None]) -> None:
    """Go on with a run."""
    resume(open_run(folder), DATA, epochs=epochs, on_event=told, control=Control())


def make_run(folder: Path) -> None:
    """Train a run of two epochs that was saved several times, and given back."""
    torch.set_num_threads(1)
    told = Told(lambda _kind, _value: None)
    with saving_constantly(each_step=True):
        begin(folder, 2, told)
    if told.failure:
        raise RuntimeError(told.failure)


def what_to_save(folder: Path, *, later: int) -> tuple[ModelSnapshot, TrainingState]:
    """Return the newest model and training of a run as those of some steps later."""
    checkpoint = open_run(folder).newest[0]
    training = read_training(read_checkpoint(checkpoint.path))
    pending = dataclasses.replace(training.pending, steps=training.pending.steps + later)
    model = open_run(folder).load_model()
    model.step += later
    return model, dataclasses.replace(training, step=training.step + later, pending=pending)


def opened_wrongly(folder: Path, acknowledged: int | None, *, known: str = "") -> str:
    """Open a run as the window does, and return what is wrong with it; "" where all is as promised.

    Parameters
    ----------
    folder
        Of the run.
    acknowledged
        The last step that was told to be saved; None where none was, so that it needn't open.
    known
        What a notice may be about.
    """
    try:
        opened = StandardBackend().open_run(folder)
    except VaeExplorerError as error:
        text = str(error)
        if acknowledged is not None:
            return f"it can't be opened, though step {acknowledged} was saved: {text}"
        return "" if text.isprintable() and text.endswith(".") else f"it is refused in no clear sentence: {text!r}"
    except BaseException:
        return f"opening it raises {traceback.format_exc()}"
    step = -1 if opened.model is None else opened.model.step
    if step < (-1 if acknowledged is None else acknowledged):
        return f"step {acknowledged} was saved, but it opens at {step}"
    unexpected = [note for note in opened.notes if not known or known not in note]
    return f"it opens with the notice {unexpected[0]}" if unexpected else ""


def forget_writer(folder: Path) -> None:
    """Take away who wrote a run: after a power loss nobody does."""
    (folder / LOCK_FILE).unlink(missing_ok=True)
