"""The aggregate posterior q(z), the even mixture of all posteriors, and the map between it and the unit square.

The map is that of Rosenblatt (1952): u1 = F(z1), u2 = F(z2 | z1), with F the distribution functions under q(z). It
makes z that follow q(z) uniform on the unit square; its inverse takes an even grid of the square to places on the
plane each of which stands for an equal share of q(z).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import SettingError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray: TypeAlias = npt.NDArray[np.float64]

MOST_POSTERIORS = 2_000
"""Posteriors of which the mixture is made at most, spread evenly over all: more change a grid by less than a cell."""
_LEAST_DEVIATION = 0.02
"""Least standard deviation of a posterior, as a share of how far the means spread: single points have no quantiles."""
_REACH = 9.0
"""Standard deviations beyond the outermost means at which a distribution function is 0 or 1 to the last digit."""
_NODES = 257
_STEPS = 24
_FAINTEST = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class PosteriorMixture:
    """Gaussians on the plane with equal weights.

    Attributes
    ----------
    mean, deviation
        float64 [N, 2].
    correlation
        Of the two dimensions, float64 [N].
    """

    mean: FloatArray
    deviation: FloatArray
    correlation: FloatArray

    @classmethod
    def of(
        cls,
        mean: npt.NDArray[np.floating],
        log_var: npt.NDArray[np.floating],
        correlation: npt.NDArray[np.floating] | None = None,
    ) -> PosteriorMixture:
        """Return the mixture of posteriors with means and log variances [N, 2] and correlations [N].

        Posteriors that aren't finite are left out, and of many some are taken. Very narrow ones are widened a little.

        Raises
        ------
        SettingError
            If none is finite.
        """
        rho = np.zeros(len(mean)) if correlation is None else np.asarray(correlation, dtype=np.float64)
        known = np.flatnonzero(np.isfinite(mean).all(axis=1) & np.isfinite(rho) & ~np.isnan(log_var).any(axis=1))
        if not len(known):
            raise SettingError(tr("No image has a place on the plane, so there is no q(z) to lay a grid over."))
        if len(known) > MOST_POSTERIORS:
            known = known[np.linspace(0, len(known) - 1, MOST_POSTERIORS).round().astype(np.int64)]
        means = np.asarray(mean[known], dtype=np.float64)
        spread = max(float(means.std(axis=0).max()), 1e-6)
        with np.errstate(over="ignore", under="ignore"):
            deviation = np.exp(0.5 * np.asarray(log_var[known], dtype=np.float64))
        deviation = np.clip(deviation, _LEAST_DEVIATION * spread, 1e3 * spread + 1e3)
        return cls(means, deviation, np.clip(rho[known], -0.9999, 0.9999))

    def grid(self, n: int, check: Callable[[], None] | None = None) -> FloatArray:
        """Return the points [n, n, 2] whose u are (i + 1/2) / n, row 0 on top and column 0 at the left.

        `check` is called between columns; it raises to leave the work.
        """
        shares = (np.arange(n) + 0.5) / n
        low, high = self._bounds(self.mean[:, 0], self.deviation[:, 0])
        columns = _inverted(self._marginal, shares, low, high)
        grid = np.empty((n, n, 2))
        for column, z1 in enumerate(columns.tolist()):
            if check is not None:
                check()
            given = self._given(z1)
            low, high = self._bounds(self.mean[:, 1], self.deviation[:, 1])
            grid[:, column, 0] = z1
            grid[:, column, 1] = _inverted(given, shares, low, high)[::-1]
        return grid

    @staticmethod
    def _bounds(mean: FloatArray, deviation: FloatArray) -> tuple[float, float]:
        return float((mean - _REACH * deviation).min()), float((mean + _REACH * deviation).max())

    def _marginal(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the distribution function of z1 and its density at values [M]."""
        return _mixed(z, self.mean[:, 0], self.deviation[:, 0], np.full(len(self.mean), 1 / len(self.mean)))

    def _given(self, z1: float) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
        """Return the distribution function of z2 given z1, with its density."""
        scaled = (z1 - self.mean[:, 0]) / self.deviation[:, 0]
        log_weights = -0.5 * np.square(scaled) - np.log(self.deviation[:, 0])
        weights = np.exp(log_weights - log_weights.max())
        near = weights > _FAINTEST
        mean = self.mean[near, 1] + self.correlation[near] * self.deviation[near, 1] * scaled[near]
        deviation = self.deviation[near, 1] * np.sqrt(1 - self.correlation[near] ** 2)
        shares = weights[near] / weights[near].sum()
        return lambda z: _mixed(z, mean, deviation, shares)


def _mixed(
    z: FloatArray, mean: FloatArray, deviation: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    import torch

    scaled = (z[:, None] - mean) / deviation
    density = np.exp(-0.5 * np.square(scaled)) / (np.sqrt(2 * np.pi) * deviation)
    shares = torch.special.ndtr(torch.from_numpy(scaled)).numpy()
    return np.asarray(shares @ weights), np.asarray(density @ weights)


def _inverted(
    function: Callable[[FloatArray], tuple[FloatArray, FloatArray]], targets: FloatArray, low: float, high: float
) -> FloatArray:
    """Return where a growing function takes values [M] between two bounds: Newton's steps, halving where they leave."""
    nodes = np.linspace(low, high, _NODES)
    place = np.clip(np.searchsorted(function(nodes)[0], targets), 1, _NODES - 1)
    left, right = nodes[place - 1], nodes[place]
    z = (left + right) / 2
    for _ in range(_STEPS):
        value, slope = function(z)
        below = value < targets
        left, right = np.where(below, z, left), np.where(below, right, z)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = z - (value - targets) / slope
        moved = np.where((step >= left) & (step <= right), step, (left + right) / 2)
        if np.all(np.abs(moved - z) <= 1e-11 * (1 + np.abs(z))):
            return np.asarray(moved)
        z = moved
    return np.asarray(z)
