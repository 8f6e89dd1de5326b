"""Moments that a person wants to keep for good: which of the run's they are, and changing that in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.app.workspace import Workspace


class Pinning(QObject):
    """Pins the moment that is shown, or lets it go.

    Parameters
    ----------
    workspace
        Knows the run and its moments.
    own
        Takes a job, to be waited for when the program ends.
    """

    changed = Signal()
    """Other moments are pinned, another one is shown, or it may be pinned now."""

    def __init__(self, workspace: Workspace, own: Callable[[Job], None]) -> None:
        super().__init__(workspace)
        self._workspace, self._own = workspace, own
        self._steps: frozenset[int] = frozenset()
        self._job: Job | None = None
        workspace.run_changed.connect(self._begin)
        workspace.moments.changed.connect(self.changed)
        workspace.state_changed.connect(self.changed)

    @property
    def steps(self) -> frozenset[int]:
        """Steps of the run's pinned moments."""
        return self._steps

    @property
    def step(self) -> int | None:
        """Step of the moment that is wanted now; None without one."""
        moments = self._workspace.moments
        if moments.wanted is not None:
            return moments.wanted.step
        return None if moments.newest is None else moments.newest.step

    @property
    def is_pinned(self) -> bool:
        """Whether that moment is pinned."""
        return self.step in self._steps

    @property
    def why_not(self) -> str:
        """A sentence on why the moment can't be pinned or let go; empty where it can."""
        workspace = self._workspace
        if workspace.run is None or self.step is None:
            return tr("No run is open.")
        if workspace.moments.wanted is None and workspace.state.is_active:
            return tr("The newest moment isn't saved yet: choose an earlier one, or stop the training first.")
        return ""

    @Slot()
    def toggle(self) -> None:
        """Pin the moment that is shown, or let it go; the reason is told where that can't be."""
        run, step = self._workspace.run, self.step
        if self.why_not or run is None or step is None:
            self._workspace.notify("warning", self.why_not)
            self.changed.emit()
        elif self._job is None:
            self._ask(run.path, step, not self.is_pinned)

    @Slot(object)
    def _begin(self, _run: object) -> None:
        run = self._workspace.run
        self._steps = frozenset()
        self.changed.emit()
        if run is not None:
            self._ask(run.path, None, False)

    def _ask(self, folder: Path, step: int | None, keeps: bool) -> None:
        """Change in the background what is pinned, with a step, and read what is."""

        def work(_context: JobContext) -> object:
            from vae_explorer.runs.pins import pin, pinned_steps, unpin

            if step is not None:
                (pin if keeps else unpin)(folder, step)
            return folder, pinned_steps(folder)

        self._job = job = Job(work, tr("keep a moment") if keeps else tr("read which moments are kept"), self)
        self._own(job)
        job.finished.connect(self._take)
        job.failed.connect(self._tell_failure)
        job.ended.connect(self._forget_job)
        job.start()

    @Slot(object)
    def _take(self, found: tuple[Path, frozenset[int]]) -> None:
        folder, steps = found
        run = self._workspace.run
        if run is not None and run.path == folder:
            self._steps = steps
            self.changed.emit()

    @Slot(str, str)
    def _tell_failure(self, message: str, details: str) -> None:
        self._workspace.notify("error", message, details)
        self.changed.emit()

    @Slot(object)
    def _forget_job(self, job: Job) -> None:
        if job is self._job:
            self._job = None
