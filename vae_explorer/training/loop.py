"""The loop's own state: what a step of training works with, and the step itself."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.objectives.base import AlternatingObjective, Batch, Moment, Objective, ObjectiveTerms
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.changes import SettingChange, value_of
from vae_explorer.training.clock import TrainingClock
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.metrics import StepMetrics
from vae_explorer.training.state import TrainingState, generator_state, optimizer_states


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
    step
        Steps taken.
    records
        Metric records told.
    tests
        Epochs whose test images were measured.
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
    step: int = 0
    records: int = 0
    tests: int = 0

    @property
    def moment(self) -> Moment:
        """What objectives are told of the time."""
        return Moment(self.step, self.step / self.steps_per_epoch)

    def snapshot(self) -> ModelSnapshot:
        """Return a frozen copy of the model."""
        return ModelSnapshot(self.model, step=self.step, epoch=self.step / self.steps_per_epoch)

    def state(self) -> TrainingState:
        """Return what a training needs, beside the weights, to go on from here."""
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
        self.experiment = after
        self.objective = after.objective_entry.create(after.objective)
        epoch = self.step / self.steps_per_epoch
        return SettingChange(self.step, epoch, self.clock.seconds, setting, before, value_of(after, setting))

    def take_step(self, batch: Batch, rate: float) -> None:
        """Move the weights once at a learning rate, and note what was met."""
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = rate * group["rate"]
        terms = self._descend(batch)
        self.step += 1
        self.clock.count(len(batch.images))
        self.metrics.add(self.step, terms.scalars, rate, self.clock.seconds)

    def _descend(self, batch: Batch) -> ObjectiveTerms:
        objective = self.objective
        if isinstance(objective, AlternatingObjective):
            return objective.training_step(self.model, batch, self.optimizers, moment=self.moment, generator=self.noise)
        for optimizer in self.optimizers.values():
            optimizer.zero_grad(set_to_none=True)
        terms = objective(self.model, batch, moment=self.moment, generator=self.noise)
        terms.loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in self.optimizers.values():
            optimizer.step()
        return terms
