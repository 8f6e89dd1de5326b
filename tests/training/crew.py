"""Several workers as processes of their own, in the environment that torch's launcher gives them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 120.0


@dataclass(frozen=True)
class Said:
    """How a worker ended."""

    status: int
    out: str
    err: str


class Crew:
    """Workers that were started together.

    Parameters
    ----------
    count
        How many.
    command
        What each of them runs, after the name of Python.
    """

    def __init__(self, count: int, command: Sequence[str | Path]) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        shared = {"WORLD_SIZE": str(count), "LOCAL_WORLD_SIZE": str(count), "MASTER_PORT": str(port)}
        shared |= {"MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1"}
        self.processes = [
            subprocess.Popen(
                [sys.executable, *map(str, command)],
                cwd=ROOT,
                env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for rank in range(count)
        ]

    def tell(self, rank: int, number: signal.Signals) -> None:
        """Send a signal to one of them."""
        self.processes[rank].send_signal(number)

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Wait until something holds, while they work."""
        until = time.monotonic() + _SECONDS
        while not reached():
            if time.monotonic() > until or any(process.poll() is not None for process in self.processes):
                for process in self.processes:
                    process.kill()
                raise AssertionError(self.end())
            time.sleep(0.02)

    def end(self) -> list[Said]:
        """Wait for all of them, and return what they said; one that doesn't end is killed."""
        said = []
        for process in self.processes:
            try:
                out, err = process.communicate(timeout=_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
            said.append(Said(process.returncode, out, err))
        return said


def trained_by(count: int, *words: str | Path) -> list[Said]:
    """Train by so many workers on the command line, and return what they said."""
    return Crew(count, ["-m", "vae_explorer", "train", *words]).end()
