"""The training loop: takes an experiment and images, tells what happens, and obeys a control."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from vae_explorer.data.dataset import ImageDataset
from vae_explorer.errors import SettingError
from vae_explorer.models.family import ImageSpec, LatentVariableModel
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.objectives.base import AlternatingObjective, Batch, Moment, Objective, ObjectiveTerms
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.clock import TrainingClock
from vae_explorer.training.control import Control
from vae_explorer.training.devices import Device, find_device, thread_count
from vae_explorer.training.evaluation import mean_terms
from vae_explorer.training.events import (
    MetricBatch,
    MetricRecord,
    TrainingEvent,
    TrainingFinished,
    TrainingPaused,
    TrainingResumed,
    TrainingSnapshot,
    TrainingStarted,
)
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.failures import failure
from vae_explorer.training.metrics import StepMetrics, require_finite
from vae_explorer.training.schedules import learning_rate
from vae_explorer.training.state import (
    ResumePoint,
    TrainingState,
    differences,
    generator_state,
    noise_generator,
    optimizer_states,
    restore_generator,
    restore_optimizers,
)

EventHandler = Callable[[TrainingEvent], None]

_READ_INTERVAL = 0.1
_SNAPSHOT_INTERVAL = 0.2
_SNAPSHOT_SHARE = 0.05
_FINAL_IMAGES = 10_000
_FINAL_IMAGES_STOPPED = 1_000
_NOISE_STREAM = 1


@dataclass(slots=True)
class _Loop:
    """What the steps of one run work with."""

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

    Notes
    -----
    The order of the images, the first weights and the noise each have a generator of their own, derived from the
    seed; torch's process-wide generator is never touched. On the CPU the same seed and number of threads give the
    same curve again, and a training that goes on gives the weights and records of one that was never interrupted, to
    the last bit. The learning rate depends on the step and on the steps planned: with another number of epochs it
    follows the longer or shorter schedule from there on.
    """

    def __init__(self, experiment: Experiment, dataset: ImageDataset, resume: ResumePoint | None = None) -> None:
        self.experiment = experiment
        self.dataset = dataset
        self.resume = resume

    def run(self, *, on_event: EventHandler, control: Control, wants_state: Callable[[], bool] = lambda: False) -> None:
        """Train to the end, or until told to stop; blocks, and raises nothing.

        Parameters
        ----------
        on_event
            Called in this thread with each event; the last one is `TrainingFinished` or `TrainingFailed`.
        control
            Pause, step and stop, from any thread.
        wants_state
            Asked before each snapshot whether to send the state of the training with it, which takes time.
        """
        try:
            self._run(on_event, control, wants_state)
        except Exception as error:  # whatever went wrong here must reach the user, not end the thread in silence
            on_event(failure(error))

    def _run(self, on_event: EventHandler, control: Control, wants_state: Callable[[], bool]) -> None:
        torch.set_num_threads(thread_count(self.experiment.training.threads))
        device = find_device(self.experiment.training.device)
        loop = self._prepare(device)
        notes = self._restore(loop, device)
        on_event(
            TrainingStarted(
                progress=loop.clock.progress(),
                device=device.torch_device.type,
                device_name=device.name,
                threads=torch.get_num_threads(),
                parameters=sum(parameter.numel() for parameter in loop.model.parameters()),
                records=loop.records,
                notes=notes,
            )
        )
        teller = _Teller(loop, on_event, control, wants_state)
        teller.tell_snapshot()
        completed = self._train(loop, teller)
        state = teller.conclude()
        on_event(
            TrainingFinished(
                reason="completed" if completed else "stopped",
                progress=loop.clock.progress(),
                model=_snapshot(loop),
                train=_final_terms(loop, loop.train, control),
                test=_final_terms(loop, loop.test, control),
                state=state,
            )
        )

    def _prepare(self, device: Device) -> _Loop:
        training = self.experiment.training
        objective, model = initial_model(self.experiment, self.dataset)
        if self.resume is not None:
            model.load_state_dict({name: torch.tensor(values) for name, values in self.resume.weights.items()})
        model.to(device.torch_device)
        train = BatchSource(self.dataset.train, device.torch_device)
        steps_per_epoch = -(-len(train) // training.batch_size)
        total_steps = steps_per_epoch * training.epochs
        return _Loop(
            objective=objective,
            model=model,
            optimizers={
                name: torch.optim.Adam(groups, lr=training.learning_rate, fused=True)
                for name, groups in model.parameter_sets().items()
            },
            train=train,
            test=BatchSource(self.dataset.test, device.torch_device),
            noise=noise_generator(training.seed, _NOISE_STREAM, device.torch_device),
            metrics=StepMetrics(total_steps, steps_per_epoch),
            clock=TrainingClock(steps_per_epoch, training.epochs, len(train)),
            steps_per_epoch=steps_per_epoch,
            total_steps=total_steps,
        )

    def _restore(self, loop: _Loop, device: Device) -> tuple[str, ...]:
        """Put back what a training that goes on knew, and return what the user should know about that."""
        if self.resume is None:
            return ()
        training, state = self.experiment.training, self.resume.state
        restore_optimizers(loop.model, loop.optimizers, state.optimizers)
        if state.device == device.torch_device.type:
            restore_generator(loop.noise, state.noise)
        else:
            loop.noise = noise_generator(training.seed, _NOISE_STREAM + 1 + state.step, device.torch_device)
        loop.step, loop.records, loop.tests = state.step, state.records, state.tests
        loop.metrics = StepMetrics(loop.total_steps, loop.steps_per_epoch, state.pending)
        epochs, batches = divmod(state.step, loop.steps_per_epoch)
        loop.clock = TrainingClock(
            loop.steps_per_epoch,
            training.epochs,
            len(loop.train),
            step=state.step,
            images=epochs * len(loop.train) + batches * training.batch_size,
            seconds=state.seconds,
        )
        return differences(state, device.torch_device.type)

    def _train(self, loop: _Loop, teller: _Teller) -> bool:
        teller.tell_test_if_due()
        for batch in self._batches(loop):
            if not teller.wait_for_permission():
                return False
            self._step(loop, batch)
            teller.tell_what_is_due()
            teller.tell_test_if_due()
        return not teller.test_is_due

    def _batches(self, loop: _Loop) -> Iterator[Batch]:
        training = self.experiment.training
        first, skip = divmod(loop.step, loop.steps_per_epoch)
        for epoch in range(first, training.epochs):
            yield from loop.train.shuffled(
                training.batch_size, seed=training.seed, epoch=epoch, skip=skip if epoch == first else 0
            )

    def _step(self, loop: _Loop, batch: Batch) -> None:
        training = self.experiment.training
        rate = learning_rate(training.schedule, training.learning_rate, loop.step, loop.total_steps)
        for optimizer in loop.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = rate * group["rate"]
        terms = _take_step(loop, batch)
        loop.step += 1
        loop.clock.count(len(batch.images))
        loop.metrics.add(loop.step, terms.scalars, rate, loop.clock.seconds)


def _take_step(loop: _Loop, batch: Batch) -> ObjectiveTerms:
    objective = loop.objective
    if isinstance(objective, AlternatingObjective):
        return objective.training_step(loop.model, batch, loop.optimizers, moment=loop.moment, generator=loop.noise)
    for optimizer in loop.optimizers.values():
        optimizer.zero_grad(set_to_none=True)
    terms = objective(loop.model, batch, moment=loop.moment, generator=loop.noise)
    terms.loss.backward()  # type: ignore[no-untyped-call]
    for optimizer in loop.optimizers.values():
        optimizer.step()
    return terms


class _Teller:
    """Turns the state of the loop into events, at a pace that costs training little."""

    def __init__(self, loop: _Loop, on_event: EventHandler, control: Control, wants_state: Callable[[], bool]) -> None:
        self._loop = loop
        self._on_event = on_event
        self._control = control
        self._wants_state = wants_state
        self._next_read = 0.0
        self._next_snapshot = 0.0

    def wait_for_permission(self) -> bool:
        """Block while paused; return whether to take the next step."""
        if not self._control.must_wait():
            return self._control.take_step()
        self.tell_metrics()
        self.tell_snapshot()
        self._on_event(TrainingPaused(self._loop.clock.progress()))
        started = time.monotonic()
        go_on = self._control.take_step()
        self._loop.clock.leave_out(time.monotonic() - started)
        if go_on:
            self._on_event(TrainingResumed(self._loop.clock.progress()))
        return go_on

    def tell_what_is_due(self) -> None:
        """Send metrics about ten times a second, and snapshots within their share of the time."""
        now = time.monotonic()
        if now >= self._next_read:
            self._next_read = now + _READ_INTERVAL
            self.tell_metrics()
        if now >= self._next_snapshot:
            self.tell_snapshot()
            taken = time.monotonic() - now
            self._next_snapshot = now + max(_SNAPSHOT_INTERVAL, taken / _SNAPSHOT_SHARE)

    def tell_metrics(self) -> None:
        self._tell(self._loop.metrics.read())

    def tell_snapshot(self) -> None:
        state = None
        if self._wants_state():
            self.tell_metrics()  # what is told before the state belongs to it
            state = _state(self._loop)
        self._on_event(TrainingSnapshot(_snapshot(self._loop), self._loop.clock.progress(), state))

    def conclude(self) -> TrainingState:
        """Tell the last records, and return the state before the last one was closed early."""
        records = self._loop.metrics.read()
        if records:
            self._tell(records)
        state = _state(self._loop)
        records = self._loop.metrics.read(all_of_them=True)
        if records:
            self._tell(records)
        return state

    @property
    def test_is_due(self) -> bool:
        """Whether an epoch ended and the test images weren't measured since."""
        return self._loop.tests < self._loop.step // self._loop.steps_per_epoch

    def tell_test_if_due(self) -> None:
        """Measure the test images after each epoch; a stop leaves that to the training that goes on."""
        if self.test_is_due:
            self._tell_test()

    def _tell(self, records: tuple[MetricRecord, ...]) -> None:
        self._loop.records += len(records)
        self._on_event(MetricBatch(records, self._loop.clock.progress()))

    def _tell_test(self) -> None:
        loop = self._loop
        records = loop.metrics.read()  # first, so that of several terms that aren't finite the first one is named
        values = mean_terms(
            loop.objective,
            loop.model,
            loop.test,
            limit=len(loop.test),
            moment=loop.moment,
            cancelled=lambda: self._control.stopped,
        )
        if values is not None:
            require_finite(loop.step, values)
            epoch = loop.step / loop.steps_per_epoch
            records += (MetricRecord(loop.step, epoch, "test", loop.clock.seconds, values),)
            loop.tests = loop.step // loop.steps_per_epoch
        self._tell(records)


def initial_model(experiment: Experiment, dataset: ImageDataset) -> tuple[Objective, LatentVariableModel]:
    """Return the objective of an experiment and its model as it is before the first step.

    Raises
    ------
    SettingError
        If the objective needs labels and the data has none, or the network doesn't fit the images.
    """
    entry = experiment.objective_entry
    if entry.needs_labels and not dataset.classes:
        raise SettingError(
            f"The objective {entry.name} needs a class for each image, but {dataset.name} has no labels: "
            "choose the objective vae, or data with labels."
        )
    objective = entry.create(experiment.objective)
    shape = (dataset.channels, dataset.height, dataset.width)
    spec = ImageSpec(shape, dataset.classes, dataset.mean_image)
    generator = noise_generator(experiment.training.seed, 0, torch.device("cpu"))
    return objective, objective.build_model(spec, experiment.model, generator)


def warm_up() -> None:
    """Import what the first step would otherwise wait for: making an optimiser brings in much of torch."""
    torch.optim.Adam([torch.zeros(1, requires_grad=True)], fused=True)


def untrained_snapshot(experiment: Experiment, dataset: ImageDataset) -> ModelSnapshot:
    """Return the model of an experiment before its first step, as training would start from it."""
    return ModelSnapshot(initial_model(experiment, dataset)[1], step=0, epoch=0.0)


def _snapshot(loop: _Loop) -> ModelSnapshot:
    return ModelSnapshot(loop.model, step=loop.step, epoch=loop.step / loop.steps_per_epoch)


def _final_terms(loop: _Loop, source: BatchSource, control: Control) -> dict[str, float]:
    """Return the terms of the final weights, from few images once someone waits for the end."""
    terms = None
    if not control.stopped:
        terms = mean_terms(
            loop.objective,
            loop.model,
            source,
            limit=_FINAL_IMAGES,
            moment=loop.moment,
            cancelled=lambda: control.stopped,
        )
    if terms is None:
        terms = mean_terms(loop.objective, loop.model, source, limit=_FINAL_IMAGES_STOPPED, moment=loop.moment) or {}
    require_finite(loop.step, terms)
    return terms


def _state(loop: _Loop) -> TrainingState:
    return TrainingState(
        step=loop.step,
        seconds=loop.clock.seconds,
        records=loop.records,
        tests=loop.tests,
        device=loop.model.device.type,
        threads=torch.get_num_threads(),
        torch=str(torch.__version__),
        optimizers=optimizer_states(loop.model, loop.optimizers),
        noise=generator_state(loop.noise),
        pending=loop.metrics.pending(),
    )
