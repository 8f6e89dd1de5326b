"""What a list says of a run: a few facts from its header and the end of its log, without its weights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vae_explorer.errors import RunError
from vae_explorer.runs.folder import METRICS_FILE, open_run
from vae_explorer.runs.following import quiet_by_files
from vae_explorer.runs.metrics_log import last_test_record
from vae_explorer.runs.presence import presence
from vae_explorer.runs.writer import writer_of


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run in a list.

    Attributes
    ----------
    path
        Its folder.
    created
        When it was begun; None where its header doesn't say.
    objective, source
        Name of its objective, and of its data.
    epoch, epochs
        How far it was when the test images were measured last (0 before), and how many epochs are planned.
    test_loss
        The loss measured then, in nats per image; None before.
    is_trained
        Whether somebody trains it right now, as far as can be told.
    """

    path: Path
    created: datetime | None
    objective: str
    source: str
    epoch: float
    epochs: int
    test_loss: float | None
    is_trained: bool = False


def summary(path: Path) -> RunSummary | None:
    """Return what a list says of a run, None for a folder that is no run that can be opened."""
    try:
        run = open_run(path)
    except RunError:
        return None
    last = last_test_record(run.path / METRICS_FILE)
    experiment = run.experiment
    return RunSummary(
        path,
        _time(run.created),
        experiment.objective.name,
        experiment.data.source,
        0.0 if last is None else last.epoch,
        experiment.training.epochs,
        None if last is None else last.values.get("loss"),
        presence(run.path, writer_of(run.path), quiet_by_files(run.path)).is_at_work,
    )


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
