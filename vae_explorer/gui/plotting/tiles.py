"""The plane as a map of decoded pictures: levels of detail by powers of two, cut into blocks that are decoded at once.

At level L the centres of the cells lie 2**-L apart, half a cell off the origin, so that a cell of one level is exactly
four cells of the next. A block is `BLOCK` x `BLOCK` cells. Blocks that are on the screen but not decoded yet are filled
from the nearest coarser or from finer ones, so the map never shows a hole where it once showed a picture.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF

from vae_explorer.gui.images import qimage_from_chw
from vae_explorer.gui.plotting.unpacking import averaged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from PySide6.QtGui import QImage, QPainter

    from vae_explorer.gui.plotting.viewport import Viewport

BLOCK = 8
"""Cells along the side of a block."""
CELL_PIXELS = 28.0
"""Least size of a cell on the screen; it is drawn at up to twice that before the next level takes over."""
LEVELS = range(-6, 19)
"""Coarsest and finest level: cells of 64 units and of four millionths."""
_COARSER_LEVELS, _FINER_LEVELS = 5, 3
"""Levels in which a substitute for a block that isn't there is looked for; finer ones would be specks."""
MEMORY = 192 * 2**20
"""Bytes that the decoded blocks of a map may take: 950 of grey pictures of 28 x 28, some fifty screens."""


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """Address of a block: its level and its column and row, counted from the origin to the right and upward."""

    level: int
    column: int
    row: int

    @property
    def extent(self) -> float:
        """Length of its side in units of z."""
        return BLOCK * 2.0**-self.level

    @property
    def centre(self) -> tuple[float, float]:
        """Return z in its middle."""
        return (self.column + 0.5) * self.extent, (self.row + 0.5) * self.extent

    def points(self) -> NDArray[np.float64]:
        """Return z of its cells [BLOCK * BLOCK, 2], row by row from the upper left one."""
        return _cells() * 2.0**-self.level + np.array([self.column, self.row]) * self.extent

    def parent(self, levels: int) -> Block:
        """Return the block that holds this one, `levels` levels coarser."""
        return Block(self.level - levels, self.column >> levels, self.row >> levels)

    def children(self) -> Iterator[Block]:
        """Yield the four blocks of the next finer level."""
        for row in (0, 1):
            for column in (0, 1):
                yield Block(self.level + 1, 2 * self.column + column, 2 * self.row + row)

    def rectangle(self, viewport: Viewport) -> QRectF:
        """Return its place on the screen."""
        left, top = viewport.to_pixel((self.column * self.extent, (self.row + 1) * self.extent))
        side = self.extent * viewport.scale
        return QRectF(left, top, side, side)


@cache
def _cells() -> NDArray[np.float64]:
    """Return the middles of a block's cells from its lower left corner, in cells, [BLOCK * BLOCK, 2]."""
    steps = np.arange(BLOCK) + 0.5
    z1, z2 = np.meshgrid(steps, steps[::-1])
    return np.stack([z1.ravel(), z2.ravel()], axis=1)


@dataclass(frozen=True, slots=True)
class Tile:
    """The decoded pictures of a block in one image.

    Attributes
    ----------
    image
        All cells side by side.
    generation
        Number of the weights (and class) that it shows; a smaller one than the newest is stale.
    """

    image: QImage
    generation: int


def level_for(viewport: Viewport) -> int:
    """Return the finest level whose cells are drawn at `CELL_PIXELS` or more."""
    level = math.floor(math.log2(viewport.scale / CELL_PIXELS) + 1e-9)
    return min(max(level, LEVELS[0]), LEVELS[-1])


def visible_blocks(viewport: Viewport, level: int) -> list[Block]:
    """Return the blocks of a level that are on the screen, those in the middle first."""
    left, right, bottom, top = viewport.bounds
    extent = BLOCK * 2.0**-level
    blocks = [
        Block(level, column, row)
        for row in range(math.floor(bottom / extent), math.floor(top / extent) + 1)
        for column in range(math.floor(left / extent), math.floor(right / extent) + 1)
    ]
    return sorted(blocks, key=lambda block: math.dist(block.centre, viewport.centre))


def block_image(pictures: NDArray[np.uint8], largest_cell: int) -> QImage:
    """Lay out the decoded pictures of a block as one image.

    Parameters
    ----------
    pictures
        uint8 [BLOCK * BLOCK, C, H, W], in the order of `Block.points`.
    largest_cell
        Pictures are averaged down by a whole factor until the longer side is under twice that many pixels.
    """
    pictures = averaged(pictures, largest_cell)
    count, channels, height, width = pictures.shape
    side = max(height, width)
    square = np.zeros((count, channels, side, side), dtype=np.uint8)
    down, right = (side - height) // 2, (side - width) // 2
    square[:, :, down : down + height, right : right + width] = pictures
    rows = square.reshape(BLOCK, BLOCK, channels, side, side).transpose(2, 0, 3, 1, 4)
    return qimage_from_chw(rows.reshape(channels, BLOCK * side, BLOCK * side))


class TileCache:
    """Decoded blocks, the least recently seen dropped when memory is full.

    Parameters
    ----------
    memory
        Bytes that the images may take.
    """

    def __init__(self, memory: int = MEMORY) -> None:
        self._tiles: OrderedDict[Block, Tile] = OrderedDict()
        self._memory = memory
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._tiles)

    @property
    def memory(self) -> int:
        """Bytes that the images take now."""
        return self._bytes

    def get(self, block: Block) -> Tile | None:
        """Return the tile of a block, stale or not."""
        return self._tiles.get(block)

    def put(self, block: Block, tile: Tile) -> None:
        """Keep a tile unless a newer one of the same block is already there."""
        old = self._tiles.get(block)
        if old is not None:
            if old.generation > tile.generation:
                return
            self._bytes -= old.image.sizeInBytes()
        self._tiles[block] = tile
        self._bytes += tile.image.sizeInBytes()
        self._tiles.move_to_end(block)
        while self._bytes > self._memory and len(self._tiles) > 1:
            _, dropped = self._tiles.popitem(last=False)
            self._bytes -= dropped.image.sizeInBytes()

    def clear(self) -> None:
        """Forget all tiles: the pictures have become others, not just newer."""
        self._tiles.clear()
        self._bytes = 0

    def touch(self, blocks: list[Block]) -> None:
        """Keep blocks longer than others: they are seen."""
        for block in blocks:
            if block in self._tiles:
                self._tiles.move_to_end(block)

    def paint(self, painter: QPainter, viewport: Viewport, blocks: list[Block]) -> None:
        """Draw blocks; one that isn't there is filled from coarser and finer ones."""
        for block in blocks:
            tile = self._tiles.get(block)
            if tile is None:
                self._paint_coarser(painter, viewport, block)
                self._paint_finer(painter, viewport, block, _FINER_LEVELS)
                continue
            painter.drawImage(block.rectangle(viewport), tile.image)

    def _paint_coarser(self, painter: QPainter, viewport: Viewport, block: Block) -> None:
        for levels in range(1, _COARSER_LEVELS + 1):
            parent = block.parent(levels)
            tile = self._tiles.get(parent)
            if tile is not None:
                part = 2.0**-levels
                side = tile.image.width() * part
                column = block.column - (parent.column << levels)
                row = (1 << levels) - 1 - (block.row - (parent.row << levels))
                source = QRectF(column * side, row * side, side, side)
                painter.drawImage(block.rectangle(viewport), tile.image, source)
                return

    def _paint_finer(self, painter: QPainter, viewport: Viewport, block: Block, levels: int) -> None:
        for child in block.children() if levels else ():
            tile = self._tiles.get(child)
            if tile is not None:
                painter.drawImage(child.rectangle(viewport), tile.image)
            elif levels > 1 and block.level + 1 < LEVELS[-1]:
                self._paint_finer(painter, viewport, child, levels - 1)
