"""Which picture a model completes, of those models that complete pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset


def completes(model: Model, dataset: ImageDataset) -> bool:
    """Return whether a model completes pictures, and those of a data set fit it."""
    fits = bool(len(dataset.images)) and dataset.images.shape[1:] == tuple(model.image_shape)
    return model.conditioning == "image" and fits


def bound(model: Model | None, dataset: ImageDataset | None, row: int | None) -> tuple[Model | None, int | None]:
    """Return a model bound to the picture whose band it completes, and the row of that picture.

    Without a row it is the first test image; a model that completes nothing here stays as it is, without a row.
    """
    if model is None or dataset is None or not completes(model, dataset):
        return model, None
    chosen = min(dataset.train_count, len(dataset.images) - 1) if row is None else row
    return model.given(dataset.images[chosen]), chosen
