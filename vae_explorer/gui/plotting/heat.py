"""Turning layers into pictures: colours, opacity, boundaries between classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor, QImage

from vae_explorer.gui.plotting.legend import class_palette
from vae_explorer.gui.plotting.value_scale import ValueRange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.latent.lattice import FieldValues
    from vae_explorer.latent.layer import Colours, Layer

_MOST = 0.92
_LEAST_SURE, _MOST_SURE = 0.14, 0.88
_SHADES = 256


def shades(colours: Colours, *, fades: bool) -> NDArray[np.float64]:
    """Return a smooth run of colours with the opacity of each, red, green, blue in 0 to 255 and alpha in 0 to 1.

    Where it fades, opacity grows with the square root, so that faint parts are seen and nothing stays clear; else it
    is the same for all; float [256, 4].
    """
    places, steps = np.linspace(0, 1, len(colours)), np.linspace(0, 1, _SHADES)
    channels = [np.interp(steps, places, [colour[channel] for colour in colours]) for channel in range(3)]
    return np.stack([*channels, _MOST * (np.sqrt(steps) if fades else np.ones(_SHADES))], axis=1)


def layer_span(layer: Layer, found: FieldValues) -> ValueRange:
    """Return what the colours of a layer span, and whether there is more beyond its ends."""
    whole, (low, high) = ValueRange.of(found.values, robust=False), layer.span(found.values)
    return ValueRange(low, high, whole.low < low, whole.high > high)


def layer_image(
    layer: Layer, found: FieldValues, span: ValueRange, classes: int, boundary: QColor | None = None
) -> QImage:
    """Return a picture of a layer [rows, columns], clear where it has no value.

    Parameters
    ----------
    layer, found, span
        The layer, its values, and what its colours span.
    classes
        Number of classes of the model.
    boundary
        Colour of the lines between classes, or None for none.
    """
    if found.classes is not None:
        line = None if boundary is None else (boundary.red(), boundary.green(), boundary.blue())
        return region_image(found.classes, found.values.astype(np.float32), class_palette(classes), classes, line)
    return heat_image(found.values, span, layer.colours, fades=layer.kind == "density")


def heat_image(values: NDArray[np.floating], span: ValueRange, colours: Colours, *, fades: bool) -> QImage:
    """Return a picture of values [rows, columns], clear where there is none and, if it fades, at the lowest."""
    known = np.isfinite(values)
    share = (np.where(known, values, span.low) - span.low) / max(span.high - span.low, 1e-300)
    index = np.where(known, np.clip(share * (_SHADES - 1), 0, _SHADES - 1).round(), _SHADES).astype(np.intp)
    clear = np.zeros(1, dtype=np.uint32)
    return _image(np.concatenate([_premultiplied(shades(colours, fades=fades)), clear])[index])


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
