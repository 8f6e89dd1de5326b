"""A virtual X screen with one program on it, and the keys that a person would press there."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PATIENCE = 180.0
_TRIES = 5
_DISPLAYS = range(100, 30_000)
_PROJECT = Path(__file__).resolve().parents[2]
_ONE_COLOUR = 1_000
"""A screen of one colour packs into fewer bytes than this."""


class VirtualScreen:
    """Starts Xvfb on a free display and ends it, with the program on it, at the end of a ``with`` block."""

    def __init__(self) -> None:
        missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
        if missing:
            raise RuntimeError(f"{' and '.join(missing)} missing: python3 packaging/dev.py test names what to install")
        self._program: subprocess.Popen[bytes] | None = None
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the screen
        self._window = ""
        self.exit_status: int | None = None

    def __enter__(self) -> Self:
        for _ in range(_TRIES):
            self._open_display()
            if self._answers():
                return self
            self._close_display()
        raise RuntimeError("Xvfb gave no display that answers")

    def _open_display(self) -> None:
        # Any number, not the first free one: that was another server's, which may be about to take its socket away.
        # Xvfb ends by itself where the number is taken. Without -noreset it starts over whenever its last client
        # leaves, as after each xdotool, and refuses whoever connects at that moment: 45 of 1,500 did not get in.
        display = f":{random.SystemRandom().choice(_DISPLAYS)}"
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", display, "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            pipe.readline()  # comes once the server listens, or when it ends
        self._environment = {
            **os.environ,
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            "PYTHONPATH": str(_PROJECT),
        }

    def _answers(self) -> bool:
        """Whether the display is this server's own and can be reached."""
        return self._server.poll() is None and bool(self._xdotool("getdisplaygeometry"))

    def _close_display(self) -> None:
        # Not killed: it takes its socket and its lock away, or the number of the display would stay taken.
        self._server.terminate()
        self._server.wait()

    def __exit__(self, *_error: object) -> None:
        if self._program is not None:
            self._program.kill()
            self._program.wait()
        self._close_display()
        self._words.close()

    def start(self, arguments: Sequence[str]) -> None:
        """Start Python with these arguments on the screen."""
        self._program = subprocess.Popen([sys.executable, *arguments], env=self._environment, stderr=self._words)

    def wait_for_window(self, title: str) -> None:
        """Wait until a window of this title is shown."""

        def found() -> bool:
            done = self._xdotool("search", "--onlyvisible", "--name", f"^{title}$")
            self._window = done.splitlines()[0] if done else ""
            return bool(self._window)

        self.wait_until(found, f"a window called {title}")

    def is_drawn(self) -> bool:
        """Whether the window has its full size, which it gets before anything is painted in it."""
        words = self._xdotool("getwindowgeometry", "--shell", self._window).split()
        sizes = dict(word.split("=") for word in words if "=" in word)
        return int(sizes.get("WIDTH", "0")) > _ONE_COLOUR

    def keys_until(self, keys: str, reached: Callable[[], bool], what: str, every: float = 4.0) -> None:
        """Press keys every few seconds, as a person does who sees nothing happen, until something is reached."""
        deadline = time.monotonic() + PATIENCE
        while not reached():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain for {what}: {self.complaints or 'the program said nothing'}")
            self._xdotool("windowfocus", self._window, "key", "--clearmodifiers", keys)
            self.pause_for(reached, every)

    def wait_until(self, reached: Callable[[], bool], what: str) -> None:
        """Wait until something is reached.

        Raises
        ------
        TimeoutError
            If it isn't, with what the program said.
        """
        deadline = time.monotonic() + PATIENCE
        while not reached():
            if time.monotonic() > deadline or (self._program is not None and self._program.poll() is not None):
                raise TimeoutError(f"waited in vain for {what}: {self.complaints or 'the program said nothing'}")
            time.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        if self._program is not None:
            self._program.send_signal(number)

    def has_ended(self) -> bool:
        """Whether the program has ended; its status is kept."""
        if self._program is None or self._program.poll() is None:
            return False
        self.exit_status = self._program.returncode
        return True

    @property
    def complaints(self) -> str:
        """What the program wrote to standard error."""
        self._words.seek(0)
        return self._words.read().decode(errors="replace")

    def wait_for_end(self) -> None:
        """Wait until the program has ended.

        Raises
        ------
        TimeoutError
            If it doesn't, with what it said.
        """
        deadline = time.monotonic() + PATIENCE
        while not self.has_ended():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited in vain for the end: {self.complaints or 'the program said nothing'}")
            time.sleep(0.05)

    def pause_for(self, reached: Callable[[], bool], seconds: float) -> None:
        """Wait until something is reached, for so many seconds at most."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not reached():
            time.sleep(0.1)

    def _xdotool(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=self._environment, capture_output=True, text=True, check=False, timeout=30
        )
        return done.stdout.strip()
