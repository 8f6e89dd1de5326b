"""The objective on images that aren't trained on in this moment."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from vae_explorer.models.family import LatentVariableModel
from vae_explorer.objectives.base import Batch, Moment, MultiSampleObjective, Objective
from vae_explorer.training.batches import BatchSource

if TYPE_CHECKING:
    import numpy.typing as npt

_NOISE_SEED = 20_131_220
_BATCH_SIZE, _SMALL_BATCH = 500, 50
_BATCH_VALUES = 1 << 22


class Part(Protocol):
    """The part of one of several workers in a measurement; each takes every so many-th batch."""

    @property
    def rank(self) -> int:
        """Number of this worker, from 0 on."""
        ...

    @property
    def count(self) -> int:
        """Number of workers."""
        ...

    def stops(self) -> bool:
        """Whether one of the workers was told to stop; all of them ask at the same moment of their work."""
        ...

    def total(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the sum over the workers."""
        ...


def mean_terms(
    objective: Objective,
    model: LatentVariableModel,
    source: BatchSource,
    *,
    limit: int,
    moment: Moment,
    cancelled: Callable[[], bool] | None = None,
    part: Part | None = None,
    enough: Callable[[], bool] | None = None,
) -> dict[str, float] | None:
    """Return the mean of the objective and its terms over images, in nats per image, or None when cancelled.

    One z is drawn for each image, with the same noise at every call, so that a curve of this shows the model and not
    the noise. Each batch has noise of its own, so that it doesn't matter which worker takes it.

    Parameters
    ----------
    objective, model
        What is measured.
    source
        The images.
    limit
        Most images to use; which ones, the source says.
    moment
        When in the run it is measured, for objectives that change as they go.
    cancelled
        Asked between batches; left out, nothing can cancel it.
    part
        Of this worker, where several measure together.
    enough
        Asked after each batch, which is small then, whether the mean over those so far will do.
    """
    measured, size = source.measured_rows(limit), _batch_size(objective, model)
    images = len(measured)
    size = size if enough is None else min(size, _SMALL_BATCH)
    rank, count = (0, 1) if part is None else (part.rank, part.count)
    batches = -(-images // size)
    sums: dict[str, float] = {}
    model.eval()
    with torch.no_grad():
        for first in range(0, batches, count):
            if cancelled is not None and (cancelled() if part is None else part.stops()):
                model.train()
                return None
            # A worker for which no batch is left measures another's at no weight, to know the names of the terms.
            number = min(first + rank, batches - 1)
            rows = measured[number * size : (number + 1) * size]
            weight = len(rows) if number == first + rank else 0
            for name, value in _terms(objective, model, source.rows(rows), number, moment).items():
                sums[name] = sums.get(name, 0.0) + value * weight
            if enough is not None and enough():
                images = min(images, (number + 1) * size)
                break
    model.train()
    totals = np.array([*sums.values()])
    if part is not None:
        totals = part.total(totals)
    return dict(zip(sums, (totals / images).tolist(), strict=True))


def _terms(
    objective: Objective, model: LatentVariableModel, batch: Batch, number: int, moment: Moment
) -> dict[str, float]:
    generator = torch.Generator(model.device).manual_seed(_NOISE_SEED + number)
    terms = objective(model, batch, moment=moment, generator=generator)
    return {name: float(value) for name, value in terms.scalars.items()}


def _batch_size(objective: Objective, model: LatentVariableModel) -> int:
    """Return how many images to take at once: few enough of large ones to answer a stop soon and to save memory."""
    samples = objective.samples if isinstance(objective, MultiSampleObjective) else 1
    return max(1, min(_BATCH_SIZE, _BATCH_VALUES // (math.prod(model.image_shape) * samples)))
