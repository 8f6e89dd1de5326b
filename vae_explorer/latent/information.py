"""What the plane knows of the pictures: q(z), mutual information, and active dimensions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.language import marked, tr
from vae_explorer.latent.measures import Measure

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.latent.measures import Pace

ACTIVE_VARIANCE = 0.01
"""Variance of the posterior means over pictures above which a dimension is active (Burda et al. 2016, section 5)."""
_MOST_TERMS = 60_000_000
_POINTS_AN_IMAGE = 50
_FEWEST_POINTS = 2000
_CHUNK = 1 << 20
_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Gaussians:
    """Posteriors of some pictures in double precision.

    Attributes
    ----------
    mean, log_var
        float64 [N, 2].
    correlation
        float64 [N].
    """

    mean: npt.NDArray[np.float64]
    log_var: npt.NDArray[np.float64]
    correlation: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.mean)

    def draw(self, rows: npt.NDArray[np.int64], random: np.random.Generator) -> npt.NDArray[np.float64]:
        """Return one point of each of the posteriors `rows` [P], [P, 2]."""
        noise = random.standard_normal((len(rows), 2))
        correlation = self.correlation[rows]
        noise[:, 1] = correlation * noise[:, 0] + np.sqrt(1 - correlation**2) * noise[:, 1]
        return np.asarray(self.mean[rows] + np.exp(0.5 * self.log_var[rows]) * noise)

    def log_densities(self, z: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return log q(z|x) in nats at points [P, 2], each under its own posterior of `rows` [P]."""
        scaled = (z - self.mean[rows]) * np.exp(-0.5 * self.log_var[rows])
        rest = 1 - self.correlation[rows] ** 2
        squares = np.square(scaled).sum(axis=1) - 2 * self.correlation[rows] * scaled.prod(axis=1)
        return np.asarray(-0.5 * (squares / rest + np.log(rest) + self.log_var[rows].sum(axis=1)) - _LOG_2PI)

    def log_mean_density(self, z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return log q(z) in nats at points [P, 2]: the log of the mean over all posteriors."""
        inverse = np.exp(-0.5 * self.log_var)
        first = z[:, :1] * inverse[:, 0] - self.mean[:, 0] * inverse[:, 0]
        second = z[:, 1:] * inverse[:, 1] - self.mean[:, 1] * inverse[:, 1]
        rest = 1 - self.correlation**2
        exponents = (first * first + second * second - 2 * self.correlation * first * second) * (-0.5 / rest)
        exponents -= 0.5 * (np.log(rest) + self.log_var.sum(axis=1))
        tops = exponents.max(axis=1, keepdims=True)
        sums = np.exp(exponents - tops).sum(axis=1)
        return np.asarray(tops[:, 0] + np.log(sums) - math.log(len(self)) - _LOG_2PI)


@dataclass(frozen=True, slots=True)
class Information:
    """How the mean KL of the posteriors to the prior splits (Hoffman & Johnson 2016), in nats.

    Attributes
    ----------
    mutual, mutual_error
        I_q(x; z) of the pictures measured, at most the log of their number, and its standard error.
    aggregate_kl, aggregate_error
        KL(q(z) || p(z)) and its standard error.
    points
        From how many points they were estimated.
    """

    mutual: float
    mutual_error: float
    aggregate_kl: float
    aggregate_error: float
    points: int


def information(
    q: Gaussians,
    prior_means: npt.NDArray[np.float64],
    prior_shares: npt.NDArray[np.float64],
    *,
    seed: int,
    pace: Pace,
) -> Information:
    """Return mutual information and the KL of q(z), by points drawn from q(z) whose density is known exactly.

    ``I = E[log q(z|x) - log q(z)]`` and ``KL = E[log q(z) - log p(z)]`` over the same points.

    Parameters
    ----------
    q
        Posteriors.
    prior_means, prior_shares
        The prior: normal distributions of unit variance round means [K, 2] with shares [K].
    seed
        Of the points.
    pace
        Told how far it is.
    """
    count = len(q)
    points = max(_FEWEST_POINTS, min(_POINTS_AN_IMAGE * count, _MOST_TERMS // count))
    random = np.random.default_rng([seed, 1])
    rows = np.resize(random.permutation(count), points).astype(np.int64)
    z = q.draw(rows, random)
    aggregate = np.empty(points)
    step = max(1, _CHUNK // count)
    for start in range(0, points, step):
        pace.step(tr("measuring what the plane knows"), start / points)
        aggregate[start : start + step] = q.log_mean_density(z[start : start + step])
    prior = Gaussians(prior_means, np.zeros_like(prior_means), np.zeros(len(prior_means)))
    each = np.stack([prior.log_densities(z, np.full(points, k)) for k in range(len(prior_means))], axis=1)
    with np.errstate(divide="ignore"):
        log_prior = np.logaddexp.reduce(each + np.log(prior_shares), axis=1)
    mutual, kl = q.log_densities(z, rows) - aggregate, aggregate - log_prior
    return Information(float(mutual.mean()), _error(mutual), float(kl.mean()), _error(kl), points)


def active_units(mean: npt.NDArray[np.floating]) -> int:
    """Return how many dimensions of the posterior means [N, 2] vary by more than `ACTIVE_VARIANCE`."""
    return int(np.count_nonzero(np.var(np.asarray(mean, dtype=np.float64), axis=0) > ACTIVE_VARIANCE))


def kl_measures(kl: npt.NDArray[np.float64]) -> list[Measure]:
    """Return the mean KL and that of each dimension, from [N, 2] in nats."""
    whole = kl.sum(axis=1)
    error = float(whole.std() / np.sqrt(len(whole)))
    note = marked("standard error over images {error:.2f}", error=error)
    return [Measure("kl", "KL", float(whole.mean()), "nats", note=note)] + [
        Measure(f"kl_z{number + 1}", marked("KL of z{number}", number="₁₂"[number]), float(column.mean()), "nats")
        for number, column in enumerate(kl.T)
    ]


def active_measure(mean: npt.NDArray[np.floating]) -> Measure:
    """Return the number of active dimensions of posterior means [N, 2]."""
    note = marked(
        "variance of the posterior means over pictures above {active_variance:g}", active_variance=ACTIVE_VARIANCE
    )
    return Measure("active_units", marked("Active dimensions"), active_units(mean), "", note=note)


def _error(values: npt.NDArray[np.float64]) -> float:
    return float(values.std() / math.sqrt(len(values)))
