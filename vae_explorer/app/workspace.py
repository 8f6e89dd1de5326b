"""The workspace: experiment, data, model and run at hand, each with a signal that tells of a change."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.backend import Backend
from vae_explorer.app.background import Background
from vae_explorer.app.collection import GarbageCollection
from vae_explorer.app.conditioning import bound, completes
from vae_explorer.app.decode_service import DecodeFailure, DecodeService
from vae_explorer.app.encoding import POINTS_IN_PASSING, POINTS_WHILE_TRAINING, PointEncoder
from vae_explorer.app.export_job import ExportJob, ExportWork
from vae_explorer.app.moments import Moments
from vae_explorer.app.plane_layers import LayerService
from vae_explorer.app.standard_backend import StandardBackend
from vae_explorer.app.state import ModelInfo, RunInfo, RunOutcome, RunState, described
from vae_explorer.app.steering import Steering
from vae_explorer.language import tr
from vae_explorer.latent.spread import POINTS_AT_REST
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.choices import PlaneChoices
    from vae_explorer.app.jobs import Job
    from vae_explorer.app.model import Model
    from vae_explorer.app.state import PointCloud
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.runs.history import KeptMoment
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.events import MetricRecord, Progress, TrainingStarted


class Workspace(Background):
    """What is at hand, and how it is handed out.

    Parameters
    ----------
    runs_folder
        Where new runs are made; the user's folder for runs by default.
    backend
        What the workers call.
    """

    experiment_changed = Signal(object)
    """`Experiment`: what the next training will do."""

    dataset_changed = Signal(object)
    """`ImageDataset` or None."""

    state_changed = Signal(object)
    """`RunState`."""

    progress_changed = Signal(object)
    """`Progress`, or None at the start of a run."""

    training_started = Signal(object)
    """`TrainingStarted`: device, threads, number of parameters."""

    metrics_reset = Signal()
    metrics_added = Signal(object)
    """Tuple of `MetricRecord`."""

    model_changed = Signal(object)
    """`ModelInfo` or None: there are new weights, ask anew for what is visible."""

    points_changed = Signal(object)
    """`PointCloud` or None."""

    run_changed = Signal(object)
    """`RunInfo` or None."""

    condition_changed = Signal(object)
    """Row of the picture whose band the model completes, or None."""

    def __init__(
        self, runs_folder: Path | None = None, backend: Backend | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._backend: Backend = backend or StandardBackend()
        self._runs_folder = runs_folder
        self._experiment = Experiment()
        self._trained: Experiment | None = None
        self._dataset: ImageDataset | None = None
        self._class_names: tuple[str, ...] = ()
        self._loaded_data = self._experiment.data
        self._state = RunState.READY
        self._progress: Progress | None = None
        self._started: TrainingStarted | None = None
        self._metrics: list[MetricRecord] = []
        self._model: Model | None = None
        self._model_info: ModelInfo | None = None
        self._run: RunInfo | None = None
        self._loading: Job | None = None
        self._after_stop: Callable[[], None] | None = None
        self._obstacle = ""
        self._condition: int | None = None
        self._make_services()

    def _make_services(self) -> None:
        self.decode = DecodeService(self._backend.warm_up, self)
        self.decode.failed.connect(self._tell_decode_failure)
        collection = GarbageCollection.begin()
        if collection is not None:
            self.decode.ready.connect(collection.set_aside)
        self.layers = LayerService(self._backend, self._own, lambda: self._closing, self)
        self._encoder = PointEncoder(self.decode, self)
        self._encoder.points_changed.connect(self.points_changed)
        self._encoder.points_changed.connect(self._carry_samples)
        self.completed_changed.connect(self._complete)
        self.moments = Moments(self._backend, self._own, self._show_model, self)
        self._encoder.points_changed.connect(self.moments.remember)
        self.dataset_changed.connect(self.moments.forget_encodings)
        self.moments.settled.connect(self._encode_more)
        self.steering = Steering(self)
        self.moments.failed.connect(self._tell_lost_moment)

    @property
    def experiment(self) -> Experiment:
        """What the next training will do."""
        return self._experiment

    @property
    def trained_experiment(self) -> Experiment | None:
        """What made the model that is shown; None without one."""
        return self._trained

    @property
    def dataset(self) -> ImageDataset | None:
        """The data at hand."""
        return self._dataset

    @property
    def state(self) -> RunState:
        """What the session is doing."""
        return self._state

    @property
    def progress(self) -> Progress | None:
        """How far the training is, or was when it ended."""
        return self._progress

    @property
    def started(self) -> TrainingStarted | None:
        """Device, threads and parameters of the training at hand or the last one."""
        return self._started

    @property
    def metrics(self) -> tuple[MetricRecord, ...]:
        """All records of the run that is shown."""
        return tuple(self._metrics)

    @property
    def model(self) -> Model | None:
        """The frozen model that is shown; only workers may call its methods."""
        return self._model

    @property
    def model_info(self) -> ModelInfo | None:
        """What panels need to know of the model."""
        return self._model_info

    @property
    def is_trained(self) -> bool:
        """Whether the model that is shown belongs to a run; else it shows what a training would start from."""
        return self._run is not None

    @property
    def obstacle(self) -> str:
        """Why these settings and data make no model, in one sentence; empty where they do, or nobody knows yet."""
        return tr(self._obstacle)

    @property
    def points(self) -> PointCloud | None:
        """Encodings of the data under the model that is shown, or the one just before."""
        return self._encoder.points

    @property
    def run(self) -> RunInfo | None:
        """The run that is shown."""
        return self._run

    @property
    def outcome(self) -> RunOutcome | None:
        """How far the run that is shown has come; None without one."""
        newest, trained = self.moments.newest, self._trained
        if self._run is None or newest is None or trained is None:
            return None
        losses = (record.values.get("loss") for record in reversed(self._metrics) if record.split == "test")
        return RunOutcome(newest.step, newest.epoch, trained.training.epochs, next(losses, None))

    @property
    def runs_folder(self) -> Path:
        """Where new runs are made."""
        if self._runs_folder is None:
            self._runs_folder = self._backend.default_runs_folder()
        return self._runs_folder

    @property
    def condition(self) -> int | None:
        """Row of the data set whose band the model completes; None for models that complete nothing."""
        return self._condition

    def set_condition(self, row: int) -> None:
        """Let a model of conditioning ``image`` complete the band of another picture; others take no notice."""
        model, dataset = self._model, self._dataset
        if row == self._condition or model is None or dataset is None or not completes(model, dataset):
            return
        if 0 <= row < len(dataset.images):
            self._change(tr("Complete another picture"), completed=row)

    @Slot()
    def _complete(self) -> None:
        """Bind the model to the picture that was chosen."""
        before, model = self._condition, self._model
        self._model, self._condition = bound(model, self._dataset, self._choices.completed)
        if self._condition != before:
            self.decode.set_model(self._model)
            self.condition_changed.emit(self._condition)
            self.model_changed.emit(self._model_info)

    def sample_image(self, row: int) -> NDArray[np.uint8]:
        """Return one picture of the data, uint8 [C, H, W].

        Raises
        ------
        IndexError
            If there are no data or no such row.
        """
        if self._dataset is None or not 0 <= row < len(self._dataset.images):
            raise IndexError(f"there is no sample {row}")
        image: NDArray[np.uint8] = self._dataset.images[row]
        return image

    def export(self, work: ExportWork) -> ExportJob | None:
        """Start writing something from the model that is shown; None, with a notice, when there is no model.

        The job keeps the model of this moment, while training goes on. Its failure is told by its own signal only.
        """
        if self._model is None:
            self.notify("warning", tr("There is nothing to export yet: train a model or open a run first."))
            return None
        job = ExportJob(work, self._model, self)
        self._own(job)
        job.start()
        return job

    def _fitted(self, choices: PlaneChoices) -> PlaneChoices:
        model = self._model
        if model is not None and model.classes and not 0 <= choices.label < model.classes:
            choices = dataclasses.replace(choices, label=0)
        images = 0 if self._dataset is None else len(self._dataset.images)
        return super()._fitted(choices.within(images))

    @Slot(object)
    def _carry_samples(self, points: PointCloud | None) -> None:
        if points is not None:
            self.carry_samples(points)

    @Slot(object)
    def _tell_decode_failure(self, failure: DecodeFailure) -> None:
        self.notify("error", failure.message, failure.details)

    def _set_state(self, state: RunState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit(state)

    def _set_experiment(self, experiment: Experiment) -> None:
        if experiment != self._experiment:
            self._experiment = experiment
            self.experiment_changed.emit(experiment)

    def _set_dataset(self, dataset: ImageDataset | None) -> None:
        if dataset is self._dataset:
            return
        self._dataset = dataset
        self._class_names = () if dataset is None else dataset.class_names
        # The row of the old data that is completed goes first: whoever is told of fewer choices looks it up in the new.
        self._condition = None
        self.forget_samples()
        self._encoder.set_dataset(dataset)
        self.dataset_changed.emit(dataset)
        for note in dataset.notes if dataset is not None else ():
            self.notify("info", note)

    def _show_run_info(
        self,
        run: RunInfo | None,
        trained: Experiment | None,
        metrics: tuple[MetricRecord, ...],
        kept: tuple[KeptMoment, ...] = (),
        changes: tuple[SettingChange, ...] = (),
    ) -> None:
        self._trained = trained
        self._progress = None
        self.moments.begin(None if run is None else run.path, kept)
        self.steering.begin(trained, changes)
        self._metrics = list(metrics)
        self._run = run
        self.run_changed.emit(run)
        self.progress_changed.emit(None)
        self.metrics_reset.emit()
        if metrics:
            self.metrics_added.emit(metrics)

    @Slot()
    def _encode_more(self) -> None:
        self._encoder.complete(self._model, self._most_points)

    @Slot(str, str)
    def _tell_lost_moment(self, message: str, details: str) -> None:
        self.notify("warning", tr("{message} That moment is left out.", message=message), details)

    @property
    def _most_points(self) -> int:
        return POINTS_WHILE_TRAINING if self._state.is_active else POINTS_AT_REST

    def _set_model(self, model: Model | None, *, in_passing: bool = False) -> None:
        """Take the newest model: it is shown unless an earlier moment is looked at."""
        self.moments.set_newest(model, in_passing=in_passing)

    def _show_model(self, model: Model | None, points: PointCloud | None, in_passing: bool) -> None:
        before = self._condition
        model, self._condition = bound(model, self._dataset, self._choices.completed)
        self._model = model
        self.decode.set_model(model)
        self._model_info = None if model is None else described(model, self._class_names)
        with self.unrecorded():
            self.set_label(self._fitted(self._choices).label)
        if self._condition != before:
            self.condition_changed.emit(self._condition)
        self.model_changed.emit(self._model_info)
        if points is not None:
            self._encoder.show(points)
        else:
            self._encoder.set_model(model, POINTS_IN_PASSING if in_passing else self._most_points)

    def _invitation(self) -> str:
        if self._model is not None and self.is_trained:
            return tr("Point at the plane to see what the model makes of it.")
        return (
            tr("Choose a data set to begin.")
            if self._dataset is None
            else tr("Press Train to begin, or take the tour in the Help menu.")
        )
