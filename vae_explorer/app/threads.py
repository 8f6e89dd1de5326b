"""What threads owe each other: the interpreter changes hands soon, and workers wait for the window."""

from __future__ import annotations

import os
import sys
import threading

SWITCH_SECONDS = 0.001
"""Time after which a thread that computes in Python lets another one have the interpreter.

Python's own is five times as long: a third of a frame for which the window would wait, and for which each of a
training's steps would wait for the window.
"""
WORKER_NICENESS = 5
"""By how much less urgent jobs are than window, decoder and training, on systems that know such a number."""


def share_interpreter() -> None:
    """Let the threads of this process take turns quickly."""
    sys.setswitchinterval(SWITCH_SECONDS)


def stand_back() -> None:
    """Let the thread that calls this make way for others, and compute alone where it computes with torch.

    torch gives a new thread as many helpers as the training has; they would take the processors from it.
    """
    if sys.platform == "linux":  # elsewhere the number is one of the whole process
        native = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, native, os.getpriority(os.PRIO_PROCESS, native) + WORKER_NICENESS)
    set_threads = getattr(sys.modules.get("torch"), "set_num_threads", None)
    if set_threads is not None:
        set_threads(1)
