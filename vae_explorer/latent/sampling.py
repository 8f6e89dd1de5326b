"""Points drawn from the prior of a model, with a class for each where the model wants one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLASS_STREAM, _NOISE_STREAM = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class PriorSamples:
    """Draws from p(z), or from p(y) p(z|y).

    Attributes
    ----------
    z
        float32 [N, 2].
    labels
        Class of each, int64 [N], or None for a model that knows no classes.
    """

    z: NDArray[np.float32]
    labels: NDArray[np.int64] | None


def sample_prior(
    count: int,
    seed: int,
    *,
    class_shares: NDArray[np.floating] | None = None,
    class_means: NDArray[np.floating] | None = None,
) -> PriorSamples:
    """Draw z from N(0, I), or a class from `class_shares` and then z from the prior of that class.

    The first n of any number of samples are the same for a given seed.

    Parameters
    ----------
    count
        How many.
    seed
        The same seed gives the same samples again.
    class_shares
        Probability of each class [K], for a conditional model; None for one that knows no classes.
    class_means
        Mean of the prior of each class [K, 2]; zero where None.
    """
    noise = _random(seed, _NOISE_STREAM).standard_normal((count, 2))
    if class_shares is None:
        return PriorSamples(noise.astype(np.float32), None)
    edges = np.cumsum(class_shares) / np.sum(class_shares)
    drawn = np.searchsorted(edges, _random(seed, _CLASS_STREAM).random(count), side="right")
    labels = np.minimum(drawn, len(edges) - 1).astype(np.int64)
    if class_means is not None:
        noise = noise + class_means[labels]
    return PriorSamples(noise.astype(np.float32), labels)


def class_shares(labels: NDArray[np.int64] | None, classes: int) -> NDArray[np.float64]:
    """Return the share of each class among labels, or equal shares where there are none; float64 [classes]."""
    if labels is None or not len(labels):
        return np.full(classes, 1 / max(1, classes))
    counts = np.bincount(labels, minlength=classes)[:classes]
    return np.asarray(counts / max(1, counts.sum()), dtype=np.float64)


def _random(seed: int, stream: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stream])))
