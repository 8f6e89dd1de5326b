"""Dying at a chosen system call: a child that its parent watches, call by call, as a debugger would."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import warnings
from collections.abc import Callable

_TRACE_ME, _GO_TO_CALL, _SET_OPTIONS = 0, 24, 0x4200
_MARK_CALLS, _END_WITH_PARENT = 0x1, 0x100000
_CALL_STOP = signal.SIGTRAP | 0x80


def can_trace() -> bool:
    """Whether this system lets a process watch the calls of its child."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return calls_until(lambda: None, None)[0] > 0
    except OSError:
        return False


def forked(work: Callable[[], object]) -> int:
    """Begin some work in a child that never comes back, and return the number of its process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads of the parent don't run in the child
        child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def calls_until(work: Callable[[], object], last: int | None) -> tuple[int, bool]:
    """Do some work in a child that is killed before its system call of a number.

    Parameters
    ----------
    work
        What to do.
    last
        The number of the call that isn't made any more, from 1; None lets the work end.

    Returns
    -------
    How many calls were begun, and whether the child was killed.

    Raises
    ------
    OSError
        If the system forbids it.
    """
    trace = ctypes.CDLL(None, use_errno=True).ptrace
    trace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    trace.restype = ctypes.c_long

    def traced() -> None:
        if trace(_TRACE_ME, 0, None, None) != 0:
            os._exit(2)
        os.kill(os.getpid(), signal.SIGSTOP)
        work()

    child = forked(traced)
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        raise OSError("this system doesn't let a process watch another")
    trace(_SET_OPTIONS, child, None, _MARK_CALLS | _END_WITH_PARENT)
    begun, is_inside, passed_on = 0, False, 0
    while True:
        trace(_GO_TO_CALL, child, None, passed_on)
        _, status = os.waitpid(child, 0)
        if not os.WIFSTOPPED(status):
            return begun, False
        passed_on = 0
        if os.WSTOPSIG(status) != _CALL_STOP:
            passed_on = os.WSTOPSIG(status)
            continue
        is_inside = not is_inside
        begun += is_inside
        if is_inside and begun == last:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return begun, True
