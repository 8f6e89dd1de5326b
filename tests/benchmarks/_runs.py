"""What benchmarks of several trainings share: their lines, and runs that are kept and trained only once."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError
from vae_explorer.runs.folder import is_run, open_run
from vae_explorer.runs.recording import train
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingFailed
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.training.events import TrainingEvent


TABLES = {
    "model.start": "drawn",
    "training.schedule": "one-cycle",
    "training.beta2": "0.999",
    "training.average": "no",
    "training.precision": "float32",
}
"""Settings of all trainings here that differ from the defaults of today: the README's tables were made with them."""


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One line of a table: an objective and the settings that differ from the defaults."""

    title: str
    objective: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of its runs' folders."""
        return "-".join([self.objective, *(value for value in self.settings.values())])

    def experiment(self, source: str, epochs: int, seed: int) -> Experiment:
        """Return the experiment of one seed."""
        experiment = Experiment().with_setting("data.source", source).with_objective(self.objective)
        shared = {"training.epochs": str(epochs), "training.seed": str(seed), "training.threads": "1"} | TABLES
        for path, value in (shared | dict(self.settings)).items():
            experiment = experiment.with_setting(path, value)
        return experiment


def trained(variant: Variant, dataset: ImageDataset, experiment: Experiment, folder: Path) -> Path:
    """Train into `folder` unless a finished run is there; one that was cut off begins anew. Return the folder.

    Raises
    ------
    RuntimeError
        If the training failed.
    """
    if _is_finished(folder):
        return folder
    if is_run(folder):
        shutil.rmtree(folder)
    failures: list[TrainingFailed] = []

    def hear(event: TrainingEvent) -> None:
        if isinstance(event, TrainingFailed):
            failures.append(event)

    print(f"training {variant.title}, seed {experiment.training.seed} …", file=sys.stderr, flush=True)
    if train(experiment, dataset, folder, on_event=hear, control=Control()) is None:
        raise RuntimeError(f"{variant.title}: {failures[0].message if failures else 'no run'}")
    return folder


def _is_finished(folder: Path) -> bool:
    if not is_run(folder):
        return False
    try:
        return "test" in open_run(folder).result
    except RunError:
        return False
