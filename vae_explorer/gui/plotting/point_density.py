"""A crowd of points as pictures of their density: how many lie where, in the mixture of their colours.

The finest picture has `FINEST` x `FINEST` cells over the square of a `PointIndex`; each coarser one adds up four cells
of the one before. The opacity of a cell grows with the logarithm of the number of its points, so that lonely points
are seen beside crowds; its colour is the mean of the colours of its points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from vae_explorer.gui.plotting.point_index import PointIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtGui import QPainter

    from vae_explorer.gui.plotting.viewport import Viewport

FINEST = 1024
"""Cells along a side of the finest picture."""
_COARSEST = 128
_CHUNK = 65_536
"""Points added at once: numpy counts without letting other threads run, so it does so for a millisecond at most."""
_FAINTEST, _STRONGEST = 0.25, 0.92
_CROWDED = 99.5
"""Percentile of the counts of the cells that have points at which the opacity is full."""


@dataclass(frozen=True, slots=True, eq=False)
class DensityPictures:
    """Pictures of a density, the finest first.

    Attributes
    ----------
    images
        One for each level, with half the cells a side of the one before.
    low, extent
        Lower left corner and side of the square that each shows.
    memory
        Bytes that all take.
    """

    images: tuple[QImage, ...]
    low: tuple[float, float]
    extent: float

    @property
    def memory(self) -> int:
        """Bytes that the pictures take."""
        return sum(image.sizeInBytes() for image in self.images)

    def pixels_a_cell(self, viewport: Viewport) -> float:
        """Return the size of a cell of the finest picture on the screen."""
        return self.extent * viewport.scale / self.images[0].width()

    def paint(self, painter: QPainter, viewport: Viewport, ratio: float) -> None:
        """Draw the picture whose cells are nearest to a pixel of a screen of `ratio` device pixels a pixel."""
        image = self._level(viewport, ratio)
        left, right, bottom, top = viewport.bounds
        cells = image.width() / self.extent
        # Only the part on the screen, with a cell around it to blend with.
        x0, x1 = (cells * (value - self.low[0]) for value in (left, right))
        y0, y1 = (cells * (self.low[1] + self.extent - value) for value in (top, bottom))
        x0, y0 = max(0.0, np.floor(x0) - 1), max(0.0, np.floor(y0) - 1)
        x1, y1 = min(float(image.width()), np.ceil(x1) + 1), min(float(image.height()), np.ceil(y1) + 1)
        if x1 <= x0 or y1 <= y0:
            return
        corner = (self.low[0] + x0 / cells, self.low[1] + self.extent - y0 / cells)
        scale = viewport.scale / cells
        place = QRectF(*viewport.to_pixel(corner), (x1 - x0) * scale, (y1 - y0) * scale)
        painter.save()
        painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, image, QRectF(x0, y0, x1 - x0, y1 - y0))
        painter.restore()

    def _level(self, viewport: Viewport, ratio: float) -> QImage:
        size = self.pixels_a_cell(viewport) * ratio
        level = int(np.clip(np.round(-np.log2(max(size, 1e-9))), 0, len(self.images) - 1))
        return self.images[level]


def density_pictures(
    index: PointIndex,
    colours: NDArray[np.integer],
    palette: NDArray[np.uint8],
    opacity: float = 1.0,
    check: Callable[[], None] | None = None,
) -> DensityPictures:
    """Count the points of an index in cells, and paint how many there are in their colours.

    Parameters
    ----------
    index
        The points.
    colours
        Row of the palette of each point that was indexed [N]; a negative one hides the point.
    palette
        uint8 [K, 3].
    opacity
        Of the densest places, from 0 to 1.
    check
        Called between pieces of work; raises to leave it.
    """
    sums = _sums(index, colours, palette, check)
    images = []
    while True:
        images.append(_picture(sums, opacity))
        if sums.shape[0] <= _COARSEST:
            return DensityPictures(tuple(images), index.low, index.extent)
        side = sums.shape[0] // 2
        sums = sums.reshape(side, 2, side, 2, 4).sum(axis=(1, 3))


def _sums(
    index: PointIndex, colours: NDArray[np.integer], palette: NDArray[np.uint8], check: Callable[[], None] | None
) -> NDArray[np.float32]:
    """Return the number of points and the sums of red, green and blue in each cell, float32 [side, side, 4]."""
    sums = np.zeros((4, FINEST * FINEST), dtype=np.float32)
    weights = palette.astype(np.float32)
    step = np.float32(FINEST / index.extent)
    for start in range(0, index.inside, _CHUNK):
        part = slice(start, min(start + _CHUNK, index.inside))
        owners = colours[index.order[part]]
        shown = owners >= 0
        z, owners = index.z[part][shown], owners[shown]
        columns = np.clip((z[:, 0] - np.float32(index.low[0])) * step, 0, FINEST - 1).astype(np.int64)
        rows = np.clip((z[:, 1] - np.float32(index.low[1])) * step, 0, FINEST - 1).astype(np.int64)
        _add(sums, (FINEST - 1 - rows) * FINEST + columns, weights[owners])
        if check is not None:
            check()
    return np.ascontiguousarray(sums.T).reshape(FINEST, FINEST, 4)


def _add(sums: NDArray[np.float32], cells: NDArray[np.int64], weights: NDArray[np.float32]) -> None:
    """Add points to the cells; a chunk lies in few rows of cells, so only those are counted."""
    if not len(cells):
        return
    first, last = int(cells.min()), int(cells.max()) + 1
    cells = cells - first
    sums[0, first:last] += np.bincount(cells, minlength=last - first)
    for channel in range(3):
        sums[1 + channel, first:last] += np.bincount(cells, weights[:, channel], last - first)


def _picture(sums: NDArray[np.float32], opacity: float) -> QImage:
    side = sums.shape[0]
    counts = sums[..., 0]
    filled = counts > 0
    crowded = float(np.percentile(counts[filled], _CROWDED)) if filled.any() else 1.0
    share = np.log1p(counts) / np.log1p(max(crowded, 1.0))
    alpha = np.where(filled, np.clip(_FAINTEST + (_STRONGEST - _FAINTEST) * share, 0, _STRONGEST), 0.0) * opacity
    pixels = np.empty((side, side, 4), dtype=np.uint8)
    factor = alpha / np.maximum(counts, 1.0)
    for channel in range(3):
        pixels[..., 2 - channel] = np.round(sums[..., 1 + channel] * factor)
    pixels[..., 3] = np.round(255 * alpha)
    # Bytes in this order are the premultiplied format on little-endian machines, which are all that are supported.
    return QImage(pixels.data, side, side, 4 * side, QImage.Format.Format_ARGB32_Premultiplied).copy()
