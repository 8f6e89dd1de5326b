"""The objective on images that aren't trained on in this moment."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch

from vae_explorer.models.family import LatentVariableModel
from vae_explorer.objectives.base import Moment, MultiSampleObjective, Objective
from vae_explorer.training.batches import BatchSource

_NOISE_SEED = 20_131_220
_BATCH_SIZE = 500
_BATCH_VALUES = 1 << 22


def mean_terms(
    objective: Objective,
    model: LatentVariableModel,
    source: BatchSource,
    *,
    limit: int,
    moment: Moment,
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, float] | None:
    """Return the mean of the objective and its terms over images, in nats per image, or None when cancelled.

    One z is drawn for each image, with the same noise at every call, so that a curve of this shows the model and not
    the noise.

    Parameters
    ----------
    objective, model
        What is measured.
    source
        The images.
    limit
        Most images to use, from the first on.
    moment
        When in the run it is measured, for objectives that change as they go.
    cancelled
        Asked between batches.
    """
    device = model.device
    generator = torch.Generator(device).manual_seed(_NOISE_SEED)
    sums: dict[str, float] = {}
    images = 0
    model.eval()
    with torch.no_grad():
        for batch in source.in_order(_batch_size(objective, model), limit):
            if cancelled():
                model.train()
                return None
            terms = objective(model, batch, moment=moment, generator=generator).scalars
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + float(value) * len(batch.images)
            images += len(batch.images)
    model.train()
    return {name: value / images for name, value in sums.items()}


def _batch_size(objective: Objective, model: LatentVariableModel) -> int:
    """Return how many images to take at once: few enough of large ones to answer a stop soon and to save memory."""
    samples = objective.samples if isinstance(objective, MultiSampleObjective) else 1
    return max(1, min(_BATCH_SIZE, _BATCH_VALUES // (math.prod(model.image_shape) * samples)))
