"""Which encodings lie nearest to a point of the plane."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


class Neighbours:
    """A search tree over encodings.

    Building takes a few milliseconds for 10,000 points and a query some microseconds, so a tree is built once for each
    new set of encodings. Encodings that aren't finite are never found.

    Parameters
    ----------
    z
        Encodings [N, 2].
    """

    def __init__(self, z: npt.ArrayLike) -> None:
        from scipy.spatial import cKDTree

        points = np.asarray(z, dtype=np.float64).reshape(-1, 2)
        self._rows = np.flatnonzero(np.isfinite(points).all(axis=1))
        self._tree = cKDTree(points[self._rows])

    def __len__(self) -> int:
        return len(self._rows)

    def nearest(self, z: npt.ArrayLike, max_distance: float = np.inf) -> int | None:
        """Return the row of the encoding nearest to z [2], or None if none lies within `max_distance`."""
        rows = self.nearest_rows(z, 1, max_distance)
        return int(rows[0]) if len(rows) else None

    def nearest_rows(self, z: npt.ArrayLike, count: int, max_distance: float = np.inf) -> npt.NDArray[np.int64]:
        """Return the rows of at most `count` encodings within `max_distance` of z [2], nearest first."""
        place = np.asarray(z, dtype=np.float64).reshape(2)
        count = min(count, len(self))
        if count < 1 or not np.isfinite(place).all():
            return np.empty(0, dtype=np.int64)
        distances, found = self._tree.query(place, k=[*range(1, count + 1)], distance_upper_bound=max_distance)
        return np.asarray(self._rows[found[np.isfinite(distances)]], dtype=np.int64)
