"""The pictures of a data set that are nearest to one, pixel by pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

_CHUNK_VALUES = 1 << 21
"""Values compared at once: 8 MB in single precision, however many pictures there are."""


@dataclass(frozen=True, slots=True, eq=False)
class NearestPictures:
    """Pictures of a data set, nearest first.

    Attributes
    ----------
    rows
        int64 [K].
    distances
        float64 [K]: root mean square difference of the pixels, from 0 for the same picture to 1 for black and white.
    """

    rows: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float64]


def nearest_pictures(
    images: npt.NDArray[np.uint8],
    picture: npt.NDArray[np.uint8],
    count: int,
    *,
    check: Callable[[], None],
    left_out: int | None = None,
) -> NearestPictures:
    """Return the pictures [N, C, H, W] that differ least from one [C, H, W]; equal distances keep their order.

    Memory is bounded, whatever N is.

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
    return NearestPictures(nearest.astype(np.int64), np.sqrt(squares[nearest] / values) / 255)
