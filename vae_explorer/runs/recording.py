"""Training with a memory: every event is passed on, and what must last is written to a run folder."""

from __future__ import annotations

import json
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer import __version__
from vae_explorer.errors import RunError, VaeExplorerError
from vae_explorer.runs.checkpoint import save_checkpoint
from vae_explorer.runs.folder import CHECKPOINTS, HEADER_FILE, METRICS_FILE, SCHEMA_VERSION, Run, open_run
from vae_explorer.runs.metrics_log import MetricsLog
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
    from vae_explorer.training.trainer import Trainer

    try:
        recorder = _Recorder(experiment, dataset, folder, on_event, control)
    except (VaeExplorerError, OSError) as error:
        on_event(TrainingFailed(_sentence(error, folder), traceback.format_exc()))
        return None
    try:
        Trainer(experiment, dataset).run(on_event=recorder.handle, control=control)
    finally:
        recorder.close()
    return None if recorder.failed else open_run(folder)


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
            self.failed = True
            self._control.stop()
            self._on_event(TrainingFailed(_sentence(error, self._folder), traceback.format_exc()))
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
        path = save_checkpoint(self._folder / CHECKPOINTS, model, state)
        self._next_save = time.monotonic() + AUTOSAVE_SECONDS
        self._on_event(CheckpointSaved(path, model.step))


def _create(folder: Path, experiment: Experiment, dataset: ImageDataset) -> None:
    import torch

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"The folder {folder} isn't empty: name a new folder for the run.")
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


def _sentence(error: Exception, folder: Path) -> str:
    if isinstance(error, OSError):
        return f"The run folder {folder} can't be written: {error.strerror or error}. Choose another folder."
    return str(error)
