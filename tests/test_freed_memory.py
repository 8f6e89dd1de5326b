"""Memory that a computation gives back is found again by the next one."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from vae_explorer import cli, freed_memory

PAGES_OF_A_ROUND = 1000
PROGRAM = """
import resource, sys, threading
import numpy as np
from vae_explorer.freed_memory import keep_freed_memory

def faults():
    return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt

def rounds():
    counts = []
    for _ in range(8):
        before = faults()
        blocks = [np.full(2**18, 1.0) for _ in range(8)]  # 2 MiB each, 512 pages
        del blocks
        counts.append(faults() - before)
    print(min(counts[2:]))

if sys.argv[1] == "kept":
    keep_freed_memory()
if sys.argv[2] == "first":
    rounds()
else:
    thread = threading.Thread(target=rounds)
    thread.start()
    thread.join()
"""

gnu_only = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None) if sys.platform != "win32" else object(), "gnu_get_libc_version"),
    reason="only the GNU C library hands blocks back that soon",
)


def pages(way: str, thread: str) -> int:
    """Return how many pages the system cleared in a late round of taking and giving back 16 MiB."""
    words = [sys.executable, "-c", PROGRAM, way, thread]
    return int(subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout)


@gnu_only
@pytest.mark.parametrize("thread", ["first", "other"])
def test_that_blocks_given_back_are_found_again_without_new_pages(thread: str) -> None:
    assert pages("kept", thread) < PAGES_OF_A_ROUND / 10
    assert pages("usual", thread) > PAGES_OF_A_ROUND


def test_that_every_command_keeps_freed_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(cli, "keep_freed_memory", lambda: calls.append("kept"))

    assert cli.main(["objectives"]) == 0

    assert calls == ["kept"]


@pytest.mark.parametrize("system", ["linux", "win32", "darwin"])
def test_that_a_c_library_without_the_setting_is_left_alone(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())

    freed_memory.keep_freed_memory()
