"""Turning densities and classes into pictures: colours, opacity, boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colours = tuple[tuple[int, int, int], ...]

AGGREGATE_COLOURS: Colours = ((38, 52, 148), (36, 132, 190), (56, 190, 160), (176, 222, 96), (253, 240, 110))
"""Of q(z): dark blue to yellow, brighter all the way, so that the order can be read without telling hues apart."""
POSTERIOR_COLOURS: Colours = ((86, 10, 70), (176, 30, 90), (232, 92, 60), (252, 170, 60), (255, 240, 190))
"""Of a true posterior: purple to cream, brighter all the way."""
_MOST = 0.92
_LEAST_SURE, _MOST_SURE = 0.14, 0.88
_SHADES = 256


def shades(colours: Colours) -> NDArray[np.float64]:
    """Return a smooth run of colours with the opacity of each, red, green, blue in 0 to 255 and alpha in 0 to 1.

    Opacity grows with the square root, so that faint parts are seen and nothing stays clear; float [256, 4].
    """
    places, steps = np.linspace(0, 1, len(colours)), np.linspace(0, 1, _SHADES)
    channels = [np.interp(steps, places, [colour[channel] for colour in colours]) for channel in range(3)]
    return np.stack([*channels, _MOST * np.sqrt(steps)], axis=1)


def density_image(values: NDArray[np.floating], highest: float, colours: Colours) -> QImage:
    """Return a picture of a density [rows, columns], clear where it is nothing, full at `highest`."""
    share = np.nan_to_num(np.asarray(values, dtype=np.float64) / max(highest, 1e-300), nan=0.0, posinf=1.0)
    index = np.clip(share * (_SHADES - 1), 0, _SHADES - 1).round().astype(np.intp)
    return _image(_premultiplied(shades(colours))[index])


def certainty(confidence: NDArray[np.float32], classes: int) -> NDArray[np.float32]:
    """Return the opacity of a region for the probability of its likeliest class: least at 1/K, most at 1."""
    floor = 1.0 / max(2, classes)
    share = np.clip((confidence - floor) / (1.0 - floor), 0.0, 1.0)
    return np.asarray(_LEAST_SURE + (_MOST_SURE - _LEAST_SURE) * share, dtype=np.float32)


def region_image(
    labels: NDArray[np.intp],
    confidence: NDArray[np.float32],
    palette: NDArray[np.uint8],
    classes: int,
    boundary: tuple[int, int, int] | None,
) -> QImage:
    """Return a picture of the likeliest classes [rows, columns], the surer the stronger, with lines between them.

    Parameters
    ----------
    labels, confidence
        The likeliest class of each pixel and its probability.
    palette
        Colour of each class, uint8 [K, 3].
    classes
        Number of classes, K.
    boundary
        Colour of the lines, or None for none.
    """
    alpha = np.round(255 * certainty(confidence, classes)).astype(np.uint32)
    colour = palette.astype(np.uint32)[labels % len(palette)]
    red, green, blue = (colour[..., channel] * alpha // 255 for channel in range(3))
    pixels = alpha << 24 | red << 16 | green << 8 | blue
    if boundary is not None:
        edge = np.zeros(labels.shape, dtype=np.bool_)
        across, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
        edge[:, 1:] |= across
        edge[:, :-1] |= across
        edge[1:] |= down
        edge[:-1] |= down
        pixels[edge] = 0xFF000000 | boundary[0] << 16 | boundary[1] << 8 | boundary[2]
    return _image(pixels.astype(np.uint32))


def _premultiplied(rgba: NDArray[np.float64]) -> NDArray[np.uint32]:
    alpha = rgba[:, 3:4]
    channels = np.round(np.concatenate([255 * alpha, rgba[:, :3] * alpha], axis=1)).astype(np.uint32)
    joined = channels[:, 0] << 24 | channels[:, 1] << 16 | channels[:, 2] << 8 | channels[:, 3]
    return np.asarray(joined, dtype=np.uint32)


def _image(pixels: NDArray[np.uint32]) -> QImage:
    data = np.ascontiguousarray(pixels, dtype=np.uint32)
    height, width = data.shape
    # The image borrows the array's memory, so it is copied into memory of its own.
    return QImage(data.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()
