"""Whether and where a run can go on, found without changing anything; then making its folder ready for it."""

from __future__ import annotations

import dataclasses
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer import __version__
from vae_explorer.config import settings_of
from vae_explorer.errors import DataError, RunError, SettingError, printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.checkpoint import Checkpoint, checkpoint_folders, read_checkpoint, read_training, step_of
from vae_explorer.runs.folder import CHECKPOINTS, METRICS_FILE, Run
from vae_explorer.runs.header import rewrite_header
from vae_explorer.runs.history import cut_history
from vae_explorer.runs.metrics_log import LOG_SEAL, SET_ASIDE, cut_metrics, log_note
from vae_explorer.runs.resumption import Resumption
from vae_explorer.runs.saving import name_latest
from vae_explorer.training.schedules import learning_rate

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.experiment import Experiment
    from vae_explorer.training.state import ResumePoint, TrainingState

_LEFT_OVER = re.compile(r"step-\d{8,}\.tmp")
_TORN = ".vae-explorer-*.tmp"
"""What a kill leaves of a file that was being replaced."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """How a run goes on.

    Attributes
    ----------
    run, experiment
        The run, and its settings with the epochs that are planned now.
    point
        Weights and state of the training.
    resumption
        What the header will remember of it.
    notes
        Sentences for the user.
    checkpoint
        Where `point` was read.
    """

    run: Run
    experiment: Experiment
    point: ResumePoint
    resumption: Resumption
    notes: tuple[str, ...]
    checkpoint: Checkpoint

    @property
    def changes(self) -> tuple[SettingChange, ...]:
        """Changes of settings before the point."""
        return tuple(change for change in self.run.changes if change.step < self.point.state.step)


def continuation(
    run: Run, dataset: ImageDataset, *, epochs: int | None = None, device: str | None = None, workers: int = 1
) -> Continuation:
    """Return how `run` goes on from its newest whole checkpoint; nothing is changed.

    Parameters
    ----------
    run, dataset
        The run and the images it was trained on.
    epochs
        How many epochs to plan, those behind the run included; left out, as many as before.
    device
        Where to train; left out, where the run's settings say.
    workers
        Processes that will train it together.

    Raises
    ------
    DataError
        If the images aren't those of the run.
    RunError
        If no checkpoint holds the state of the training, or nothing is left to train.
    SettingError
        If the number of epochs is out of range.
    """
    _check_data(run, dataset)
    experiment = run.experiment
    if epochs is not None:
        experiment = experiment.with_setting("training.epochs", str(epochs))
    if device is not None:
        experiment = experiment.with_setting("training.device", device)
    checkpoint, point, notes = _newest(run)
    steps_per_epoch = -(-dataset.train_count // experiment.training.batch_size)
    _check_plan(run, checkpoint, experiment, steps_per_epoch)
    now = run.experiment_at(checkpoint.step)
    changed = _schedule_note(now, experiment, checkpoint.step, steps_per_epoch)
    resumption = _now(checkpoint, experiment, bool(changed), workers)
    return Continuation(run, experiment, point, resumption, run.header_notes + notes + changed, checkpoint)


def make_ready(plan: Continuation) -> Continuation:
    """Cut the run's records back to the checkpoint, and write into its header that it goes on.

    What the training will record again is all that is cut. Newer checkpoints that are damaged keep their content
    under another name, so that they stand in nobody's way.

    Raises
    ------
    StorageError, OSError, RunError
        If the folder can't be written; at every moment it can be opened.
    """
    folder, state = plan.run.path, plan.point.state
    name_latest(plan.checkpoint.path)
    _set_aside(folder / CHECKPOINTS, state.step)
    cut_history(folder, state.step)
    altered = log_note(folder / METRICS_FILE, plan.checkpoint.state.get(LOG_SEAL))
    kept = cut_metrics(folder / METRICS_FILE, state.records, state.step)
    resumed = [entry.to_dict() for entry in (*plan.run.resumptions, plan.resumption)]
    rewrite_header(folder, resumptions=resumed, changes=[change.to_dict() for change in plan.changes])
    if kept == state.records:
        return dataclasses.replace(plan, notes=(*plan.notes, altered)) if altered else plan
    note = tr(
        "The run's curves have lost {records:,} records, because {file} was damaged.",
        records=state.records - kept,
        file=METRICS_FILE,
    )
    point = dataclasses.replace(plan.point, state=dataclasses.replace(state, records=kept))
    return dataclasses.replace(plan, point=point, notes=(*plan.notes, note))


def _check_data(run: Run, dataset: ImageDataset) -> None:
    same = dataset.sha256 == run.data.sha256 and dataset.train_count == run.data.train_images
    if not same:
        raise DataError(
            tr(
                "The data {name} aren't those that the run {run} was trained on (their checksum "
                "or their training part is another), so it can't go on: name the original data, or "
                "train anew.",
                name=printable(dataset.name),
                run=printable(run.name),
            )
        )


def _newest(run: Run) -> tuple[Checkpoint, ResumePoint, tuple[str, ...]]:
    from vae_explorer.training.state import ResumePoint

    obstacles: list[str] = []
    for folder in checkpoint_folders(run.path / CHECKPOINTS):
        try:
            checkpoint = read_checkpoint(folder, run.most_weight_bytes)
            state = read_training(checkpoint)
            _check_fit(run, checkpoint, state)
        except RunError as error:
            obstacles.append(str(error))
        else:
            notes = tuple(tr("{text} The run goes on from an older checkpoint.", text=text) for text in obstacles)
            return checkpoint, ResumePoint(checkpoint.weights, state), notes
    reason = obstacles[0] if obstacles else tr("It ended before a checkpoint was saved.")
    raise RunError(
        tr("The run {path} can't go on, so train a new one. {reason}", path=printable(run.path), reason=reason)
    )


def _check_fit(run: Run, checkpoint: Checkpoint, state: TrainingState) -> None:
    from vae_explorer.runs.weights import model_from_checkpoint
    from vae_explorer.training.averaging import check_average
    from vae_explorer.training.state import check_optimizers

    model = model_from_checkpoint(run.experiment, run.data, checkpoint)
    try:
        check_optimizers(model, state.optimizers)
        if state.average is not None:
            check_average(model, state.average)
    except RunError as error:
        raise RunError(
            tr("The checkpoint {path} can't be gone on from: {error}", path=printable(checkpoint.path), error=error)
        ) from error


def _check_plan(run: Run, checkpoint: Checkpoint, experiment: Experiment, steps_per_epoch: int) -> None:
    planned = experiment.training.epochs
    left = steps_per_epoch * planned - checkpoint.step
    if left > 0 or (left == 0 and checkpoint.state.get("reason") != "completed"):
        return
    behind = f"{checkpoint.step / steps_per_epoch:.4g}"
    words = (
        marked(
            "The run {name} has {behind} epoch behind it, so there is nothing left of {planned} to "
            "train: set more epochs (on the command line --epochs) to go on."
        )
        if behind == "1"
        else marked(
            "The run {name} has {behind} epochs behind it, so there is nothing left of {planned} to "
            "train: set more epochs (on the command line --epochs) to go on."
        )
    )
    raise SettingError(tr(words, name=printable(run.name), behind=behind, planned=planned))


def _schedule_note(before: Experiment, after: Experiment, step: int, steps_per_epoch: int) -> tuple[str, ...]:
    schedule, peak = before.training.schedule, before.training.learning_rate
    old, new = before.training.epochs, after.training.epochs
    if old == new or schedule == "constant":
        return ()
    rise = before.most_rise
    then, now = (learning_rate(schedule, peak, step, steps_per_epoch * epochs, rise) for epochs in (old, new))
    declared = next(item for item in settings_of(type(before.training)) if item.name == "schedule")
    return (
        tr(
            "The schedule “{schedule}” now covers {new} epochs instead of {old}: the learning rate "
            "goes on at {now:.2g} where it would have been {then:.2g}.",
            schedule=tr(declared.declaration.choices[schedule]),
            new=new,
            old=old,
            now=now,
            then=then,
        ),
    )


def _now(checkpoint: Checkpoint, experiment: Experiment, schedule_changed: bool, workers: int) -> Resumption:
    import torch

    return Resumption(
        when=datetime.now().astimezone().isoformat(timespec="seconds"),
        step=checkpoint.step,
        epochs=experiment.training.epochs,
        schedule_changed=schedule_changed,
        program=__version__,
        torch=str(torch.__version__),
        workers=workers,
    )


def _set_aside(folder: Path, step: int) -> None:
    for path in checkpoint_folders(folder):
        if step_of(path) > step:
            aside = path.with_name(path.name + SET_ASIDE)
            shutil.rmtree(aside, ignore_errors=True)
            path.rename(aside)
    for path in folder.iterdir():
        if _LEFT_OVER.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True)
    for torn in folder.parent.glob(_TORN):
        torn.unlink(missing_ok=True)
