"""The loop's own state: what a step of training works with, and the step itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch

from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.objectives.base import Moment, Objective
from vae_explorer.training.averaging import WeightAverage, is_due
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.changes import SettingChange, value_of
from vae_explorer.training.clock import TrainingClock
from vae_explorer.training.evaluation import Part
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.metrics import Scalars, StepMetrics
from vae_explorer.training.paths import choose_path
from vae_explorer.training.state import TrainingState, generator_state, optimizer_states
from vae_explorer.training.steps import StepParts, StepPath

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(slots=True)
class Loop:
    """What the steps of one run work with.

    Attributes
    ----------
    experiment
        The settings in force.
    objective, model
        What is minimised, and whose weights.
    optimizers
        One for each set of the model's parameters, by name.
    train, test
        The images.
    noise
        Draws what the objective draws, on the device of the model.
    metrics, clock
        What was measured and how long it took.
    steps_per_epoch, total_steps
        How many steps are planned.
    precision
        Of the networks' products.
    average
        The mean of the weights, where that is what is shown, measured and kept.
    step
        Steps taken.
    records
        Metric records told.
    tests
        Epochs whose test images were measured.
    part
        The part of this worker in measurements, where several train together.
    """

    experiment: Experiment
    objective: Objective
    model: LatentVariableModel
    optimizers: dict[str, torch.optim.Optimizer]
    train: BatchSource
    test: BatchSource
    noise: torch.Generator
    metrics: StepMetrics
    clock: TrainingClock
    steps_per_epoch: int
    total_steps: int
    precision: str
    average: WeightAverage | None = None
    step: int = 0
    records: int = 0
    tests: int = 0
    part: Part | None = None
    _path: StepPath | None = field(default=None, init=False)

    @property
    def path(self) -> StepPath:
        """How steps are taken, from the first use on; chosen again after a setting was turned."""
        if self._path is None:
            parts = StepParts(self.objective, self.model, self.optimizers, self.train, self.noise, self.precision)
            self._path = choose_path(parts, self.experiment.training.path)
        return self._path

    @property
    def workers(self) -> int:
        """Processes that take each step together."""
        return 1 if self.part is None else self.part.count

    @property
    def moment(self) -> Moment:
        """What objectives are told of the time."""
        return Moment(self.step, self.step / self.steps_per_epoch)

    @property
    def shown(self) -> LatentVariableModel:
        """The model that is shown, measured and kept, as it is now; the next step or use of this changes it."""
        self.path.settle()
        return self.model if self.average is None else self.average.model(self.step)

    def snapshot(self, *, in_passing: bool = False) -> ModelSnapshot:
        """Return a frozen copy of the model; one in passing will soon be replaced."""
        epoch = self.step / self.steps_per_epoch
        return ModelSnapshot(self.shown, step=self.step, epoch=epoch, in_passing=in_passing)

    def state(self) -> TrainingState:
        """Return what a training needs, beside the weights, to go on from here."""
        self.path.settle()
        return TrainingState(
            step=self.step,
            seconds=self.clock.seconds,
            records=self.records,
            tests=self.tests,
            device=self.model.device.type,
            threads=torch.get_num_threads(),
            torch=str(torch.__version__),
            optimizers=optimizer_states(self.model, self.optimizers),
            noise=generator_state(self.noise),
            pending=self.metrics.pending(),
            precision=self.precision,
            path=self.path.name,
            workers=self.workers,
            average=None if self.average is None else self.average.state(),
        )

    def adjust(self, setting: str, value: float) -> SettingChange | None:
        """Turn a setting before the next step, and return the change; None where it has that value.

        Raises
        ------
        SettingError
            If there is no such setting or the value is out of range; nothing is changed then.
        """
        before = value_of(self.experiment, setting)
        after = self.experiment.with_setting(setting, repr(value))
        if after == self.experiment:
            return None
        self.path.settle()
        self._path = None
        self.experiment = after
        self.objective = after.objective_entry.create(after.objective)
        epoch = self.step / self.steps_per_epoch
        return SettingChange(self.step, epoch, self.clock.seconds, setting, before, value_of(after, setting))

    def take_step(self, rows: npt.NDArray[np.int64], rate: float) -> None:
        """Move the weights once with these training images at a learning rate, and note what was met."""
        scalars = self.path.take(rows, rate, self.moment)
        self.step += 1
        self.clock.count(len(rows))
        self._note(rows, scalars, rate)
        if self.average is not None and is_due(self.step):
            self.path.settle()
            self.average.follow(self.step)

    def _note(self, rows: npt.NDArray[np.int64], scalars: Scalars, rate: float) -> None:
        """Keep the terms of the step that was taken with these images."""
        del rows  # which matter where a worker has a part of them only
        self.metrics.add(self.step, scalars, rate, self.clock.seconds)
