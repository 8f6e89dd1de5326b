"""Work of which only the latest counts: a newer wish takes the place of an older one, even of one under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext

if TYPE_CHECKING:
    from collections.abc import Callable


class LatestWork(QObject):
    """Does one piece of work at a time in a thread of its own; of those that wait the latest is kept.

    Parameters
    ----------
    what
        What is being attempted, for messages: ``compare pictures``.
    own
        Takes each job, to be waited for when the program ends.
    is_closing
        Whether nothing new may begin.
    parent
        Owner.
    """

    finished = Signal(object)
    """What the work gave, unless something newer was asked for meanwhile."""

    failed = Signal(object, object)
    """A sentence for the user, and details."""

    def __init__(
        self, what: str, own: Callable[[Job], None], is_closing: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._what = what
        self._own = own
        self._is_closing = is_closing
        self._waiting: Callable[[JobContext], object] | None = None
        self._job: Job | None = None

    @property
    def is_running(self) -> bool:
        """Whether something is under way or waits."""
        return self._job is not None or self._waiting is not None

    def ask(self, work: Callable[[JobContext], object]) -> None:
        """Do this next; what is under way is given up."""
        self._waiting = work
        if self._job is not None:
            self._job.cancel()
        else:
            self._begin()

    def forget(self) -> None:
        """Give up everything; nothing arrives any more."""
        self._waiting = None
        if self._job is not None:
            self._job.cancel()

    def _begin(self) -> None:
        work, self._waiting = self._waiting, None
        if work is None or self._is_closing():
            return
        self._job = job = Job(work, self._what, self)
        self._own(job)
        job.finished.connect(self.finished)
        job.failed.connect(self.failed)
        job.ended.connect(self._go_on)
        job.start()

    @Slot(object)
    def _go_on(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self._begin()
