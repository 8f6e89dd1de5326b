"""Which modes of a known mixture a generator reaches: from pictures back to points, and from points to counts.

The rules are those of Srivastava et al. (2017, VEEGAN) and Lin et al. (2018, PacGAN): a sample is of high quality if
it lies within three standard deviations of the nearest mode; a mode is covered if at least one such sample is nearest
to it; the reverse KL compares the shares of the modes among all samples, each counted for its nearest mode, with those
of the mixture. Samples whose picture shows no point count as poor, and in the reverse KL not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.mixtures import draw_points, pixel_places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.data.mixtures import Mixture

NEAR: Final = 3.0
"""Deviations from its centre within which a sample belongs to a mode."""
CONVENTION_SAMPLES: Final = 2500
"""Samples that the papers draw."""
_DARK: Final = 0.02
"""Grey level, from 0 to 1, that is taken off every pixel: a faint glow of the ground moves no point."""
_MASSES: Final = (0.5, 1.5)
_SPREAD: Final = 2.0
_ROWS: Final = 4096


@dataclass(frozen=True, slots=True, eq=False)
class FoundPoints:
    """Points read off pictures.

    Attributes
    ----------
    xy
        Centres of mass, float64 [N, 2]; NaN for a black picture.
    is_point
        bool [N]: whether the picture shows one blob of about the right size.
    """

    xy: NDArray[np.float64]
    is_point: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ModeCoverage:
    """How samples spread over the modes of a mixture.

    Attributes
    ----------
    samples
        Number of samples, those that are no points included.
    points
        How many of them are points.
    near
        Samples of high quality of each mode, int64 [K]: those within three deviations of its centre.
    nearest
        Points of each mode, near or far, int64 [K].
    """

    samples: int
    points: int
    near: NDArray[np.int64]
    nearest: NDArray[np.int64]

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Which modes hold at least one sample of high quality, bool [K]."""
        return self.near > 0

    @property
    def modes_covered(self) -> int:
        """Number of covered modes."""
        return int(np.count_nonzero(self.covered))

    @property
    def high_quality(self) -> float:
        """Share of all samples that are of high quality; those that are no points count as poor."""
        return float(self.near.sum() / self.samples) if self.samples else 0.0

    @property
    def balance(self) -> NDArray[np.float64]:
        """Share of each mode among the points, float64 [K]."""
        return np.asarray(self.nearest / max(1, self.points), dtype=np.float64)

    @property
    def reverse_kl(self) -> float:
        """KL of the shares of the modes to the mixture's equal shares, in nats; NaN where there is no point."""
        return reverse_kl(self.balance, np.full(len(self.near), 1 / len(self.near))) if self.points else float("nan")


def find_points(pictures: NDArray[np.uint8]) -> FoundPoints:
    """Read the point off each picture: the centre of mass, and whether there is one blob and nothing else.

    A picture counts as a point if its mass lies between half and one and a half times that of a blob, and the mean
    squared distance from its centre is at most twice a blob's. Two half-bright blobs more than 2.8 of their
    deviations apart, a smear, an empty picture and a bright one are no points.

    Parameters
    ----------
    pictures
        uint8 [N, 1, H, H] or [N, H, H], as the data sets ring and grid draw them.

    Raises
    ------
    ValueError
        If the pictures aren't square and grey.
    """
    side = pictures.shape[-1]
    if pictures.shape[-2] != side or (pictures.ndim == 4 and pictures.shape[1] != 1):
        raise ValueError(f"points are read off square grey pictures, not off {list(pictures.shape)}")
    rows = pictures.reshape(len(pictures), side * side)
    moments = np.concatenate([_moments(rows[start : start + _ROWS], side) for start in range(0, len(rows), _ROWS)])
    mass, spread = _blob(side)
    with np.errstate(invalid="ignore", divide="ignore"):
        xy = moments[:, 1:3] / moments[:, :1]
        spreads = moments[:, 3] / moments[:, 0] - np.square(xy).sum(axis=1)
    right_mass = (moments[:, 0] >= _MASSES[0] * mass) & (moments[:, 0] <= _MASSES[1] * mass)
    return FoundPoints(xy, right_mass & (np.nan_to_num(spreads, nan=np.inf) <= _SPREAD * spread))


def count_modes(found: FoundPoints, mixture: Mixture) -> ModeCoverage:
    """Count the samples of each mode of a mixture."""
    modes = len(mixture.centres)
    xy = found.xy[found.is_point]
    distance = np.linalg.norm(xy[:, None, :] - mixture.centres, axis=2)
    nearest = distance.argmin(axis=1)
    is_near = distance[np.arange(len(xy)), nearest] <= NEAR * mixture.deviation
    return ModeCoverage(
        samples=len(found.xy),
        points=len(xy),
        near=np.bincount(nearest[is_near], minlength=modes),
        nearest=np.bincount(nearest, minlength=modes),
    )


def reverse_kl(shares: NDArray[np.floating], reference: NDArray[np.floating]) -> float:
    """Return ``sum p log(p / q)`` in nats, for shares p [K] of a generator and q [K] of the data.

    It is infinite where the generator makes what the data haven't, and finite where it leaves something out.
    """
    made = shares > 0
    if np.any(reference[made] <= 0):
        return float("inf")
    return max(0.0, float(np.sum(shares[made] * np.log(shares[made] / reference[made]))))


def _moments(rows: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """Return mass, first moments and second moment of pictures [N, H * H], float64 [N, 4]."""
    places = pixel_places(side)
    x, y = np.tile(places, side), np.repeat(-places, side)
    weights = np.stack([np.ones_like(x), x, y, x * x + y * y], axis=1).astype(np.float32)
    levels = rows.astype(np.float32)
    levels -= 255 * _DARK
    np.maximum(levels, 0, out=levels)
    return np.asarray(levels @ weights, dtype=np.float64)


@cache
def _blob(side: int) -> tuple[float, float]:
    """Return mass and mean squared distance from its centre of the blob that stands for a point."""
    picture = np.rint(255 * draw_points(np.zeros((1, 2)), side)).astype(np.uint8)
    mass, _, _, second = _moments(picture.reshape(1, -1), side)[0].tolist()
    return mass, second / mass
