"""The loop of a training that several workers share, and what they measure together."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vae_explorer.errors import TrainingError
from vae_explorer.language import tr
from vae_explorer.training.control import Control
from vae_explorer.training.loop import Loop
from vae_explorer.training.metrics import Scalars
from vae_explorer.training.shared_steps import share_of, shared_noise, shared_path
from vae_explorer.training.steps import StepParts, StepPath

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.training.team import Team


@dataclass(frozen=True, slots=True)
class _Unsettled:
    """A step whose terms are known of this worker's share only."""

    step: int
    rate: float
    seconds: float
    weight: float
    values: Tensor


@dataclass(frozen=True, slots=True)
class Meeting:
    """The share of one worker in what is measured, and how all of them come to stop together.

    Attributes
    ----------
    team
        The workers.
    signals
        This worker's own control, which only it sees.
    agreed
        The control that all workers see alike: it stops as soon as one of them was told to.
    """

    team: Team
    signals: Control
    agreed: Control

    @property
    def rank(self) -> int:
        """Number of this worker."""
        return self.team.place.rank

    @property
    def count(self) -> int:
        """Number of workers."""
        return self.team.place.count

    def stops(self) -> bool:
        """Whether one of the workers was told to stop; all of them ask at the same moment of their work."""
        if self.team.total(np.array([self.signals.stopped], dtype=np.float64))[0]:
            self.agreed.stop()
        return self.agreed.stopped

    def total(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the sum over the workers."""
        return self.team.total(values)


@dataclass(slots=True)
class SharedLoop(Loop):
    """A loop whose steps are taken together with the other workers.

    Attributes
    ----------
    meeting
        The workers, as this one sees them.
    """

    meeting: Meeting = field(kw_only=True)
    _names: tuple[str, ...] = field(default=(), init=False)
    _noise_before: Tensor | None = field(default=None, init=False)
    _unsettled: list[_Unsettled] = field(default_factory=list, init=False)

    @property
    def path(self) -> StepPath:
        """How steps are taken: by autograd, whatever the settings say."""
        if self._path is None:
            parts = StepParts(self.objective, self.model, self.optimizers, self.train, self.noise, self.precision)
            self._path = shared_path(parts, self.meeting.team.place)
        return self._path

    def share_noise(self) -> None:
        """Draw for shares of batches from now on, before the first step is taken here."""
        self.noise = shared_noise(self.noise)
        self._path = None

    @property
    def leads(self) -> bool:
        """Whether this worker writes the run."""
        return self.meeting.rank == 0

    def take_step(self, rows: npt.NDArray[np.int64], rate: float) -> None:
        """Move the weights once, together with the others; see `Loop.take_step`."""
        self._noise_before = self.noise.get_state()
        Loop.take_step(self, rows, rate)
        self._noise_before = None

    def _note(self, rows: npt.NDArray[np.int64], scalars: Scalars, rate: float) -> None:
        """Keep the terms of this worker's share until the others' are known."""
        if not isinstance(scalars, Mapping):
            raise TypeError("the steps of several workers give their terms themselves")
        self._names = tuple(scalars)
        values = torch.stack([value.detach() for value in scalars.values()])
        weight = share_of(rows, self.meeting.team.place).weight
        self._unsettled.append(_Unsettled(self.step, rate, self.clock.seconds, weight, values))

    def settle(self, *asked: float) -> npt.NDArray[np.float64]:
        """Turn the terms of all steps so far into means over the workers; every worker calls it after the same step.

        Parameters
        ----------
        asked
            Numbers to be summed over the workers by the way.

        Returns
        -------
        npt.NDArray[np.float64]
            Their sums.
        """
        # Between the processors first: there a worker that is gone is noticed, where a GPU would wait for it.
        sums = self.meeting.team.total(np.array(asked, dtype=np.float64))
        self._record(self.meeting.team.total(self._local_terms()))
        return sums

    def settle_alone(self) -> None:
        """Note the terms of the steps since the others were last heard of, as they were met here.

        What was drawn for a step that wasn't taken will be drawn again.
        """
        if self._noise_before is not None:
            self.noise.set_state(self._noise_before)
        self._record(self._local_terms(weighted=False))

    def verify(self) -> None:
        """Check that all workers have the same weights.

        Raises
        ------
        TrainingError
            If not.
        """
        checksum = 0
        for values in self.model.state_dict().values():
            checksum = zlib.crc32(values.cpu().contiguous().numpy().tobytes(), checksum)
        if not self.meeting.team.is_same(checksum):
            raise TrainingError(
                tr(
                    "The weights of the {workers} workers aren't the same any more after step {step:,}, "
                    "as when a processor or its memory errs: go on from the last checkpoint, on other "
                    "machines if it recurs.",
                    workers=self.workers,
                    step=self.step,
                )
            )

    def _local_terms(self, *, weighted: bool = True) -> npt.NDArray[np.float64]:
        if not self._unsettled:
            return np.zeros((0, 0))
        values = torch.stack([step.values for step in self._unsettled]).cpu().numpy().astype(np.float64)
        return values * np.array([[step.weight] for step in self._unsettled]) if weighted else values

    def _record(self, means: npt.NDArray[np.float64]) -> None:
        for step, row in zip(self._unsettled, torch.from_numpy(means), strict=True):
            self.metrics.add(step.step, dict(zip(self._names, row, strict=True)), step.rate, step.seconds)
        self._unsettled.clear()
