"""Which tiles are too coarse for an image's integrand, and by how much its integral may be off with those it has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.latent.tiles import SIDES, Leaves, Square

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_LEVELS = 14
_NEGLIGIBLE = -9.5
"""Log share of an image's mass below which a tile isn't cut: 7e-5."""
_STEEP = 12.0
"""Fall in nats to a neighbour beyond which a peak may hide between two nodes."""
_SURPRISING = 0.5
"""Nats by which a witness is above what the nodes round it say, from which they don't follow the peak there."""
_BLIND = 5e-3
"""Share of an image's mass by which half grids may be wrong without seeing it."""
_RISK = 1e-4
"""What a tile or a border may have of that without being cut."""
_SMOOTH = 1.0
"""Square of the spacing in standard deviations up to which cutting a tile changes nothing: half grids disagree by
2 exp(-pi^2 / 2) = 1.4 % at most, and the whole is off by 1e-8."""
_EASY = 0.25
"""The same up to which a tile isn't cut for the sake of its neighbours."""
_RIM = 1e-4
"""Share of an image's mass in the outermost nodes at a side from which the next tile must be as fine."""
_FAINT = 1e-7
_PLACE_BITS = 20
_LEVEL_BITS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Tiles that images lack: image and level, int64 [P], with column and row, int64 [P, 2]."""

    image: npt.NDArray[np.int64]
    level: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """What is known of the integrals with the tiles that there are.

    Attributes
    ----------
    coarse
        Which tiles to cut, bool [L].
    lacking
        Places that were forgotten, beside tiles with mass.
    errors
        By how much the integral of each image may be off, as a share of it, float64 [count].
    """

    coarse: npt.NDArray[np.bool_]
    lacking: Places
    errors: npt.NDArray[np.float64]


def assess(leaves: Leaves, count: int, square: Square, tolerance: float) -> Assessment:
    """Return what to cut, and what the integrals of `count` images may be off by.

    The error is the sum of four parts: the largest disagreement of the half grids; what they can't see, because they
    agree where a peak lies in the middle between nodes, although the whole is off by twice exp(-2 pi^2 sigma^2 / h^2)
    along each axis; what tiles of different sizes leave at their common border (the second term of Euler and Maclaurin
    doesn't cancel there); and what may hide where nodes are steep.

    Parameters
    ----------
    leaves
        The tiles that there are.
    count
        Number of images.
    square
        What the tiles are parts of.
    tolerance
        Error, but for what may hide, at which an integral is good enough.
    """
    totals = leaves.totals(count)[leaves.image]
    shares = np.exp(leaves.log_mass - totals)
    weighty = leaves.potential > totals + _NEGLIGIBLE
    steep = (leaves.drop > _STEEP) | (leaves.surprise > _SURPRISING)
    with np.errstate(divide="ignore"):
        unseen = shares * np.minimum(1.0, 4 * np.exp(-2 * math.pi**2 / leaves.bend))
    borders = _borders(leaves, shares, square)
    blind = np.bincount(leaves.image, weights=unseen, minlength=count)
    errors = _disagreements(leaves, shares, count) + blind
    errors += np.bincount(leaves.image[borders.leaf], weights=borders.error, minlength=count)
    pending = (errors > tolerance)[leaves.image]
    blamed = (unseen > _RISK) & (blind > _BLIND)[leaves.image]
    needed = weighty & (steep | blamed | (pending & (leaves.bend > _SMOOTH)))
    coarse = _with_their_like(leaves, needed, weighty, pending, count)
    coarse[borders.beside[borders.rough & (borders.beside >= 0)]] = True
    hidden = np.where(steep, np.exp(np.minimum(leaves.potential - totals, 0.0)), 0.0)
    errors += np.bincount(leaves.image, weights=hidden, minlength=count)
    return Assessment(coarse & (leaves.level < MOST_LEVELS), _lacking(leaves, borders), errors)


def _with_their_like(
    leaves: Leaves,
    needed: npt.NDArray[np.bool_],
    weighty: npt.NDArray[np.bool_],
    pending: npt.NDArray[np.bool_],
    count: int,
) -> npt.NDArray[np.bool_]:
    """Return the tiles that need to be cut together with those that hold the same peak, as far as can be told.

    Half grids are worth nothing where tiles of different sizes share a peak. Tiles that follow it easily are left as
    they are: they hold another, broader one. Where no tile is to blame for a disagreement, all are cut.
    """
    finest = np.full(count, -1, dtype=np.int64)
    np.maximum.at(finest, leaves.image[needed], leaves.level[needed])
    like = (leaves.bend > _EASY) & (leaves.level <= finest[leaves.image])
    blameless = pending & (finest[leaves.image] < 0)
    return np.asarray(needed | (weighty & (like | blameless)))


def _disagreements(leaves: Leaves, shares: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return the largest of the three disagreements of each image, relative to its integral, [count]."""
    parts = (shares[:, None] * leaves.difference).T
    sums = [np.abs(np.bincount(leaves.image, weights=part, minlength=count)) for part in parts]
    return np.asarray(np.max(sums, axis=0), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Borders:
    """Sides of tiles beyond which tiles are coarser, or there is none.

    Attributes
    ----------
    leaf, place
        Which tile, [B], and the place of its own level beyond the side, [B, 2].
    beside
        The coarser tile that holds that place; -1 where there is none, [B].
    error
        What the change of spacing may cost, as a share of the image's mass, [B].
    rough
        Whether that is too much, [B].
    """

    leaf: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]
    beside: npt.NDArray[np.int64]
    error: npt.NDArray[np.float64]
    rough: npt.NDArray[np.bool_]


def _borders(leaves: Leaves, shares: npt.NDArray[np.float64], square: Square) -> _Borders:
    rims = shares[:, None] * leaves.rims
    leaf, side = np.nonzero((rims > _FAINT) & (leaves.level > 0)[:, None])
    place = leaves.place[leaf] + np.asarray(SIDES)[side]
    inside = ((place >= 0) & (place < (square.tiles << leaves.level[leaf])[:, None])).all(axis=1)
    leaf, side, place = leaf[inside], side[inside], place[inside]
    beside, is_coarser = _beside(leaves, leaf, place)
    leaf, side, place, beside = leaf[is_coarser], side[is_coarser], place[is_coarser], beside[is_coarser]
    ratio = 4.0 ** np.where(beside < 0, 1, leaves.level[leaf] - leaves.level[beside])
    rim = rims[leaf, side]
    # The midpoint rule leaves h^2 / 24 of the slope at an end; here two ends meet whose h differ.
    kink = shares[leaf] * np.abs(leaves.slopes[leaf, side]) * (ratio - 1) / 24
    unresolved = (beside < 0) | (leaves.bend[leaf] * ratio > _SMOOTH)
    error = np.where(unresolved, np.maximum(rim, kink), kink)
    return _Borders(leaf, place, beside, error, (unresolved & (rim > _RIM)) | (kink > _RISK))


def _beside(
    leaves: Leaves, leaf: npt.NDArray[np.int64], place: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the coarser tile at each place of the level of a tile (-1: none), and whether none there is as fine."""
    image, level = leaves.image[leaf], leaves.level[leaf]
    own = _keys(leaves.image, leaves.level, leaves.place)
    order = np.argsort(own)
    beside = np.full(len(leaf), -1, dtype=np.int64)
    is_coarser = np.ones(len(leaf), dtype=bool)
    for here in np.unique(level):
        finer = leaves.level >= here
        up = leaves.level[finer] - here
        ancestors = _keys(leaves.image[finer], np.full_like(up, here), leaves.place[finer] >> up[:, None])
        rows = level == here
        is_coarser[rows] = ~np.isin(_keys(image[rows], level[rows], place[rows]), ancestors)
        for there in range(int(here)):
            sought = _keys(image[rows], np.full_like(level[rows], there), place[rows] >> (here - there))
            at = np.minimum(np.searchsorted(own, sought, sorter=order), len(own) - 1)
            beside[rows] = np.where(own[order[at]] == sought, order[at], beside[rows])
    return beside, is_coarser


def _lacking(leaves: Leaves, borders: _Borders) -> Places:
    rows = borders.rough & (borders.beside < 0)
    leaf, place = borders.leaf[rows], borders.place[rows]
    keys = _keys(leaves.image[leaf], leaves.level[leaf], place)
    first = np.unique(keys, return_index=True)[1]
    return Places(leaves.image[leaf[first]], leaves.level[leaf[first]], place[first])


def _keys(
    image: npt.NDArray[np.int64], level: npt.NDArray[np.int64], place: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return one number for each image, level and place."""
    upper = (image << _LEVEL_BITS | level) << _PLACE_BITS | place[:, 0]
    return np.asarray(upper << _PLACE_BITS | place[:, 1], dtype=np.int64)
