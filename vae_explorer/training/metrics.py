"""Training metrics: every step counts, but the device is asked only a few times a second."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vae_explorer.errors import TrainingError
from vae_explorer.training.events import MetricRecord

MOST_RECORDS = 5_000
"""Most training records of a run: longer runs average over more steps a record."""


@dataclass(frozen=True, slots=True)
class _Moment:
    step: int
    learning_rate: float
    seconds: float


class StepMetrics:
    """Collects the scalars of each step on the device and turns them into records.

    A record is the mean over a fixed number of steps, so that it doesn't depend on when it was read: the same seed
    gives the same records.

    Parameters
    ----------
    total_steps
        Steps of the whole run.
    steps_per_epoch
        Steps of one epoch.
    """

    def __init__(self, total_steps: int, steps_per_epoch: int) -> None:
        self._steps_per_record = max(1, math.ceil(total_steps / MOST_RECORDS))
        self._steps_per_epoch = steps_per_epoch
        self._names: tuple[str, ...] = ()
        self._waiting: list[torch.Tensor] = []
        self._moments: list[_Moment] = []
        self._known: list[tuple[_Moment, npt.NDArray[np.float64]]] = []

    def add(self, step: int, scalars: Mapping[str, torch.Tensor], learning_rate: float, seconds: float) -> None:
        """Keep the scalars of one step; costs no round trip to the device."""
        self._names = tuple(scalars)
        self._waiting.append(torch.stack([value.detach() for value in scalars.values()]))
        self._moments.append(_Moment(step, learning_rate, seconds))

    def read(self, *, all_of_them: bool = False) -> tuple[MetricRecord, ...]:
        """Return the records that are complete since the last call.

        Parameters
        ----------
        all_of_them
            Close the last record too, at the end of a run.

        Raises
        ------
        TrainingError
            If a term of some step isn't finite; the message names the first such step and term.
        """
        self._fetch()
        records = []
        while self._known and (len(self._known) >= self._steps_per_record or all_of_them):
            part, self._known = self._known[: self._steps_per_record], self._known[self._steps_per_record :]
            last = part[-1][0]
            means = np.mean([values for _, values in part], axis=0)
            values = dict(zip(self._names, means.tolist(), strict=True)) | {"learning_rate": last.learning_rate}
            records.append(MetricRecord(last.step, last.step / self._steps_per_epoch, "train", last.seconds, values))
        return tuple(records)

    def _fetch(self) -> None:
        if not self._waiting:
            return
        rows = torch.stack(self._waiting).cpu().numpy().astype(np.float64)
        for moment, row in zip(self._moments, rows, strict=True):
            require_finite(moment.step, dict(zip(self._names, row.tolist(), strict=True)))
            self._known.append((moment, row))
        self._waiting.clear()
        self._moments.clear()


def require_finite(step: int, terms: Mapping[str, float]) -> None:
    """Check the terms of a step.

    Raises
    ------
    TrainingError
        If one isn't finite; the message names step and term.
    """
    for name, value in terms.items():
        if not math.isfinite(value):
            raise TrainingError(
                f"Training diverged at step {step}: the term {name} became {value}. "
                "Try a learning rate a third as large, or a larger batch."
            )
