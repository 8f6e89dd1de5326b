"""Runs that were trained or opened lately, with what a list says of them, read in the background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vae_explorer.app.library import Library
    from vae_explorer.app.state import RunInfo
    from vae_explorer.runs.summary import RunSummary

MOST_OPENED = 20
"""Runs that are remembered wherever they lie."""


@dataclass(frozen=True, slots=True)
class RecentRun:
    """A run of the list.

    Attributes
    ----------
    name, path
        Its folder.
    is_there
        Whether the folder still exists.
    summary
        What is known of it; None until it was read, and for a folder that can't be read.
    """

    name: str
    path: Path
    is_there: bool
    summary: RunSummary | None = None


class RecentRuns(QObject):
    """Remembers which runs were shown, and knows those in the folder of runs besides.

    Parameters
    ----------
    library
        Knows the folder of runs, and tells which run is shown.
    own
        Takes a job, to be waited for when the program ends.
    """

    changed = Signal()
    """More is known of the runs than before."""

    def __init__(self, library: Library, own: Callable[[Job], None]) -> None:
        super().__init__(library)
        self._library, self._own = library, own
        self._opened: tuple[Path, ...] = ()
        self._summaries: dict[Path, RunSummary | None] = {}
        self._job: Job | None = None
        library.run_changed.connect(self._remember)

    @property
    def opened(self) -> tuple[Path, ...]:
        """Folders of the runs that were shown, the latest first."""
        return self._opened

    def set_opened(self, paths: Iterable[Path]) -> None:
        """Take over what was shown in earlier windows; what was shown in this one comes first."""
        self._opened = _unique((*self._opened, *paths))

    def runs(self, most: int) -> tuple[RecentRun, ...]:
        """Return those that were shown, the latest first, then the newest others in the folder of runs."""
        paths = _unique((*self._opened, *(run.path.absolute() for run in self._library.recent_runs(most))), most)
        return tuple(RecentRun(path.name, path, path.is_dir(), self._summaries.get(path)) for path in paths)

    def refresh(self, most: int) -> None:
        """Read what a list says of the runs; `changed` tells when it is known."""
        if self._job is not None:
            return
        paths = tuple(run.path for run in self.runs(most) if run.is_there)

        def work(context: JobContext) -> object:
            from vae_explorer.runs.summary import summary

            found: dict[Path, RunSummary | None] = {}
            for path in paths:
                context.check()
                found[path] = summary(path)
            return found

        self._job = Job(work, tr("list the recent runs"), self)
        self._own(self._job)
        self._job.finished.connect(self._take)
        self._job.ended.connect(self._forget_job)
        self._job.start()

    def forget_missing(self) -> None:
        """Take runs whose folder is gone from the list."""
        self._opened = tuple(path for path in self._opened if path.is_dir())

    def follow_moves(self, moves: Iterable[tuple[Path, Path | None]]) -> None:
        """Know runs by the folders that they have now; None stands for a run that was deleted."""
        moved = dict(moves)
        present = (moved.get(path, path) for path in self._opened)
        self._opened = _unique(path for path in present if path is not None)

    @Slot(object)
    def _remember(self, run: RunInfo | None) -> None:
        if run is not None:
            self._opened = _unique((run.path.absolute(), *self._opened))

    @Slot(object)
    def _take(self, found: dict[Path, RunSummary | None]) -> None:
        self._summaries.update(found)
        self.changed.emit()

    @Slot(object)
    def _forget_job(self, _job: Job) -> None:
        self._job = None


def _unique(paths: Iterable[Path], most: int = MOST_OPENED) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(paths))[:most]
