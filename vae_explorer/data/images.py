"""What a data set's images offer, wherever they are held: in memory, or in files that are read when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from vae_explorer.data.disk_images import DiskImages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MOST_MEASURED: Final = 20_000
"""Images on a disk that are read to measure a model on them: more would change no figure that is shown."""


class Images(Protocol):
    """Images [N, C, H, W] of bytes; an array of NumPy is one, and so is `DiskImages`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """N, C, H and W."""

    def __len__(self) -> int:
        """Return N."""

    def __getitem__(self, rows: Any, /) -> NDArray[np.uint8]:
        """Return the image of one row [C, H, W], or those of a slice or of many rows [n, C, H, W]."""


def part_of(images: Images, start: int, stop: int) -> Images:
    """Return consecutive rows without reading them."""
    return images.part(start, stop) if isinstance(images, DiskImages) else images[start:stop]


def measured_count(images: Images) -> int:
    """Return how many images a model is measured on after each epoch: all in memory, of those on a disk some."""
    return min(len(images), MOST_MEASURED) if isinstance(images, DiskImages) else len(images)


def sample_of(images: Images, count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return about `count` images [n, C, H, W] spread evenly, at least one, and their rows int64 [n].

    Of images on a disk, runs of neighbours in the file are taken, which are found sooner than single ones.
    """
    if isinstance(images, DiskImages):
        return images.spread(count)
    rows = np.arange(0, len(images), max(1, len(images) // max(1, count)), dtype=np.int64)
    return images[rows], rows


def row_pieces(images: Images, size: int) -> Iterator[NDArray[np.int64]]:
    """Yield all rows, `size` at a time at most, in the order in which they are read fastest."""
    if isinstance(images, DiskImages):
        yield from images.row_pieces(size)
        return
    for start in range(0, len(images), size):
        yield np.arange(start, min(start + size, len(images)), dtype=np.int64)
