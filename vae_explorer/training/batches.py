"""Images as batches on the training device, held as bytes until the moment they are used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch

from vae_explorer.data.dataset import Subset
from vae_explorer.objectives.base import Batch


class BatchSource:
    """Cuts batches out of a part of a data set.

    On the CPU rows are gathered from the data set's own bytes; for a GPU the bytes are copied there once.

    Parameters
    ----------
    subset
        The images, uint8 ``[N, C, H, W]``, and their labels.
    device
        Where the batches are wanted.
    """

    def __init__(self, subset: Subset, device: torch.device) -> None:
        self._subset = subset
        self._device = device
        self._images = None if device.type == "cpu" else torch.tensor(subset.images).to(device)
        self._labels = None if subset.labels is None else torch.tensor(subset.labels).to(device)

    def __len__(self) -> int:
        return len(self._subset.images)

    def rows(self, rows: npt.NDArray[np.int64]) -> Batch:
        """Return the images of these rows, float32 in 0 to 1, and their labels."""
        index = torch.from_numpy(rows).to(self._device)
        if self._images is None:
            images = torch.from_numpy(self._subset.images[rows])
        else:
            images = self._images.index_select(0, index)
        labels = None if self._labels is None else self._labels.index_select(0, index)
        return Batch(images.to(torch.float32).div_(255), labels)

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
        order = np.random.default_rng([seed, epoch]).permutation(len(self)).astype(np.int64, copy=False)
        for start in range(skip * batch_size, len(order), batch_size):
            yield order[start : start + batch_size]

    def in_order(self, batch_size: int, limit: int) -> Iterator[Batch]:
        """Yield the first `limit` images in batches, in their own order."""
        count = min(limit, len(self))
        for start in range(0, count, batch_size):
            yield self.rows(np.arange(start, min(start + batch_size, count), dtype=np.int64))
