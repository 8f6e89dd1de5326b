"""Ending by signal: Ctrl+C, a closed terminal and the end of a desktop session close the window as its user would."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)  # Windows has no SIGHUP


class ClosesOnSignal(QObject):
    """Closes a window on SIGINT, SIGTERM and SIGHUP, so that a running training is saved.

    Python runs its signal handlers between two of its own instructions, of which there are none while Qt waits for
    events. The interpreter's wake-up socket reaches Qt at once.

    Parameters
    ----------
    owner
        What lives as long as the program's window.
    close
        Closes the window.
    """

    def __init__(self, owner: QObject, close: Callable[[], object]) -> None:
        super().__init__(owner)
        self._close = close
        self._read, self._write = socket.socketpair()
        for end in (self._read, self._write):
            end.setblocking(False)
        signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        for number in _SIGNALS:
            # `nohup` lets a program ignore that its terminal was closed.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _left_to_the_socket)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._close_window)

    @Slot()
    def _close_window(self) -> None:
        numbers = self._read.recv(64)
        if any(number in _SIGNALS for number in numbers):
            self._close()


def _left_to_the_socket(_number: int, _frame: object) -> None:
    """Do nothing: with a handler of Python's, the signal's number is written to the wake-up socket."""
