"""Signals that end a training in order instead of at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_explorer.training.control import Control


@contextmanager
def signals_stop(
    control: Control, signals: Sequence[signal.Signals], tell: Callable[[int], None], *, gives_up: bool = False
) -> Iterator[None]:
    """Let signals stop a training, which is kept.

    Parameters
    ----------
    control
        Of the training.
    signals
        Which ones.
    tell
        Called once, with the signal's number.
    gives_up
        Whether the second signal ends the program; else it changes nothing, as a launcher may send several.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in signals}

    def stop(number: int, _frame: object) -> None:
        if gives_up:
            signal.signal(number, before[signal.Signals(number)])
        if control.stopped:
            return
        control.stop()
        with suppress(RuntimeError):  # the signal may have come in the middle of printing a line
            tell(number)

    for number in signals:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
