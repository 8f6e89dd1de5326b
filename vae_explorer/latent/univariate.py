"""Bell curves on the line: Gaussians, mixtures of two, and expectations under them by quadrature, in float64."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

_LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)
_REACH = 12.0
"""Standard deviations to each side that the quadrature covers; the density beyond is below 1e-31."""
_NODES = 4001


@dataclass(frozen=True, slots=True)
class Gaussian:
    """N(mean, deviation^2) on the line; `deviation` is positive."""

    mean: float
    deviation: float

    @property
    def parts(self) -> tuple[tuple[float, Gaussian], ...]:
        """Weights and Gaussians of which it is made: itself."""
        return ((1.0, self),)

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Return log N(x; mean, deviation^2) in nats, in the shape of x."""
        u = (np.asarray(x, dtype=np.float64) - self.mean) / self.deviation
        return np.asarray(-0.5 * u * u - (math.log(self.deviation) + _LOG_ROOT_TWO_PI))

    def density(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density at x, in the shape of x."""
        return np.asarray(np.exp(self.log_density(x)))

    def score(self, x: npt.ArrayLike) -> FloatArray:
        """Return the slope of the log density at x, in the shape of x."""
        return np.asarray((self.mean - np.asarray(x, dtype=np.float64)) / self.deviation**2)

    def sample(self, generator: np.random.Generator, count: int) -> FloatArray:
        """Return `count` draws [N]."""
        return np.asarray(self.mean + self.deviation * generator.standard_normal(count))


@dataclass(frozen=True, slots=True)
class Mixture:
    """weight * first + (1 - weight) * second, with a weight between 0 and 1."""

    first: Gaussian
    second: Gaussian
    weight: float = 0.5

    @property
    def parts(self) -> tuple[tuple[float, Gaussian], ...]:
        """Weights and Gaussians of which it is made; a part of weight 0 is left out."""
        both = ((self.weight, self.first), (1.0 - self.weight, self.second))
        return tuple(part for part in both if part[0] > 0)

    @property
    def mean(self) -> float:
        """Its mean."""
        return sum(weight * part.mean for weight, part in self.parts)

    @property
    def deviation(self) -> float:
        """Its standard deviation, by the law of total variance."""
        centre = self.mean
        return math.sqrt(sum(weight * (part.deviation**2 + (part.mean - centre) ** 2) for weight, part in self.parts))

    def log_density(self, x: npt.ArrayLike) -> FloatArray:
        """Return its log density in nats, in the shape of x."""
        return np.asarray(np.logaddexp.reduce(self._log_parts(x), axis=0))

    def density(self, x: npt.ArrayLike) -> FloatArray:
        """Return the density at x, in the shape of x."""
        return np.asarray(np.exp(self.log_density(x)))

    def score(self, x: npt.ArrayLike) -> FloatArray:
        """Return the slope of the log density at x: the scores of the parts, weighted by responsibility."""
        logs = self._log_parts(x)
        shares = np.exp(logs - np.logaddexp.reduce(logs, axis=0))
        scores = np.stack([part.score(x) for _, part in self.parts])
        return np.asarray((shares * scores).sum(axis=0))

    def sample(self, generator: np.random.Generator, count: int) -> FloatArray:
        """Return `count` draws [N]."""
        noise, chosen = generator.standard_normal(count), generator.random(count) < self.weight
        means = np.where(chosen, self.first.mean, self.second.mean)
        return np.asarray(means + np.where(chosen, self.first.deviation, self.second.deviation) * noise)

    def modes(self) -> tuple[float, ...]:
        """Return where its density peaks, from left to right: one place or two."""
        low, high = sorted((self.first.mean, self.second.mean))
        reach = 0.1 * min(self.first.deviation, self.second.deviation)
        x = np.linspace(low - reach, high + reach, _NODES)
        rising = self.score(x) > 0
        return tuple(float(place) for place in x[:-1][rising[:-1] & ~rising[1:]])

    def _log_parts(self, x: npt.ArrayLike) -> FloatArray:
        return np.stack([math.log(weight) + part.log_density(x) for weight, part in self.parts])


Distribution: TypeAlias = Gaussian | Mixture


@dataclass(frozen=True, slots=True)
class Rule:
    """A quadrature rule for N(0, 1): E[f(u)] is about the sum of weights * f(nodes); both are [M]."""

    nodes: FloatArray
    weights: FloatArray


def trapezoid_rule(count: int = _NODES) -> Rule:
    """Return the trapezoidal rule on [-12, 12], which converges geometrically on smooth functions that die out.

    Source: L. N. Trefethen and J. A. C. Weideman, *The exponentially convergent trapezoidal rule*, 2014 (section 5).
    """
    nodes = np.linspace(-_REACH, _REACH, count)
    weights = np.exp(-0.5 * nodes * nodes)
    return Rule(nodes, weights / weights.sum())


def places(part: Gaussian, rule: Rule) -> FloatArray:
    """Return the nodes of a rule [M] where a Gaussian has them."""
    return np.asarray(part.mean + part.deviation * rule.nodes)
