"""Opening a run as the second one of a comparison, at its newest weights or at another moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vae_explorer.app.comparison_choice import NEWEST
from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.backend import Backend
    from vae_explorer.app.model import Model
    from vae_explorer.runs.history import KeptMoment
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
    moments
        The moments that were kept, the earliest first.
    """

    name: str
    path: Path
    experiment: Experiment
    dataset_sha256: str
    class_names: tuple[str, ...]
    metrics: tuple[MetricRecord, ...]
    model: Model
    moments: tuple[KeptMoment, ...] = ()


def opened_second(backend: Backend, path: Path, step: int, known: SecondRun | None) -> SecondRun:
    """Return a run, in a worker.

    Parameters
    ----------
    backend
        What reads runs.
    path
        Its folder.
    step
        The moment, or `NEWEST`; of a moment that wasn't kept, the one before it that was.
    known
        What was opened before: another moment of the same run doesn't read all of it again.

    Raises
    ------
    RunError
        If it isn't a run, or is damaged.
    """
    if known is not None and known.path == path and step != NEWEST and known.moments:
        return replace(known, model=backend.load_moment(path, nearest_moment(known.moments, step)))
    opened = backend.open_run(path)
    model = opened.model
    if step != NEWEST and opened.moments:
        moment = nearest_moment(opened.moments, step)
        if model is None or moment.step != model.step:
            model = backend.load_moment(path, moment)
    if model is None:
        raise RunError(
            tr("The run {name} has saved no weights yet: wait for its first checkpoint.", name=printable(opened.name))
        )
    return SecondRun(
        opened.name,
        opened.path,
        opened.experiment,
        opened.dataset_sha256,
        opened.class_names,
        opened.metrics,
        model,
        opened.moments,
    )


def nearest_moment(moments: tuple[KeptMoment, ...], step: int) -> KeptMoment:
    """Return the last moment that isn't after a step, or the first of all."""
    return next((moment for moment in reversed(moments) if moment.step <= step), moments[0])
