"""Which images stand for all of a data set where all would be too many: the same in the window and for commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POINTS_AT_REST = 20_000
"""How many images are encoded: test images first, then training images spread evenly over their part."""


def chosen_rows(images: int, train_count: int, budget: int) -> NDArray[np.int64]:
    """Return which rows to encode: test rows first, then training rows, both spread evenly, `budget` at most.

    Of a budget that is too small for all, training rows get at least a quarter: either part can be looked at.
    """
    import numpy as np

    tests = images - train_count
    train = min(train_count, max(budget - tests, budget // 4))
    test = min(tests, budget - train)
    return np.concatenate([train_count + _spread(tests, test), _spread(train_count, train)])


def _spread(count: int, wanted: int) -> NDArray[np.int64]:
    import numpy as np

    return np.linspace(0, count - 1, wanted).round().astype(np.int64) if wanted else np.empty(0, dtype=np.int64)
