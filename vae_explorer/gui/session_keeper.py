"""Keeps the session while the window is open, and reopens it as it was left."""

from __future__ import annotations

import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.app.saved_session import MOST_ATTEMPTS, SavedSession, SessionError, SessionFile
from vae_explorer.app.state import NoticeAction, RunState
from vae_explorer.errors import VaeExplorerError, printable
from vae_explorer.gui.panel_views import open_again, open_windows, panel_view, panel_views, show_panels
from vae_explorer.language import tr
from vae_explorer.sections import DataConfig
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.app.frozen_json import Json
    from vae_explorer.gui.main_window import MainWindow

AUTOSAVE_MILLISECONDS = 10_000
"""How often the session is kept while something changes: whoever is killed loses no more than half a minute."""
SETTLED_MILLISECONDS = 1_000
"""How long a reopened session must live before it counts as reopened."""
_PATIENCE = 5_000


class SessionKeeper(QObject):
    """Writes what is needed to reopen the window as it is, and reopens it.

    Parameters
    ----------
    window
        The window.
    folder
        Where the session is kept.
    """

    reopened = Signal()
    """The last session is shown as it was left."""

    settled = Signal()
    """It has been shown for a while, so that it counts as reopened."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._file = SessionFile(folder)
        self._saved: SavedSession | None = None
        self._fallbacks: list[Experiment] = []
        self._kept: SavedSession | None = None
        self._job: Job | None = None
        self._unseen: list[str] = []
        self._seen: dict[str, dict[str, Json]] = {}
        self._warned = False
        self._after_stop: Callable[[], None] | None = None
        self._has_begun = False
        self._timer = QTimer(self, interval=AUTOSAVE_MILLISECONDS)
        self._timer.timeout.connect(self.autosave)
        self._settled = QTimer(self, interval=SETTLED_MILLISECONDS, singleShot=True)
        self._settled.timeout.connect(self._settle)
        self._session.state_changed.connect(self._wait_for_rest)

    @property
    def is_reopening(self) -> bool:
        """Whether the last session is on its way."""
        return self._saved is not None

    @property
    def is_writing(self) -> bool:
        """Whether the session is being looked at or written."""
        return self._job is not None or bool(self._unseen)

    def begin(self, source: str, *, fresh: bool) -> None:
        """Start the session, with `source` or as it was left unless it is to be `fresh`, and keep it from now on.

        Parameters
        ----------
        source
            A run's folder, or data by name, file or folder; "" for none.
        fresh
            Whether the last session stays closed.
        """
        saved = None
        if source or fresh or not self._window.preferences.reopen:
            self._file.put_by()
        else:
            saved = self._last()
        self._window.commands["file.reopen-last"].setEnabled(self._file.has_last)
        self._has_begun = True
        self._timer.start()
        if saved is None:
            self._session.start(source)
        else:
            self._reopen(saved)

    def take_over(self, old: SessionKeeper) -> None:
        """Keep the session, and go on reopening it, in the place of another window's keeper."""
        old.leave()
        self._saved, self._fallbacks, self._after_stop = old._saved, old._fallbacks, None
        self._kept, self._has_begun = old._kept, old._has_begun
        self._window.commands["file.reopen-last"].setEnabled(self._file.has_last)
        if old._settled.isActive():
            self._settled.start()
        self._timer.start()
        QTimer.singleShot(0, self, self._go_on)

    def leave(self) -> None:
        """Keep nothing any more: another one does."""
        self._rest()
        self._session.state_changed.disconnect(self._wait_for_rest)

    # -- Keeping -------------------------------------------------------------------------------------------------------

    def current(self) -> SavedSession:
        """Return the session as it is now."""
        return self._current(panel_views(self._window))

    def _current(self, views: dict[str, dict[str, Json]]) -> SavedSession:
        session = self._session
        return SavedSession(
            experiment=session.experiment,
            run=None if session.run is None else session.run.path.absolute(),
            images=0 if session.dataset is None else len(session.dataset.images),
            choices=session.choices,
            moment=None if session.moments.wanted is None else session.moments.wanted.step,
            tab=self._window.tab,
            follows=session.following.is_on,
            panels=views,
            windows=open_windows(self._window),
        )

    @Slot()
    def autosave(self) -> None:
        """Write the session in the background if it has changed since, and what is kept beside it."""
        self._window.keep_beside_session()
        if not self.is_reopening and not self.is_writing:
            self._unseen, self._seen = list(self._window.hosts), {}
            self._look_on()

    @Slot()
    def _look_on(self) -> None:
        """Look at the next panel, one in each turn of the window's loop: all at once would take as long as a frame."""
        if not self._unseen:  # the window was closed, or goes
            return
        name = self._unseen.pop(0)
        if view := panel_view(self._window, name):
            self._seen[name] = view
        if self._unseen:
            QTimer.singleShot(0, self, self._look_on)
        elif not self.is_reopening:
            self._write(self._current(self._seen))

    def _write(self, current: SavedSession) -> None:
        if current == self._kept:
            return
        file = self._file

        def work(_context: JobContext) -> object:
            file.write(current)
            return current

        self._job = Job(work, tr("keep the session"), self)
        self._job.finished.connect(self._take_kept)
        self._job.failed.connect(self._tell_failure)
        self._job.ended.connect(self._end_job)
        self._job.start()

    def close(self) -> None:
        """Write the session as the window is closed; one that is still being reopened stays as it was kept."""
        self._rest()
        self._settled.stop()
        self._file.unmark()
        if self.is_reopening or not self._has_begun:
            return
        try:
            self._file.write(self.current())
        except VaeExplorerError as error:
            self._tell_failure(str(error), "")

    def _rest(self) -> None:
        """Keep nothing by itself any more, and wait for what is being written."""
        self._timer.stop()
        self._unseen.clear()
        if self._job is not None:
            self._job.wait(_PATIENCE)

    @Slot(object)
    def _take_kept(self, kept: SavedSession) -> None:
        self._kept = kept

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        if not self._warned:
            self._warned = True
            self._session.notify(
                "warning", tr("This session can't be kept for the next start: {message}", message=message), details
            )

    @Slot(object)
    def _end_job(self, job: Job) -> None:
        self._job = None
        job.deleteLater()

    # -- Reopening -----------------------------------------------------------------------------------------------------

    def _last(self) -> SavedSession | None:
        """Return the session to be reopened; None for a fresh one, with a word on why."""
        if self._file.failures >= MOST_ATTEMPTS:
            self._begin_safely()
            return None
        try:
            return self._file.read()
        except SessionError as error:
            self._session.notify("warning", str(error))
            return None

    def _begin_safely(self) -> None:
        """Start without the session that ended the program, and keep it to be tried again."""
        self._file.put_by()
        self._file.unmark()
        text = tr(
            "Reopening the last session ended the program twice, so it starts without it: a "
            "fresh one begins. File > Reopen the last session tries it again."
        )
        self._session.notify("warning", text, actions=(self._try_again,))

    @Slot()
    def reopen_last(self) -> None:
        """Show the session that was put by in place of this one; ask first while a training is under way."""
        if self._session.state.is_active:
            self._window.opening.ask_to_stop(tr("Stop it and reopen the last session?"), self._stop_and_reopen_last)
        else:
            self._reopen_last()

    def _stop_and_reopen_last(self) -> None:
        self._after_stop = self._reopen_last
        self._session.stop()

    def _reopen_last(self) -> None:
        try:
            saved = self._file.take_last()
        except SessionError as error:
            self._session.notify("warning", str(error))
            return
        if saved is not None:
            self._reopen(saved)

    def reopen_at(self, run: Path) -> None:
        """Show what is shown from a run's folder that was renamed."""
        self._reopen(replace(self.current(), run=run))

    def _reopen(self, saved: SavedSession) -> None:
        self._file.mark()
        self._saved = saved
        self._window.show_tab(saved.tab)
        show_panels(self._window, saved.panels)
        self._fallbacks = [saved.experiment, replace(saved.experiment, data=DataConfig())]
        if saved.run is not None and saved.run.is_dir():
            self._session.open_run(saved.run)
            self._session.start()
            return
        if saved.run is not None:
            self._tell_lost(saved.run)
        self._load_next()

    def _load_next(self) -> None:
        session, wanted = self._session, self._fallbacks.pop(0)
        session.set_experiment(wanted)
        if session.run is not None and session.state is not RunState.LOADING:
            session.load_data(wanted.data.source)  # which closes the run that is open
        session.start()
        if session.state is not RunState.LOADING:
            QTimer.singleShot(0, self, self._go_on)  # the data are at hand already

    def _tell_lost(self, run: Path) -> None:
        name, folder = printable(run.name), printable(run.parent)
        text = tr(
            "The run {name} is no longer in {folder}: its settings and what you chose on the plane are kept.",
            name=name,
            folder=folder,
        )
        self._session.notify("warning", text)

    @Slot(object)
    def _wait_for_rest(self, state: RunState) -> None:
        if state is not RunState.LOADING and not state.is_active and (self.is_reopening or self._after_stop):
            QTimer.singleShot(0, self, self._go_on)

    @Slot()
    def _go_on(self) -> None:
        """Show the rest once run or data are there; try with less where they aren't."""
        session, saved = self._session, self._saved
        if session.state is RunState.LOADING or session.state.is_active:
            return
        if self._after_stop is not None:
            then, self._after_stop = self._after_stop, None
            then()
        elif saved is None:
            return
        elif session.dataset is None and session.run is None and self._fallbacks:
            self._load_next()
        else:
            try:
                self._show(saved)
            except Exception as error:  # whatever is wrong with the session, the window must live
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Go on with what is shown so far, and keep the session to be tried again."""
        self._saved = None
        self._file.put_by()
        self._file.unmark()
        self._window.commands["file.reopen-last"].setEnabled(self._file.has_last)
        text = tr(
            "The last session couldn't be reopened whole. It is kept: File > Reopen the last session tries it again."
        )
        details = "".join(traceback.format_exception(error))
        self._session.notify("error", text, details, actions=(self._try_again,))

    @property
    def _try_again(self) -> NoticeAction:
        tip = tr("Show the session that was left out, in place of this one")
        return NoticeAction(tr("Reopen the last session"), tip, self.reopen_last)

    @Slot()
    def _settle(self) -> None:
        self._file.unmark()
        self.settled.emit()

    def _show(self, saved: SavedSession) -> None:
        session, self._saved = self._session, None
        images = 0 if session.dataset is None else len(session.dataset.images)
        is_same = images == saved.images and session.experiment.data == saved.experiment.data
        # A person who was quicker has opened another run: what belongs to that one stays.
        if session.run is None or session.run.path == saved.run:
            session.set_experiment(replace(saved.experiment, data=session.experiment.data))
            session.restore_choices(saved.choices if is_same else saved.choices.without_samples())
            if saved.moment is not None and session.run is not None:
                session.moments.travel_to_step(saved.moment)
            session.follow_again(saved.follows)
        open_again(self._window, saved.windows)
        self._settled.start()
        self.reopened.emit()

    # -- Beginning anew ------------------------------------------------------------------------------------------------

    @Slot()
    def begin_anew(self) -> None:
        """Close run and data, set all settings back, and choose nothing; ask first while a training is under way."""
        if self._session.state.is_active:
            self._window.opening.ask_to_stop(tr("Stop it and begin a new session?"), self._stop_and_begin_anew)
        else:
            self._begin_anew()

    def _stop_and_begin_anew(self) -> None:
        self._after_stop = self._begin_anew
        self._session.stop()

    def _begin_anew(self) -> None:
        self._saved = None
        fresh = Experiment()
        self._session.set_experiment(replace(fresh, data=self._session.experiment.data))
        self._session.load_data(fresh.data.source)
        self._session.set_experiment(fresh)
        self._session.restore_choices(type(self._session.choices)())
