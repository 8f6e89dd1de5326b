"""Finding the minimum of a smooth function of some hundred values: L-BFGS, in plain vector operations.

For so few values a library's matrix routines spend more time on waking their threads than on the function itself.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

_MEMORY = 20
_SUFFICIENT = 1e-4
_SHRINK = 0.5
_MOST_SHRINKS = 12
_PATIENCE = 2


def minimised(
    function: Callable[[FloatArray], tuple[float, FloatArray]],
    start: FloatArray,
    *,
    iterations: int,
    tolerance: float,
) -> FloatArray:
    """Return where a function is small, by limited-memory BFGS with backtracking (Nocedal 1980).

    Parameters
    ----------
    function
        Returns the value and the gradient [N] at a point [N].
    start
        Where to begin, float64 [N].
    iterations
        Most steps.
    tolerance
        Decrease of the value, as a share of it, below which two steps in a row end the search.
    """
    point = start
    value, slope = function(point)
    pairs: deque[tuple[FloatArray, FloatArray, float]] = deque(maxlen=_MEMORY)
    idle = 0
    for _ in range(iterations):
        direction = -_scaled(slope, pairs)
        found = _shorter_step(function, point, value, slope, direction)
        if found is None:
            break
        before, (point, new_value, new_slope) = (point, value, slope), found
        idle = idle + 1 if before[1] - new_value <= tolerance * abs(before[1]) else 0
        moved, turned = point - before[0], new_slope - before[2]
        curvature = float(moved @ turned)
        if curvature > 0:
            pairs.append((moved, turned, curvature))
        value, slope = new_value, new_slope
        if idle == _PATIENCE:
            break
    return point


def _scaled(slope: FloatArray, pairs: deque[tuple[FloatArray, FloatArray, float]]) -> FloatArray:
    """Return the inverse Hessian that the last steps suggest, times the gradient."""
    result = slope.copy()
    shares = []
    for moved, turned, curvature in reversed(pairs):
        share = float(moved @ result) / curvature
        shares.append(share)
        result -= share * turned
    if pairs:
        _, turned, curvature = pairs[-1]
        result *= curvature / float(turned @ turned)
    else:
        result /= max(float(np.sqrt(slope @ slope)), 1e-300)
    for (moved, turned, curvature), share in zip(pairs, reversed(shares), strict=True):
        result += (share - float(turned @ result) / curvature) * moved
    return result


def _shorter_step(
    function: Callable[[FloatArray], tuple[float, FloatArray]],
    point: FloatArray,
    value: float,
    slope: FloatArray,
    direction: FloatArray,
) -> tuple[FloatArray, float, FloatArray] | None:
    """Return the first point along a direction where the value is enough smaller, or None (Armijo 1966)."""
    descent = float(slope @ direction)
    if descent >= 0:
        return None
    size = 1.0
    for _ in range(_MOST_SHRINKS):
        new = point + size * direction
        new_value, new_slope = function(new)
        if new_value <= value + _SUFFICIENT * size * descent:
            return new, new_value, new_slope
        size *= _SHRINK
    return None
