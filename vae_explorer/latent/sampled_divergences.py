"""Divergences estimated from samples, with standard errors, as they accumulate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from vae_explorer.latent.divergences import log_ratio_to_middle
from vae_explorer.latent.univariate import Distribution, FloatArray

DIVERGENCES: Final = ("forward", "reverse", "js")
"""KL(p, q), KL(q, p) and JS(p, q), in the order of the columns of `divergence_terms`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over samples.

    Attributes
    ----------
    count
        Number of samples.
    mean
        Their mean; not a number where there is none.
    standard_error
        Standard deviation over the root of the count; not a number for fewer than two samples.
    """

    count: int
    mean: float
    standard_error: float


@dataclass(slots=True)
class RunningEstimates:
    """Means and standard errors of several quantities that accumulate in batches, without keeping the samples.

    Batches are merged as in T. F. Chan, G. H. Golub and R. J. LeVeque, 1979 (equation 2.1), which loses no digits.
    """

    count: int = 0
    means: FloatArray | None = None
    squares: FloatArray | None = None

    def add(self, terms: FloatArray) -> None:
        """Take in samples [N, K] of K quantities."""
        added = len(terms)
        if added == 0:
            return
        means = terms.mean(axis=0)
        squares = np.square(terms - means).sum(axis=0)
        if self.means is None or self.squares is None:
            self.count, self.means, self.squares = added, means, squares
            return
        total = self.count + added
        offset = means - self.means
        self.squares = self.squares + squares + offset * offset * (self.count * added / total)
        self.means = self.means + offset * (added / total)
        self.count = total

    def estimate(self, index: int) -> Estimate:
        """Return the estimate of one quantity."""
        if self.means is None or self.squares is None:
            return Estimate(0, math.nan, math.nan)
        error = math.nan
        if self.count > 1:
            error = math.sqrt(float(self.squares[index]) / (self.count - 1) / self.count)
        return Estimate(self.count, float(self.means[index]), error)


def divergence_terms(p: Distribution, q: Distribution, generator: np.random.Generator, count: int) -> FloatArray:
    """Return terms [N, 3] whose means are KL(p, q), KL(q, p) and JS(p, q) in nats.

    Each row takes one draw from p and one from q.

    Parameters
    ----------
    generator
        Where the draws come from; the same state gives the same terms.
    count
        Number of pairs of draws.
    """
    from_p, from_q = p.sample(generator, count), q.sample(generator, count)
    forward = p.log_density(from_p) - q.log_density(from_p)
    reverse = q.log_density(from_q) - p.log_density(from_q)
    js = 0.5 * (log_ratio_to_middle(p, q, from_p) + log_ratio_to_middle(q, p, from_q))
    return np.column_stack([forward, reverse, js])
