"""What threads owe each other: the interpreter changes hands soon, and all others make way for the window."""

from __future__ import annotations

import os
import sys
import threading

SWITCH_SECONDS = 0.001
"""Time after which a thread that computes in Python lets another one have the interpreter.

Python's own is five times as long: a third of a frame for which the window would wait, and for which each of a
training's steps would wait for the window.
"""
DECODING_NICENESS, TRAINING_NICENESS, WORKER_NICENESS = 3, 5, 5
"""By how much less urgent decoder, training and jobs are than the window, on systems that know such a number.

Where two processors have three threads that compute, the window would else wait for its turn: of a hundred frames while
a model trains the longest took twice as long.
"""


def share_interpreter() -> None:
    """Let the threads of this process take turns quickly."""
    sys.setswitchinterval(SWITCH_SECONDS)


def make_way(niceness: int) -> None:
    """Let the thread that calls this, and those that it starts, be less urgent than others."""
    if sys.platform == "linux":  # elsewhere the number is one of the whole process
        native = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, native, os.getpriority(os.PRIO_PROCESS, native) + niceness)


def stand_back() -> None:
    """Let the thread that calls this make way for others, and compute alone where it computes with torch.

    torch gives a new thread as many helpers as the training has; they would take the processors from it.
    """
    make_way(WORKER_NICENESS)
    set_threads = getattr(sys.modules.get("torch"), "set_num_threads", None)
    if set_threads is not None:
        set_threads(1)
