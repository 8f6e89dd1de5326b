"""The table of a data set's encodings under a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vae_explorer.data.images import row_pieces
from vae_explorer.export.decoding import Decoding
from vae_explorer.export.progress import report
from vae_explorer.export.tables import LatentTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.images import Images
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.latent import layer

_PIECE = 1024


class Encoding(Protocol):
    """A model that places images on the plane; a model snapshot is one."""

    def encode(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64] | None = None) -> layer.Posteriors:
        """Return the posteriors of images [N, C, H, W]."""


class Placing(Encoding, Decoding, Protocol):
    """A model that places images and makes pictures, as far as it can; a model snapshot is one."""

    @property
    def can_encode(self) -> bool:
        """Whether it has an encoder."""

    @property
    def can_decode(self) -> bool:
        """Whether it has a decoder."""

    @property
    def is_stochastic(self) -> bool:
        """Whether q(z|x) has a spread."""


@dataclass(frozen=True, slots=True)
class Posteriors:
    """Posteriors that were encoded in pieces: means and log variances [N, 2], correlations [N]."""

    mean: npt.NDArray[np.float32]
    log_var: npt.NDArray[np.float32]
    correlation: npt.NDArray[np.float32]


def encode_in_pieces(
    model: Encoding,
    images: Images,
    labels: npt.NDArray[np.int64] | None,
    *,
    rows: npt.NDArray[np.integer] | None = None,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Posteriors:
    """Return the posteriors of images [N, C, H, W], or of some rows of them, reporting after each thousand.

    No more than a thousand images are held at once, and those on a disk are read in the order in which they lie there.

    Raises
    ------
    CapabilityError
        If the images have another shape than the model's, or it needs labels that aren't there.
    ExportCancelledError
        If the user cancels.
    """
    count = len(images) if rows is None else len(rows)
    found = Posteriors(*(np.empty(shape, dtype=np.float32) for shape in ((count, 2), (count, 2), (count,))))
    done = 0
    for places in row_pieces(images, _PIECE) if rows is None else _pieces(count):
        report(done, count, progress, cancelled)
        piece = places if rows is None else rows[places]
        part = model.encode(images[piece], None if labels is None else labels[piece])
        found.mean[places], found.log_var[places] = part.mean, part.log_var
        found.correlation[places] = part.correlation
        done += len(places)
    report(count, count, progress, cancelled)
    return found


def _pieces(count: int) -> Iterator[npt.NDArray[np.int64]]:
    return (np.arange(start, min(start + _PIECE, count), dtype=np.int64) for start in range(0, count, _PIECE))


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
