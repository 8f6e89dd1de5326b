"""Doing something in a process of its own, with its memory and its time measured and bounded."""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 512 * 10**6
"""Memory that reading one file may take over what the process took before."""
MOST_SECONDS = 10.0
"""Time that reading one file may take."""


@dataclass(frozen=True, slots=True)
class Done:
    """How it went in the child.

    Attributes
    ----------
    value
        What the work returned, through JSON; None if it failed.
    failure
        Why there is no value: "" if there is one.
    peak_bytes
        Most memory over that at the beginning.
    seconds
        How long it took.
    noise
        What was written to standard output and error, which ought to be nothing.
    """

    value: object
    failure: str
    peak_bytes: int
    seconds: float
    noise: str = ""


def guarded(
    work: Callable[[], object],
    *,
    seconds: float = MOST_SECONDS,
    most_bytes: int = MOST_BYTES,
    note: Callable[[], object] | None = None,
) -> Done:
    """Do `work` in a forked child and return what came of it.

    The child may ask for no more address space than it has and `most_bytes`; it is killed after `seconds` (or after as
    many without another value of `note`, for work of many parts).
    """
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    noise = os.memfd_create("noise") if hasattr(os, "memfd_create") else os.open(os.devnull, os.O_RDWR)
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _be_child(work, writing, noise, most_bytes)
    os.close(writing)
    status, content = _wait(child, reading, seconds, note)
    taken = time.monotonic() - began
    written = os.pread(noise, 4000, 0).decode(errors="replace").strip()
    os.close(reading)
    os.close(noise)
    if status is None:
        return Done(None, f"it took more than {seconds:g} seconds", 0, taken, written)
    if not content:
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return Done(None, f"the process died ({how})", 0, taken, written)
    told = json.loads(content)
    failure = str(told["failure"])
    if not failure and told["peak"] > most_bytes:
        failure = f"it took {told['peak'] / 1e6:,.0f} MB of memory"
    return Done(told["value"], failure, int(told["peak"]), taken, written)


def _be_child(work: Callable[[], object], writing: int, noise: int, most_bytes: int) -> None:
    """Do the work, tell of it and end; nothing of the parent's is tidied up here."""
    told: dict[str, object] = {"value": None, "failure": "", "peak": 0}
    try:
        faulthandler.disable()  # the parent tells how the child died
        os.dup2(noise, 1)
        os.dup2(noise, 2)
        before = _forget_peak()
        _bound(most_bytes)
        try:
            told["value"] = work()
        except BaseException:
            told["failure"] = traceback.format_exc(limit=-12)
        told["peak"] = max(0, _peak() - before)
        sys.stdout.flush()
        sys.stderr.flush()
        content = json.dumps(told).encode()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(content)
    finally:
        os._exit(0)


def _bound(most_bytes: int) -> None:
    """Let the process have as much address space as it has, and so much more."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    # Allocators take address space in larger pieces than they use: what is used is measured besides.
    resource.setrlimit(resource.RLIMIT_AS, (size + 2 * most_bytes, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _forget_peak() -> int:
    """Begin to measure the most memory anew, and return what there is now."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _wait(child: int, reading: int, seconds: float, note: Callable[[], object] | None) -> tuple[int | None, bytes]:
    """Return the exit status, negative for a signal and None for a child that had to be killed, and what it told."""
    pieces: list[bytes] = []
    last, since = note() if note is not None else None, time.monotonic()
    while True:
        # The pipe becomes readable as soon as the child tells or ends.
        if select.select([reading], [], [], 0.05)[0]:
            piece = os.read(reading, 1 << 20)
            if not piece:
                return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), b"".join(pieces)
            pieces.append(piece)
        now = note() if note is not None else None
        if now != last:
            last, since = now, time.monotonic()
        if time.monotonic() - since > seconds:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None, b""
