"""How the worker that leads tells the others what they train, and from where: only it needs to see the run's folder."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.runs.training_file import content_of, numbers_of, training_state
from vae_explorer.training.changes import SettingChange, changes_from
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.training.distributed import SharedTrainer
    from vae_explorer.training.state import ResumePoint
    from vae_explorer.training.team import Team
    from vae_explorer.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, and from where.

    Attributes
    ----------
    experiment, changes
        Settings, and those that were turned before the point where a training goes on.
    point
        Where it goes on, or None.
    start
        Weights by name with which a new training starts, or None for random ones.
    """

    experiment: Experiment
    changes: tuple[SettingChange, ...] = ()
    point: ResumePoint | None = None
    start: Mapping[str, npt.NDArray[np.float32]] | None = None

    def trainer(self, dataset: ImageDataset, team: Team | None, folder: Path) -> Trainer:
        """Return what trains it: alone, or as the worker that leads a team, which tells the others first.

        Parameters
        ----------
        dataset
            The images.
        team
            The workers, or None.
        folder
            Of the run.
        """
        from vae_explorer.training.trainer import Trainer

        if team is None:
            return Trainer(self.experiment, dataset, self.point, changes=self.changes, start=self.start)
        return self._shared(dataset, team, folder)

    def following(self, dataset: ImageDataset, team: Team) -> Trainer:
        """Return what trains it as one of the workers that follow."""
        return self._shared(dataset, team, None)

    def _shared(self, dataset: ImageDataset, team: Team, folder: Path | None) -> SharedTrainer:
        from vae_explorer.training.distributed import SharedTrainer

        return SharedTrainer(
            self.experiment,
            dataset,
            self.point,
            changes=self.changes,
            start=self.start,
            team=team,
            before=None if folder is None else lambda: tell_plan(team, self),
            folder="" if folder is None else shlex.quote(printable(folder)),
        )


def workers_of(team: Team | None) -> int:
    """Return the number of workers of a team, or of none."""
    return 1 if team is None else team.place.count


def tell_plan(team: Team, plan: Plan) -> None:
    """Tell the other workers what to train; each of them calls `hear_plan`."""
    from safetensors.numpy import save

    state = None if plan.point is None else plan.point.state
    weights = plan.start if plan.point is None else plan.point.weights
    told = {
        "experiment": plan.experiment.to_dict(),
        "changes": [change.to_dict() for change in plan.changes],
        "step": None if state is None else state.step,
        "numbers": None if state is None else numbers_of(state),
    }
    team.broadcast(json.dumps(told).encode())
    team.broadcast(b"" if weights is None else save(dict(weights)))
    team.broadcast(b"" if state is None else content_of(state))


def hear_plan(team: Team) -> Plan:
    """Return what the worker that leads tells.

    Raises
    ------
    RunError
        If it isn't understood, as when it runs another version of the program.
    """
    from safetensors.numpy import load

    from vae_explorer.training.state import ResumePoint

    told, weights, content = json.loads(team.broadcast()), team.broadcast(), team.broadcast()
    try:
        experiment, changes = Experiment.from_dict(told["experiment"]), changes_from(told["changes"])
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(tr("The workers don't understand each other: run the same version on all machines.")) from error
    start = load(weights) if weights else None
    if told["step"] is None:
        return Plan(experiment, changes, start=start)
    state = training_state(content, told["numbers"], told["step"], Path(tr("what was told")))
    return Plan(experiment, changes, ResumePoint(start or {}, state))
