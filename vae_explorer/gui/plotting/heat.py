"""Turning layers into pictures: colours, opacity, boundaries between classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from vae_explorer.gui.plotting.legend import class_palette
from vae_explorer.gui.plotting.region_borders import border_lines
from vae_explorer.gui.plotting.value_scale import ValueRange

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.latent.lattice import FieldValues
    from vae_explorer.latent.layer import Colours, Layer

_MOST = 0.92
_LEAST_SURE, _MOST_SURE = 0.14, 0.88
_SHADES = 256
_LINE_WIDTH = 1.8
"""Of lines between regions, in pixels."""
_MOST_PIXELS = 2**22
"""Of a picture with lines: more than a large window on a fine screen has."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """Lines between regions.

    Attributes
    ----------
    colour
        Theirs.
    cell
        Width of a cell on the screen in pixels.
    ratio
        Device pixels a pixel.
    """

    colour: QColor
    cell: float
    ratio: float


def shades(colours: Colours, *, fades: bool) -> NDArray[np.float64]:
    """Return a smooth run of colours with the opacity of each, red, green, blue in 0 to 255 and alpha in 0 to 1.

    Where it fades, opacity grows with the square root, so that faint parts are seen and nothing stays clear; else it
    is the same for all; float [256, 4].
    """
    return _shades_at(np.linspace(0, 1, _SHADES), colours, fades=fades)


def _shades_at(steps: NDArray[np.float64], colours: Colours, *, fades: bool) -> NDArray[np.float64]:
    places = np.linspace(0, 1, len(colours))
    channels = [np.interp(steps, places, [colour[channel] for colour in colours]) for channel in range(3)]
    return np.stack([*channels, _MOST * (np.sqrt(steps) if fades else np.ones(_SHADES))], axis=1)


def layer_span(layer: Layer, found: FieldValues) -> ValueRange:
    """Return what the colours of a layer span, and whether there is more beyond its ends."""
    whole, (low, high) = ValueRange.of(found.values, robust=False), layer.span(found.values)
    return ValueRange(low, high, whole.low < low, whole.high > high)


def layer_image(
    layer: Layer, found: FieldValues, span: ValueRange, classes: int, boundary: Boundary | None = None
) -> QImage:
    """Return a picture of a layer [rows, columns], clear where it has no value.

    Parameters
    ----------
    layer, found, span
        The layer, its values, and what its colours span.
    classes
        Number of classes of the model.
    boundary
        Lines between classes, or None for none.
    """
    if found.classes is not None:
        return region_image(found.classes, found.values.astype(np.float32), class_palette(classes), classes, boundary)
    return heat_image(found.values, span, layer.colours, fades=layer.kind == "density")


def heat_image(values: NDArray[np.floating], span: ValueRange, colours: Colours, *, fades: bool) -> QImage:
    """Return a picture of values [rows, columns], clear where there is none and, if it fades, at the lowest."""
    known = np.isfinite(values)
    share = (np.where(known, values, span.low) - span.low) / max(span.high - span.low, 1e-300)
    places = np.linspace(0, 1, _SHADES)
    if fades:
        # Steps of opacity, not of the value: else the first shade beyond nothing is seen as a rim.
        share, places = np.sqrt(np.maximum(share, 0.0)), places**2
    index = np.where(known, np.clip(share * (_SHADES - 1), 0, _SHADES - 1).round(), _SHADES).astype(np.intp)
    clear = np.zeros(1, dtype=np.uint32)
    return _image(np.concatenate([_premultiplied(_shades_at(places, colours, fades=fades)), clear])[index])


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
    boundary: Boundary | None,
) -> QImage:
    """Return a picture of the likeliest classes, the surer the stronger, with lines between them.

    Parameters
    ----------
    labels, confidence
        The likeliest class of each cell [rows, columns] and its probability.
    palette
        Colour of each class, uint8 [K, 3].
    classes
        Number of classes, K.
    boundary
        Lines between them, for which a cell gets several pixels; None for none, and one pixel a cell.
    """
    alpha = np.round(255 * certainty(confidence, classes)).astype(np.uint32)
    colour = palette.astype(np.uint32)[labels % len(palette)]
    red, green, blue = (colour[..., channel] * alpha // 255 for channel in range(3))
    image = _image((alpha << 24 | red << 16 | green << 8 | blue).astype(np.uint32))
    return image if boundary is None else _bounded(image, border_lines(labels, confidence), boundary)


def _bounded(cells: QImage, pieces: NDArray[np.float64], boundary: Boundary) -> QImage:
    """Return a picture of regions in the pixels of the screen, with smooth lines where they meet."""
    fits = math.isqrt(_MOST_PIXELS // max(1, cells.width() * cells.height()))
    side = max(1, min(round(boundary.cell * boundary.ratio), fits))
    smoothly = Qt.TransformationMode.SmoothTransformation
    image = cells.scaled(cells.size() * side, Qt.AspectRatioMode.IgnoreAspectRatio, smoothly)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(boundary.colour, side * _LINE_WIDTH / boundary.cell)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    ends = (side * (pieces.reshape(-1, 4) + 0.5)).tolist()
    painter.drawLines([QLineF(*end) for end in ends])
    painter.end()
    return image


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
