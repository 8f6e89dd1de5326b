"""Measuring a model on test images: its exact likelihood, its bounds, and what its plane knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vae_explorer.latent.measures import Evaluation, EvaluationOptions, Measure, PerImage

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot

__all__ = ["Evaluation", "EvaluationOptions", "Measure", "PerImage", "evaluate"]


def evaluate(
    model: ModelSnapshot,
    dataset: ImageDataset,
    options: EvaluationOptions,
    *,
    progress: Callable[[str, float], None],
    cancelled: Callable[[], bool],
) -> Evaluation | None:
    """Return all measures of a model on the test images of a data set, or None when cancelled.

    Parameters
    ----------
    model
        A frozen model.
    dataset
        Pictures of the model's size.
    options
        How many images and samples, and the seed.
    progress
        Called with what is being done and the share that is done, from 0 to 1.
    cancelled
        Asked between chunks.
    """
    raise NotImplementedError
