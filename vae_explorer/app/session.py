"""The session: the workspace with a training in it, from the first step to the saved run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from vae_explorer.app.backend import ForkSource
from vae_explorer.app.comparison import Comparison
from vae_explorer.app.course_finder import CourseFinder
from vae_explorer.app.drawing import Drawing
from vae_explorer.app.evaluation import EvaluationService
from vae_explorer.app.followed_run import FollowedRun
from vae_explorer.app.formulas import FormulaBook
from vae_explorer.app.going_on import continued, is_same_run
from vae_explorer.app.pinning import Pinning
from vae_explorer.app.recent_runs import RecentRuns
from vae_explorer.app.remedies import Remedies
from vae_explorer.app.run_list import RunList
from vae_explorer.app.run_list_changes import RunChanges
from vae_explorer.app.run_list_pictures import RunPictures
from vae_explorer.app.saving_care import SavingCare
from vae_explorer.app.state import RunInfo, RunState
from vae_explorer.app.training_thread import TrainingThread
from vae_explorer.language import sentences, tr

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QObject

    from vae_explorer.app.backend import Backend
    from vae_explorer.training.events import SavingFailed, SavingPutOff, SavingResumed, TrainingFailed

_ROUNDING = 1e-6
NO_CHANGES: Mapping[str, float] = MappingProxyType({})

CLOSE_SECONDS = 5.0
"""How long closing may take: enough to save what was trained."""


class Session(FollowedRun):
    """Everything the window shows and does, without a widget.

    The panels follow its signals, read its properties, and change things by its methods; all in the window's thread.
    Training, loading, opening and decoding happen in threads that the session owns.

    States: LOADING data or a run; READY with an untrained model at most; TRAINING, PAUSED, STOPPING while a training
    thread lives; FINISHED with a model, trained or opened; FAILED when a training broke off. Training again from
    FINISHED or FAILED makes a new run; earlier runs stay on disk. Going on from there adds to the run that is shown.
    Settings that change during a training are for the next one.
    """

    def __init__(
        self, runs_folder: Path | None = None, backend: Backend | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(runs_folder, backend, parent)
        self.evaluation = EvaluationService(self, self._own)
        self.recent = RecentRuns(self, self._own)
        self.pinning = Pinning(self, self._own)
        self.run_list = RunList(self, self._own, self)
        self.run_changes = RunChanges(self, self._own, self)
        self.run_pictures = RunPictures(self._own, self)
        self.courses = CourseFinder(self)
        self.comparison = Comparison(self, self._backend, self._own, lambda: self._closing)
        self.drawing = Drawing(self)
        self.formulas = FormulaBook(self)
        self._remedies = Remedies(self)
        self.saving = SavingCare(self)

    def start(self, source: str = "") -> None:
        """Load data and numerical library in the background; call it once the window is on screen.

        Parameters
        ----------
        source
            A run's folder, or data by name, file or folder; the experiment's own data where empty. Data that have to be
            downloaded first are offered, and the experiment's own are loaded meanwhile, as they are where the source
            can't be opened.
        """
        if self._closing:
            return
        self.decode.start()
        if self.downloads.is_missing(source):
            self.downloads.ask(source)
            source = ""
        if source:
            self._otherwise = self._experiment.data
            self.open_source(source)
        elif self._dataset is None and self._loading is None:
            self._load(self._experiment.data)

    def close(self) -> bool:
        """Stop everything, save what was trained, and wait for it.

        Returns
        -------
        bool
            False if some thread still hasn't ended after five seconds.
        """
        self._closing = True
        self._timer.stop()
        self.following.end()
        self._untrained.forget()
        deadline = time.monotonic() + CLOSE_SECONDS
        if self._thread is not None:
            self._thread.control.questions.leave()  # first: then nothing is measured for nobody to look at
            self._thread.control.stop()
        self.decode.stop()
        self.comparison.stop()
        for job in self._jobs:
            job.cancel()
        waiting = [*([self._thread] if self._thread else ()), self.decode, self.comparison, *self._jobs]
        return all(item.wait(max(0, int(1000 * (deadline - time.monotonic())))) for item in waiting)

    def train(self) -> None:
        """Start a new run with the experiment as it is; earlier runs stay on disk."""
        self._train(paused=False)

    @property
    def can_go_on(self) -> bool:
        """Whether the run that is shown can be trained further: it stopped early, or more epochs were set since."""
        return not self.why_not_on

    @property
    def why_not_on(self) -> str:
        """A sentence on why the run that is shown can't be trained further; empty where it can."""
        outcome, trained = self.outcome, self._trained
        if self._state not in {RunState.FINISHED, RunState.FAILED}:
            return tr("Wait until the training has ended.") if self._state.is_active else tr("No run is open.")
        if self.why_not_take_over:
            return self.why_not_take_over
        if outcome is None or trained is None:
            return tr("No run is open.")
        if self._obstacle or self._dataset is None:
            return tr(self._obstacle) or tr("The images that the run was trained on aren't loaded.")
        planned = continued(trained, self._experiment).training.epochs
        behind = outcome.epoch if self._saved_epoch is None else self._saved_epoch
        if planned > behind + _ROUNDING:
            return ""
        return tr("All {planned} epochs of this run are done: set more epochs to go on.", planned=planned)

    @property
    def _saved_epoch(self) -> float | None:
        """Epochs behind the last save of a training that broke off: the model that is shown may be ahead of it."""
        progress = self._progress
        if self._state is not RunState.FAILED or self.saved_step is None or progress is None:
            return None
        return self.saved_step * progress.epochs / max(1, progress.total_steps)

    @property
    def goes_on_next(self) -> bool:
        """Whether `toggle` goes on with the run that is shown: it can, and no other settings are waiting."""
        return self.can_go_on and self._trained is not None and is_same_run(self._trained, self._experiment)

    @property
    def why_not_fork(self) -> str:
        """A sentence on why no new run can start from the moment that is shown; empty where one can."""
        if self._state not in {RunState.FINISHED, RunState.FAILED}:
            return (
                tr("Wait until the training has ended, or stop it.") if self._state.is_active else tr("No run is open.")
            )
        if self.why_not_train:
            return self.why_not_train
        if self._run is None or self.moments.newest is None:
            return tr("No run is open.")
        return "" if self._dataset is not None else tr("There are no images to train on: choose a data set first.")

    def fork(self) -> None:
        """Start a new run from the weights of the moment that is shown, with the settings of the form."""
        run, newest = self._run, self.moments.newest
        if self.why_not_fork or run is None or newest is None:
            return
        moment = self.moments.wanted
        epoch = newest.epoch if moment is None else moment.epoch
        self._train(
            paused=False,
            fork=ForkSource(run.path, moment, tr("{name} at epoch {epoch:.4g}", name=run.name, epoch=epoch)),
        )

    def go_on(self, *, changes: Mapping[str, float] = NO_CHANGES, device: str | None = None) -> None:
        """Train the run that is shown further, in its own folder and with its own settings.

        Parameters
        ----------
        changes
            Settings that can be turned while it trains, by path, to be turned before the first step.
        device
            Where to train from now on; left out, where the settings say.
        """
        self._go_on(paused=False, changes=changes, device=device)

    def pause(self) -> None:
        """Let the training wait."""
        if self._thread is not None and self._state is RunState.TRAINING:
            self._thread.control.pause()
            self._set_state(RunState.PAUSED)

    def resume(self) -> None:
        """Let a paused training go on."""
        if self._thread is not None and self._state is RunState.PAUSED:
            self._thread.control.resume()
            if self.saving.is_asking:
                self.saving.try_again()
                return
            self._set_state(RunState.TRAINING)

    def toggle(self) -> None:
        """Train, pause, resume or go on, whichever comes next."""
        match self._state:
            case RunState.TRAINING:
                self.pause()
            case RunState.PAUSED:
                self.resume()
            case RunState.READY | RunState.FINISHED | RunState.FAILED:
                self._begin_next(paused=False)

    def step(self) -> None:
        """Take one step and pause; without a training, start one or go on, with a single step."""
        if self._thread is not None and self._state in {RunState.TRAINING, RunState.PAUSED}:
            self._thread.control.step()
            self._set_state(RunState.PAUSED)
        elif not self._state.is_active:
            self._begin_next(paused=True)

    def stop(self) -> None:
        """End the training; what was trained is saved."""
        if self._thread is not None and self._state in {RunState.TRAINING, RunState.PAUSED}:
            if self._thread.control.stopped:  # it waits to be saved, and is asked about that only
                self.saving.ask()
                return
            self._thread.control.stop()
            self._set_state(RunState.STOPPING)
            self.message_changed.emit(tr("Stopping and saving …"))

    def _begin_next(self, *, paused: bool) -> None:
        if self.goes_on_next:
            self._go_on(paused=paused)
        else:
            self._train(paused=paused)

    def _train(self, *, paused: bool, fork: ForkSource | None = None) -> None:
        if self._closing or self._state.is_active or self._state is RunState.LOADING:
            return
        if self.why_not_train:
            self.notify("warning", self.why_not_train)
            return
        dataset = self._dataset
        if dataset is None:
            self.notify("warning", tr("There are no images to train on: choose a data set first."))
            return
        experiment = self._experiment
        if experiment.objective_entry.needs_labels and dataset.labels is None:
            title = experiment.objective_entry.title
            self.notify(
                "error",
                tr(
                    "{title} needs images with classes, and {name} has none: choose other data.",
                    title=title,
                    name=dataset.name,
                ),
            )
            return
        try:
            folder = self._backend.new_run_folder(self.runs_folder, experiment)
        except OSError as error:
            self.notify("error", tr("The folder for runs can't be used: {error}", error=error))
            return
        had_run = self.is_trained
        self._show_run_info(RunInfo(folder.name, folder, "" if fork is None else fork.words), experiment, ())
        if had_run:
            self._set_model(None)
        self._begin(TrainingThread(self._backend, experiment, dataset, folder, self, fork=fork), paused=paused)

    def _go_on(self, *, paused: bool, changes: Mapping[str, float] = NO_CHANGES, device: str | None = None) -> None:
        run, trained, dataset = self._run, self._trained, self._dataset
        if self._closing or not self.can_go_on or run is None or trained is None or dataset is None:
            return
        experiment = continued(trained, self._experiment)
        if not is_same_run(trained, self._experiment):
            self.notify("info", tr("The run goes on with its own settings; changed ones are for the next run."))
        if device is not None:
            experiment = experiment.with_setting("training.device", device)
            if is_same_run(trained, self._experiment):
                self._set_experiment(self._experiment.with_setting("training.device", device))
        self._trained, self._progress = experiment, None
        self.moments.travel(None)
        self.steering.begin(experiment, self.steering.changes)
        self.run_changed.emit(run)
        thread = TrainingThread(self._backend, experiment, dataset, run.path, self, goes_on=True)
        for setting, value in changes.items():
            thread.control.change(setting, value)
        self._begin(thread, paused=paused)

    def _follow_saving(self, event: SavingFailed | SavingPutOff | SavingResumed, thread: TrainingThread) -> None:
        self.saving.hear(event, thread.control)
        super()._follow_saving(event, thread)

    def _tell_failure(self, failed: TrainingFailed) -> None:
        text = sentences(failed.message, self._remedies.kept(failed))
        actions = self._remedies.actions(failed)
        self.offer("error", text if actions else failed.message, failed.details, actions)
