"""Training with a memory: every event is passed on, and what must last is written to a run folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer import __version__
from vae_explorer.errors import RunError, VaeExplorerError
from vae_explorer.runs.folder import METRICS_FILE, Run, open_run
from vae_explorer.runs.forking import Fork
from vae_explorer.runs.formats import SCHEMA_VERSION, require_current
from vae_explorer.runs.header import HEADER_FILE, write_header
from vae_explorer.runs.history_writer import history_writer
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.runs.parent import Parent
from vae_explorer.runs.places import require_free
from vae_explorer.runs.recorder import Recorder
from vae_explorer.runs.rescue import error_for_the_user
from vae_explorer.runs.sharing import Plan, workers_of
from vae_explorer.runs.writer import LOCK_FILE
from vae_explorer.storage import make_folder, sync_folder
from vae_explorer.training.control import Control
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.training.events import EventHandler
    from vae_explorer.training.team import Team
    from vae_explorer.training.trainer import Trainer


def train(
    experiment: Experiment,
    dataset: ImageDataset,
    folder: Path,
    *,
    on_event: EventHandler,
    control: Control,
    fork: Fork | None = None,
    team: Team | None = None,
) -> Run | None:
    """Train an experiment and keep the run in `folder`; blocks, and raises nothing.

    Weights and the state of the training are saved at the end, on stop, and every half minute between. When the disk
    fails, training ends with `TrainingFailed`; what was saved before stays.

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
    fork
        The moment of another run to start from, instead of random weights.
    team
        The workers that train it together, of which this process leads.

    Returns
    -------
    The run, or None if it failed.
    """

    def begin() -> tuple[Recorder, Trainer]:
        from vae_explorer.training.devices import find_device

        find_device(experiment.training.device)  # one that isn't there is refused before anything is written
        if fork is not None:
            fork.check(experiment, dataset)
        require_free(folder)
        with _new(folder) as lock:
            _create(folder, experiment, dataset, None if fork is None else fork.parent, workers_of(team))
            log = MetricsLog(folder / METRICS_FILE)
            history = history_writer(folder, experiment, dataset.train_count)
            recorder = Recorder(folder, lock, log, history, on_event=on_event, control=control)
            plan = Plan(experiment, start=None if fork is None else fork.weights)
            return recorder, plan.trainer(dataset, team, folder)

    return _record(begin, folder, on_event, control)


def resume(
    run: Run,
    dataset: ImageDataset,
    *,
    epochs: int | None = None,
    device: str | None = None,
    on_event: EventHandler,
    control: Control,
    team: Team | None = None,
) -> Run | None:
    """Go on with a run from its newest whole checkpoint, in its own folder; blocks, and raises nothing.

    On the CPU with the same threads the weights and records are those of a run that was never interrupted, to the last
    bit; where something makes that doubtful, the notes of `TrainingStarted` say so.

    Parameters
    ----------
    run, dataset
        The run and the images it was trained on.
    epochs, device
        See `runs.resuming.continuation`.
    on_event, control, team
        As for `train`; there may be more or fewer workers than before.

    Returns
    -------
    The run, or None if it failed.
    """

    def begin() -> tuple[Recorder, Trainer]:
        from vae_explorer.runs.resuming import continuation, make_ready

        require_current(run.path)
        with _held(run.path) as lock:
            now = open_run(run.path)  # someone may have gone on with it since it was opened
            plan = make_ready(continuation(now, dataset, epochs=epochs, device=device, workers=workers_of(team)))
            log = MetricsLog(run.path / METRICS_FILE, goes_on=True)
            history = history_writer(run.path, plan.experiment, dataset.train_count)
            recorder = Recorder(run.path, lock, log, history, on_event=on_event, control=control, notes=plan.notes)
            return recorder, Plan(plan.experiment, plan.changes, plan.point).trainer(dataset, team, run.path)

    return _record(begin, run.path, on_event, control)


def _record(
    begin: Callable[[], tuple[Recorder, Trainer]], folder: Path, on_event: EventHandler, control: Control
) -> Run | None:
    from vae_explorer.training.failures import failure

    try:
        recorder, trainer = begin()
    except (VaeExplorerError, OSError, ValueError) as error:
        on_event(dataclasses.replace(failure(error_for_the_user(error, folder)), wrong_input=True))
        return None
    try:
        trainer.run(
            on_event=recorder.handle,
            control=control,
            wants_state=recorder.wants_state,
            wants_moment=recorder.wants_moment,
        )
    finally:
        recorder.close()
    if recorder.failed:
        return None
    try:
        return open_run(recorder.folder)
    except RunError as error:  # somebody took the folder away or changed it meanwhile
        on_event(failure(error))
        return None


@contextmanager
def _new(folder: Path) -> Iterator[RunLock]:
    """Make a folder for a run and lock it; when something goes wrong before it trains, it is as if it had never begun.

    The name of the folder is on the disk before anything in it is acknowledged.
    """
    was_there = folder.is_dir()
    try:
        make_folder(folder)
        sync_folder(folder.parent)
        with _held(folder) as lock:
            try:
                yield lock
            except BaseException:
                with suppress(OSError):
                    for name in (METRICS_FILE, HEADER_FILE, LOCK_FILE):
                        (folder / name).unlink(missing_ok=True)
                raise
    except BaseException:
        with suppress(OSError):
            if not was_there:
                folder.rmdir()
        raise


@contextmanager
def _held(folder: Path) -> Iterator[RunLock]:
    """Lock a run; the lock stays when all goes well, for the recorder to close."""
    lock = RunLock(folder)
    try:
        yield lock
    except BaseException:
        lock.close()
        raise


def _create(folder: Path, experiment: Experiment, dataset: ImageDataset, parent: Parent | None, workers: int) -> None:
    import torch

    header: dict[str, object] = {
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
    if workers > 1:
        header["workers"] = workers
    if parent is not None:
        header["parent"] = parent.to_dict()
    write_header(folder, header)
