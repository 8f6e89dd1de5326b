"""Where regions of classes on a lattice of cells meet, as straight pieces between the middles of the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IndexArray = NDArray[np.intp]

_EVEN_ODDS = 0.5
"""Probability of the likeliest class at a border of two: the more a cell's is above it, the farther is the border."""
_REACH = 2
"""Cells on each side among which a border is found where three classes are likely."""
_LEAST_LEAD = 1e-4
_SMOOTHINGS = 12
"""How often each point moves towards its neighbours: near a third class its place isn't known so well."""


def border_lines(labels: IndexArray, confidence: NDArray[np.floating]) -> FloatArray:
    """Return the lines between regions as pieces [N, 2, 2]: beginning and end, each as column and row.

    Numbers are those of the cells' middles. Between neighbouring cells of two classes the line passes where their
    probabilities are equal, if they change evenly; pieces join these points within each square of four middles
    (marching squares, Lorensen and Cline 1987), by way of its middle where more than two classes meet.

    Parameters
    ----------
    labels, confidence
        The likeliest class of each cell [rows, columns] and its probability.
    """
    lead = _lead(np.nan_to_num(np.asarray(confidence, dtype=np.float64)))
    pieces = _pieces(labels)
    used, numbers = np.unique(pieces, return_inverse=True)
    ends = numbers.reshape(pieces.shape)
    return _smoothed(_places(used, lead), ends)[ends]


def _lead(confidence: FloatArray) -> FloatArray:
    """Return how far the likeliest class of each cell is above what it would be on the nearest border.

    That is one half where two classes meet and no third is likely, else about the least of the cells around.
    """
    rows, columns = confidence.shape
    around = np.pad(np.minimum(confidence, _EVEN_ODDS), _REACH, mode="edge")
    beside = np.minimum.reduce([around[:, first : first + columns] for first in range(2 * _REACH + 1)])
    least = np.minimum.reduce([beside[first : first + rows] for first in range(2 * _REACH + 1)])
    lead: FloatArray = np.maximum(confidence - least, _LEAST_LEAD)
    return lead


def _pieces(labels: IndexArray) -> IndexArray:
    """Return which points [N, 2] are joined, by number.

    Cell n in reading order has three: 3n on the way to the next cell of its row, 3n + 1 to that of its column, and
    3n + 2 in the middle of the square that begins with it.
    """
    columns = labels.shape[1]
    across, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
    sides = across[:-1], across[1:], down[:, :-1], down[:, 1:]
    counts = sum(side.astype(np.int8) for side in sides)
    steps = np.array([0, 3 * columns, 1, 4])

    def points(chosen: NDArray[np.bool_]) -> tuple[IndexArray, NDArray[np.bool_]]:
        rows, places = np.nonzero(chosen)
        crossed = np.stack([side[rows, places] for side in sides], axis=1)
        return 3 * (rows * columns + places), crossed

    first, crossed = points(counts == 2)
    pairs = (first[:, None] + steps)[crossed].reshape(-1, 2)
    first, crossed = points(counts > 2)
    middles = np.broadcast_to(first[:, None] + 2, crossed.shape)
    return np.concatenate([pairs, np.stack([(first[:, None] + steps)[crossed], middles[crossed]], axis=1)])


def _places(numbers: IndexArray, lead: FloatArray) -> FloatArray:
    """Return where points are, as columns and rows [N, 2]."""
    cells, kinds = np.divmod(numbers, 3)
    rows, columns = np.divmod(cells, lead.shape[1])
    beyond = lead[rows + (kinds == 1), columns + (kinds == 0)]
    share = np.where(kinds == 2, 0.5, lead[rows, columns] / (lead[rows, columns] + beyond))
    return np.stack([columns + share * (kinds != 1), rows + share * (kinds != 0)], axis=1)


def _smoothed(points: FloatArray, ends: IndexArray) -> FloatArray:
    """Return points moved towards the mean of the two they are joined to; where lines end or meet they stay."""
    here, there = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([ends[:, 1], ends[:, 0]])
    count = np.bincount(here, minlength=len(points))
    moves = count == 2
    for _ in range(_SMOOTHINGS):
        sums = np.stack([np.bincount(here, points[there, axis], len(points)) for axis in range(2)], axis=1)
        points = np.where(moves[:, None], points / 2 + sums / 4, points)
    return points
