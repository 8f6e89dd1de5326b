"""Training metrics: every step counts, but the device is asked only a few times a second."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from vae_explorer.errors import DivergenceError
from vae_explorer.language import tr
from vae_explorer.objectives.terms import Term, terms_of
from vae_explorer.training.events import MetricRecord

MOST_RECORDS = 5_000
"""Most training records of a run: longer runs average over more steps a record."""


class TermLog(Protocol):
    """Keeps the terms of steps where they are made, and works them out when they are asked for."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms."""
        ...

    def drain(self) -> torch.Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``."""
        ...


Scalars = Mapping[str, torch.Tensor] | TermLog
"""The terms of a step: their values, or the log that keeps them."""


@dataclass(frozen=True, slots=True)
class PendingMetrics:
    """Steps that are in no record yet.

    Attributes
    ----------
    names
        Terms of the objective.
    steps, learning_rates, seconds
        Int64, float64, float64, ``[P]``: number, learning rate and time of each step.
    values
        Float64, ``[P, T]``: each term of each step.
    """

    names: tuple[str, ...]
    steps: npt.NDArray[np.int64]
    learning_rates: npt.NDArray[np.float64]
    seconds: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]


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
    pending
        Steps of a training that goes on here, still to be put into a record.
    own
        Terms that the objective describes itself: a term that isn't finite is called by its title.
    """

    def __init__(
        self,
        total_steps: int,
        steps_per_epoch: int,
        pending: PendingMetrics | None = None,
        own: Iterable[Term] = (),
    ) -> None:
        self._own = tuple(own)
        self._steps_per_record = max(1, math.ceil(total_steps / MOST_RECORDS))
        self._steps_per_epoch = steps_per_epoch
        self._names: tuple[str, ...] = ()
        self._waiting: list[torch.Tensor] = []
        self._log: TermLog | None = None
        self._moments: list[_Moment] = []
        self._known: list[tuple[_Moment, npt.NDArray[np.float64]]] = []
        self._divergence: DivergenceError | None = None
        if pending is not None:
            self._names = pending.names
            moments = zip(
                pending.steps.tolist(), pending.learning_rates.tolist(), pending.seconds.tolist(), strict=True
            )
            self._known += zip((_Moment(*moment) for moment in moments), pending.values.copy(), strict=True)

    def add(self, step: int, scalars: Scalars, learning_rate: float, seconds: float) -> None:
        """Keep the scalars of one step; costs no round trip to the device."""
        if isinstance(scalars, Mapping):
            self._follow(None)
            self._names = tuple(scalars)
            self._waiting.append(torch.stack([value.detach() for value in scalars.values()]))
        elif scalars is not self._log:
            self._follow(scalars)
            self._names = scalars.names
        self._moments.append(_Moment(step, learning_rate, seconds))

    def read(self, *, all_of_them: bool = False) -> tuple[MetricRecord, ...]:
        """Return the records that are complete since the last call.

        Parameters
        ----------
        all_of_them
            Close the last record too, at the end of a run.

        Raises
        ------
        DivergenceError
            If a term of some step isn't finite; the message names the first such step and term.
        """
        self._fetch()
        return self.known(all_of_them=all_of_them)

    def known(self, *, all_of_them: bool = False) -> tuple[MetricRecord, ...]:
        """Return the complete records of steps that were fetched: after a divergence, those that led there."""
        records = []
        while self._known and (len(self._known) >= self._steps_per_record or all_of_them):
            part, self._known = self._known[: self._steps_per_record], self._known[self._steps_per_record :]
            last = part[-1][0]
            means = np.mean([values for _, values in part], axis=0)
            values = dict(zip(self._names, means.tolist(), strict=True)) | {"learning_rate": last.learning_rate}
            records.append(MetricRecord(last.step, last.step / self._steps_per_epoch, "train", last.seconds, values))
        return tuple(records)

    def pending(self) -> PendingMetrics:
        """Return a copy of the steps that are in no record yet.

        Raises
        ------
        DivergenceError
            As `read` does.
        """
        self._fetch()
        moments = [moment for moment, _ in self._known]
        values = [row for _, row in self._known]
        return PendingMetrics(
            names=self._names,
            steps=np.array([moment.step for moment in moments], dtype=np.int64),
            learning_rates=np.array([moment.learning_rate for moment in moments], dtype=np.float64),
            seconds=np.array([moment.seconds for moment in moments], dtype=np.float64),
            values=np.array(values, dtype=np.float64).reshape(len(moments), len(self._names)),
        )

    def _follow(self, log: TermLog | None) -> None:
        if log is not self._log:
            self._fetch()
            self._log = log

    def _fetch(self) -> None:
        if self._divergence is not None:
            raise self._divergence
        if not self._moments:
            return
        waiting = torch.stack(self._waiting) if self._log is None else self._log.drain()
        rows = waiting.cpu().numpy().astype(np.float64)
        for moment, row in zip(self._moments, rows, strict=True):
            try:
                require_finite(moment.step, dict(zip(self._names, row.tolist(), strict=True)), self._own)
            except DivergenceError as error:
                self._divergence = error
                raise
            self._known.append((moment, row))
        self._waiting.clear()
        self._moments.clear()


def require_finite(step: int, terms: Mapping[str, float], own: Iterable[Term] = ()) -> None:
    """Check the terms of a step.

    Parameters
    ----------
    step
        Steps taken.
    terms
        Their values, by name.
    own
        Terms that the objective describes itself.

    Raises
    ------
    DivergenceError
        If one isn't finite; the message names the step, and the term as the curves do.
    """
    for name, value in terms.items():
        if not math.isfinite(value):
            raise DivergenceError(
                tr(
                    "Training diverged at step {step}: the term “{name}” became {value}. Try half the "
                    "learning rate, or a larger batch.",
                    step=step,
                    name=_title(name, own),
                    value="NaN" if math.isnan(value) else value,
                )
            )


def _title(name: str, own: Iterable[Term]) -> str:
    """Return what the curves call a term, or the name itself of what has no curve."""
    return next((tr(term.title) for term in terms_of((name,), own)), name)
