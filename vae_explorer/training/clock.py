"""Time spent training, without the pauses, and what it says about speed and the time left.

A computer that sleeps may let its clock run on: time in which this process did next to nothing is none of training.
"""

from __future__ import annotations

import time
from collections import deque

from vae_explorer.training.events import Progress

_SPEED_WINDOW = 3.0
SLEEP_SECONDS, SLEEP_SHARE = 20.0, 0.02
"""From which gap on between two looks at the clock the computer has slept, if the process worked less than this share
of it: steps take less time than that, and saves, which wait for a disk, too."""


class TrainingClock:
    """Counts steps and images against the time they took.

    Parameters
    ----------
    steps_per_epoch, epochs
        The plan.
    images_per_epoch
        Images seen in an epoch.
    step, images, seconds
        What is behind a training that goes on here.
    """

    def __init__(
        self,
        steps_per_epoch: int,
        epochs: int,
        images_per_epoch: int,
        *,
        step: int = 0,
        images: int = 0,
        seconds: float = 0.0,
    ) -> None:
        self._steps_per_epoch = steps_per_epoch
        self._epochs = epochs
        self._images_per_epoch = images_per_epoch
        self._started = time.monotonic() - seconds
        self._paused = 0.0
        self._looked, self._worked = time.monotonic(), time.process_time()
        self._step = step
        self._images = images
        self._recent: deque[tuple[float, int]] = deque([(seconds, images)])

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        now, worked = time.monotonic(), time.process_time()
        gap = now - self._looked
        if gap > SLEEP_SECONDS and worked - self._worked < SLEEP_SHARE * gap:
            self._paused += gap
        self._looked, self._worked = now, worked
        return now - self._started - self._paused

    def leave_out(self, seconds: float) -> None:
        """Take a pause that has just ended out of the count."""
        if seconds > 0:
            self._paused += seconds
            self._looked, self._worked = time.monotonic(), time.process_time()

    def count(self, images: int) -> None:
        """Note that one step with this many images was taken."""
        self._step += 1
        self._images += images

    def progress(self) -> Progress:
        """Return how far training is now."""
        now = self.seconds
        self._recent.append((now, self._images))
        while now - self._recent[0][0] > _SPEED_WINDOW and len(self._recent) > 2:
            self._recent.popleft()
        then, before = self._recent[0]
        speed = (self._images - before) / (now - then) if now > then else 0.0
        left = self._images_per_epoch * self._epochs - self._images
        return Progress(
            step=self._step,
            total_steps=self._steps_per_epoch * self._epochs,
            epoch=self._step / self._steps_per_epoch,
            epochs=self._epochs,
            seconds=now,
            images_per_second=speed,
            seconds_left=left / speed if speed > 0 else None,
        )
