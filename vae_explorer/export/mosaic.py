"""Laying pictures out side by side."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import ExportError
from vae_explorer.language import tr

Pixels: TypeAlias = npt.NDArray[np.uint8]
BACKGROUNDS = {"white": 255, "black": 0, "grey": 128}
LARGEST_PICTURE = 512 * 2**20
"""Bytes of pixels that a picture or an animation may have."""


def mosaic(images: Pixels, gap: int = 0, scale: int = 1, background: int = 255) -> Pixels:
    """Return one picture [H', W', C] of tiles laid out as in `images`.

    Parameters
    ----------
    images
        Rows and columns of pictures [R, K, C, H, W], C = 1 or 3; row 0 is the top.
    gap
        Pixels between neighbouring tiles, not enlarged by `scale`; there is none at the border.
    scale
        Pixels along each side that stand for one pixel of a tile; no smoothing.
    background
        Grey level of the gaps, 0 to 255.

    Raises
    ------
    ExportError
        If the picture would take more than `LARGEST_PICTURE` bytes, or `images` has another shape.
    """
    if images.ndim != 5 or 0 in images.shape or images.shape[2] not in (1, 3):
        raise ExportError(
            tr(
                "Pictures of shape {shape} can't be laid out: rows, columns, 1 or 3 channels are needed.",
                shape=images.shape,
            )
        )
    rows, columns, channels, height, width = images.shape
    check_size(rows, columns, (channels, height, width), gap, scale)
    total = mosaic_shape(rows, columns, (channels, height, width), gap, scale)
    picture = np.full(total, background, dtype=np.uint8)
    for row in range(rows):
        top = row * (height * scale + gap)
        for column in range(columns):
            left = column * (width * scale + gap)
            tile = picture[top : top + height * scale, left : left + width * scale]
            blocks = tile.reshape(height, scale, width, scale, channels)  # splitting axes makes a view, never a copy
            blocks[...] = images[row, column].transpose(1, 2, 0)[:, None, :, None, :]
    return picture


def mosaic_shape(
    rows: int, columns: int, image_shape: tuple[int, int, int], gap: int, scale: int
) -> tuple[int, int, int]:
    """Return the shape [H', W', C] of the picture that `mosaic` would make of tiles [C, H, W]."""
    channels, height, width = image_shape
    return rows * height * scale + (rows - 1) * gap, columns * width * scale + (columns - 1) * gap, channels


def check_size(rows: int, columns: int, image_shape: tuple[int, int, int], gap: int, scale: int) -> None:
    """Refuse a picture that would take too much memory, before any of it is taken.

    Raises
    ------
    ExportError
        If it would take more than `LARGEST_PICTURE` bytes; the message states its size and what to reduce.
    """
    height, width, channels = mosaic_shape(rows, columns, image_shape, gap, scale)
    size = height * width * channels
    if size <= LARGEST_PICTURE:
        return
    raise ExportError(
        tr(
            "A picture of {width} x {height} pixels takes {size}, more than the "
            "{largest_picture} that an export may take: {rows}.",
            width=width,
            height=height,
            size=gigabytes(size),
            largest_picture=gigabytes(LARGEST_PICTURE),
            rows=_what_to_reduce(rows, columns, image_shape, gap, scale),
        )
    )


def gigabytes(size: int) -> str:
    """Return a size in bytes in words, such as 2.6 GiB."""
    return tr("{size:.1f} GiB", size=size / (1 << 30))


def _what_to_reduce(rows: int, columns: int, image_shape: tuple[int, int, int], gap: int, scale: int) -> str:
    for smaller in range(scale - 1, 0, -1):
        height, width, channels = mosaic_shape(rows, columns, image_shape, gap, smaller)
        if height * width * channels <= LARGEST_PICTURE:
            return tr(
                "choose a scale of at most {smaller} instead of {scale}, or fewer tiles", smaller=smaller, scale=scale
            )
    return tr("choose fewer tiles than {columns} x {rows}", columns=columns, rows=rows)
