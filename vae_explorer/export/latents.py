"""The table of a data set's encodings under a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vae_explorer.export.tables import LatentTable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset


class Encoded(Protocol):
    """Posteriors of some images."""

    @property
    def mean(self) -> npt.NDArray[np.float32]:
        """Means [N, 2]."""

    @property
    def log_var(self) -> npt.NDArray[np.float32]:
        """Log variances [N, 2]."""

    @property
    def correlation(self) -> npt.NDArray[np.float32]:
        """Correlations of the two dimensions [N]."""


class Encoding(Protocol):
    """A model that places images on the plane; a model snapshot is one."""

    def encode(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64] | None = None) -> Encoded:
        """Return the posteriors of images [N, C, H, W]."""


def latent_table(model: Encoding, dataset: ImageDataset) -> LatentTable:
    """Return where all images of a data set lie on the plane, the training images first.

    Raises
    ------
    CapabilityError
        If the images have another shape than the model's, or it needs labels that aren't there.
    """
    encoded = model.encode(dataset.images, dataset.labels)
    splits = ["train"] * dataset.train_count + ["test"] * (len(dataset) - dataset.train_count)
    return LatentTable(
        encoded.mean,
        encoded.log_var,
        dataset.source_rows,
        splits,
        dataset.labels,
        dataset.class_names,
        encoded.correlation,
    )
