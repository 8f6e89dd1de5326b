"""The window's log: what it did, what it told, and a note for the next start of what it is doing."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vae_explorer.app.crashes import Crash, crash_of
from vae_explorer.app.state import Notice
from vae_explorer.app.versions import versions
from vae_explorer.language import tr
from vae_explorer.logbook import LOGGER, Logbook, log_folder

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.app.session import Session
    from vae_explorer.training.events import TrainingStarted

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class CrashWatch(QObject):
    """Opens the log, follows a session in it, and finds what crashed before.

    Parameters
    ----------
    session
        What is followed.
    parent
        Owner.
    """

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._logger = logging.getLogger(LOGGER)
        self._book: Logbook | None = None
        self._began = ""
        self.problem = ""

    @property
    def folder(self) -> Path:
        """Where logs are."""
        return log_folder() if self._book is None else self._book.path.parent

    @property
    def path(self) -> Path | None:
        """The log of the window; None where none can be written."""
        return None if self._book is None else self._book.path

    def last_lines(self) -> str:
        """Return the end of the log."""
        return "" if self._book is None else self._book.last_lines()

    def begin(self, *, catch_faults: bool = True) -> tuple[Crash, ...]:
        """Open the log and follow the session from now on; return the crashes that nobody was told of yet.

        Parameters
        ----------
        catch_faults
            Whether a crash of this process is written beside the log.
        """
        if self._book is not None:
            return ()
        try:
            self._book = Logbook(log_folder(), "window")
            if catch_faults:
                self._book.catch_faults()
        except OSError as error:
            self.problem = tr("No log can be kept: {error}", error=error)
            return ()
        self._began = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
        self._logger.info("started: %s", _in_one_line(versions()))
        for left in self._book.remains:
            self._logger.warning("an earlier session was cut off: %s\n%s", dict(left.note), left.faults)
        self._follow()
        return tuple(crash_of(left) for left in self._book.remains if left.was_running)

    def end(self, *, stopped_in_time: bool = True) -> None:
        """Write that the window was closed in order."""
        if self._book is None:
            return
        if stopped_in_time:
            self._logger.info("stopped")
        else:
            self._logger.error("stopped with threads that had not ended in time")
        self._book.end()

    def close(self) -> None:
        """End, and give the log back; only what goes on without the window needs it."""
        if self._book is not None:
            self.end()
            self._book.close()
            self._book = None

    def _follow(self) -> None:
        session = self._session
        session.noticed.connect(self._log_notice)
        session.state_changed.connect(self._note)
        session.run_changed.connect(self._note)
        session.training_started.connect(self._log_training)
        session.decode.ready.connect(self._log_libraries)
        self._note()

    @Slot()
    def _note(self) -> None:
        session, book = self._session, self._book
        if book is not None:
            run = None if session.run is None else str(session.run.path.absolute())
            book.note({"began": self._began, "run": run, "training": session.state.is_active, **versions()})

    @Slot(object)
    def _log_notice(self, notice: Notice) -> None:
        self._logger.log(_LEVELS[notice.level], "notice: %s\n%s", notice.text, notice.details)

    @Slot(object)
    def _log_training(self, event: TrainingStarted) -> None:
        run = self._session.run
        self._logger.info(
            "training %s on %s (%s), %d threads",
            None if run is None else run.path,
            event.device,
            event.device_name,
            event.threads,
        )

    @Slot()
    def _log_libraries(self) -> None:
        self._logger.info("ready: %s", _in_one_line(versions()))


def _in_one_line(values: dict[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())
