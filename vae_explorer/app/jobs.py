"""Work that takes a while, done once in a thread of its own: loading data, opening a run, writing an export."""

from __future__ import annotations

import threading
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThread, Signal, Slot

from vae_explorer.app.threads import stand_back
from vae_explorer.errors import VaeExplorerError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable


class JobCancelled(Exception):  # noqa: N818  (not an error: the user asked for it)
    """Raised inside a job to leave it after the user cancelled."""


class JobContext:
    """The side of a job that its work sees.

    Parameters
    ----------
    post
        Takes a text (what is being done) or a fraction from 0 to 1.
    """

    def __init__(self, post: Callable[[object], None]) -> None:
        self._post = post
        self._cancelled = threading.Event()

    def report(self, progress: object) -> None:
        """Say what is being done, how much of it is done, or part of a result; leave the job once it is cancelled."""
        self.check()
        self._post(progress)

    def check(self) -> None:
        """Leave the job if it was cancelled."""
        if self._cancelled.is_set():
            raise JobCancelled

    def cancelled(self) -> bool:
        """Whether the user doesn't want the result any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to end."""
        self._cancelled.set()


class Job(QObject):
    """The side of a job that lives in the window's thread.

    Parameters
    ----------
    work
        Called in the worker thread with a `JobContext`; its return value arrives with `finished`.
    what
        What is being attempted, for messages: ``load the data``.
    """

    progressed = Signal(object)
    """A text or a fraction, while the work goes on."""

    finished = Signal(object)
    """The result."""

    failed = Signal(object, object)
    """A sentence for the user and the text of the traceback (empty where the sentence says it all): objects, because
    Qt's own text would forget how it is said in another language."""

    cancelled = Signal()

    ended = Signal(object)
    """The job itself, after one of the three above: its thread is gone."""

    _posted = Signal(object)

    def __init__(self, work: Callable[[JobContext], object], what: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = JobContext(self._posted.emit)
        self._thread = _JobThread(work, what, self._context)
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread.finished.connect(self._conclude, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin the work."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to end; `cancelled` follows when it has."""
        self._context.cancel()

    def wait(self, milliseconds: int) -> bool:
        """Block until the thread is gone; False if it takes longer."""
        return self._thread.wait(milliseconds)

    @Slot(object)
    def _deliver(self, progress: object) -> None:
        if not self._context.cancelled():
            self.progressed.emit(progress)

    @Slot()
    def _conclude(self) -> None:
        self._thread.wait()
        if self._context.cancelled():
            self.cancelled.emit()
        elif self._thread.failure is not None:
            self.failed.emit(*self._thread.failure)
        else:
            self.finished.emit(self._thread.result)
        self.ended.emit(self)


class _JobThread(QThread):
    def __init__(self, work: Callable[[JobContext], object], what: str, context: JobContext) -> None:
        super().__init__()
        self.setObjectName(f"job: {what}")
        self.result: object = None
        self.failure: tuple[str, str] | None = None
        self._work: Callable[[JobContext], object] | None = work
        self._what = what
        self._context = context

    def run(self) -> None:
        work, self._work = self._work, None
        stand_back()
        try:
            if work is not None:
                self.result = work(self._context)
        except JobCancelled:
            self._context.cancel()
        except BaseException as error:
            self.failure = explain(error, self._what)


def explain(error: BaseException, what: str) -> tuple[str, str]:
    """Return a sentence for the user and details to copy.

    Parameters
    ----------
    error
        What was raised; the program's own errors already carry such a sentence.
    what
        What was being attempted: ``load the data``.
    """
    if isinstance(error, VaeExplorerError):
        cause = error.__cause__
        return str(error), "".join(traceback.format_exception(cause)) if cause else ""
    details = "".join(traceback.format_exception(error))
    what = tr(what)  # may have been made before another language was chosen
    if isinstance(error, MemoryError):
        return tr(
            "There is not enough memory to {what}: close other programs or choose something smaller.", what=what
        ), details
    return tr("Could not {what}: {name}: {error}", what=what, name=type(error).__name__, error=error), details
