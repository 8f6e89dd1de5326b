"""Opening a run as the second one of a comparison, at its newest weights or at another moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.backend import Backend
    from vae_explorer.app.model import Model
    from vae_explorer.training.events import MetricRecord
    from vae_explorer.training.experiment import Experiment


@dataclass(frozen=True, slots=True, eq=False)
class SecondRun:
    """A run as it is compared.

    Attributes
    ----------
    name, path
        The run.
    experiment
        Its settings.
    dataset_sha256
        Identity of the images that it was trained on.
    class_names
        Names of its classes.
    metrics
        All its records.
    model
        The weights that are shown.
    """

    name: str
    path: Path
    experiment: Experiment
    dataset_sha256: str
    class_names: tuple[str, ...]
    metrics: tuple[MetricRecord, ...]
    model: Model


def opened_second(backend: Backend, path: Path, step: int, known: SecondRun | None) -> SecondRun:
    """Return a run, in a worker.

    Parameters
    ----------
    backend
        What reads runs.
    path
        Its folder.
    step
        The moment, or `NEWEST`.
    known
        What was opened before: another moment of the same run doesn't read it again.

    Raises
    ------
    RunError
        If it isn't a run, or is damaged.
    """
    del known, step
    opened = backend.open_run(path)
    return SecondRun(
        opened.name,
        opened.path,
        opened.experiment,
        opened.dataset_sha256,
        opened.class_names,
        opened.metrics,
        opened.model,
    )
