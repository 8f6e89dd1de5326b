"""Stand-ins for loading, training and opening: the same behaviour at the seams, in no time and without torch."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tests.app.fake_models import FakeModel, MovingModel, as_snapshot, tiny_images
from vae_explorer.app.backend import Follower, ForkSource, OpenedRun
from vae_explorer.app.model import Model
from vae_explorer.errors import DataError, RunError, TrainingError
from vae_explorer.latent.lattice import FieldValues
from vae_explorer.latent.layers import find_layer
from vae_explorer.runs.following import RunFollower
from vae_explorer.runs.history import KeptMoment
from vae_explorer.training.changes import SettingChange, value_of
from vae_explorer.training.events import (
    CheckpointSaved,
    MetricBatch,
    MetricRecord,
    MomentKept,
    Progress,
    SettingChanged,
    TrainingEvent,
    TrainingFailed,
    TrainingFinished,
    TrainingPaused,
    TrainingSnapshot,
    TrainingStarted,
)
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from vae_explorer.app.layer_subject import LayerSubject
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.lattice import Field
    from vae_explorer.sections import DataConfig
    from vae_explorer.training.control import Control


def kept_moments(folder: Path, last: int) -> tuple[KeptMoment, ...]:
    """Return a moment for each step up to `last`."""
    return tuple(KeptMoment(step, step / 5, folder / f"step-{step:08d}.safetensors") for step in range(last + 1))


def _classified(
    model: FakeModel, z: NDArray[np.float64], spread: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    noise = spread * np.array([[-1.0, 0.0], [0.0, 0.0], [1.0, 0.0]])
    mean = np.mean([model.classify(z.astype(np.float32) + move) for move in noise], axis=0)
    return mean.max(axis=1).astype(np.float64), mean.argmax(axis=1)


def _record(step: int, epoch: float) -> MetricRecord:
    values = {"loss": 200.0 - step, "reconstruction": 195.0 - step, "kl": 5.0, "kl_z1": 2.0, "kl_z2": 3.0}
    return MetricRecord(step, epoch, "train", 0.1 * step, values)


class FakeBackend:
    """Does what the real rooms do, as far as the window can tell.

    Attributes
    ----------
    step_seconds
        How long one training step takes.
    fail_at
        Step at which training fails, or None.
    hold_loading, hold_building
        Cleared: loading or building an untrained model waits.
    paused_at
        Step at which the training waits or waited last; None before.
    """

    def __init__(self) -> None:
        self.step_seconds = 0.001
        self.steps_an_epoch = 5
        self.fail_at: int | None = None
        self.paused_at: int | None = None
        self.hold_loading = threading.Event()
        self.hold_loading.set()
        self.warmed_up = False
        self.built: list[Experiment] = []
        self.hold_building = threading.Event()
        self.hold_building.set()
        self.trainings: list[Experiment] = []
        self.resumed: list[tuple[Experiment, Path]] = []
        self.can_resume = True
        self.keeps_moments = False
        self.lost_steps: set[int] = set()
        self.loaded_steps: list[int] = []
        self.forks: list[ForkSource | None] = []
        self.refuses_forks = False
        self.turned: list[tuple[str, float]] = []
        self.changes: tuple[SettingChange, ...] = ()
        self.origin = ""
        self.hold_moments = threading.Event()
        self.hold_moments.set()
        self.model = FakeModel()
        self.layers: list[str] = []

    def warm_up(self) -> None:
        self.warmed_up = True

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        self.hold_loading.wait(5)
        progress("Reading …")
        if "missing" in config.source:
            raise DataError(f"There is no file {config.source}: choose one that exists.")
        return tiny_images(config.source, classes=0 if "plain" in config.source else 3)

    def train(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
        fork: ForkSource | None = None,
    ) -> None:
        self.trainings.append(experiment)
        self.forks.append(fork)
        if fork is not None and self.refuses_forks:
            on_event(TrainingFailed("The run can't be forked with these settings.", "", wrong_input=True))
            return
        total = experiment.training.epochs * self.steps_an_epoch
        progress = Progress(0, total, 0.0, experiment.training.epochs, 0.0, 0.0, None)
        on_event(TrainingStarted(progress, "cpu", "a processor", 1, 1234))
        on_event(TrainingSnapshot(as_snapshot(self.model), progress))
        for step in range(1, total + 1):
            if control.must_wait():
                on_event(TrainingPaused(progress))
                self.paused_at = progress.step
            if not control.take_step():
                break
            for name, value in control.take_changes().items():
                before = value_of(experiment, name)
                change = SettingChange(step - 1, (step - 1) / self.steps_an_epoch, 0.0, name, before, value)
                on_event(SettingChanged(change))
                self.turned.append((name, value))
            if step == self.fail_at:
                on_event(TrainingFailed("The loss is no longer finite: lower the learning rate.", "step 3"))
                return
            time.sleep(self.step_seconds)
            epoch = step / self.steps_an_epoch
            progress = replace(progress, step=step, epoch=epoch, images_per_second=1e4, seconds_left=1.0)
            on_event(MetricBatch((_record(step, epoch),), progress))
            if self.keeps_moments:
                on_event(MomentKept(folder / f"step-{step:08d}.safetensors", step, epoch))
            on_event(TrainingSnapshot(as_snapshot(replace(self.model, step=step, epoch=epoch)), progress))
        self._finish(experiment, folder, progress, on_event, stopped=control.stopped)

    def resume(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
    ) -> None:
        """Go on from step 3, of which two records count."""
        self.resumed.append((experiment, folder))
        total = experiment.training.epochs * self.steps_an_epoch
        progress = Progress(3, total, 3 / self.steps_an_epoch, experiment.training.epochs, 0.0, 0.0, None)
        on_event(TrainingStarted(progress, "cpu", "a processor", 1, 1234, records=2, notes=("A note.",)))
        for step in range(4, total + 1):
            if not control.take_step():
                break
            epoch = step / self.steps_an_epoch
            progress = replace(progress, step=step, epoch=epoch)
            on_event(MetricBatch((_record(step, epoch),), progress))
        self._finish(experiment, folder, progress, on_event, stopped=control.stopped)

    def _finish(
        self,
        experiment: Experiment,
        folder: Path,
        progress: Progress,
        on_event: Callable[[TrainingEvent], None],
        *,
        stopped: bool,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.json").write_text(json.dumps(experiment.to_dict()), encoding="utf-8")
        on_event(CheckpointSaved(folder, progress.step))
        model = as_snapshot(replace(self.model, step=progress.step, epoch=progress.epoch))
        on_event(TrainingFinished("stopped" if stopped else "completed", progress, model, {}, {"loss": 150.0}))

    def untrained_model(self, experiment: Experiment, dataset: ImageDataset) -> Model:
        self.built.append(experiment)
        self.hold_building.wait(10)
        if dataset.labels is None and experiment.objective_entry.needs_labels:
            raise TrainingError(f"{experiment.objective_entry.title} needs classes: choose data with labels.")
        return replace(self.model, step=0, epoch=0.0, classes=dataset.classes)

    def layer_field(self, name: str, subject: LayerSubject, cancelled: Callable[[], bool]) -> Field:
        """Give a true posterior of 3 everywhere, regions by z1, and else how far z is from the origin."""
        self.layers.append(name)
        model = subject.model
        if isinstance(model, FakeModel) and find_layer(name).kind == "class":
            return lambda z, _cell: FieldValues(*_classified(model, z, 1.0 if name == "averaged" else 0.0))
        if name == "exact":
            return lambda z, _cell: FieldValues(np.full(len(z), 3.0))
        return lambda z, _cell: FieldValues(np.hypot(*z.T), axes=np.full((len(z), 2), 0.5))

    def is_run(self, path: Path) -> bool:
        return (path / "run.json").is_file()

    def open_run(self, path: Path) -> OpenedRun:
        if "broken" in path.name:
            raise RunError(f"The run {path.name} is damaged: open another one.")
        experiment = Experiment.from_dict(json.loads((path / "run.json").read_text(encoding="utf-8")))
        record = MetricRecord(7, 1.0, "test", 1.0, {"loss": 150.0, "reconstruction": 145.0, "kl": 5.0})
        dataset = tiny_images(experiment.data.source)
        model = replace(self.model, step=7)
        return OpenedRun(
            path.name,
            path,
            experiment,
            dataset.sha256,
            dataset.class_names,
            (record,),
            model,
            can_resume=self.can_resume,
            moments=kept_moments(path, 7) if self.keeps_moments else (),
            changes=self.changes,
            origin=self.origin,
        )

    def follower(self, path: Path, known: tuple[MetricRecord, ...], step: int | None) -> Follower:
        return RunFollower(path, known, None if step is None else (step, True))

    def load_moment(self, path: Path, moment: KeptMoment) -> Model:
        self.hold_moments.wait(5)
        self.loaded_steps.append(moment.step)
        if moment.step in self.lost_steps:
            raise RunError(f"The file {moment.path.name} is damaged: its content doesn't match its checksum.")
        return MovingModel(step=moment.step, epoch=moment.epoch)

    def default_runs_folder(self) -> Path:
        raise TrainingError("a test must name its folder for runs")

    def new_run_folder(self, parent: Path, experiment: Experiment) -> Path:
        number = len(list(parent.iterdir())) if parent.is_dir() else 0
        return parent / f"run {number} {experiment.objective.name}"


class RetellingBackend(FakeBackend):
    """Trains like the fake one, but tells of it otherwise."""

    def retold(self, event: TrainingEvent) -> Iterable[TrainingEvent]:
        """Yield what is told in place of an event."""
        raise NotImplementedError

    def train(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
        fork: ForkSource | None = None,
    ) -> None:
        def tell(event: TrainingEvent) -> None:
            for each in self.retold(event):
                on_event(each)

        super().train(experiment, dataset, folder, on_event=tell, control=control, fork=fork)
