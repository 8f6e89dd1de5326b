"""What a training asks whoever looks on when it can't be saved, and the wait for the answer."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do about a training that can't be saved.

    Attributes
    ----------
    what
        ``again``: save it where it was to be saved; ``elsewhere``: save it in another folder; ``later``: go on and try
        again now and then, or give up what can't be saved where the training has ended; ``stop``: nobody answered, but
        the training is to end.
    folder
        The folder that doesn't exist yet, of ``elsewhere``.
    """

    what: Literal["again", "elsewhere", "later", "stop"]
    folder: Path | None = None


class Questions:
    """Lets the training's thread wait for an answer; the other methods may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._attended = self._left = False
        self._stopped = False
        self._answer: Answer | None = None
        self._waiting = False
        self._waited = 0.0

    @property
    def is_waiting(self) -> bool:
        """Whether the training waits for an answer."""
        return self._waiting

    @property
    def is_attended(self) -> bool:
        """Whether somebody is there to answer."""
        return self._attended

    @property
    def is_left(self) -> bool:
        """Whether somebody was there and isn't any more, so that what is only for being looked at isn't wanted."""
        return self._left

    def attend(self) -> None:
        """Say that somebody is there who answers; without that nothing is asked."""
        with self._changed:
            self._attended = True

    def leave(self) -> None:
        """Say that nobody is there any more: whoever waits waits no longer."""
        with self._changed:
            self._attended, self._left = False, True
            self._changed.notify_all()

    def stop(self) -> None:
        """Say that the training is to end, so that only its end is worth a question."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def answer(self, answer: Answer) -> None:
        """Answer what is asked; nothing happens where nothing is."""
        with self._changed:
            if self._waiting:
                self._answer = answer
                self._changed.notify_all()

    def wait(self, *, at_the_end: bool = False) -> Answer | None:
        """Block until there is an answer; None where nobody is there to give one.

        Parameters
        ----------
        at_the_end
            Whether the training has ended, so that a stop is no answer.
        """
        began = time.monotonic()
        with self._changed:
            self._answer, self._waiting = None, True
            self._changed.wait_for(
                lambda: self._answer is not None or not self._attended or (self._stopped and not at_the_end)
            )
            answer, self._answer, self._waiting = self._answer, None, False
            self._waited += time.monotonic() - began
            if answer is None and self._attended:
                return Answer("stop")
            return answer if self._attended else None

    def take_waited(self) -> float:
        """Return the seconds spent waiting since the last call: they are no part of the training."""
        with self._changed:
            waited, self._waited = self._waited, 0.0
            return waited
