"""Laying one latent plane over another: the turn or reflection that brings encodings of the same images together.

Two models trained apart may lay the same images out in the same way and differ by a turn of the plane, because the
prior N(0, I) looks the same from all sides. Orthogonal Procrustes undoes that turn: among all orthogonal matrices it
finds the one that brings the encodings of one model nearest to those of the other, in least squares (P. H. Schönemann,
*A generalized solution of the orthogonal Procrustes problem*, Psychometrika 31, 1966). Scale and shift, which the prior
doesn't allow for free, can be fitted too (P. H. Schönemann and R. M. Carroll, Psychometrika 35, 1970).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import CapabilityError
from vae_explorer.language import tr

FloatArray = npt.NDArray[np.float64]
Matrix = tuple[tuple[float, float], tuple[float, float]]

LEAST_IMAGES = 3
"""Two points can always be brought together by a turn and a scale, which says nothing."""
_FLAT = 1e-9
"""Part of the larger singular value below which the smaller one is rounding."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """The map from one plane to another: z' = scale * z R + shift, with z a row and R orthogonal.

    Attributes
    ----------
    turn
        R, row by row.
    scale
        Factor of all lengths, above 0.
    shift
        Where the origin goes.
    explained
        Share of the variance of the other plane's encodings that the map explains, at most 1: 1 less the sum of
        squared distances after the map over the sum of squared distances from their mean. Below 0 where the mean alone
        would say more.
    explained_before
        The same share without any map, z' = z.
    images
        How many images it was fitted to; 0 for one that was given.
    """

    turn: Matrix = ((1.0, 0.0), (0.0, 1.0))
    scale: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    explained: float = math.nan
    explained_before: float = math.nan
    images: int = 0

    @property
    def is_reflection(self) -> bool:
        """Whether it mirrors the plane, besides turning it."""
        (a, b), (c, d) = self.turn
        return a * d - b * c < 0

    @property
    def angle(self) -> float:
        """Turn in degrees, counter-clockwise, above -180 and at most 180; of a reflection, the turn after z1 -> -z1."""
        (a, b), _ = self.turn
        angle = math.degrees(math.atan2(-b, -a) if self.is_reflection else math.atan2(b, a))
        return 180.0 if angle == -180.0 else angle

    @property
    def is_identity(self) -> bool:
        """Whether it leaves every point where it is."""
        return (self.turn, self.scale, self.shift) == (IDENTITY.turn, IDENTITY.scale, IDENTITY.shift)

    def apply(self, z: npt.ArrayLike) -> FloatArray:
        """Return where points [..., 2] of the one plane lie on the other."""
        return np.asarray(self.scale * (np.asarray(z, dtype=np.float64) @ np.array(self.turn)) + self.shift)

    def undo(self, z: npt.ArrayLike) -> FloatArray:
        """Return where points [..., 2] of the other plane lie on the one."""
        return np.asarray((np.asarray(z, dtype=np.float64) - self.shift) @ np.array(self.turn).T / self.scale)

    def inverse(self) -> Alignment:
        """Return the map back; what it explains isn't known."""
        (a, b), (c, d) = self.turn
        z1, z2 = self.undo((0.0, 0.0)).tolist()
        return Alignment(((a, c), (b, d)), 1.0 / self.scale, (z1, z2), images=self.images)

    def undo_spread(
        self, log_var: npt.NDArray[np.floating], correlation: npt.NDArray[np.floating]
    ) -> tuple[FloatArray, FloatArray]:
        """Return the spread of Gaussians of the other plane as the one shows it.

        Parameters
        ----------
        log_var
            Log variances along both axes, [N, 2]; minus infinity for points without a spread, which stay so.
        correlation
            Correlation of both dimensions, [N].

        Returns
        -------
        tuple
            Log variances [N, 2] and correlations [N], both float64.
        """
        deviation = np.exp(0.5 * np.asarray(log_var, dtype=np.float64))
        first, second = deviation[:, 0], deviation[:, 1]
        shared = np.asarray(correlation, dtype=np.float64) * first * second
        (a, b), (c, d) = self.turn
        # Covariance turned back: R C R', with R's rows (a, b) and (c, d).
        var1 = a * a * first**2 + 2 * a * b * shared + b * b * second**2
        var2 = c * c * first**2 + 2 * c * d * shared + d * d * second**2
        cross = a * c * first**2 + (a * d + b * c) * shared + b * d * second**2
        with np.errstate(divide="ignore", invalid="ignore"):
            turned = np.clip(np.where(var1 * var2 > 0, cross / np.sqrt(var1 * var2), 0.0), -1.0, 1.0)
            log_vars = np.log(np.stack([var1, var2], axis=1)) - 2 * math.log(self.scale)
        return log_vars, turned


IDENTITY = Alignment()


def align(source: npt.ArrayLike, target: npt.ArrayLike, *, scale: bool = False, shift: bool = False) -> Alignment:
    """Return the map that brings points nearest to others in least squares, in float64.

    With S = source' target = U D V', the turn is U V' (Schönemann 1966, equation 3.10). The scale is
    trace(D) / |source|^2, and with a shift both clouds are taken from their means first (Schönemann and Carroll 1970).
    Where the clouds lie along a line turn and reflection do equally well, and the turn is taken.

    Parameters
    ----------
    source, target
        Encodings [N, 2] of the same images in the same order under two models; rows that aren't finite in both are
        left out.
    scale, shift
        Whether lengths may change and the origin may move.

    Raises
    ------
    CapabilityError
        If fewer than three images are left, or a model lays all of them on one point.
    """
    one, other = _finite(source, target)
    middle, other_middle = one.mean(axis=0), other.mean(axis=0)
    variance = float(np.square(other - other_middle).sum())
    if not variance > 0 or not np.square(one - middle).sum() > 0:
        raise CapabilityError(tr("One of the models lays all images on one point: there is nothing to turn."))
    origin, other_origin = (middle, other_middle) if shift else (np.zeros(2), np.zeros(2))
    left, singular, right = np.linalg.svd((one - origin).T @ (other - other_origin))
    if singular[1] <= _FLAT * singular[0] and np.linalg.det(left @ right) < 0:
        left[:, 1] = -left[:, 1]
    turn = left @ right if singular[0] > 0 else np.eye(2)
    factor = float(singular.sum() / np.square(one - origin).sum()) if scale else 1.0
    factor = factor if factor > 0 else 1.0
    moved = other_origin - factor * (origin @ turn)
    mapped = factor * (one @ turn) + moved
    return Alignment(
        turn=((float(turn[0, 0]), float(turn[0, 1])), (float(turn[1, 0]), float(turn[1, 1]))),
        scale=factor,
        shift=(float(moved[0]), float(moved[1])),
        explained=1.0 - float(np.square(other - mapped).sum()) / variance,
        explained_before=1.0 - float(np.square(other - one).sum()) / variance,
        images=len(one),
    )


def _finite(source: npt.ArrayLike, target: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    one, other = np.asarray(source, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if one.ndim != 2 or one.shape[1] != 2 or one.shape != other.shape:
        raise CapabilityError(
            tr(
                "Two planes are aligned by pairs of points, not by {first} and {second}.",
                first=one.shape,
                second=other.shape,
            )
        )
    kept = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
    if np.count_nonzero(kept) < LEAST_IMAGES:
        raise CapabilityError(
            tr(
                "At least {least_images} images that both models place on their planes are needed to "
                "align them: choose models that were trained on the same pictures.",
                least_images=LEAST_IMAGES,
            )
        )
    return one[kept], other[kept]
