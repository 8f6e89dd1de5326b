"""The list of all runs: read in a worker, a part at a time, and again and again while somebody looks at it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.runs.overview import RunEntry

LOOK_MILLISECONDS = 2_000
"""How often the folder is looked at while the list is on screen."""
FIRST_PART, PART = 8, 40
"""Runs that are told at once, so that the first are there before all are read."""


class RunList(QObject):
    """Knows the runs in the folder of runs, and those that were opened elsewhere.

    Parameters
    ----------
    session
        Knows the folder and the runs that were opened.
    own
        Takes a job, to be waited for when the program ends.
    parent
        Owner.
    """

    changed = Signal(object)
    """Tuple of `RunEntry` that are new or have changed."""

    removed = Signal(object)
    """Frozen set of the paths that are no longer there."""

    looked = Signal()
    """All runs were looked at; `problem` says what was in the way."""

    def __init__(self, session: Session, own: Callable[[Job], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._own = session, own
        self._entries: dict[Path, RunEntry] = {}
        self._job: Job | None = None
        self._again = False
        self._problem = ""
        self.has_looked = False
        self._timer = QTimer(self, interval=LOOK_MILLISECONDS)
        self._timer.timeout.connect(self.look)

    @property
    def entries(self) -> tuple[RunEntry, ...]:
        """What is known of the runs, in no order."""
        return tuple(self._entries.values())

    @property
    def problem(self) -> str:
        """Why the folder of runs can't be read, in one sentence; "" where it can."""
        return tr(self._problem)

    def entry(self, path: Path) -> RunEntry | None:
        """Return what is known of one run."""
        return self._entries.get(path)

    def set_watched(self, watched: bool) -> None:
        """Look at the folder again and again, from now on, or no longer."""
        if watched:
            self._timer.start()
            self.look()
        else:
            self._timer.stop()
            self._again = False
            if self._job is not None:
                self._job.cancel()

    @Slot()
    def look(self) -> None:
        """Look at all runs, now or as soon as the look that is under way has ended."""
        if self._job is not None:
            self._again = True
            return
        self._again = False
        folder, opened, known = self._session.runs_folder, self._session.recent.opened, dict(self._entries)

        def work(context: JobContext) -> object:
            return _looked(folder, opened, known, context)

        self._job = Job(work, tr("list the runs"), self)
        self._own(self._job)
        self._job.progressed.connect(self._take)
        self._job.finished.connect(self._end)
        self._job.failed.connect(self._fail)
        self._job.ended.connect(self._forget_job)
        self._job.start()

    @Slot(object)
    def _take(self, part: object) -> None:
        if isinstance(part, tuple):
            new = tuple(entry for entry in part if self._entries.get(entry.path) != entry)
            self._entries.update({entry.path: entry for entry in new})
            if new:
                self.changed.emit(new)

    @Slot(object)
    def _end(self, there: frozenset[Path]) -> None:
        self._problem = ""
        gone = frozenset(self._entries) - there
        for path in gone:
            del self._entries[path]
        self.has_looked = True
        if gone:
            self.removed.emit(gone)
        self.looked.emit()

    @Slot(str, str)
    def _fail(self, message: str, _details: str) -> None:
        self._problem = message
        self.has_looked = True
        self.looked.emit()

    @Slot(object)
    def _forget_job(self, _job: Job) -> None:
        self._job = None
        if self._again:
            self.look()


def _looked(folder: Path, opened: tuple[Path, ...], known: dict[Path, RunEntry], context: JobContext) -> object:
    from vae_explorer.runs.overview import entries, run_folders

    paths = tuple(dict.fromkeys((*(path.absolute() for path in run_folders(folder)), *opened)))
    part: list[RunEntry] = []
    first = True
    for entry in entries(paths, known, context.check):
        if known.get(entry.path) is not entry:
            part.append(entry)
        if len(part) >= (FIRST_PART if first else PART):
            context.report(tuple(part))
            part, first = [], False
    context.report(tuple(part))
    return frozenset(paths)
