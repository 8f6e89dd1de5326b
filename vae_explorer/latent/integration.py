"""Integrals over the plane, exact to a known error: log p(x), and the densities that follow from it.

A base grid of tiles is shared by all images: log p(x|z) of all images at the nodes of a tile is one matrix product.
Besides, the integral is taken from every second column, every second row and every second node of the chessboard
alone. While these disagree for an image, or a node's surroundings fall off so steeply that a peak may hide between the
nodes, the tiles that hold that image's mass are cut into four with nodes half as far apart. For a smooth integrand of
width sigma the half grids disagree by about exp(-pi^2 sigma^2 / (2 h^2)) and the whole is off by the fourth power of it
(Trefethen & Weideman 2014, "The exponentially convergent trapezoidal rule"), so their disagreement is a safe estimate
of the error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.latent.tiles import NODES, Leaves, Square, Tiles, collected, summarised

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

    from vae_explorer.latent.measures import Pace

    Scores = Callable[[npt.NDArray[np.float64], npt.NDArray[np.int64]], torch.Tensor]

TOLERANCE = 0.02
"""Relative disagreement of the half grids at which an image's integral is good enough."""
BASE_TILES = 30
"""Tiles along a side of the base grid where many images share it."""
COARSE_TILES = 8
"""The same for one image alone."""
MOST_LEVELS = 14
PRIOR_REACH = 6.0
"""Deviations of the prior that the base grid covers: beyond lie 3e-9 of it."""
_NEGLIGIBLE = -9.5
"""Log share of an image's mass below which a tile isn't cut: 7e-5."""
_FORGOTTEN = -30.0
"""Log share below which a tile is left out."""
_STEEP = 12.0
"""Fall in nats to a neighbour beyond which a peak may hide between two nodes."""
_STEEP_WHERE_IT_COUNTS = 3.0
_COUNTS = 0.03
"""Share of an image's mass from which a tile's nodes must follow its slopes closely: half grids also agree where a
peak lies just between their nodes."""
_EDGE = 1e-7
_GROWTH = 1.6
_MOST_GROWTHS = 8
_BASE_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Integrals:
    """Logarithms of integrals over the plane.

    Attributes
    ----------
    log_values
        float64 [M], nats.
    errors
        float64 [M], nats: by how much the half grids disagree; the values are better than that.
    """

    log_values: npt.NDArray[np.float64]
    errors: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Witnesses:
    """A point for each image where its integrand is known, so that a narrow peak there isn't missed.

    Attributes
    ----------
    z
        float64 [M, 2].
    scores
        float64 [M], nats.
    """

    z: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]


def integrate(
    scores: Scores,
    count: int,
    square: Square,
    *,
    pace: Pace,
    witnesses: Witnesses | None = None,
    tolerance: float = TOLERANCE,
) -> Integrals:
    """Return ``log of the integral of exp(scores)`` over the plane for each image.

    Parameters
    ----------
    scores
        Log integrand of images ``rows`` [m] at points [n, 2], float64 [m, n].
    count
        Number of images M.
    square
        Where the integrand is believed to be, cut into the base grid; it grows where mass reaches its edge.
    pace
        Told how far it is.
    witnesses
        Points where each integrand is known.
    tolerance
        Relative disagreement at which an integral is good enough.
    """
    integrand = _Integrand(scores, count, witnesses)
    leaves, square = _base(integrand, square, pace.part(0, _BASE_SHARE))
    for level in range(MOST_LEVELS):
        chosen = _unsettled(leaves, count, tolerance)
        if not chosen.any():
            break
        share = 1 - (1 - _BASE_SHARE) * 0.5**level
        finer = _cut(integrand, leaves.where(chosen), square, pace.part(share, (1 + share) / 2))
        leaves = collected([leaves.where(~chosen), finer])
        leaves = leaves.where(leaves.potential > leaves.totals(count)[leaves.image] + _FORGOTTEN)
    return Integrals(leaves.totals(count), _disagreements(leaves, count))


@dataclass(frozen=True, slots=True, eq=False)
class _Integrand:
    scores: Scores
    count: int
    witnesses: Witnesses | None

    def on(self, tiles: Tiles, images: npt.NDArray[np.int64]) -> Leaves:
        values = self.scores(tiles.nodes, images).view(len(images), len(tiles.places), NODES, NODES)
        return summarised(values, images, tiles, self.witnesses)


def _base(integrand: _Integrand, square: Square, pace: Pace) -> tuple[Leaves, Square]:
    for _ in range(_MOST_GROWTHS):
        found = _base_of(integrand, square, pace)
        totals = found.totals(integrand.count)
        edge = found.where(found.at_edge(square.tiles))
        if not len(edge.image) or np.exp(edge.log_mass - totals[edge.image]).max() < _EDGE:
            break
        square = square.grown(_GROWTH)
    return found.where(found.potential > totals[found.image] + _FORGOTTEN), square


def _base_of(integrand: _Integrand, square: Square, pace: Pace) -> Leaves:
    images = np.arange(integrand.count, dtype=np.int64)
    lines = np.arange(square.tiles)
    parts: list[Leaves] = []
    best = np.full(integrand.count, -np.inf)
    for column in range(square.tiles):
        pace.step("integrating over the plane", column / square.tiles)
        places = np.stack([np.full_like(lines, column), lines], axis=1)
        part = integrand.on(Tiles(square, places, 0), images)
        np.maximum.at(best, part.image, part.log_mass)
        parts.append(part.where(part.potential > best[part.image] + 2 * _FORGOTTEN))
    return collected(parts)


def _unsettled(leaves: Leaves, count: int, tolerance: float) -> npt.NDArray[np.bool_]:
    """Return which tiles to cut: those that hold mass of images whose integral isn't good enough."""
    totals = leaves.totals(count)[leaves.image]
    weighty = leaves.potential > totals + _NEGLIGIBLE
    counts = leaves.log_mass > totals + np.log(_COUNTS)
    pending = _disagreements(leaves, count) > tolerance
    pending[leaves.image[weighty & (leaves.drop > _STEEP)]] = True
    pending[leaves.image[counts & (leaves.drop > _STEEP_WHERE_IT_COUNTS)]] = True
    return np.asarray(weighty & pending[leaves.image])


def _disagreements(leaves: Leaves, count: int) -> npt.NDArray[np.float64]:
    """Return the largest of the three disagreements of each image, relative to its integral, [count]."""
    shares = np.exp(leaves.log_mass - leaves.totals(count)[leaves.image])
    parts = (shares[:, None] * leaves.difference).T
    sums = [np.abs(np.bincount(leaves.image, weights=part, minlength=count)) for part in parts]
    return np.asarray(np.max(sums, axis=0), dtype=np.float64)


def _cut(integrand: _Integrand, leaves: Leaves, square: Square, pace: Pace) -> Leaves:
    """Return the quarters of tiles; images that share a tile share its nodes."""
    keys = np.column_stack([leaves.level, leaves.place])
    order = np.lexsort(keys.T[::-1])
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(keys[order], axis=0) != 0, axis=1)])
    parts = []
    for number, group in enumerate(np.split(order, starts[1:])):
        pace.step("refining the integrals", number / len(starts))
        quarters = 2 * leaves.place[group[0]] + np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        tiles = Tiles(square, quarters, int(leaves.level[group[0]]) + 1)
        parts.append(integrand.on(tiles, leaves.image[group]))
    return collected(parts)
