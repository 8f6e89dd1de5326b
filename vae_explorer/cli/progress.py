"""How far a command is, on standard error: a bar on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from tqdm import tqdm

from vae_explorer.cli.bar import WithBar
from vae_explorer.cli.reporting import say

_SECONDS_BETWEEN_LINES = 10.0


class ShareProgress(WithBar):
    """Shows what is being done and which share of the whole is done; nothing where that takes a moment only."""

    def __init__(self) -> None:
        self._bar = tqdm(total=100, unit="%", file=sys.stderr, leave=False) if sys.stderr.isatty() else None
        self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES

    def __call__(self, what: str, share: float) -> None:
        """Show what is being done and which share of the whole is done, from 0 to 1."""
        if self._bar is not None:
            self._bar.set_description_str(what, refresh=False)
            self._bar.update(int(100 * share) - self._bar.n)
        elif time.monotonic() > self._next_line:
            self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
            say(f"{share:4.0%}  {what}")

    def part(self, what: str, start: float = 0.0, end: float = 1.0) -> Callable[[float], None]:
        """Return what takes the share that is done of a part of the work, which lies between two shares of it."""
        return lambda share: self(what, start + share * (end - start))
