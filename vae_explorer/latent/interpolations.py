"""Ways from one point of the plane to another, by the two points alone."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from vae_explorer.language import tr

FloatArray: TypeAlias = npt.NDArray[np.float64]
SMALL_ANGLE = 1e-4
"""Radians below which a turn is taken as a straight line, and within which of pi two ends count as opposite."""
_FAR = 2.0
"""How many times as far out as its farther end a path goes before a note says so."""


def linear(z1: FloatArray, z2: FloatArray, t: FloatArray) -> FloatArray:
    """Return (1-t) z1 + t z2, [M, 2].

    Its middle lies nearer to the origin than samples of the prior do: for independent ends from N(0, I) the mean norm
    is 0.886 there, against 1.252 for the prior. For t outside [0, 1] it goes on along the same straight line.
    """
    return np.asarray(np.outer(1 - t, z1) + np.outer(t, z2))


def spherical(z1: FloatArray, z2: FloatArray, t: FloatArray) -> FloatArray:
    """Return the path [M, 2] whose angle turns evenly while its radius goes evenly from norm to norm.

    Ends of equal norm stay on their circle. The turn is the shorter one; within 1e-4 rad of opposite ends it is
    counter-clockwise, and below 1e-4 rad the path is the straight line. A zero vector takes the other's direction.
    For t outside [0, 1] the turn goes on at the same pace; a radius that would fall below 0 stays at 0.
    """
    angle = turn(z1, z2)
    if abs(angle) < SMALL_ANGLE:
        return linear(z1, z2, t)
    start = math.atan2(z1[1], z1[0])
    radius = np.maximum((1 - t) * math.hypot(*z1) + t * math.hypot(*z2), 0.0)
    theta = start + t * angle
    return np.stack([radius * np.cos(theta), radius * np.sin(theta)], axis=-1)


def spherical_white(z1: FloatArray, z2: FloatArray, t: FloatArray) -> FloatArray:
    """Return ``[z1 sin((1-t) W) + z2 sin(t W)] / sin W``, [M, 2], W the angle between the ends (White 2016).

    Made for many dimensions, where two samples are nearly at right angles. In a plane it has a flaw: between nearly
    opposite ends sin W is nearly zero, and the path flies off; its middle has the norm ``|z1 + z2| / (2 cos(W/2))``,
    whose mean over ends from N(0, I) is infinite. Ends of equal norm stay on their circle, as with `spherical`.
    Below 1e-4 rad, within 1e-4 rad of opposite ends, and with an end at the origin, the path is the straight line.
    For t outside [0, 1] it goes on round the same ellipse.
    """
    angle = abs(turn(z1, z2))
    if angle < SMALL_ANGLE or angle >= math.pi - SMALL_ANGLE:
        return linear(z1, z2, t)
    near, far = np.sin((1 - t) * angle), np.sin(t * angle)
    return np.asarray((np.outer(near, z1) + np.outer(far, z2)) / math.sin(angle))


def cos_sin(z1: FloatArray, z2: FloatArray, t: FloatArray) -> FloatArray:
    """Return z1 cos(theta) + z2 sin(theta), theta = t pi/2, [M, 2] (Su 2018).

    For independent ends from N(0, I) every point of the path has the law N(0, I). For t outside [0, 1] it goes on round
    the same ellipse, which closes at t = 4.
    """
    theta = t * (math.pi / 2)
    return np.asarray(np.outer(np.cos(theta), z1) + np.outer(np.sin(theta), z2))


def turn(z1: FloatArray, z2: FloatArray) -> float:
    """Return the angle in radians by which `spherical` turns from z1 to z2, positive counter-clockwise.

    It lies in (-pi, pi], but for ends within 1e-4 rad of opposite ones, which always turn counter-clockwise. It is 0
    where either end is the origin.
    """
    if not (np.any(z1) and np.any(z2)):
        return 0.0
    one, two = z1 / np.abs(z1).max(), z2 / np.abs(z2).max()
    angle = math.atan2(one[0] * two[1] - one[1] * two[0], one[0] * two[0] + one[1] * two[1])
    return angle + 2 * math.pi if angle <= SMALL_ANGLE - math.pi else angle


def is_antipodal(z1: npt.ArrayLike, z2: npt.ArrayLike) -> bool:
    """Whether two points lie opposite each other as seen from the origin, so that both turns are equally short."""
    return turn(_point(z1), _point(z2)) >= math.pi - SMALL_ANGLE


def spherical_notes(z1: FloatArray, z2: FloatArray) -> tuple[str, ...]:
    """Return what `spherical` had to choose between these ends."""
    if not (np.any(z1) and np.any(z2)):
        return (tr("an end at the origin has no direction and takes the other's, so the path is straight."),)
    if is_antipodal(z1, z2):
        return (tr("the ends lie opposite each other, so the path turns counter-clockwise."),)
    return ()


def white_notes(z1: FloatArray, z2: FloatArray) -> tuple[str, ...]:
    """Return what `spherical_white` does between these ends that nobody would expect."""
    if not (np.any(z1) and np.any(z2)):
        return (tr("an end at the origin has no direction, so the path is straight."),)
    if is_antipodal(z1, z2):
        return (tr("the path is straight: its ends lie opposite each other, where the formula divides by zero."),)
    farthest = float(np.hypot(*spherical_white(z1, z2, np.linspace(0.0, 1.0, 65)).T).max())
    if farthest > _FAR * max(math.hypot(*z1), math.hypot(*z2)):
        return (
            tr(
                "the path flies off to a distance of {farthest:.1f} from the prior's mean, as the "
                "formula does where the ends lie nearly opposite each other.",
                farthest=farthest,
            ),
        )
    return ()


def _point(z: npt.ArrayLike) -> FloatArray:
    return np.asarray(z, dtype=np.float64).reshape(2)
