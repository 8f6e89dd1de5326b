"""``vae-explorer train``: train a model and keep it as a run folder."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.cli import INTERRUPTED
from vae_explorer.cli.history import origin, origin_lines
from vae_explorer.cli.interrupting import signals_stop
from vae_explorer.cli.moments import moment_of
from vae_explorer.cli.reporting import TrainingProgress, say, show, show_json, terms_line
from vae_explorer.cli.workers import follow, load_together, team_of_workers
from vae_explorer.errors import DataError, SettingError, TrainingError, VaeExplorerError, printable
from vae_explorer.language import tr
from vae_explorer.runs.folder import Run
from vae_explorer.runs.places import default_runs_folder, new_run_folder
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingEvent, TrainingFailed, TrainingStarted
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.runs.forking import Fork
    from vae_explorer.training.events import CheckpointSaved, EventHandler
    from vae_explorer.training.team import Team

_SHORT_FLAGS = {
    "data": "data.source",
    "epochs": "training.epochs",
    "device": "training.device",
    "seed": "training.seed",
}


def run(chosen: argparse.Namespace) -> int:
    """Train or go on; return 0 when it was completed and 130 when it was interrupted, with the run kept either way."""
    with team_of_workers() as team:
        if team is not None and not team.place.leads:
            follow(team)
            return team.status
        finished, result = _train(chosen, team)
        status = 0 if was_completed(finished) else INTERRUPTED
        if team is not None:
            team.status = status
    if chosen.json:
        show_json(result)
    else:
        _show(finished, result)
    return status


def _train(chosen: argparse.Namespace, team: Team | None) -> tuple[Run, dict[str, object]]:
    _check_flags(chosen)
    if chosen.resume is not None:
        finished, device = _resume_run(chosen, team)
    elif chosen.fork is not None:
        finished, device = _fork_run(chosen, team)
    else:
        finished, device = train_run(_experiment(chosen), chosen.out, team=team)
    return finished, summary(finished, device)


def train_run(
    experiment: Experiment, out: Path | None, fork: Fork | None = None, team: Team | None = None
) -> tuple[Run, str]:
    """Load the data of an experiment and train, with progress on standard error; return run and device.

    Raises
    ------
    VaeExplorerError
        If the data can't be used, the folder can't be written, or training fails.
    """
    from vae_explorer.runs.recording import train

    dataset = load_together(experiment.data, team)
    folder = out or new_run_folder(default_runs_folder(), experiment, datetime.now().astimezone())
    return _watched(
        lambda on_event, control: train(
            experiment, dataset, folder, on_event=on_event, control=control, fork=fork, team=team
        ),
        dataset.notes,
        team,
    )


def _check_flags(chosen: argparse.Namespace) -> None:
    if chosen.resume is not None and chosen.fork is not None:
        raise SettingError(
            tr("The options --resume and --fork exclude each other: go on with a run, or start from it.")
        )
    if chosen.at is not None and chosen.fork is None:
        raise SettingError(
            tr("The option --at names a moment of the run that --fork names: give both, or leave it out.")
        )


def _fork_run(chosen: argparse.Namespace, team: Team | None) -> tuple[Run, str]:
    """Train a new run from a moment of the one that --fork names, with its settings where no others are given."""
    from vae_explorer.runs.folder import open_run
    from vae_explorer.runs.forking import fork_of

    parent = open_run(chosen.fork)
    fork = fork_of(parent, moment_of(parent, chosen.at))
    say(tr("Starting from {words}", words=fork.parent.words))
    return train_run(_experiment(chosen, parent.experiment_at(fork.parent.step)), chosen.out, fork, team)


def _resume_run(chosen: argparse.Namespace, team: Team | None) -> tuple[Run, str]:
    """Go on with the run that --resume names, with progress on standard error; return run and device."""
    from vae_explorer.runs.folder import open_run
    from vae_explorer.runs.formats import migrated
    from vae_explorer.runs.recording import resume

    _refuse_settings(chosen)
    folder, on_format = migrated(open_run(chosen.resume).path)
    for note in on_format:
        say(note)
    opened = open_run(folder)
    epochs = None if chosen.epochs is None else opened.experiment.with_setting("training.epochs", chosen.epochs)
    device = None if chosen.device is None else opened.experiment.with_setting("training.device", chosen.device)
    dataset = _data_of(opened, chosen.data, team)
    return _watched(
        lambda on_event, control: resume(
            opened,
            dataset,
            epochs=None if epochs is None else epochs.training.epochs,
            device=None if device is None else device.training.device,
            on_event=on_event,
            control=control,
            team=team,
        ),
        dataset.notes,
        team,
    )


def _data_of(opened: Run, elsewhere: str | None, team: Team | None) -> ImageDataset:
    """Load what a run was trained on, from where it is now; what can't be found where it was names --data."""
    source = opened.experiment.data
    if elsewhere is not None:
        return load_together(dataclasses.replace(source, source=elsewhere), team)
    try:
        return load_together(source, team)
    except DataError as error:
        raise DataError(
            tr(
                "{error} The run {name} was trained on it: say with --data where it is now.",
                error=error,
                name=opened.name,
            )
        ) from error


def _refuse_settings(chosen: argparse.Namespace) -> None:
    """Refuse what would change the model of a run that goes on."""
    refused = [f"--{name}" for name in ("objective", "seed", "out") if getattr(chosen, name) is not None]
    refused += ["--set"] if chosen.set else []
    if refused:
        raise SettingError(
            tr(
                "The option {refused} can't be used with --resume, because a run goes on in its own "
                "folder with its own settings: leave it out, or train a new run.",
                refused=refused[0],
            )
        )


def _watched(
    train: Callable[[EventHandler, Control], Run | None], notes: Sequence[str], team: Team | None
) -> tuple[Run, str]:
    failures: list[TrainingFailed] = []
    control = Control()
    with TrainingProgress() as progress, _interrupt_stops(control, team):

        def handle(event: TrainingEvent) -> None:
            if isinstance(event, TrainingStarted):  # not before: what is refused is answered in one line
                for note in (*notes, *event.notes):
                    say(note)
            progress.handle(event)
            if isinstance(event, TrainingFailed):
                failures.append(event)

        finished = train(handle, control)
    if finished is None:
        failed = failures[0]
        # What is told of a worker that is lost says already how to go on.
        told = f"{failed.message} {'' if '--resume' in failed.message else _kept(failed, progress.saved)}".strip()
        raise VaeExplorerError(failed.message) if failed.wrong_input else TrainingError(told)
    return finished, progress.device


def _kept(failed: TrainingFailed, saved: CheckpointSaved | None) -> str:
    """Return a sentence on what is left of a training that broke off, and how to go on; none without a checkpoint."""
    from vae_explorer.runs.folder import open_run

    if saved is None:
        return ""
    folder = saved.path.parent.parent
    run = shlex.quote(printable(folder))
    if failed.fault == "diverged":  # going on with the same settings would be the same again
        rate = open_run(folder).experiment_at(saved.step).training.learning_rate / 2
        return tr(
            "The run is kept as it was at step {step:,}: start from it with train --fork {run} "
            "--set training.learning_rate={rate:g}.",
            step=saved.step,
            run=run,
            rate=rate,
        )
    device = " --device cpu" if failed.fault in {"gpu-lost", "gpu-memory"} else ""  # untranslated: as it is typed
    return tr(
        "The run is kept as it was at step {step:,}: go on with train --resume {run}{device}.",
        step=saved.step,
        run=run,
        device=device,
    )


def was_completed(finished: Run) -> bool:
    """Whether a run was trained to its planned end."""
    return finished.result.get("reason") == "completed"


def summary(finished: Run, device: str) -> dict[str, object]:
    """Return what ``train --json`` prints of a run."""
    state, settings = finished.result, finished.experiment.training
    return {
        "run": str(finished.path),
        "seed": settings.seed,
        "device": device,
        "epochs": _whole(finished.newest[0].epoch),
        "seconds": state["seconds"],
        "images_per_second": finished.data.train_images * finished.newest[0].epoch / _positive(state["seconds"]),
        "train": final_terms(state.get("train")),
        "test": final_terms(state.get("test")),
        **origin(finished),
    }


def final_terms(terms: object) -> dict[str, float]:
    """Return the terms that a run ended with, by name."""
    return {str(name): float(value) for name, value in terms.items()} if isinstance(terms, Mapping) else {}


def _experiment(chosen: argparse.Namespace, experiment: Experiment | None = None) -> Experiment:
    """Return the given settings, the default ones where there are none, with those of the flags."""
    experiment = experiment or Experiment()
    if chosen.objective is not None:
        experiment = experiment.with_objective(chosen.objective)
    for flag, path in _SHORT_FLAGS.items():
        text = getattr(chosen, flag)
        if text is not None:
            experiment = experiment.with_setting(path, text)
    for assignment in chosen.set:
        path, equals, text = assignment.partition("=")
        if not equals:
            raise SettingError(
                tr("The option --set {assignment} must have the form section.field=value.", assignment=assignment)
            )
        experiment = experiment.with_setting(path.strip(), text)
    return experiment


def _interrupt_stops(control: Control, team: Team | None) -> AbstractContextManager[None]:
    """Let the first Ctrl+C stop training and keep the run; the second one ends the program.

    With several workers what stops one of them stops all; the launcher sends them more signals than one.
    """

    def tell(number: int) -> None:
        if number == signal.SIGINT:
            say(
                tr("Stopping: the run is being saved. Press Ctrl+C again to give it up.")
                if team is None
                else tr("Stopping: the run is being saved.")
            )

    signals = [signal.SIGINT] if team is None else [signal.SIGINT, signal.SIGTERM]
    return signals_stop(control, signals, tell, gives_up=team is None)


def _show(finished: Run, result: Mapping[str, object]) -> None:
    for split in ("train", "test"):
        show(f"{split}: {terms_line(final_terms(result[split]), finished.experiment.objective_entry.terms)}")
    for line in origin_lines(finished):
        show(line)
    show(tr("run: {path}", path=finished.path))


def _whole(epochs: float) -> int | float:
    return int(epochs) if epochs == int(epochs) else epochs


def _positive(value: object) -> float:
    return max(1e-9, float(value)) if isinstance(value, (int, float)) else 1e-9
