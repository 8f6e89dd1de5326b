"""What is kept of a crowd of points, so that any part of it can be drawn at once: its index and its density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.gui.plotting.point_density import DensityPictures, density_pictures
from vae_explorer.gui.plotting.point_index import PointIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.jobs import JobContext
    from vae_explorer.gui.plotting.points import PointStyle
    from vae_explorer.gui.plotting.viewport import Viewport

CROWD = 60_000
"""Number of points from which on they are indexed, and drawn by density where they lie close."""
SINGLES = 30_000
"""Up to so many points on the screen are drawn one by one."""
_BLURRED = 2.5
"""Device pixels of a cell of the finest density from which on points are drawn one by one, however many they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Points in cells, with their colours.

    Attributes
    ----------
    z
        The points as they came, [N, 2].
    index
        The same in cells.
    colours
        Row of the palette of each point of the index, int16 [M]; a negative one hides the point.
    density
        How many lie where.
    """

    z: NDArray[np.float32]
    index: PointIndex
    colours: NDArray[np.int16]
    density: DensityPictures

    @property
    def memory(self) -> int:
        """Bytes that index, colours and pictures take beside the points themselves."""
        arrays = (self.index.z, self.index.order, self.index.starts, self.colours)
        return sum(array.nbytes for array in arrays) + self.density.memory

    def shows_singles(self, viewport: Viewport, ratio: float) -> bool:
        """Whether the points of a view are drawn one by one."""
        is_blurred = self.density.pixels_a_cell(viewport) * ratio > _BLURRED
        return is_blurred or self.index.count(viewport.bounds) <= SINGLES

    def singles(self, viewport: Viewport, *, all_of_them: bool) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
        """Return places [K, 2] and colours [K] of the points of a view, or only of those that the density leaves out.

        The density leaves out the few points far away from all others.
        """
        if all_of_them:
            places = self.index.within(viewport.bounds)
            return self.index.z[places], self.colours[places]
        beyond = slice(self.index.inside, None)
        return self.index.z[beyond], self.colours[beyond]


@dataclass(frozen=True, slots=True, eq=False)
class CrowdWish:
    """A crowd to be made: its points [N, 2], the palette row of each [N], and how they look.

    `known` is an index of the same points, where there is one.
    """

    z: NDArray[np.float32]
    colours: NDArray[np.integer]
    style: PointStyle
    known: PointIndex | None

    def make(self, context: JobContext) -> Crowd:
        """Sort and count the points; called in a worker."""
        index = PointIndex.of(self.z) if self.known is None else self.known
        context.check()
        density = density_pictures(index, self.colours, self.style.palette, self.style.opacity, context.check)
        return Crowd(self.z, index, self.colours[index.order].astype(np.int16), density)
