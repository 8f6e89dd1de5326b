"""What is known of a point of the plane from the encodings at hand: how dense they are there, and which are nearest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.state import Point, PointCloud
    from vae_explorer.latent.information import Gaussians

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


class Neighbourhood:
    """Encodings made ready to be asked about one point after the other; in one worker, since there may be a million.

    Parameters
    ----------
    cloud
        The encodings.
    train_count
        Rows below it are training pictures.
    """

    def __init__(self, cloud: PointCloud, train_count: int) -> None:
        self.cloud = cloud
        self._train_count = train_count

    def read(self, z: Point, *, count: int, left_out: int | None) -> PointReading:
        """Return what the encodings say of a point.

        Parameters
        ----------
        z
            The point.
        count
            How many neighbours are wanted.
        left_out
            Row that is no neighbour: the sample at the point itself.
        """
        import numpy as np

        places, rows = self._candidates
        offsets = places - np.asarray(z, dtype=np.float32)
        squares = np.einsum("nd,nd->n", offsets, offsets)
        kept = min(count + 1, len(squares))
        chosen = np.argpartition(squares, kept - 1)[:kept] if kept else np.zeros(0, dtype=np.intp)
        chosen = chosen[rows[chosen] != left_out] if left_out is not None else chosen
        chosen = chosen[np.argsort(squares[chosen], kind="stable")][:count]
        return PointReading(z, self._log_q(z), rows[chosen], np.sqrt(squares[chosen].astype(np.float64)))

    def _log_q(self, z: Point) -> float | None:
        import numpy as np

        posteriors = self._posteriors
        if not len(posteriors):
            return None
        with np.errstate(over="ignore"):
            return float(posteriors.log_mean_density(np.asarray([z], dtype=np.float64))[0])

    @cached_property
    def _candidates(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Places [N, 2] and rows [N] of the training pictures, or of all where none of them is encoded."""
        import numpy as np

        cloud = self.cloud
        finite = np.isfinite(cloud.z).all(axis=1)
        training = finite & (cloud.rows < self._train_count)
        chosen = training if training.any() else finite
        return np.ascontiguousarray(cloud.z[chosen], dtype=np.float32), cloud.rows[chosen]

    @cached_property
    def _posteriors(self) -> Gaussians:
        import numpy as np

        from vae_explorer.latent.information import Gaussians

        cloud = self.cloud
        part = slice(None, None, max(1, len(cloud.z) // MOST_POSTERIORS))
        mean, log_var = cloud.z[part].astype(np.float64), cloud.log_var[part].astype(np.float64)
        correlation = np.zeros(len(mean)) if cloud.correlation is None else cloud.correlation[part].astype(np.float64)
        finite = np.isfinite(mean).all(axis=1) & np.isfinite(log_var).all(axis=1)
        return Gaussians(mean[finite], log_var[finite], correlation[finite])
