"""Jobs that the session waits for when it closes, and what it has to say to the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Signal, Slot

from vae_explorer.app.collection import GarbageCollection
from vae_explorer.app.exploration import Exploration
from vae_explorer.app.latest import LatestWork
from vae_explorer.app.state import Notice, NoticeAction
from vae_explorer.app.threads import share_interpreter

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from vae_explorer.app.jobs import Job


class Background(Exploration):
    """Owns jobs until they end, and tells notices and messages."""

    noticed = Signal(object)
    """`Notice`."""

    withdrawn = Signal(object)
    """`Notice` that is no longer true: it goes."""

    message_changed = Signal(object)
    """What is being done, for the status bar; empty when nothing is. An object as all texts that come late: Qt's own
    text would forget how it is said in another language."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        GarbageCollection.begin()
        share_interpreter()
        self._jobs: set[Job] = set()
        self._closing = False
        self._offer: Notice | None = None

    def notify(
        self,
        level: Literal["info", "warning", "error"],
        text: str,
        details: str = "",
        actions: tuple[NoticeAction, ...] = (),
    ) -> None:
        """Show a notice in the window, with what can be done about it."""
        self.noticed.emit(Notice(level, text, details, actions))

    def offer(
        self, level: Literal["warning", "error"], text: str, details: str, actions: tuple[NoticeAction, ...]
    ) -> None:
        """Show a notice in place of the last one that was offered: what it offers to do can be done once."""
        self.withdraw_offer()
        self._offer = Notice(level, text, details, actions)
        self.noticed.emit(self._offer)

    def withdraw_offer(self) -> None:
        """Take back the last notice that was offered: what it speaks of is over."""
        offer, self._offer = self._offer, None
        if offer is not None:
            self.withdrawn.emit(offer)

    def latest_work(self, what: str) -> LatestWork:
        """Return a worker for one kind of work of which only the latest counts, such as ``sort the points``."""
        return LatestWork(what, self._own, lambda: self._closing, self)

    def _own(self, job: Job) -> None:
        self._jobs.add(job)
        job.ended.connect(self._disown)

    @Slot(object)
    def _disown(self, job: Job) -> None:
        self._jobs.discard(job)
        job.deleteLater()
