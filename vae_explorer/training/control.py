"""How another thread steers a running training."""

from __future__ import annotations

import threading

from vae_explorer.training.questions import Questions

SNAPSHOT_SECONDS = 0.2
"""Time between two copies of the model for those who look on."""


class Control:
    """Flags that the trainer reads between steps; every method may be called from any thread.

    Attributes
    ----------
    snapshot_seconds
        Least time between two snapshots, set by whoever shows them: those that nobody could show aren't made.
    questions
        What the training asks when it can't be saved.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = False
        self._steps_granted = 0
        self._stopped = False
        self._wishes: dict[str, float] = {}
        self.snapshot_seconds = SNAPSHOT_SECONDS
        self.questions = Questions()

    @property
    def paused(self) -> bool:
        """Whether training waits, or will wait before its next step."""
        return self._paused

    @property
    def stopped(self) -> bool:
        """Whether training was told to end."""
        return self._stopped

    def pause(self) -> None:
        """Let training wait before its next step."""
        with self._changed:
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Let a waiting training go on."""
        with self._changed:
            self._paused = False
            self._steps_granted = 0
            self._changed.notify_all()

    def step(self) -> None:
        """Let training take one step more and wait again."""
        with self._changed:
            self._paused = True
            self._steps_granted += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """End training before its next step, also while it waits."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self.questions.stop()

    def change(self, setting: str, value: float) -> None:
        """Let the next step be taken with another value of a setting such as ``objective.beta``."""
        with self._changed:
            self._wishes[setting] = value

    def take_changes(self) -> dict[str, float]:
        """Return the settings to change before the next step, with their values, once."""
        with self._changed:
            wishes, self._wishes = self._wishes, {}
            return wishes

    def must_wait(self) -> bool:
        """Whether the next step has to wait for a person."""
        with self._changed:
            return self._paused and self._steps_granted == 0 and not self._stopped

    def take_step(self) -> bool:
        """Block while paused; return True when a step may be taken, False when training must end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or not self._paused or self._steps_granted > 0)
            if self._stopped:
                return False
            self._steps_granted = max(0, self._steps_granted - 1)
            return True
