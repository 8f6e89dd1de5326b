"""The training loop: takes an experiment and images, tells what happens, and obeys a control."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import torch

from vae_explorer.data.dataset import ImageDataset
from vae_explorer.models.adam import make_adam
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.objectives.base import Objective
from vae_explorer.training.averaging import WeightAverage
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.changes import SettingChange, in_force
from vae_explorer.training.clock import TrainingClock
from vae_explorer.training.control import Control
from vae_explorer.training.devices import Device, find_device, thread_count
from vae_explorer.training.events import EventHandler, TrainingFinished, TrainingStarted
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.failures import failure
from vae_explorer.training.initial import initial_model
from vae_explorer.training.loop import Loop
from vae_explorer.training.metrics import StepMetrics
from vae_explorer.training.precision import find_precision
from vae_explorer.training.schedules import learning_rate
from vae_explorer.training.state import (
    ResumePoint,
    differences,
    noise_generator,
    restore_generator,
    restore_optimizers,
)
from vae_explorer.training.telling import Teller, final_terms

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_NOISE_STREAM = 1


def _never(_step: int) -> bool:
    return False


class Trainer:
    """Trains one model.

    Parameters
    ----------
    experiment
        What to train and how.
    dataset
        The images of the experiment.
    resume
        Where to go on instead of starting; the experiment and the images must be those that it comes from, but the
        number of epochs may be another.
    changes
        Of settings, before the point where a training goes on.
    start
        Weights by name with which a new training starts, instead of random ones.

    Notes
    -----
    The order of the images, the first weights and the noise each have a generator of their own, derived from the
    seed; torch's process-wide generator is never touched. On the CPU the same seed and number of threads give the
    same curve again, and a training that goes on gives the weights and records of one that was never interrupted, to
    the last bit. The learning rate depends on the step and on the steps planned: with another number of epochs it
    follows the longer or shorter schedule from there on.
    """

    def __init__(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        resume: ResumePoint | None = None,
        *,
        changes: tuple[SettingChange, ...] = (),
        start: Mapping[str, npt.NDArray[np.float32]] | None = None,
    ) -> None:
        self.experiment = experiment
        self.dataset = dataset
        self.resume = resume
        self.changes = changes
        self.start = start
        self._begun = False

    def run(
        self,
        *,
        on_event: EventHandler,
        control: Control,
        wants_state: Callable[[], bool] = lambda: False,
        wants_moment: Callable[[int], bool] = _never,
    ) -> None:
        """Train to the end, or until told to stop; blocks, and raises nothing.

        Parameters
        ----------
        on_event
            Called in this thread with each event; the last one is `TrainingFinished` or `TrainingFailed`.
        control
            Pause, step and stop, from any thread.
        wants_state
            Asked before each snapshot whether to send the state of the training with it, which takes time.
        wants_moment
            Asked before the first step and after each one, with the number of steps taken, whether to send
            `MomentReached`.
        """
        try:
            self._run(on_event, control, wants_state, wants_moment)
        except Exception as error:  # whatever went wrong here must reach the user, not end the thread in silence
            on_event(failure(error, begun=self._begun))

    def _run(
        self,
        on_event: EventHandler,
        control: Control,
        wants_state: Callable[[], bool],
        wants_moment: Callable[[int], bool],
    ) -> None:
        torch.set_num_threads(self._thread_count())
        device = self._find_device()
        loop = self._prepare(device)
        notes = self._restore(loop, device)
        on_event(_started(loop, device, notes))
        self._begun = True
        teller = self._teller(loop, on_event, control, wants_state, wants_moment)
        teller.tell_snapshot()
        completed = self._train(loop, teller)
        state = teller.conclude()
        on_event(
            TrainingFinished(
                reason="completed" if completed else "stopped",
                progress=loop.clock.progress(),
                model=loop.snapshot(),
                train=final_terms(loop, loop.train, control),
                test=final_terms(loop, loop.test, control),
                state=state,
            )
        )

    def _thread_count(self) -> int:
        return thread_count(self.experiment.training.threads)

    def _find_device(self) -> Device:
        return find_device(self.experiment.training.device)

    def _teller(
        self,
        loop: Loop,
        on_event: EventHandler,
        control: Control,
        wants_state: Callable[[], bool],
        wants_moment: Callable[[int], bool],
    ) -> Teller:
        return Teller(loop, on_event, control, wants_state, wants_moment)

    def _prepare(self, device: Device) -> Loop:
        training = self.experiment.training
        experiment = in_force(self.experiment, self.changes)
        objective, model = self._first_model(experiment, device)
        average = WeightAverage(model, training.average_reach) if experiment.averages_weights else None
        train = BatchSource(self.dataset.train, device.torch_device)
        steps_per_epoch = -(-len(train) // training.batch_size)
        total_steps = steps_per_epoch * training.epochs
        return Loop(
            experiment=experiment,
            objective=objective,
            model=model,
            optimizers={
                name: make_adam(groups, training.learning_rate, training.beta2)
                for name, groups in model.parameter_sets().items()
            },
            train=train,
            test=BatchSource(self.dataset.test, device.torch_device),
            noise=noise_generator(training.seed, _NOISE_STREAM, device.torch_device),
            metrics=StepMetrics(total_steps, steps_per_epoch, own=experiment.objective_entry.terms),
            clock=TrainingClock(steps_per_epoch, training.epochs, len(train)),
            steps_per_epoch=steps_per_epoch,
            total_steps=total_steps,
            precision=find_precision(
                training.precision,
                device.torch_device,
                needs_float32=experiment.objective_entry.needs_float32,
            ),
            average=average,
        )

    def _first_model(self, experiment: Experiment, device: Device) -> tuple[Objective, LatentVariableModel]:
        """Return the objective and its model on the device, with the weights that it starts or goes on with."""
        objective, model = initial_model(experiment, self.dataset)
        weights = self.start if self.resume is None else self.resume.weights
        if weights is not None:
            model.load_state_dict({name: torch.tensor(values) for name, values in weights.items()})
        model.to(device.torch_device)
        return objective, model

    def _restore(self, loop: Loop, device: Device) -> tuple[str, ...]:
        """Put back what a training that goes on knew, and return what the user should know about that."""
        if self.resume is None:
            return ()
        training, state = self.experiment.training, self.resume.state
        restore_optimizers(loop.model, loop.optimizers, state.optimizers)
        if state.average is not None and loop.average is not None:
            loop.average.restore(state.average)
        if state.device == device.torch_device.type:
            restore_generator(loop.noise, state.noise)
        else:
            loop.noise = noise_generator(training.seed, _NOISE_STREAM + 1 + state.step, device.torch_device)
        loop.step, loop.records, loop.tests = state.step, state.records, state.tests
        loop.metrics = StepMetrics(
            loop.total_steps, loop.steps_per_epoch, state.pending, self.experiment.objective_entry.terms
        )
        epochs, batches = divmod(state.step, loop.steps_per_epoch)
        loop.clock = TrainingClock(
            loop.steps_per_epoch,
            training.epochs,
            len(loop.train),
            step=state.step,
            images=epochs * len(loop.train) + batches * training.batch_size,
            seconds=state.seconds,
        )
        return differences(state, device.torch_device.type, loop.precision, loop.path.name, loop.workers)

    def _train(self, loop: Loop, teller: Teller) -> bool:
        training = self.experiment.training
        teller.tell_moment_if_wanted()  # of a training that goes on as well: it may have died before that was kept
        teller.tell_test_if_due()
        for rows in self._batches(loop):
            if not teller.wait_for_permission():
                return False
            teller.tell_changes()
            peak = loop.experiment.training.learning_rate
            rate = learning_rate(training.schedule, peak, loop.step, loop.total_steps, self.experiment.most_rise)
            loop.take_step(rows, rate)
            teller.tell_moment_if_wanted()
            teller.tell_what_is_due()
            teller.tell_test_if_due()
        return not teller.test_is_due

    def _batches(self, loop: Loop) -> Iterator[npt.NDArray[np.int64]]:
        training = self.experiment.training
        first, skip = divmod(loop.step, loop.steps_per_epoch)
        for epoch in range(first, training.epochs):
            yield from loop.train.shuffled(
                training.batch_size, seed=training.seed, epoch=epoch, skip=skip if epoch == first else 0
            )


def _started(loop: Loop, device: Device, notes: tuple[str, ...]) -> TrainingStarted:
    return TrainingStarted(
        progress=loop.clock.progress(),
        device=device.torch_device.type,
        device_name=device.name,
        threads=torch.get_num_threads(),
        parameters=sum(parameter.numel() for parameter in loop.model.parameters()),
        records=loop.records,
        notes=notes,
        precision=loop.precision,
        path=loop.path.name,
        workers=loop.workers,
    )


def warm_up() -> None:
    """Import what the first step would otherwise wait for."""
    make_adam([torch.zeros(1, requires_grad=True)], 1e-3)
