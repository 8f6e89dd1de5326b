"""The work behind the window done by this program's rooms, each imported where it is used, never before the window."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from vae_explorer.app.backend import Follower, ForkSource, OpenedRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.app.layer_subject import LayerSubject
    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.lattice import Field
    from vae_explorer.runs.folder import Run
    from vae_explorer.runs.history import KeptMoment
    from vae_explorer.sections import DataConfig
    from vae_explorer.training.control import Control
    from vae_explorer.training.events import MetricRecord, TrainingEvent
    from vae_explorer.training.experiment import Experiment


class StandardBackend:
    """The rooms of this program, each imported on first use in the thread that uses it."""

    def __init__(self) -> None:
        self._visited: dict[object, Run] = {}

    def warm_up(self) -> None:
        """Import torch for one thread: decoding must leave the other processors to training."""
        import torch

        torch.set_num_threads(1)
        import vae_explorer.runs.recording  # noqa: F401  (training would wait for it)
        from vae_explorer.models import decoding
        from vae_explorer.training.trainer import warm_up

        decoding.warm_up()
        warm_up()

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        """Load a data set by name or path."""
        from vae_explorer.data.catalogue import load

        return load(config, progress=progress)

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
        """Train and record a run in `folder`."""
        from vae_explorer.runs.folder import open_run
        from vae_explorer.runs.forking import fork_of
        from vae_explorer.runs.recording import train

        start = None if fork is None else fork_of(open_run(fork.path), fork.moment)
        train(experiment, dataset, folder, on_event=on_event, control=control, fork=start)

    def resume(
        self,
        experiment: Experiment,
        dataset: ImageDataset,
        folder: Path,
        *,
        on_event: Callable[[TrainingEvent], None],
        control: Control,
    ) -> None:
        """Go on with the run in `folder`, from its newest whole checkpoint."""
        from vae_explorer.runs.folder import open_run
        from vae_explorer.runs.recording import resume

        resume(
            open_run(folder),
            dataset,
            epochs=experiment.training.epochs,
            device=experiment.training.device,
            on_event=on_event,
            control=control,
        )

    def untrained_model(self, experiment: Experiment, dataset: ImageDataset) -> Model:
        """Return the model before its first step."""
        from vae_explorer.training.initial import untrained_snapshot

        return untrained_snapshot(experiment, dataset)

    def layer_field(self, name: str, subject: LayerSubject, cancelled: Callable[[], bool]) -> Field:
        """Prepare a layer of the plane from the network of the model at hand."""
        from vae_explorer.app.layer_source import layer_source
        from vae_explorer.latent.layers import find_layer, prepare

        layer = find_layer(name)
        return prepare(layer, layer_source(layer, subject, cancelled))

    def is_run(self, path: Path) -> bool:
        """Whether a path is a run's folder."""
        from vae_explorer.runs.folder import is_run

        return is_run(path)

    def open_run(self, path: Path) -> OpenedRun:
        """Read a run with its newest weights; one that is being written may have none yet, an older one is copied."""
        from vae_explorer.runs.folder import open_run
        from vae_explorer.runs.following import is_worth_following
        from vae_explorer.runs.formats import migrated

        path, on_format = migrated(open_run(path).path)
        run = open_run(path)
        if is_worth_following(run.path):
            return _opened_live(run)
        return OpenedRun(
            name=run.name,
            path=run.path,
            experiment=run.experiment,
            dataset_sha256=run.data.sha256,
            class_names=run.data.class_names,
            metrics=run.metrics,
            model=run.load_model(),
            notes=on_format + run.notes + run.history_notes,
            can_resume=run.can_resume,
            moments=run.moments,
            changes=run.changes,
            origin="" if run.parent is None else run.parent.words,
        )

    def follower(self, path: Path, known: tuple[MetricRecord, ...], step: int | None) -> Follower:
        """Return what looks at a run that somebody else writes."""
        from vae_explorer.runs.following import RunFollower

        return RunFollower(path, known, None if step is None else (step, True))

    def load_moment(self, path: Path, moment: KeptMoment) -> Model:
        """Read the model of a moment, in the thread that asks."""
        from vae_explorer.runs.folder import open_run
        from vae_explorer.runs.header import HEADER_FILE

        status = (path / HEADER_FILE).stat() if (path / HEADER_FILE).is_file() else None
        key = (path, None if status is None else (status.st_mtime_ns, status.st_size))
        run = self._visited.get(key)
        if run is None:
            run = open_run(path)
            self._visited = {key: run}  # the next moment is of the same run, nearly always
        return run.load_moment(moment)

    def default_runs_folder(self) -> Path:
        """Return the user's folder for runs."""
        from vae_explorer.runs.places import default_runs_folder

        return default_runs_folder()

    def new_run_folder(self, parent: Path, experiment: Experiment) -> Path:
        """Return a folder that is named after time, data and objective."""
        from vae_explorer.runs.places import new_run_folder

        return new_run_folder(parent, experiment, datetime.now().astimezone())


def _opened_live(run: Run) -> OpenedRun:
    """Read a run that is being written, with whatever is whole of it now."""
    from vae_explorer.runs.following import RunFollower

    follower = RunFollower(run.path)
    news = follower.look()
    return OpenedRun(
        name=run.name,
        path=run.path,
        experiment=news.run.experiment,
        dataset_sha256=run.data.sha256,
        class_names=run.data.class_names,
        metrics=news.records,
        model=news.model,
        can_resume=news.can_resume,
        moments=news.moments,
        changes=news.run.changes,
        origin="" if run.parent is None else run.parent.words,
        follower=follower,
        news=news,
    )
