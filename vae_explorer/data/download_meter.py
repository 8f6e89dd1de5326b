"""How far a download is, how fast, and for how long still."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vae_explorer.data.limits import byte_size
from vae_explorer.language import listed, tr

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS_BETWEEN: Final = 0.1
_SECONDS_OF_RATE: Final = 5.0
_LONGEST_SHOWN: Final = 100 * 3600


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far a download is.

    Attributes
    ----------
    done, total
        In bytes.
    rate
        In bytes a second over the last seconds; 0 while nothing is known.
    waiting
        What is waited for, in a sentence; empty while bytes arrive.
    """

    done: int
    total: int
    rate: float = 0.0
    waiting: str = ""

    @property
    def share(self) -> float:
        """The share that is done, from 0 to 1."""
        return self.done / self.total if self.total else 1.0

    @property
    def words(self) -> str:
        """Bytes, rate and time left in one line: ``11.7 of 29.4 MiB, 4.0 MiB/s, 4 s left``."""
        if self.waiting:
            return self.waiting
        done, total = byte_size(self.done), byte_size(self.total)
        if done.rpartition(" ")[2] == total.rpartition(" ")[2]:
            done = done.rpartition(" ")[0]
        parts = [tr("{done} of {total}", done=done, total=total)]
        if self.rate > 0:
            parts.append(f"{byte_size(round(self.rate))}/s")
            seconds = (self.total - self.done) / self.rate
            if 0 < seconds < _LONGEST_SHOWN:
                parts.append(tr("{duration} left", duration=_duration(seconds)))
        return listed(parts)


class Meter:
    """Tells how far a download is about ten times a second.

    Parameters
    ----------
    total
        Bytes in all.
    tell
        Takes a `DownloadProgress`.
    clock
        Gives the time in seconds.
    """

    def __init__(
        self, total: int, tell: Callable[[DownloadProgress], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._tell, self._clock = total, tell, clock
        self._samples: deque[tuple[float, int]] = deque()
        self._told = -_SECONDS_BETWEEN
        self._done = 0

    def begin(self, done: int) -> None:
        """Measure anew from here: bytes that were there already have no rate."""
        self._samples.clear()
        self.show(done, now=True)

    def show(self, done: int, *, now: bool = False) -> None:
        """Tell that so many bytes are done, unless that was told a moment ago."""
        self._done, clock = done, self._clock()
        self._samples.append((clock, done))
        while self._samples[-1][0] - self._samples[0][0] > _SECONDS_OF_RATE:
            self._samples.popleft()
        if now or clock - self._told >= _SECONDS_BETWEEN:
            self._told = clock
            self._tell(DownloadProgress(done, self._total, self._rate()))

    def tick(self) -> None:
        """Tell anew what was done last: while nothing arrives, the rate goes down."""
        self.show(self._done)

    def wait(self, text: str) -> None:
        """Tell what is waited for."""
        self._tell(DownloadProgress(self._done, self._total, 0.0, text))

    def _rate(self) -> float:
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        return max(0.0, (after - before) / (last - first)) if last - first > _SECONDS_BETWEEN else 0.0


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return (
        tr("{minutes}:{rest:02d} min", minutes=minutes, rest=rest)
        if minutes < 60
        else f"{minutes // 60}:{minutes % 60:02d} h"
    )
