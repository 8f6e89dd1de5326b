"""The training at hand: started in its thread, and followed by the workspace to its end."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot

from vae_explorer.app.frame_meter import FrameMeter
from vae_explorer.app.health import HealthWatch
from vae_explorer.app.library import Library
from vae_explorer.app.preview_budget import PreviewBudget
from vae_explorer.app.saving_care import state_after
from vae_explorer.app.state import RunState
from vae_explorer.language import tr
from vae_explorer.runs.history import KeptMoment
from vae_explorer.training.events import (
    CheckpointSaved,
    MetricBatch,
    MomentKept,
    Progress,
    SavingFailed,
    SavingPutOff,
    SavingResumed,
    SettingChanged,
    TrainingEvent,
    TrainingFailed,
    TrainingFinished,
    TrainingPaused,
    TrainingResumed,
    TrainingStarted,
)

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QObject

    from vae_explorer.app.backend import Backend
    from vae_explorer.app.training_thread import TrainingThread

SCREEN_MILLISECONDS = 16
"""Pace at which news from the training thread reach the window."""


class TrainingWatch(Library):
    """Follows one training at a time: its records, its models, its notices and its end become the workspace's.

    Attributes
    ----------
    has_checkpoint, saved_step
        Whether the run that is trained, or was last, has something to go on from; after how many steps it was saved,
        where that is known.
    """

    def __init__(
        self, runs_folder: Path | None = None, backend: Backend | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(runs_folder, backend, parent)
        self._thread: TrainingThread | None = None
        self._outcome: TrainingFinished | TrainingFailed | None = None
        self._health = HealthWatch()
        self.has_checkpoint = False
        self._is_held_back = False
        self.saved_step: int | None = None
        self.frames = FrameMeter(SCREEN_MILLISECONDS / 1000)
        self.previews = PreviewBudget(self._preview_seconds)
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.setInterval(SCREEN_MILLISECONDS)
        self._timer.timeout.connect(self._read_thread)

    def _begin(self, thread: TrainingThread, *, paused: bool) -> None:
        if paused:
            thread.control.step()
        self._thread, self._outcome, self._started = thread, None, None
        self.has_checkpoint, self.saved_step = thread.goes_on, None
        self.withdraw_offer()
        self.steering.follow(thread.control)
        self._health.begin()
        thread.finished.connect(self._conclude)
        self._set_state(RunState.PAUSED if paused else RunState.TRAINING)
        self.message_changed.emit(tr("Preparing the training …"))
        thread.start()
        self.previews.restart()
        self.frames.restart()
        self._timer.start()

    @Slot()
    def _read_thread(self) -> None:
        thread = self._thread
        if thread is None:
            return
        self.frames.beat()
        events = thread.events.take_all()
        for event in events:
            self._follow(event, thread)
        if self._outcome is not None:
            return
        # Whoever takes single steps wants to see each of them.
        if self._state is not RunState.TRAINING:
            self._take_snapshot(thread)
        elif self.previews.is_due():
            # A beat later than curves that were told, so that they don't share a frame.
            self._is_held_back = bool(events) and not self._is_held_back
            if not self._is_held_back:
                self._take_snapshot(thread)

    def _take_snapshot(self, thread: TrainingThread) -> None:
        snapshot = thread.snapshots.take()
        if snapshot is None:
            return
        self.previews.begin()
        thread.control.snapshot_seconds = self.previews.seconds
        self._set_model(snapshot.model, in_passing=self._state is RunState.TRAINING)
        if self._state is not RunState.TRAINING:
            self._set_progress(snapshot.progress)  # else it comes with the metrics, a few times a second

    def _preview_seconds(self) -> float:
        """Return the processor time of this thread, which draws, and of the one that decodes."""
        return time.thread_time() + self.decode.worked_seconds

    def _follow(self, event: TrainingEvent, thread: TrainingThread) -> None:
        match event:
            case TrainingStarted(progress=progress):
                self._started = event
                self.saved_step = progress.step if thread.goes_on else None
                self.message_changed.emit("")
                self._cut_metrics(event.records)
                self.moments.cut(progress.step)
                self.steering.cut(progress.step)
                for note in event.notes:
                    self.notify("info", note)
                self.training_started.emit(event)
                self._set_progress(progress)
            case MetricBatch(records=records, progress=progress):
                self._metrics.extend(records)
                self.metrics_added.emit(records)
                self._set_progress(progress)
                self._warn(self._health.hear(records, progress))
            case TrainingPaused(progress=progress) | TrainingResumed(progress=progress):
                self._set_progress(progress)
            case MomentKept(path=path, step=step, epoch=epoch, dropped=dropped):
                self.moments.add(KeptMoment(step, epoch, path), dropped)
            case SettingChanged(change=change):
                self.steering.add(change)
            case CheckpointSaved(step=step):
                self.has_checkpoint, self.saved_step = True, step
                self.message_changed.emit(tr("Saved in {name}", name=thread.folder.name))
            case SavingFailed() | SavingPutOff() | SavingResumed():
                self._follow_saving(event, thread)
            case TrainingFinished() | TrainingFailed():
                self._outcome = event

    def _follow_saving(self, event: SavingFailed | SavingPutOff | SavingResumed, thread: TrainingThread) -> None:
        """Follow whether the training can be saved; the session knows what to do where it can't."""
        self._set_state(state_after(event, thread.control))
        if not isinstance(event, SavingResumed):
            self.message_changed.emit("")  # where it was saved before, it isn't now
            return
        self.withdraw_offer()
        before, thread.folder = thread.folder, event.folder
        if self._run is not None:
            self.moments.move(event.folder)  # those that were lost with the folder are forgotten
        if before != event.folder and self._run is not None:
            self._run = replace(self._run, name=event.folder.name, path=event.folder)
            self.run_changed.emit(self._run)
        self.message_changed.emit(
            tr("Saved in {folder}", folder=event.folder) if before != event.folder else tr("Saved again")
        )

    def _tell_failure(self, failed: TrainingFailed) -> None:
        """Say why the training broke off; the session adds what can be done."""
        self.notify("error", failed.message, failed.details)

    def _cut_metrics(self, count: int) -> None:
        """Forget the records that a training which goes on makes anew."""
        if count < len(self._metrics):
            del self._metrics[count:]
            self.metrics_reset.emit()
            self.metrics_added.emit(self.metrics)

    def _warn(self, diseases: tuple[str, ...]) -> None:
        for text in diseases:
            self.notify("warning", tr(text))

    def _set_progress(self, progress: Progress) -> None:
        if self._progress is None or progress.step >= self._progress.step:
            self._progress = progress
            self.progress_changed.emit(progress)

    @Slot()
    def _conclude(self) -> None:
        thread = self._thread
        if thread is None or self.sender() is not thread:
            return
        thread.wait()
        self._read_thread()
        self._timer.stop()
        self._thread = None
        self.steering.follow(None)
        thread.deleteLater()
        outcome = self._outcome or TrainingFailed(tr("The training ended without a result: try again."), "")
        # What refused to go on, such as another window that trains the run, may allow it later.
        failed = isinstance(outcome, TrainingFailed) and not (thread.goes_on and outcome.wrong_input)
        lost = failed and not self.has_checkpoint
        self._obstacle = (
            tr("The training failed before it was saved, so that it can't go on: train anew.") if lost else ""
        )
        if isinstance(outcome, TrainingFinished):
            self._set_state(RunState.FINISHED)
            self._set_progress(outcome.progress)
            self._set_model(outcome.model)
            self._warn(self._health.conclude(outcome))
        else:
            self._take_snapshot(thread)  # the last one before it broke off
            self._set_state(RunState.FAILED)
            self.message_changed.emit("")
            self._tell_failure(outcome)
        if failed and isinstance(outcome, TrainingFailed) and outcome.wrong_input and thread.fork is not None:
            self.open_run(thread.fork.path)  # a fork that can't be leaves nothing to look at but where it came from
        after, self._after_stop = self._after_stop, None
        if after is not None:
            after()
