"""Tiles of the plane with eight by eight nodes each, and lists of what images have on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

NODES = 8
"""Nodes along a side of a tile, in the middle of their cells."""
SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
"""Steps to the four neighbours: in columns, then in rows."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square part of the plane, cut into tiles; at each level a tile has half the side of the level before.

    Attributes
    ----------
    low
        Its lower left corner.
    side
        Its side.
    tiles
        Tiles along a side at level 0.
    """

    low: tuple[float, float]
    side: float
    tiles: int = 1

    @classmethod
    def around(cls, points: npt.NDArray[np.float64], reach: npt.NDArray[np.float64] | float) -> Square:
        """Return the smallest square that holds all points [N, 2] and their surroundings up to `reach`."""
        low, high = (points - reach).min(axis=0), (points + reach).max(axis=0)
        side = float((high - low).max())
        corner = (low + high - side) / 2
        return cls((float(corner[0]), float(corner[1])), side)

    def grown(self, factor: float) -> Square:
        """Return a larger square with the same centre."""
        more = self.side * (factor - 1)
        return replace(self, low=(self.low[0] - more / 2, self.low[1] - more / 2), side=self.side + more)

    def with_tiles(self, tiles: int) -> Square:
        """Return the same square cut into `tiles` times `tiles`."""
        return replace(self, tiles=tiles)

    def tile_side(self, level: int) -> float:
        """Return the side of a tile of a level."""
        return float(self.side / (self.tiles << level))

    def nodes(self, places: npt.NDArray[np.int64], level: int) -> npt.NDArray[np.float64]:
        """Return the nodes [T * NODES * NODES, 2] of tiles at columns and rows [T, 2] of a level."""
        side = self.tile_side(level)
        steps = (np.arange(NODES) + 0.5) / NODES
        inside = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
        nodes = np.asarray(self.low) + side * (places[:, None, :] + inside)
        return np.ascontiguousarray(nodes.reshape(-1, 2))

    def log_cell(self, level: int) -> float:
        """Return the log of the area that a node of a level stands for."""
        return 2 * math.log(self.tile_side(level) / NODES)


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """Tiles of images, and what an image's integrand is on them.

    Attributes
    ----------
    image
        int64 [L]: which image.
    level
        int64 [L].
    place
        Column and row at that level, int64 [L, 2].
    log_mass
        Log of the integral, float64 [L].
    difference
        What every second column, every second row and every second node of the chessboard would give more than the
        others, as a share of the mass, float64 [L, 3]. At the borders of tiles these have an error of their own,
        which cancels between neighbours.
    potential
        Log of what the mass may be if a peak hides beside the best node, float64 [L].
    drop
        Steepest fall from the best node to a neighbour in nats, or twice how far the witness in the tile or beside it
        is above the best node, float64 [L].
    surprise
        How far the witness in the tile is above what the nodes round it make one expect, in nats, float64 [L].
    bend
        Largest second difference between nodes in a row or column where the mass is, in nats, float64 [L]: the square
        of the spacing in standard deviations for a normal distribution, wherever its middle is.
    rims
        Share of the mass that the outermost nodes at each of the four `SIDES` hold, float64 [L, 4].
    slopes
        How much less or more that is than the next nodes inwards hold, float64 [L, 4].
    """

    image: npt.NDArray[np.int64]
    level: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    log_mass: npt.NDArray[np.float64]
    difference: npt.NDArray[np.float64]
    potential: npt.NDArray[np.float64]
    drop: npt.NDArray[np.float64]
    surprise: npt.NDArray[np.float64]
    bend: npt.NDArray[np.float64]
    rims: npt.NDArray[np.float64]
    slopes: npt.NDArray[np.float64]

    def where(self, chosen: npt.NDArray[np.bool_]) -> Leaves:
        """Return those that are chosen."""
        return Leaves(*(getattr(self, item.name)[chosen] for item in fields(self)))

    def at_edge(self, tiles: int) -> npt.NDArray[np.bool_]:
        """Return which tiles of level 0 touch the edge of the square."""
        return np.asarray(((self.place == 0) | (self.place == tiles - 1)).any(axis=1))

    def totals(self, count: int) -> npt.NDArray[np.float64]:
        """Return the log of the whole integral of each of `count` images, float64 [count]."""
        tops = np.full(count, -np.inf)
        np.maximum.at(tops, self.image, self.log_mass)
        sums = np.bincount(self.image, weights=np.exp(self.log_mass - tops[self.image]), minlength=count)
        return np.asarray(tops + np.log(sums))


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Some tiles of one level of a square, by their columns and rows, int64 [t, 2]."""

    square: Square
    places: npt.NDArray[np.int64]
    level: int

    @property
    def nodes(self) -> npt.NDArray[np.float64]:
        """Their nodes, tile by tile, [t * NODES * NODES, 2]."""
        return self.square.nodes(self.places, self.level)


def collected(parts: Sequence[Leaves]) -> Leaves:
    """Return the tiles of several lists as one."""
    return Leaves(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(Leaves)))
