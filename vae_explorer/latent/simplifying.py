"""Lines drawn by hand with as few points as keep their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

MOST_POINTS = 40
"""Points that a drawn line keeps at most: each is a waypoint that can be dragged."""
_TOLERANCE = 0.006


def simplified_drawing(points: npt.ArrayLike) -> FloatArray:
    """Return a line drawn by hand [N, 2] with few points [K, 2], its ends among them.

    No point of the line lies farther from what is kept than 0.6 % of the line's extent, or more where that leaves over
    `MOST_POINTS`. Points that aren't finite are left out.
    """
    drawn = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    if len(drawn) < 2:
        return drawn
    tolerance = _TOLERANCE * float(np.hypot(*np.ptp(drawn, axis=0)))
    kept = simplified(drawn, tolerance)
    while len(kept) > MOST_POINTS:
        tolerance *= 1.5
        kept = simplified(drawn, tolerance)
    return kept


def simplified(points: npt.ArrayLike, tolerance: float) -> FloatArray:
    """Return those points [K, 2] of a line [N, 2] that stand for it within a tolerance.

    The way of Ramer (1972) and Douglas & Peucker (1973). Distances are to the straight piece that stands for points,
    its ends included, so that a line that turns back on itself keeps its turning points.
    """
    line = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    keep = np.zeros(len(line), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        distances = _distances(line[first + 1 : last], line[first], line[last])
        farthest = int(distances.argmax())
        if distances[farthest] > tolerance:
            middle = first + 1 + farthest
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    return line[keep]


def _distances(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Return how far points [N, 2] are from a straight piece."""
    along = end - start
    squares = float(along @ along)
    share = np.clip((points - start) @ along / squares, 0, 1) if squares > 0 else np.zeros(len(points))
    offset = points - start - share[:, None] * along
    return np.asarray(np.hypot(offset[:, 0], offset[:, 1]))
