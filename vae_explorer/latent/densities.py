"""Densities of the prior on the plane, in nats."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
_LOG_TWO_PI = math.log(2 * math.pi)


def log_normal(z: npt.ArrayLike, mean: npt.ArrayLike = (0.0, 0.0)) -> FloatArray:
    """Return log N(z; mean, I) in nats, shape [...] for z of shape [..., 2]."""
    offset = np.asarray(z, dtype=np.float64) - np.asarray(mean, dtype=np.float64)
    return np.asarray(-0.5 * np.square(offset).sum(axis=-1) - _LOG_TWO_PI)


def log_prior(z: npt.ArrayLike, class_means: npt.ArrayLike | None = None) -> FloatArray:
    """Return log p(z) in nats, shape [...] for z of shape [..., 2].

    Parameters
    ----------
    class_means
        mu_y of every class [K, 2] of a class-mean prior, whose p(z) is the even mixture of N(mu_y, I); None is N(0, I).
    """
    if class_means is None:
        return log_normal(z)
    means = np.asarray(class_means, dtype=np.float64).reshape(-1, 2)
    each = np.stack([log_normal(z, mean) for mean in means])
    return np.asarray(np.logaddexp.reduce(each, axis=0) - math.log(len(means)))
