"""What is known of a point of the plane from the encodings at hand: how dense they are there, and which are nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.state import Point, PointCloud

MOST_POSTERIORS = 20_000
"""About how many posteriors q(z) is the mean of, taken evenly."""


@dataclass(frozen=True, slots=True, eq=False)
class PointReading:
    """What encodings say of a point.

    Attributes
    ----------
    z
        The point.
    log_q
        log q(z) in nats, None where the encoder has no noise.
    rows, distances
        Nearest training pictures (test pictures where no training picture is encoded), int64 [K] and float64 [K] in
        prior standard deviations.
    """

    z: Point
    log_q: float | None
    rows: NDArray[np.int64]
    distances: NDArray[np.float64]


def read_point(cloud: PointCloud, z: Point, *, train_count: int, count: int, left_out: int | None) -> PointReading:
    """Return what encodings say of a point; in a worker, since there may be a million of them.

    Parameters
    ----------
    cloud
        The encodings.
    z
        The point.
    train_count
        Rows below it are training pictures.
    count
        How many neighbours are wanted.
    left_out
        Row that is no neighbour: the sample at the point itself.
    """
    import numpy as np

    place = np.asarray(z, dtype=np.float64)
    squares = np.square(cloud.z.astype(np.float64) - place).sum(axis=1)
    eligible = np.isfinite(squares)
    if left_out is not None:
        eligible &= cloud.rows != left_out
    training = eligible & (cloud.rows < train_count)
    chosen = np.flatnonzero(training if training.any() else eligible)
    count = min(count, len(chosen))
    if count:
        chosen = chosen[np.argpartition(squares[chosen], count - 1)[:count]]
        chosen = chosen[np.argsort(squares[chosen], kind="stable")]
    return PointReading(z, _log_q(cloud, place), cloud.rows[chosen], np.sqrt(squares[chosen]))


def _log_q(cloud: PointCloud, place: NDArray[np.float64]) -> float | None:
    import numpy as np

    from vae_explorer.latent.information import Gaussians

    finite = np.flatnonzero(np.isfinite(cloud.z).all(axis=1) & np.isfinite(cloud.log_var).all(axis=1))
    finite = finite[:: max(1, len(finite) // MOST_POSTERIORS)]
    if not len(finite):
        return None
    correlation = np.zeros(len(cloud.z)) if cloud.correlation is None else cloud.correlation
    mean, log_var = cloud.z[finite].astype(np.float64), cloud.log_var[finite].astype(np.float64)
    posteriors = Gaussians(mean, log_var, correlation[finite].astype(np.float64))
    with np.errstate(over="ignore"):
        return float(posteriors.log_mean_density(place[None])[0])
