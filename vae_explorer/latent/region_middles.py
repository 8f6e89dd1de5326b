"""The middles of regions, which a finer lattice takes from a coarser one: only borders are worth computing anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.latent.lattice import Lattice

    FloatArray = npt.NDArray[np.float64]
    IndexArray = npt.NDArray[np.intp]


def middles_of_regions(
    values: FloatArray, classes: IndexArray, coarse: Lattice, fine: Lattice
) -> tuple[IndexArray, IndexArray, tuple[FloatArray, IndexArray]]:
    """Return which cells of a lattice lie in the middle of a region, and what they are by the next coarser level.

    A cell does if the coarser cell that it is a quarter of shares its class with all eight neighbours. Its value lies
    on a straight line between the middles of the coarser cells (bilinear interpolation).

    Parameters
    ----------
    values, classes
        What is known of the coarser cells, [rows, columns].
    coarse, fine
        Lattices of which the second one's cells are half as wide.

    Returns
    -------
    tuple
        Rows [N] and columns [N] of the cells that do, and their values [N] and classes [N].
    """
    # Cells are counted from the origin, so that the halves of cell n of the coarser level are cells 2n and 2n + 1.
    across, up = fine.left + np.arange(fine.columns), fine.bottom + np.arange(fine.rows)[::-1]
    column, row = across // 2 - coarse.left, coarse.bottom + coarse.rows - 1 - up // 2
    is_held = np.logical_and.outer((row >= 0) & (row < coarse.rows), (column >= 0) & (column < coarse.columns))
    alike = _among_their_like(classes)
    inside = alike[np.ix_(row.clip(0, coarse.rows - 1), column.clip(0, coarse.columns - 1))]
    rows, columns = np.nonzero(is_held & inside)
    y, x = row[rows], column[columns]
    next_y, next_x = y + np.where(up[rows] % 2, -1, 1), x + np.where(across[columns] % 2, 1, -1)
    here = 3 * values[y, x] + values[y, next_x]
    beyond = 3 * values[next_y, x] + values[next_y, next_x]
    return rows, columns, ((3 * here + beyond) / 16, classes[y, x])


def _among_their_like(classes: IndexArray) -> npt.NDArray[np.bool_]:
    """Return which cells [rows, columns] share their class with all eight neighbours; those at the rim lack some."""
    alike = np.zeros(classes.shape, dtype=np.bool_)
    rows, columns = classes.shape
    if min(rows, columns) > 2:
        middle = classes[1:-1, 1:-1]
        around = [classes[i : rows - 2 + i, j : columns - 2 + j] for i in range(3) for j in range(3)]
        alike[1:-1, 1:-1] = np.logical_and.reduce([middle == other for other in around])
    return alike
