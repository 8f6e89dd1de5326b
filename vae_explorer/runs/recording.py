"""Training with a memory: every event is passed on, and what must last is written to a run folder."""

from __future__ import annotations

import dataclasses
import json
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer import __version__
from vae_explorer.errors import RunError, StorageError, TrainingError, VaeExplorerError, printable
from vae_explorer.runs.checkpoint import save_checkpoint
from vae_explorer.runs.folder import CHECKPOINTS, HEADER_FILE, METRICS_FILE, SCHEMA_VERSION, Run, open_run
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.runs.places import require_free
from vae_explorer.storage import write_atomically
from vae_explorer.training.control import Control
from vae_explorer.training.events import (
    CheckpointSaved,
    MetricBatch,
    TrainingEvent,
    TrainingFailed,
    TrainingFinished,
    TrainingSnapshot,
)
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.training.trainer import EventHandler

AUTOSAVE_SECONDS = 30.0


def train(
    experiment: Experiment, dataset: ImageDataset, folder: Path, *, on_event: EventHandler, control: Control
) -> Run | None:
    """Train an experiment and keep the run in `folder`; blocks, and raises nothing.

    The weights are saved at the end, on stop, and every half minute between. When the disk fails, training ends with
    `TrainingFailed`; what was saved before stays.

    Parameters
    ----------
    experiment, dataset
        What to train on which images.
    folder
        A folder that doesn't exist yet, or is empty.
    on_event
        Called in this thread with each event, `CheckpointSaved` among them.
    control
        Pause, step and stop, from any thread.

    Returns
    -------
    The run, or None if it failed.
    """
    from vae_explorer.training.failures import failure
    from vae_explorer.training.trainer import Trainer

    try:
        recorder = _Recorder(experiment, dataset, folder, on_event, control)
    except (VaeExplorerError, OSError, ValueError) as error:
        on_event(dataclasses.replace(failure(_for_the_user(error, folder)), wrong_input=True))
        return None
    try:
        Trainer(experiment, dataset).run(on_event=recorder.handle, control=control)
    finally:
        recorder.close()
    if recorder.failed:
        return None
    try:
        return open_run(folder)
    except RunError as error:  # somebody took the folder away or changed it meanwhile
        on_event(failure(error))
        return None


class _Recorder:
    """Stands between trainer and listener."""

    def __init__(
        self, experiment: Experiment, dataset: ImageDataset, folder: Path, on_event: EventHandler, control: Control
    ) -> None:
        self._on_event = on_event
        self._control = control
        self._folder = folder
        self.failed = False
        _create(folder, experiment, dataset)
        self._log = MetricsLog(folder / METRICS_FILE)
        self._next_save = time.monotonic() + AUTOSAVE_SECONDS

    def handle(self, event: TrainingEvent) -> None:
        """Write what must last, then pass the event on; nothing is passed on after a failure."""
        if self.failed:
            return
        try:
            self._record(event)
        except (VaeExplorerError, OSError) as error:
            from vae_explorer.training.failures import failure

            self.failed = True
            self._control.stop()
            self._on_event(failure(_for_the_user(error, self._folder)))
            return
        self.failed = isinstance(event, TrainingFailed)
        self._on_event(event)

    def close(self) -> None:
        self._log.close()

    def _record(self, event: TrainingEvent) -> None:
        match event:
            case MetricBatch(records=records):
                self._log.append(records)
            case TrainingSnapshot(model=model, progress=progress) if time.monotonic() >= self._next_save:
                self._save(model, {"seconds": progress.seconds})
            case TrainingFinished(reason=reason, progress=progress, model=model, train=train_terms, test=test_terms):
                state: dict[str, object] = {
                    "seconds": progress.seconds,
                    "images_per_second": progress.images_per_second,
                    "reason": reason,
                    "train": dict(train_terms),
                    "test": dict(test_terms),
                }
                self._save(model, state)
            case _:
                pass

    def _save(self, model: ModelSnapshot, state: dict[str, object]) -> None:
        broken = [name for name, values in model.weights.items() if not np.isfinite(values).all()]
        if broken:
            raise TrainingError(
                f"Training diverged at step {model.step}: the weights {broken[0]} aren't finite any more. "
                "Try a learning rate a third as large, or a larger batch."
            )
        self._log.sync()
        path = save_checkpoint(self._folder / CHECKPOINTS, model, state)
        self._next_save = time.monotonic() + AUTOSAVE_SECONDS
        self._on_event(CheckpointSaved(path, model.step))


def _create(folder: Path, experiment: Experiment, dataset: ImageDataset) -> None:
    import torch

    require_free(folder)
    folder.mkdir(parents=True, exist_ok=True)
    header = {
        "schema_version": SCHEMA_VERSION,
        "program": __version__,
        "torch": torch.__version__,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "experiment": experiment.to_dict(),
        "data": {
            "name": dataset.name,
            "sha256": dataset.sha256,
            "shape": [dataset.channels, dataset.height, dataset.width],
            "class_names": list(dataset.class_names),
            "images": len(dataset.images),
            "train_images": dataset.train_count,
        },
    }
    write_atomically(folder / HEADER_FILE, [json.dumps(header, indent=1).encode()])


def _for_the_user(error: Exception, folder: Path) -> VaeExplorerError:
    if isinstance(error, VaeExplorerError):
        return error
    reason = (error.strerror if isinstance(error, OSError) else "") or error
    told = StorageError(f"The run folder {printable(folder)} can't be written: {reason}. Choose another folder.")
    told.__cause__ = error
    return told
