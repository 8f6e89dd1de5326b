"""Images as batches on the training device, held as bytes until the moment they are used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from vae_explorer.data.dataset import Subset
from vae_explorer.data.disk_images import DiskImages
from vae_explorer.data.images import Images, measured_count
from vae_explorer.data.read_ahead import ReadAhead
from vae_explorer.objectives.base import Batch


class BatchSource:
    """Cuts batches out of a part of a data set.

    On the CPU rows are gathered from the data set's own bytes; for a GPU the bytes are copied there once. Images on a
    disk are read ahead, and each batch is brought to the device on its own.

    Parameters
    ----------
    subset
        The images, uint8 ``[N, C, H, W]``, and their labels.
    device
        Where the batches are wanted.
    """

    def __init__(self, subset: Subset, device: torch.device) -> None:
        self._device = device
        self._known = subset.labels
        self._measured = measured_count(subset.images)
        self._labels: Tensor | None = None
        self._images: Tensor | None = None
        self._held: Images | ReadAhead = subset.images
        if isinstance(subset.images, DiskImages):
            self._held = ReadAhead(subset.images)
            return
        if device.type != "cpu":
            self._images = torch.tensor(subset.images).to(device)
        if subset.labels is not None:
            self._labels = torch.tensor(subset.labels).to(device)

    def __len__(self) -> int:
        return len(self._held)

    def rows(self, rows: npt.NDArray[np.int64]) -> Batch:
        """Return the images of these rows, float32 in 0 to 1, and their labels."""
        index = torch.from_numpy(rows).to(self._device)
        if self._images is None:
            images = torch.from_numpy(self._held[rows]).to(self._device)
        else:
            images = self._images.index_select(0, index)
        labels = None if self._labels is None else self._labels.index_select(0, index)
        if self._labels is None and self._known is not None:
            labels = torch.from_numpy(self._known[rows]).to(self._device)
        return Batch(images.to(torch.float32).div_(255), labels)

    @property
    def is_resident(self) -> bool:
        """Whether all images lie on the device, as bytes."""
        return self._images is not None

    def at(self, index: Tensor) -> Batch:
        """Return the images at rows that are on the device, as `rows` does, without asking the processor for any.

        Raises
        ------
        ValueError
            If the images aren't on the device: ask `is_resident` first.
        """
        if self._images is None:
            raise ValueError("these images are brought to the device batch by batch")
        labels = None if self._labels is None else self._labels.index_select(0, index)
        return Batch(self._images.index_select(0, index).to(torch.float32).div_(255), labels)

    def copy_bytes(self, rows: npt.NDArray[np.int64], out: npt.NDArray[np.uint8]) -> None:
        """Write the bytes of the images of these rows into ``[n, C * H * W]``."""
        images = self._held
        if isinstance(images, np.ndarray):
            # Clipping instead of raising saves numpy a buffer; rows are those of `shuffled`, which exist.
            images.reshape(len(images), -1).take(rows, 0, out, "clip")
        else:
            out[...] = images[rows].reshape(out.shape)

    def copy_labels(self, rows: npt.NDArray[np.int64], out: npt.NDArray[np.int64]) -> None:
        """Write the labels of the images of these rows, which must have some, into ``[n]``.

        Raises
        ------
        ValueError
            If there are none.
        """
        if self._known is None:
            raise ValueError("these images have no labels")
        self._known.take(rows, 0, out, "clip")

    def shuffled(self, batch_size: int, *, seed: int, epoch: int, skip: int = 0) -> Iterator[npt.NDArray[np.int64]]:
        """Yield the rows of all images in batches, in an order that depends on nothing but seed and epoch.

        Parameters
        ----------
        batch_size
            Images in each batch; the last one may be smaller.
        seed, epoch
            Choose the order.
        skip
            Batches at the beginning to leave out.
        """
        if isinstance(self._held, ReadAhead):
            yield from _batches(self._held.epoch(seed, epoch, skip * batch_size), batch_size)
            return
        order = np.random.default_rng([seed, epoch]).permutation(len(self)).astype(np.int64, copy=False)
        for start in range(skip * batch_size, len(order), batch_size):
            yield order[start : start + batch_size]

    def measured_rows(self, limit: int) -> npt.NDArray[np.int64]:
        """Return the rows of the images, `limit` at most, on which a model is measured: the first ones.

        Of images on a disk they are spread evenly, since files are often sorted, and no more than `measured_count`.
        """
        count = min(limit, self._measured)
        if isinstance(self._held, ReadAhead):
            return np.linspace(0, len(self) - 1, count).astype(np.int64)
        return np.arange(count, dtype=np.int64)


def _batches(pieces: Iterator[npt.NDArray[np.int64]], size: int) -> Iterator[npt.NDArray[np.int64]]:
    """Cut rows that come in pieces into batches of one size, the last one smaller perhaps."""
    left = np.empty(0, dtype=np.int64)
    for piece in pieces:
        rows = np.concatenate([left, piece])
        whole = len(rows) - len(rows) % size
        for start in range(0, whole, size):
            yield rows[start : start + size]
        left = rows[whole:]
    if len(left):
        yield left
