"""Integrals over the plane, exact to a known error: log p(x), and the densities that follow from it.

A base grid of tiles is shared by all images: log p(x|z) of all images at the nodes of a tile is one matrix product.
Besides, the integral is taken from every second column, every second row and every second node of the chessboard
alone. While these disagree for an image, or its nodes bend so much from one to the next that the half grids may be
wrong together, or fall off so steeply that a peak may hide between them, the tiles that hold that image's mass are cut
into four with nodes half as far apart. For a smooth integrand of width sigma and nodes h apart the half grids disagree
by up to 2 exp(-pi^2 sigma^2 / (2 h^2)), and the whole is off by up to 2 exp(-2 pi^2 sigma^2 / h^2) along each axis
(Trefethen & Weideman 2014, "The exponentially convergent trapezoidal rule"). What is reported as the error is the
disagreement and all that it can't see, as `refinement.assess` says.

What is guaranteed: of an integrand that is a sum of bumps like normal distributions, each at least a quarter of the
base grid's spacing wide, or pointed at by a witness however narrow it is, the value is as near as its error says. A
narrower bump elsewhere is found if it shows at a node, so for sure if there is no broader mass about as high as its
flanks there; under such mass it can be missed, and no error tells so. The spacing is 0.05 for a standard normal prior
and many images, 0.2 for one image alone. The encoder points at the posteriors of a trained
model; a grid four times as fine moved the value of none of 1,000 test digits by more than 0.001 nats. Edges, as
rectifiers make them, slow the convergence down to h^2; the half grids see them unless an edge lies in the middle
between nodes at every level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.language import tr
from vae_explorer.latent.refinement import MOST_LEVELS, Places, assess
from vae_explorer.latent.summarising import summarised
from vae_explorer.latent.tiles import NODES, Leaves, Square, Tiles, collected

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

    from vae_explorer.latent.measures import Pace

    Scores = Callable[[npt.NDArray[np.float64], npt.NDArray[np.int64]], torch.Tensor]

TOLERANCE = 0.02
"""Relative error at which an image's integral is good enough."""
BASE_TILES = 30
"""Tiles along a side of the base grid where many images share it."""
COARSE_TILES = 8
"""The same for one image alone."""
PRIOR_REACH = 6.0
"""Deviations of the prior that the base grid covers: beyond lie 3e-9 of it."""
_FORGOTTEN = -30.0
"""Log share below which a tile is left out."""
_EDGE = 1e-7
_GROWTH = 1.6
_MOST_GROWTHS = 8
_MOST_ROUNDS = 3 * MOST_LEVELS
_BASE_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Integrals:
    """Logarithms of integrals over the plane.

    Attributes
    ----------
    log_values
        float64 [M], nats.
    errors
        float64 [M], nats: by how much each may be off; as a rule they are much better than that.
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
        Relative error at which an integral is good enough.
    """
    integrand = _Integrand(scores, count, witnesses)
    leaves, square = _base(integrand, square, pace.part(0, _BASE_SHARE))
    for number in range(_MOST_ROUNDS):
        found = assess(leaves, count, square, tolerance)
        if not found.coarse.any() and not len(found.lacking.image):
            break
        share = 1 - (1 - _BASE_SHARE) * 0.5**number
        finer = _finer(integrand, leaves.where(found.coarse), found.lacking, square, pace.part(share, (1 + share) / 2))
        leaves = collected([leaves.where(~found.coarse), finer])
        leaves = leaves.where(leaves.potential > leaves.totals(count)[leaves.image] + _FORGOTTEN)
    else:
        found = assess(leaves, count, square, tolerance)
    return Integrals(leaves.totals(count), found.errors)


@dataclass(frozen=True, slots=True, eq=False)
class _Integrand:
    scores: Scores
    count: int
    witnesses: Witnesses | None

    def on(self, tiles: Tiles, images: npt.NDArray[np.int64], floor: npt.NDArray[np.float64] | None = None) -> Leaves:
        values = self.scores(tiles.nodes, images).view(len(images), len(tiles.places), NODES, NODES)
        floor = np.full(len(images), -np.inf) if floor is None else floor
        return summarised(values, images, tiles, self.witnesses, floor)


def _base(integrand: _Integrand, square: Square, pace: Pace) -> tuple[Leaves, Square]:
    for number in range(_MOST_GROWTHS):
        share = 1 - 0.5**number  # nobody knows whether this one is the last
        found = _base_of(integrand, square, pace.part(share, (1 + share) / 2))
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
        pace.step(tr("integrating over the plane"), column / square.tiles)
        places = np.stack([np.full_like(lines, column), lines], axis=1)
        parts.append(integrand.on(Tiles(square, places, 0), images, best + 2 * _FORGOTTEN))
        np.maximum.at(best, parts[-1].image, parts[-1].log_mass)
    return collected(parts)


def _finer(integrand: _Integrand, coarse: Leaves, lacking: Places, square: Square, pace: Pace) -> Leaves:
    """Return the quarters of tiles, and tiles that are lacking; images that share a tile share its nodes."""
    quarters = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    jobs = [(2 * place + quarters, level + 1, images) for level, place, images in _shared(coarse)]
    jobs += [(place[None], level, images) for level, place, images in _shared(lacking)]
    parts = []
    for number, (places, level, images) in enumerate(jobs):
        pace.step(tr("refining the integrals"), number / len(jobs))
        parts.append(integrand.on(Tiles(square, places, level), images))
    return collected(parts)


def _shared(
    tiles: Leaves | Places,
) -> Iterator[tuple[int, npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Return level, place and images of all tiles that are the same, one after the other."""
    keys = np.column_stack([tiles.level, tiles.place])
    order = np.lexsort(keys.T[::-1])
    starts = np.flatnonzero(np.r_[True, np.any(np.diff(keys[order], axis=0) != 0, axis=1)])
    for group in np.split(order, starts[1:]):
        if len(group):
            yield int(tiles.level[group[0]]), tiles.place[group[0]], tiles.image[group]
