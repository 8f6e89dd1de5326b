"""The encodings that a grid of pictures follows, for spacings that go where the images are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.errors import ExportError
from vae_explorer.export.latents import encode_in_pieces
from vae_explorer.language import tr
from vae_explorer.latent.grids import SPACINGS, Encoded
from vae_explorer.latent.spread import POINTS_AT_REST, chosen_rows

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.latents import Placing
    from vae_explorer.export.progress import IsCancelled


def follows_encodings(model: Placing, spacing: str) -> bool:
    """Return whether a grid of this spacing must know where the images lie."""
    follows = SPACINGS.get(spacing).follows
    return bool(follows) and not (follows == "classes" and model.class_means is not None)


def grid_encodings(
    model: Placing, spacing: str, dataset: ImageDataset | None, *, cancelled: IsCancelled | None = None
) -> Encoded | None:
    """Return the encodings that a grid follows, of the images that the window encodes; None if it follows none.

    Raises
    ------
    ExportError
        If there are no images, or the model has no encoder.
    """
    if not follows_encodings(model, spacing):
        return None
    if not model.can_encode or dataset is None:
        raise ExportError(
            tr("There are no images, so a grid can't follow its encodings: choose another spacing (--spacing).")
            if model.can_encode
            else tr(
                "The model has no encoder, so a grid can't follow its encodings: choose another spacing (--spacing)."
            )
        )
    rows = chosen_rows(len(dataset.images), dataset.train_count, POINTS_AT_REST)
    labels = None if dataset.labels is None else dataset.labels[rows]
    told = dataset.labels if model.conditioning == "label" else None
    found = encode_in_pieces(model, dataset.images, told, rows=rows, cancelled=cancelled)
    return Encoded(found.mean, found.log_var, found.correlation, labels)
