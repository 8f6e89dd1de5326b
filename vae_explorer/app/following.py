"""Following a run that somebody else trains: looked at in a worker again and again, as often as it is worth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from vae_explorer.app.jobs import Job, JobContext
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.backend import Follower
    from vae_explorer.runs.following import RunNews

SHORTEST_SECONDS, LONGEST_SECONDS, LONGEST_AFTER_ERRORS = 1.0, 5.0, 30.0
"""Time between two looks: at a run that grows, at one that doesn't, and where it can't be read."""
_SLOWER, _MUCH_SLOWER = 1.5, 2.0
_SHARE = 4.0
"""Times that a look took between two looks: a slow folder is asked less often."""


@dataclass(frozen=True, slots=True)
class _Look:
    follower: Follower
    news: RunNews
    seconds: float


class Following(QObject):
    """Looks at one run at a time, while that is wished.

    Parameters
    ----------
    own
        Takes a job, to be waited for when the program ends.
    parent
        Owner.
    """

    changed = Signal()
    """It is followed, or no longer; somebody else writes it, or nobody; it can't be read, or can again."""

    came = Signal(object)
    """`RunNews` of a look."""

    over = Signal(object)
    """`RunNews` after which nobody trains the run any more, said once."""

    def __init__(self, own: Callable[[Job], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._own = own
        self._follower: Follower | None = None
        self._news: RunNews | None = None
        self._job: Job | None = None
        self._on = False
        self._written = self._began = 0.0
        self._problem = ""
        self._was_live = False
        self._wait = SHORTEST_SECONDS
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)

    @property
    def is_on(self) -> bool:
        """Whether the run that is shown is followed."""
        return self._on

    @property
    def is_live(self) -> bool:
        """Whether it is followed, and somebody trains it as far as can be told."""
        return self._on and self._news is not None and self._news.presence.is_at_work

    @property
    def is_paused(self) -> bool:
        """Whether it is followed, and its training waits for a person."""
        return self.is_live and self._news is not None and self._news.presence.is_paused

    @property
    def news(self) -> RunNews | None:
        """What the last look found; None before the first."""
        return self._news

    @property
    def problem(self) -> str:
        """Why the run can't be read just now, in one sentence; empty where it can."""
        return tr(self._problem)

    @property
    def follower(self) -> Follower | None:
        """What looks at the run, kept for going on with following; None where it never was."""
        return self._follower

    @property
    def is_looking(self) -> bool:
        """Whether the run is being looked at."""
        return self._job is not None

    @property
    def seconds_looking(self) -> float:
        """Seconds that the look takes that is under way: long where the folder doesn't answer; 0 without one."""
        return 0.0 if self._job is None else time.monotonic() - self._began

    @property
    def seconds_since(self) -> float:
        """Seconds since the run grew."""
        return max(0.0, time.monotonic() - self._written)

    def begin(self, follower: Follower, news: RunNews | None = None, *, was_live: bool = False) -> None:
        """Follow a run, which was looked at already if there is `news` of it, and was trained when it was left last."""
        self._follower, self._problem, self._on = follower, "", True
        self._was_live = was_live
        self._wait = SHORTEST_SECONDS
        if news is not None:
            self._remember(news)
        self._timer.start(round(1000 * self._wait) if news is not None else 0)
        self.changed.emit()

    def end(self) -> None:
        """Stop following; what was seen stays."""
        if self._on:
            self._on, self._problem = False, ""
            self._was_live = False
            self._timer.stop()
            self.changed.emit()

    def forget(self) -> None:
        """Stop following, because another run is shown, or this one is trained here."""
        self._timer.stop()
        knew = self._on or self._news is not None
        self._on, self._was_live, self._problem = False, False, ""
        self._follower = self._news = self._job = None
        if knew:
            self.changed.emit()

    @Slot()
    def _look(self) -> None:
        follower = self._follower
        if follower is None or self._job is not None or not self._on:
            return

        def work(_context: JobContext) -> object:
            began = time.monotonic()
            return _Look(follower, follower.look(), time.monotonic() - began)

        self._began = time.monotonic()
        self._job = job = Job(work, tr("follow the run"), self)
        self._own(job)
        job.finished.connect(self._take)
        job.failed.connect(self._fail)
        job.ended.connect(self._end_job)
        job.start()

    @Slot(object)
    def _take(self, look: _Look) -> None:
        if look.follower is not self._follower:
            return
        before, problem, self._problem = self._news, self._problem, ""
        news = look.news
        self._remember(news)
        wait = SHORTEST_SECONDS if news.has_grown else min(LONGEST_SECONDS, self._wait * _SLOWER)
        self._wait = max(wait, _SHARE * look.seconds)
        self.came.emit(news)
        if self._follower is not look.follower or not self._on:
            return  # whoever heard it shows another run now; what was seen before following ended had to be told
        if self._was_live and news.is_over:
            self._was_live = False
            if news.presence.is_nobody:
                self.end()
            self.over.emit(news)
        if problem or before is None or _facts(before) != _facts(news):
            self.changed.emit()

    def _remember(self, news: RunNews) -> None:
        self._news = news
        self._written = time.monotonic() - news.quiet
        self._was_live = self._was_live or news.presence.is_at_work

    @Slot(str, str)
    def _fail(self, message: str, _details: str) -> None:
        if self.sender() is self._job and self._on:
            self._wait = min(LONGEST_AFTER_ERRORS, self._wait * _MUCH_SLOWER)
            if message != self._problem:
                self._problem = message
                self.changed.emit()

    @Slot(object)
    def _end_job(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            if self._on:
                self._timer.start(round(1000 * self._wait))


def _facts(news: RunNews) -> tuple[object, ...]:
    return news.presence, news.writer, news.can_resume
