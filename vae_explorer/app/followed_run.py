"""A run that somebody else trains, shown as one that is trained here: what comes to its folder is the workspace's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from vae_explorer.app.encoding import POINTS_WHILE_TRAINING
from vae_explorer.app.following import Following
from vae_explorer.app.going_on import is_same_run, obstacle
from vae_explorer.app.state import RunState
from vae_explorer.app.training_watch import TrainingWatch
from vae_explorer.errors import printable
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QObject

    from vae_explorer.app.backend import Backend, OpenedRun
    from vae_explorer.app.state import RunInfo
    from vae_explorer.app.training_thread import TrainingThread
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.runs.folder import Run
    from vae_explorer.runs.following import RunNews
    from vae_explorer.runs.history import KeptMoment
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.events import MetricRecord
    from vae_explorer.training.experiment import Experiment

NO_WEIGHTS = marked("No weights of this run were saved yet: the plane shows them as soon as they are. The curves grow.")


class FollowedRun(TrainingWatch):
    """Follows the run that is shown while somebody else trains it; then it can't be trained here."""

    def __init__(
        self, runs_folder: Path | None = None, backend: Backend | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(runs_folder, backend, parent)
        self._opened: OpenedRun | None = None
        self.following = Following(self._own, self)
        self.following.came.connect(self._take_news)
        self.following.over.connect(self._tell_end)

    @property
    def why_not_train(self) -> str:
        """A sentence on why nothing can be trained here while the run that is shown is followed; else empty."""
        news = self.following.news
        if not self.following.is_live or news is None:
            return ""
        if news.writer is None:
            return tr("This run is followed while it is trained elsewhere: stop following it to train here.")
        return tr(
            "This run is followed while it is trained elsewhere, by {process}: stop following it to train here.",
            process=news.writer.words,
        )

    @property
    def why_not_take_over(self) -> str:
        """A sentence on why the run that is shown is left to whoever trains it; empty where nobody does."""
        news = self.following.news
        if self.following.is_on or news is None or not news.presence.is_at_work:
            return self.why_not_train
        if news.writer is None:
            return tr(
                "This run was being trained elsewhere when it was looked at last: follow it to see whether it still is."
            )
        return tr(
            "This run was being trained by {process} when it was looked at last: follow it to see whether it still is.",
            process=news.writer.words,
        )

    @Slot()
    def follow(self) -> None:
        """Follow the run that is shown, or no longer."""
        if self.following.is_on:
            self.following.end()
        else:
            self._begin_following(was_live=False)

    def follow_again(self, followed: bool) -> None:
        """Follow the run that was just opened if it was followed when it was left; say so if its training has ended."""
        if followed and not self.following.is_on:
            self._begin_following(was_live=True)
        elif not followed:
            self.following.end()

    def _begin_following(self, *, was_live: bool) -> None:
        following, run, newest = self.following, self._run, self.moments.newest
        if run is not None and not self._state.is_active:
            step = None if newest is None else newest.step
            follower = following.follower or self._backend.follower(run.path, self.metrics, step)
            following.begin(follower, was_live=was_live)

    @property
    def _most_points(self) -> int:
        return POINTS_WHILE_TRAINING if self.following.is_live else super()._most_points

    def _begin(self, thread: TrainingThread, *, paused: bool) -> None:
        self.following.forget()
        super()._begin(thread, paused=paused)

    def _show_run_info(
        self,
        run: RunInfo | None,
        trained: Experiment | None,
        metrics: tuple[MetricRecord, ...],
        kept: tuple[KeptMoment, ...] = (),
        changes: tuple[SettingChange, ...] = (),
    ) -> None:
        self._opened = None
        self.following.forget()
        super()._show_run_info(run, trained, metrics, kept, changes)

    @Slot(object)
    def _show_run(self, result: tuple[OpenedRun, ImageDataset | None, str | None]) -> None:
        super()._show_run(result)
        opened = self._opened = result[0]
        if opened.follower is not None:
            if opened.model is None:
                self._obstacle = tr(NO_WEIGHTS)
                self.model_changed.emit(None)
            self.following.begin(opened.follower, opened.news)
            if opened.news is not None and opened.news.progress is not None:
                self._set_progress(opened.news.progress)

    @Slot(object)
    def _take_news(self, news: RunNews) -> None:
        if self._run is None or self._state.is_active:
            return
        if news.header_changed:
            self._take_header(news.run)
        if news.kept < len(self._metrics):
            self._cut(news)
        if news.records:
            self._metrics.extend(news.records)
            self.metrics_added.emit(news.records)
        self.moments.replace(news.moments)
        if news.model is not None:
            self._set_model(news.model)
        if news.progress is not None and news.has_grown:
            self._set_progress(news.progress)
        self._take_obstacle(news)

    def _cut(self, news: RunNews) -> None:
        """Forget what a training that goes on from an earlier step makes anew."""
        self._progress = None
        self._cut_metrics(news.kept)
        self.moments.cut(self._metrics[-1].step if self._metrics else 0)
        wanted = self.moments.wanted
        if wanted is not None and wanted not in news.moments:
            self.moments.travel(None)

    def _take_header(self, run: Run) -> None:
        """Take what was turned while it trains, and the epochs with which it went on."""
        before = self._trained
        if run.experiment != before:
            follows_form = before is not None and is_same_run(before, self._experiment)
            self._trained = run.experiment
            if follows_form:
                self._set_experiment(run.experiment)
        if run.experiment != before or run.changes != self.steering.changes:
            self.steering.begin(run.experiment, run.changes)

    def _take_obstacle(self, news: RunNews) -> None:
        if self._opened is not None:
            self._opened = replace(self._opened, can_resume=news.can_resume)
            stands = obstacle(self._opened, self._dataset)
            self._obstacle = tr(NO_WEIGHTS) if self.moments.newest is None else stands
        if self._state is RunState.READY and self.moments.newest is not None:
            self._set_state(RunState.FINISHED)

    @Slot(object)
    def _tell_end(self, news: RunNews) -> None:
        """Say how a training ended that was followed; there is time now to encode all points."""
        self._encode_more()
        name = printable(news.run.name)
        if news.presence.is_gone:
            self.notify(
                "warning", tr("The training of {name} broke off: its process is gone. Go on takes it over.", name=name)
            )
        elif news.reason == "completed":
            self.notify("info", tr("The training of {name} is complete; its final weights are shown.", name=name))
        else:
            self.notify("info", tr("The training of {name} has ended; its newest weights are shown.", name=name))
