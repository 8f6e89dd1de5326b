"""Which moments of a training are kept: dense at the start, then evenly over the epochs, never too many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

MOST_MOMENTS = 100
"""Most moments of a run whose weights are kept, however small they are."""

LEAST_STEPS = 64
"""Fewest steps between two moments beyond the first: they take a default network a hundred times as long as keeping."""

_EARLY_SHARE = 3


@dataclass(frozen=True)
class Thinning:
    """Says for every number of steps which moments are kept by then; the same plan gives the same answer again.

    Within the first epoch the steps grow by a factor of about the square root of two (the same distance on a
    logarithmic scale), and take a third of all moments at most. From the first epoch on a moment is kept every
    `stride` epochs. The stride is a power of two and doubles whenever there would be too many moments, so that those
    that stay are always evenly spaced and no moment is ever needed again that was dropped. Where epochs are shorter
    than `LEAST_STEPS`, as many as that takes count as the first one: else the writing would slow the training down.

    Attributes
    ----------
    steps_per_epoch
        Of the training.
    most
        Most moments; with less than one nothing is kept.
    """

    steps_per_epoch: int
    most: int

    @cached_property
    def early(self) -> tuple[int, ...]:
        """Steps within the first epoch, the initial model's 0 first."""
        if self.most < 1:
            return ()
        steps = [0]
        power = 0
        while (step := round(2 ** (power / 2))) < self._early_steps:
            if step > steps[-1]:
                steps.append(step)
            power += 1
        room = max(1, self.most // _EARLY_SHARE)
        every = -(-len(steps) // room)
        return tuple(steps[::every])

    def stride(self, step: int) -> int:
        """Return how many epochs lie between two moments once `step` steps are taken; 0 if there is no room."""
        room = self.most - len(self.early)
        if room < 1:
            return 0
        epochs, stride = step // self.steps_per_epoch, self._first_stride
        while epochs // stride > room:
            stride *= 2
        return stride

    def wants(self, step: int) -> bool:
        """Whether the moment after `step` steps is to be kept when it comes."""
        if step < self._early_steps:
            return step in self.early
        return self._is_kept(step, self.stride(step))

    def keeps(self, step: int, now: int) -> bool:
        """Whether the moment after `step` steps is still kept once `now` steps are taken."""
        if step < self._early_steps:
            return step in self.early
        return self._is_kept(step, self.stride(now))

    @cached_property
    def _first_stride(self) -> int:
        stride = 1
        while stride * self.steps_per_epoch < LEAST_STEPS:
            stride *= 2
        return stride

    @property
    def _early_steps(self) -> int:
        return self._first_stride * self.steps_per_epoch

    def _is_kept(self, step: int, stride: int) -> bool:
        epochs, rest = divmod(step, self.steps_per_epoch)
        return stride > 0 and rest == 0 and epochs % stride == 0
