"""What nobody caught, in any thread, and what Qt complains of: in the log and told in the window, never its end."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, Signal, Slot, qInstallMessageHandler

from vae_explorer.errors import VaeExplorerError, printable
from vae_explorer.logbook import LOGGER, EarlyRecords

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    MessageHandler = Callable[[QtMsgType, QMessageLogContext, str], None]

_LOGGED_REPEATS = {10, 100, 1000, 10_000}
"""Repetitions of a fault that the log names; a fault of every repaint would fill it."""
_LEVELS = {
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """An exception that nobody caught.

    Attributes
    ----------
    text
        Its kind and what it says, in one line.
    details
        The traceback; empty for an error that is written for the user.
    place
        Kind, file and line: the same for the same fault.
    count
        How often it has come up, this time included.
    """

    text: str
    details: str
    place: str
    count: int = 1


class FaultReporter(QObject):
    """Takes over the hooks for exceptions and for Qt's messages, and gives them back in the end."""

    caught = Signal(object)
    """`Fault`, in the thread of this object, whichever thread it came up in."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._logger = logging.getLogger(LOGGER)
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()
        self._writing = threading.local()
        self._give_back: Callable[[], None] = _nothing
        self._former_handler: MessageHandler | None = None
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over the hooks; what they hear before there is a log is kept for it."""
        EarlyRecords.hold()
        before = sys.excepthook, threading.excepthook, sys.unraisablehook

        def give_back() -> None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = before
            qInstallMessageHandler(self._former_handler)

        self._give_back = give_back
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook
        sys.unraisablehook = self._unraisable_hook
        self._former_handler = cast("MessageHandler | None", qInstallMessageHandler(self._hear))

    def uninstall(self) -> None:
        """Give the hooks back."""
        give_back, self._give_back = self._give_back, _nothing
        give_back()

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        error = _true_cause(error)
        kind, trace = type(error), error.__traceback__ or trace
        text = printable(f"{kind.__name__}: {error}", _LONGEST)
        if isinstance(error, VaeExplorerError):
            # A sentence for the user, such as that a file has shrunk whose pictures were to be shown.
            self._post(Fault(str(error), "", f"{kind.__name__} {error}"))
            return
        place = _place(kind, trace)
        count = self._count(place)
        details = "".join(traceback.format_exception(kind, error, trace))
        if count == 1:
            self._logger.error("nobody caught in thread %s:\n%s", threading.current_thread().name, details.rstrip())
            _tell_terminal(f"vae-explorer: {text}\n")  # untranslated: the program's name
        elif count in _LOGGED_REPEATS:
            self._logger.error("%d times: %s", count, place)
        self._post(Fault(text, details, place, count))

    def _thread_hook(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._hook(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _unraisable_hook(self, what: sys.UnraisableHookArgs) -> None:
        """Log what an object's end raised: nobody waits for it, so that nobody need be told."""
        error = what.exc_value
        where = f"{what.err_msg or 'ignored in'} {type(what.object).__name__}"
        details = "".join(traceback.format_exception(error)) if error is not None else str(what.exc_type)
        if self._count(f"{where} {_place(what.exc_type, what.exc_traceback)}") == 1:
            self._logger.warning("%s:\n%s", where, details.rstrip())

    def _hear(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        """Write what Qt complains of, from any thread; a complaint that this itself causes isn't heard."""
        if getattr(self._writing, "is_on", False):
            return
        self._writing.is_on = True
        try:
            if kind in _LEVELS and self._count(f"Qt {message}") == 1:
                self._logger.log(_LEVELS[kind], "Qt %s: %s", context.category or "default", message)
            if self._former_handler is not None:
                self._former_handler(kind, context, message)
            else:
                _tell_terminal(f"{message}\n")
        finally:
            self._writing.is_on = False

    def _count(self, place: str) -> int:
        with self._lock:
            self._counts[place] = self._counts.get(place, 0) + 1
            return self._counts[place]

    def _post(self, fault: Fault) -> None:
        try:
            self._posted.emit(fault)
        except RuntimeError:  # the window is gone already; the log has it
            return

    @Slot(object)
    def _deliver(self, fault: Fault) -> None:
        self.caught.emit(fault)


def _true_cause(error: BaseException) -> BaseException:
    """Return what a slot raised where PySide called an event filter before it told of it, which Python complains of."""
    is_complaint = isinstance(error, SystemError) and str(error).endswith("with an exception set")
    return error.__cause__ if is_complaint and error.__cause__ is not None else error


def _place(kind: type[BaseException] | None, trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    where = f" in {frames[-1].filename}:{frames[-1].lineno}" if frames else ""  # untranslated: a place in the code
    return f"{kind.__name__ if kind is not None else 'exception'}{where}"


def _tell_terminal(text: str) -> None:
    """Write to the terminal that the window was started from, if there is one that takes it."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(text)
    except (OSError, ValueError):
        return


def _nothing() -> None:
    return
