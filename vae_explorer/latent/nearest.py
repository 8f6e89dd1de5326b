"""The pictures of a data set that are nearest to one, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.data.disk_images import DiskImages

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from vae_explorer.data.images import Images

_COMPARED_VALUES = 1 << 24
"""Values of pictures on a disk that are compared: 20,000 pictures of 28 x 28 pixels."""
_CHUNK_VALUES = 1 << 21
"""Values compared at once: 8 MiB in single precision, however many pictures there are."""


@dataclass(frozen=True, slots=True, eq=False)
class NearestPictures:
    """Pictures of a data set, nearest first.

    Attributes
    ----------
    rows
        int64 [K].
    distances
        float64 [K]: root mean square difference of the pixels, from 0 for the same picture to 1 for black and white.
    compared
        How many pictures were compared: all but the one left out, or of those on a disk some from everywhere.
    """

    rows: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]
    compared: int


def nearest_pictures(
    images: Images,
    picture: npt.NDArray[np.uint8],
    count: int,
    *,
    check: Callable[[], None],
    left_out: int | None = None,
) -> NearestPictures:
    """Return the pictures [N, C, H, W] that differ least from one [C, H, W]; equal distances keep their order.

    Memory is bounded, whatever N is. Of pictures on a disk some from everywhere are compared, since reading all of them
    would take minutes.

    Parameters
    ----------
    images, picture
        Bytes.
    count
        How many are wanted; all of them where there are fewer.
    check
        Called between pieces of the work; what it raises ends it.
    left_out
        Row that doesn't count, as a picture is its own neighbour.
    """
    if isinstance(images, DiskImages):
        return _nearest_of_some(images, picture, count, check, left_out)
    values = picture.size
    wanted = picture.reshape(-1).astype(np.float32)
    squares = np.empty(len(images))
    rows = max(1, _CHUNK_VALUES // values)
    for start in range(0, len(images), rows):
        check()
        part = images[start : start + rows].reshape(-1, values).astype(np.float32)
        part -= wanted
        squares[start : start + rows] = np.einsum("nv,nv->n", part, part)
    if left_out is not None and 0 <= left_out < len(images):
        squares[left_out] = np.inf
    count = min(count, int(np.isfinite(squares).sum()))
    nearest = np.argsort(squares, kind="stable")[:count]
    compared = int(np.isfinite(squares).sum())
    return NearestPictures(nearest.astype(np.int64), np.sqrt(squares[nearest] / values) / 255, compared)


def _nearest_of_some(
    images: DiskImages,
    picture: npt.NDArray[np.uint8],
    count: int,
    check: Callable[[], None],
    left_out: int | None,
) -> NearestPictures:
    check()
    some, rows = images.spread(max(count, _COMPARED_VALUES // picture.size))
    place = None if left_out is None else next(iter(np.flatnonzero(rows == left_out).tolist()), None)
    found = nearest_pictures(some, picture, count, check=check, left_out=place)
    return NearestPictures(rows[found.rows], found.distances, found.compared)
