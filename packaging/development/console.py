"""One line a step with the time it took, and steps that keep quiet until they fail."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

USEFUL_LINES = 12

NETWORK = "Check the network connection (and the proxy settings), then start again."
CERTIFICATE = "The server's certificate isn't trusted here: check the date and pip's `cert` setting."
NOTHING_FITS = (
    "No build of that version was found: either the package index can't be reached (check the network), "
    "or none fits this Python and system (64-bit Python 3.11 to 3.13 on Linux, macOS or Windows do)."
)
# What pip, venv and apt-get say when something is wrong, and what a person can do about it.
# The first sign that is found counts: behind a broken network pip also says that nothing matches.
ADVICE = (
    ("No space left on device", "Free some disk space (about 2 GB are needed), then start again."),
    ("CERTIFICATE_VERIFY_FAILED", CERTIFICATE),
    ("SSLCertVerificationError", CERTIFICATE),
    ("Temporary failure", NETWORK),
    ("Name or service not known", NETWORK),
    ("NewConnectionError", NETWORK),
    ("Failed to establish a new connection", NETWORK),
    ("Could not resolve", NETWORK),
    ("timed out", NETWORK),
    ("Could not get lock", "Another program is installing packages: wait until it has finished, then start again."),
    ("No matching distribution found", NOTHING_FITS),
    ("ResolutionImpossible", NOTHING_FITS),
    ("Permission denied", "Check who owns the project folder and its .venv, then start again."),
)


class SetupError(Exception):
    """The set-up can't go on; the message is for the person at the keyboard."""


class StepError(SetupError):
    """A command that a step ran has failed; ``output`` is everything that it printed."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.output = output


class Console:
    """Writes the steps of the set-up to one stream (standard error, so that a command's own output stays clean)."""

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Write one line."""
        with self._lock:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Name what is being done while it is being done, then how long it took.

        On a terminal the seconds count up, so that a long download is seen to be alive.
        """
        start = time.monotonic()
        ended = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(text, start, ended), daemon=True)
        self._write(f"{text} ... ")
        if self._stream.isatty():
            ticker.start()
        outcome = "stopped after "
        try:
            yield
            outcome = ""
        except StepError:
            outcome = "failed after "
            raise
        finally:
            ended.set()
            if ticker.is_alive():
                ticker.join()
            prefix = f"\r{text} ... " if self._stream.isatty() else ""
            self._write(f"{prefix}{outcome}{time.monotonic() - start:.1f} s\n")

    def _tick(self, text: str, start: float, ended: threading.Event) -> None:
        while not ended.wait(1.0):
            self._write(f"\r{text} ... {time.monotonic() - start:.0f} s")

    def _write(self, text: str) -> None:
        with self._lock:
            self._stream.write(text)
            self._stream.flush()


def run_quietly(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run a command without showing what it says, and return its standard output.

    Raises
    ------
    StepError
        If the command can't be started or ends with an error; the message has its last useful lines and what to do.
    """
    words = [os.fspath(word) for word in command]
    try:
        done = subprocess.run(
            words,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise StepError(f"`{words[0]}` can't be started: {error.strerror}.") from error
    if done.returncode != 0:
        output = f"{done.stdout}\n{done.stderr}"
        raise StepError(failure_text(words, done.returncode, output), output)
    return done.stdout


def call(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> int:
    """Run a program to its end, showing what it says, and return its exit status (1 if a signal ended it)."""
    status = subprocess.run(command, env=variables, cwd=folder, check=False).returncode
    return status if status >= 0 else 1


def failure_text(words: Sequence[str], status: int, output: str) -> str:
    """Say which command failed, the lines that tell why, and what can be done."""
    lines = [f"`{' '.join(words)}` failed (exit status {status}):"]
    lines += [f"    {line}" for line in useful_lines(output)]
    lines.append(advice(output))
    return "\n".join(lines)


def useful_lines(output: str) -> list[str]:
    """Return the end of a long output, from its last block of errors on if it has one."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [number for number, line in enumerate(lines) if line.lstrip().lower().startswith(("error", "e:", "fatal"))]
    tail = lines[-USEFUL_LINES:]
    if errors and errors[0] < len(lines) - USEFUL_LINES:
        return [lines[number] for number in errors[-USEFUL_LINES:]]
    return tail


def advice(output: str) -> str:
    """Return what a person can do about a known failure, else the general way on."""
    for sign, what_to_do in ADVICE:
        if sign.lower() in output.lower():
            return what_to_do
    return "Start again; if it fails once more, remove the folder .venv and start again."
