"""The library: how data and runs come into the workspace, in the background."""

from __future__ import annotations

import dataclasses
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from vae_explorer.app.backend import Backend, OpenedRun
from vae_explorer.app.downloading import Downloads
from vae_explorer.app.going_on import obstacle
from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.app.model import Model
from vae_explorer.app.state import RunInfo, RunState
from vae_explorer.app.untrained import UntrainedModel
from vae_explorer.app.workspace import Workspace
from vae_explorer.errors import VaeExplorerError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.sections import DataConfig
    from vae_explorer.training.experiment import Experiment


class Library(Workspace):
    """Changes what is at hand: settings, data sets, runs. While a training is under way, data and runs must wait.

    Before there is a run, the untrained model of the settings is at hand, and follows them.
    """

    def __init__(
        self, runs_folder: Path | None = None, backend: Backend | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(runs_folder, backend, parent)
        self._obstacle = ""
        self._otherwise: DataConfig | None = None
        self._untrained = UntrainedModel(self._backend, self._own, self)
        self._untrained.built.connect(self._show_untrained)
        self._untrained.failed.connect(self._show_obstacle)
        self.decode.ready.connect(self._untrained.allow)
        self.experiment_changed.connect(self._renew_untrained)
        self.state_changed.connect(self._renew_untrained)
        self.downloads = Downloads(self._own, self)
        self.downloads.arrived.connect(self._choose_downloaded)

    def set_experiment(self, experiment: Experiment) -> None:
        """Decide what the next training does; another data section loads those data.

        A training that is under way goes on as it began: the change is for the next one, and a notice says so.
        """
        if experiment == self._experiment:
            return
        if experiment.data != self._experiment.data:
            if self._stop_first(False, _nothing, tr("choose other data")):
                self.experiment_changed.emit(self._experiment)
                return
            self._set_experiment(experiment)
            self._load(experiment.data)
            return
        if self._state.is_active and self._experiment == self._trained:
            self.notify("info", tr("The training goes on as it began; changed settings are for the next one."))
        self._set_experiment(experiment)

    def set_setting(self, path: str, text: str) -> None:
        """Change one setting such as ``training.epochs`` to what a text stands for.

        Raises
        ------
        SettingError
            If there is no such setting or the text is no value of it.
        """
        self.set_experiment(self._experiment.with_setting(path, text))

    def load_data(self, source: str, *, stop_training: bool = False) -> None:
        """Load a named data set, a file or a folder.

        Parameters
        ----------
        source
            Name or path.
        stop_training
            Whether a training under way is stopped (and saved) first; otherwise it is in the way, and a notice says so.
        """
        data = dataclasses.replace(self._experiment.data, source=source)
        if self._stop_first(stop_training, lambda: self.load_data(source), tr("open other data")):
            return
        self._set_experiment(dataclasses.replace(self._experiment, data=data))
        self._load(data)

    def open_run(self, path: Path, *, stop_training: bool = False) -> None:
        """Open a run's folder: its settings, data, curves and model; `stop_training` is as in `load_data`."""
        if self._stop_first(stop_training, lambda: self.open_run(path), tr("open a run")):
            return
        known = self._dataset, self._experiment.data
        backend = self._backend

        def work(context: JobContext) -> object:
            context.report(tr("Opening {name} …", name=path.name))
            opened = backend.open_run(path)
            is_known = known[0] is not None and known[1] == opened.experiment.data
            try:
                dataset = known[0] if is_known else backend.load(opened.experiment.data, context.report)
                if dataset is not None:
                    _ = dataset.sha256  # asked for soon, and not to be computed while the window waits
            except VaeExplorerError as error:
                return opened, None, str(error)
            return opened, dataset, None

        self._begin_loading(Job(work, tr("open the run {name}", name=path.name), self), self._show_run)

    def recent_runs(self, most: int) -> tuple[RunInfo, ...]:
        """Return the runs in the folder of runs, newest first, `most` at most."""
        try:
            folders = sorted(self.runs_folder.iterdir(), key=_age)
        except OSError:
            return ()
        runs = (RunInfo(folder.name, folder) for folder in folders if self._backend.is_run(folder))
        return tuple(islice(runs, most))

    def open_source(self, source: str, *, stop_training: bool = False) -> None:
        """Open whatever a text names: a run's folder, or data by name, file or folder."""
        if self._backend.is_run(Path(source)):
            self.open_run(Path(source), stop_training=stop_training)
        else:
            self.load_data(source, stop_training=stop_training)

    def stop(self) -> None:
        """End the training; the session knows how."""
        raise NotImplementedError

    def _load(self, data: DataConfig) -> None:
        from vae_explorer.data.catalogue import source_title

        backend, title = self._backend, source_title(data.source)

        def work(context: JobContext) -> object:
            context.report(tr("Loading {source} …", source=title))
            return backend.load(data, context.report)

        self._begin_loading(Job(work, tr("load {source}", source=title), self), self._show_dataset)

    def _begin_loading(self, job: Job, show: Callable[..., None]) -> None:
        if self._closing:
            return
        if self._loading is not None:
            self._loading.cancel()
        self._loading = job
        self._own(job)
        job.progressed.connect(self._tell_loading)
        job.finished.connect(show)
        job.failed.connect(self._loading_failed)
        job.ended.connect(self._loading_ended)
        self._set_state(RunState.LOADING)
        job.start()

    @Slot(str)
    def _choose_downloaded(self, name: str) -> None:
        if self._state.is_active:
            title = self.downloads.offer(name).title
            self.notify(
                "info", tr("{title} was downloaded: choose it in the list once the training has ended.", title=title)
            )
        elif not self._closing:
            self.load_data(name)

    @Slot(object)
    def _tell_loading(self, progress: object) -> None:
        if isinstance(progress, str):
            self.message_changed.emit(progress)

    @Slot()
    def _renew_untrained(self) -> None:
        if self._state is RunState.READY and not self.is_trained and self._dataset is not None and not self._closing:
            self._untrained.ask(self._experiment, self._dataset)
        else:
            self._untrained.forget()

    @Slot(object)
    def _show_untrained(self, model: Model) -> None:
        self._obstacle = ""
        self._set_model(model)

    @Slot(str)
    def _show_obstacle(self, text: str) -> None:
        self._obstacle = text
        self._set_model(None)

    @Slot(object)
    def _show_dataset(self, dataset: ImageDataset) -> None:
        self._loaded_data = self._experiment.data
        self._set_dataset(dataset)
        self._obstacle = ""
        self._show_run_info(None, None, ())
        self._set_model(None)

    @Slot(object)
    def _show_run(self, result: tuple[OpenedRun, ImageDataset | None, str | None]) -> None:
        opened, dataset, problem = result
        self._set_experiment(opened.experiment)
        self._loaded_data = opened.experiment.data
        self._set_dataset(dataset)
        run = RunInfo(opened.name, opened.path, opened.origin)
        self._show_run_info(run, opened.experiment, opened.metrics, opened.moments, opened.changes)
        self._class_names = opened.class_names
        self._obstacle = obstacle(opened, dataset)
        self._set_model(opened.model)
        for note in opened.notes:
            self.notify("warning", note)
        if opened.origin:
            self.notify("info", tr("This run was forked from {origin}.", origin=opened.origin))
        if problem is not None:
            self.notify("warning", tr("The run is open, but its data could not be loaded: {problem}", problem=problem))
        elif dataset is not None and dataset.sha256 != opened.dataset_sha256:
            self.notify(
                "warning", tr("The data of the run {name} have changed since it was trained.", name=opened.name)
            )

    @Slot(str, str)
    def _loading_failed(self, message: str, details: str) -> None:
        # What is chosen is what is there: the data before, or those of the run that is open.
        if self._dataset is not None or self.is_trained or self._otherwise is not None:
            self._set_experiment(dataclasses.replace(self._experiment, data=self._otherwise or self._loaded_data))
        self.notify("error", message, details)

    @Slot(object)
    def _loading_ended(self, job: Job) -> None:
        if job is not self._loading:
            return
        self._loading = None
        otherwise, self._otherwise = self._otherwise, None
        if otherwise is not None and self._dataset is None and not self.is_trained:
            self._load(otherwise)
            return
        shows_run = self.is_trained and self._model is not None
        self._set_state(RunState.FINISHED if shows_run else RunState.READY)
        self.message_changed.emit(self._invitation())

    def _stop_first(self, stop_training: bool, then: Callable[[], None], what: str) -> bool:
        if not self._state.is_active:
            return False
        if stop_training:
            self._after_stop = then
            self.stop()
        else:
            self.notify("warning", tr("Training is under way: stop it first to {what}.", what=what))
        return True


def _age(folder: Path) -> float:
    try:
        return -folder.stat().st_mtime
    except OSError:
        return 0.0


def _nothing() -> None:
    return
