"""Lattices of cells that the whole plane shares, so that what was computed for one view serves the next."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from time import thread_time

import numpy as np
import numpy.typing as npt

from vae_explorer.latent.region_middles import middles_of_regions

FloatArray = npt.NDArray[np.float64]
Corners = tuple[float, float, float, float]
"""Lower z1, lower z2, upper z1, upper z2."""

PIECE_SECONDS = 0.012
"""Processor time that one piece of the work should take: about how long giving up waits."""
_FIRST_PIECE, _SMALLEST_PIECE, _LARGEST_PIECE = 64, 32, 16_384
_FEWEST_TIMED = 32


@dataclass(frozen=True, slots=True, eq=False)
class FieldValues:
    """What a layer is at N points, or at the cells of a lattice: then [rows, columns] stands in place of [N].

    Attributes
    ----------
    values
        float64 [N], NaN where there is none.
    classes
        For regions the likeliest class of each point, intp [N].
    axes
        For a metric the short axis of its unit ball as a part of the long one, and the angle of the long one from z1
        in radians, float64 [N, 2].
    """

    values: FloatArray
    classes: npt.NDArray[np.intp] | None = None
    axes: FloatArray | None = None


Field = Callable[[FloatArray, tuple[float, float]], FieldValues]
"""Gives the values at points [N, 2]; told the width and height of the cells whose middles they are."""


@dataclass(frozen=True, slots=True)
class Lattice:
    """A rectangle of square cells; the corners of all cells of a level lie at multiples of their side.

    Attributes
    ----------
    level
        Cells are 2**-level wide, in units of z.
    left, bottom
        Number of the first column from the left and of the lowest row, counted from the origin.
    columns, rows
        How many.
    """

    level: int
    left: int
    bottom: int
    columns: int
    rows: int

    @classmethod
    def covering(cls, corners: Corners, level: int) -> Lattice:
        """Return the smallest lattice of a level that holds a rectangle."""
        scale = 2.0**level
        left, bottom = (math.floor(corner * scale) for corner in corners[:2])
        right, top = (math.ceil(corner * scale) for corner in corners[2:])
        return cls(level, left, bottom, max(1, right - left), max(1, top - bottom))

    @property
    def cell(self) -> float:
        """Side of a cell in units of z."""
        return float(2.0**-self.level)

    @property
    def corners(self) -> Corners:
        """The rectangle."""
        left, bottom, cell = self.left, self.bottom, self.cell
        return left * cell, bottom * cell, (left + self.columns) * cell, (bottom + self.rows) * cell

    def place_of(self, z: tuple[float, float]) -> tuple[int, int] | None:
        """Return row, counted from the top, and column of the cell that holds z; None outside."""
        column, row = math.floor(z[0] / self.cell) - self.left, math.floor(z[1] / self.cell) - self.bottom
        inside = 0 <= column < self.columns and 0 <= row < self.rows
        return (self.rows - 1 - row, column) if inside else None

    def middles(self, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> FloatArray:
        """Return the middles [N, 2] of the cells in these rows, counted from the top, and columns."""
        z1 = (self.left + columns + 0.5) * self.cell
        z2 = (self.bottom + self.rows - rows - 0.5) * self.cell
        return np.stack([z1, z2], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A lattice with what a layer is in the middle of each cell, row 0 at the top, where z2 is largest."""

    lattice: Lattice
    found: FieldValues

    def at(self, z: tuple[float, float]) -> tuple[float, int | None] | None:
        """Return the value at a point, for regions with the class; None outside and where there is none.

        Values lie on a straight line between the middles of neighbouring cells (bilinear interpolation); regions and
        the neighbours of cells without a value have the value of their own cell.
        """
        place = self.lattice.place_of(z)
        if place is None or not np.isfinite(self.found.values[place]):
            return None
        value = float(self.found.values[place])
        if self.found.classes is not None:
            return value, int(self.found.classes[place])
        between = self._between(z)
        return (between if math.isfinite(between) else value), None

    def _between(self, z: tuple[float, float]) -> float:
        across = z[0] / self.lattice.cell - self.lattice.left - 0.5
        down = self.lattice.bottom + self.lattice.rows - z[1] / self.lattice.cell - 0.5
        across = min(max(across, 0.0), self.lattice.columns - 1.0)
        down = min(max(down, 0.0), self.lattice.rows - 1.0)
        column, row = min(int(across), self.lattice.columns - 2), min(int(down), self.lattice.rows - 2)
        if column < 0 or row < 0:
            return math.nan
        u, v = across - column, down - row
        upper, lower = self.found.values[row : row + 2, column : column + 2]
        return float((1 - v) * ((1 - u) * upper[0] + u * upper[1]) + v * ((1 - u) * lower[0] + u * lower[1]))


class Filler:
    """Fills lattices with the values of a field, and takes from earlier ones what they share.

    Parameters
    ----------
    field
        What gives the values.
    """

    def __init__(self, field: Field) -> None:
        self._field = field
        self._patches: dict[int, Patch] = {}
        self._computed: dict[int, _Cells] = {}
        self._piece = _FIRST_PIECE
        self.seconds_a_cell = 0.0
        """Processor time that a cell took lately, in so many cells that what each piece takes besides doesn't count."""

    def fill(self, lattice: Lattice, check: Callable[[], None], *, at_borders: bool = False) -> Patch:
        """Return the values on a lattice.

        Parameters
        ----------
        lattice
            The cells.
        check
            Called between pieces of some milliseconds; may raise to give up.
        at_borders
            Whether to take the middles of regions from the next coarser level; they are computed after all when the
            same cells are asked for without this.
        """
        grids, computed, missing = self._known(lattice, at_borders=at_borders)
        rows, columns = np.nonzero(missing)
        begin, done = thread_time(), 0
        while done < len(rows):
            check()
            part = slice(done, done + self._piece)
            _put(grids, missing.shape, (rows[part], columns[part]), self._compute(lattice, rows[part], columns[part]))
            done = min(part.stop, len(rows))
        if done >= _FEWEST_TIMED:
            self.seconds_a_cell = (thread_time() - begin) / done
        patch = Patch(lattice, FieldValues(**grids))  # type: ignore[arg-type]
        self._patches[lattice.level], self._computed[lattice.level] = patch, computed | missing
        return patch

    def missing(self, lattice: Lattice, *, at_borders: bool = False) -> int:
        """Return how many cells would have to be computed."""
        return int(np.count_nonzero(self._known(lattice, at_borders=at_borders)[-1]))

    def _known(self, lattice: Lattice, *, at_borders: bool) -> tuple[_Grids, _Cells, _Cells]:
        """Return grids with what is known, which of the cells have been computed, and which are to be."""
        grids: _Grids = {}
        shape = (lattice.rows, lattice.columns)
        computed, missing = np.zeros(shape, dtype=np.bool_), np.ones(shape, dtype=np.bool_)
        coarser = self._patches.get(lattice.level - 1)
        if at_borders and coarser is not None and coarser.found.classes is not None:
            regions = coarser.found.values, coarser.found.classes
            rows, columns, found = middles_of_regions(*regions, coarser.lattice, lattice)
            _put(grids, shape, (rows, columns), FieldValues(*found))
            missing[rows, columns] = False
        known = self._patches.get(lattice.level)
        shared = None if known is None else _shared(known.lattice, lattice)
        if known is not None and shared is not None:
            here, there = _place(shared, lattice), _place(shared, known.lattice)
            _put(grids, shape, here, _cut(known.found, there))
            computed[here] = self._computed[lattice.level][there]
        return grids, computed, missing & ~computed

    def _compute(self, lattice: Lattice, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]) -> FieldValues:
        begin = thread_time()
        found = self._field(lattice.middles(rows, columns), (lattice.cell, lattice.cell))
        fitting = PIECE_SECONDS * len(rows) / max(thread_time() - begin, 1e-7)
        self._piece = int(min(max(fitting, self._piece / 2, _SMALLEST_PIECE), 2 * self._piece, _LARGEST_PIECE))
        return found


_Cells = npt.NDArray[np.bool_]
_Grids = dict[str, npt.NDArray[np.generic]]
_Place = tuple[slice, slice] | tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


def _put(grids: _Grids, shape: tuple[int, ...], place: _Place, found: FieldValues) -> None:
    """Write what was found into grids of this shape, which are made where they aren't there yet."""
    for item in fields(found):
        values = getattr(found, item.name)
        if values is not None:
            lead = 2 if isinstance(place[0], slice) else 1
            grid = grids.setdefault(item.name, np.empty((*shape, *values.shape[lead:]), dtype=values.dtype))
            grid[place] = values


def _cut(found: FieldValues, place: _Place) -> FieldValues:
    classes = None if found.classes is None else found.classes[place]
    return FieldValues(found.values[place], classes, None if found.axes is None else found.axes[place])


def _shared(first: Lattice, second: Lattice) -> Lattice | None:
    """Return the cells that two lattices of one level have in common, None if they have none."""
    left, bottom = max(first.left, second.left), max(first.bottom, second.bottom)
    right = min(first.left + first.columns, second.left + second.columns)
    top = min(first.bottom + first.rows, second.bottom + second.rows)
    return Lattice(first.level, left, bottom, right - left, top - bottom) if right > left and top > bottom else None


def _place(part: Lattice, whole: Lattice) -> tuple[slice, slice]:
    """Return the rows and columns of a part in the arrays of the whole."""
    top = (whole.bottom + whole.rows) - (part.bottom + part.rows)
    left = part.left - whole.left
    return slice(top, top + part.rows), slice(left, left + part.columns)
