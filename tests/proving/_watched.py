"""The process of a window that is closed, seen from outside: its end, its words, and its runs."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from tests.proving._window import HARMLESS
from vae_explorer.errors import RunError
from vae_explorer.runs.folder import is_run, open_run

CLOSE_SECONDS = 5.0
HANG_SECONDS = 60.0
_LAST_WORDS = 4


class Watched:
    """A window's process, seen from outside.

    Parameters
    ----------
    name
        For the report.
    pid
        The process.
    pipe
        Where it tells of its checkpoints and of its end.
    folder
        Where it lives.
    """

    def __init__(self, name: str, pid: int, pipe: int, folder: Path) -> None:
        self.name, self._pid, self._folder = name, pid, folder
        self.seconds = self.stopping_seconds = self.processor_seconds = 0.0
        self.saved: dict[Path, int] = {}
        self._closing: float | None = None
        self._closed = self._worked = 0.0
        self._problems: list[str] = []
        status = self._wait(pipe)
        self._judge(status)

    @property
    def problems(self) -> list[str]:
        """Everything that isn't as promised."""
        return [f"{self.name}: {problem}" for problem in self._problems]

    def _wait(self, pipe: int) -> int | None:
        deadline, rest = time.monotonic() + HANG_SECONDS, b""
        os.set_blocking(pipe, False)
        while True:
            with contextlib.suppress(BlockingIOError):
                rest += os.read(pipe, 1 << 16)
            *lines, rest = rest.split(b"\n")
            for line in lines:
                self._hear(line.decode())
            ended, status, used = os.wait4(self._pid, os.WNOHANG)
            if ended and self._closing is not None:
                self.seconds = time.monotonic() - self._closing
                self.stopping_seconds = max(0.0, self._closed - self._closing)
                self.processor_seconds = used.ru_utime + used.ru_stime - self._worked
            if ended:
                return status
            if time.monotonic() > deadline:
                os.killpg(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
                return None
            time.sleep(0.005)

    def _hear(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "saved":
            step, _, folder = rest.partition(" ")
            self.saved[Path(folder)] = int(step)
        elif word == "closing":
            self._closing, self._worked = map(float, rest.split())
        elif word == "closed":
            self._closed = float(rest)
        else:
            self._problems.append(f"the scene broke off: {rest}")

    def _judge(self, status: int | None) -> None:
        if status is None:
            self._problems.append(f"hung for {HANG_SECONDS:g} s")
        elif status != 0:
            self._problems.append(f"ended with {os.waitstatus_to_exitcode(status)}")
        if self._closing is None:
            self._problems.append("was never closed")
        if self.seconds > CLOSE_SECONDS:
            self._problems.append(f"took {self.seconds:.1f} s to close")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
            self._problems.append("left a process behind")
        self._judge_words()
        self._judge_runs()

    def _judge_words(self) -> None:
        words = (self._folder / "terminal").read_text(errors="replace").splitlines()
        said = [line.strip() for line in words if line.strip() and not line.startswith(HARMLESS)]
        if said:
            self._problems.append(f"said: {' / '.join(said[-_LAST_WORDS:])}")
        for fault in (self._folder / "logs").glob("*.fault"):
            if fault.stat().st_size:
                self._problems.append(f"crashed: {fault.read_text(errors='replace').splitlines()[0]}")
        for state in (self._folder / "logs").glob("*.state"):
            if state.stat().st_size:
                self._problems.append("would be taken for a session that was cut off")

    def _judge_runs(self) -> None:
        for folder, step in self.saved.items():
            try:
                newest = open_run(folder).newest[0].step
            except RunError as error:
                self._problems.append(f"lost the run: {error}")
                continue
            if newest < step:
                self._problems.append(f"lost a checkpoint: step {step} was saved, step {newest} is there")
        for folder in (self._folder / "runs").glob("*"):
            if is_run(folder) and folder not in self.saved and not _is_empty(folder):
                self._problems.append(f"left a run without a checkpoint that was told of: {folder.name}")


def _is_empty(folder: Path) -> bool:
    """Whether a run ended before its first step was saved; it says so itself."""
    return not any((folder / "checkpoints").glob("step-*"))
