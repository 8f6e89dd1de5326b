"""The table of a data set's encodings under a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vae_explorer.export.decoding import Decoding
from vae_explorer.export.progress import report
from vae_explorer.export.tables import LatentTable

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.export.progress import IsCancelled, ReportProgress

_PIECE = 1024


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


class Placing(Encoding, Decoding, Protocol):
    """A model that places images and makes pictures, as far as it can; a model snapshot is one."""

    @property
    def can_encode(self) -> bool:
        """Whether it has an encoder."""

    @property
    def can_decode(self) -> bool:
        """Whether it has a decoder."""


@dataclass(frozen=True, slots=True)
class Posteriors:
    """Posteriors that were encoded in pieces: means and log variances [N, 2], correlations [N]."""

    mean: npt.NDArray[np.float32]
    log_var: npt.NDArray[np.float32]
    correlation: npt.NDArray[np.float32]


def encode_in_pieces(
    model: Encoding,
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64] | None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Posteriors:
    """Return the posteriors of images [N, C, H, W], reporting after each thousand.

    Raises
    ------
    CapabilityError
        If the images have another shape than the model's, or it needs labels that aren't there.
    ExportCancelledError
        If the user cancels.
    """
    parts: list[Encoded] = []
    for start in range(0, max(1, len(images)), _PIECE):
        report(start, len(images), progress, cancelled)
        piece = slice(start, start + _PIECE)
        parts.append(model.encode(images[piece], None if labels is None else labels[piece]))
    report(len(images), len(images), progress, cancelled)
    return Posteriors(
        np.concatenate([part.mean for part in parts]),
        np.concatenate([part.log_var for part in parts]),
        np.concatenate([part.correlation for part in parts]),
    )


def latent_table(
    model: Encoding,
    dataset: ImageDataset,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> LatentTable:
    """Return where all images of a data set lie on the plane, the training images first.

    Raises
    ------
    CapabilityError
        If the images have another shape than the model's, or it needs labels that aren't there.
    ExportCancelledError
        If the user cancels.
    """
    encoded = encode_in_pieces(model, dataset.images, dataset.labels, progress=progress, cancelled=cancelled)
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
