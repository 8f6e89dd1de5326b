"""Paths through the latent plane: named ways to go from one point to another, and routes over way points.

To add an interpolation, write one function and one entry of `INTERPOLATIONS`; the combo box, the film strip,
the export and the command line follow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import SettingError
from vae_explorer.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray: TypeAlias = npt.NDArray[np.float64]
SMALL_ANGLE = 1e-4
"""Radians below which a turn is taken as a straight line, and within which of pi two ends count as opposite."""
_STEPS_PER_LEG = 1024


@dataclass(frozen=True, slots=True)
class Interpolation:
    """One way from a point to another.

    Attributes
    ----------
    name
        As typed on the command line.
    title, summary
        Words for a form and its help.
    function
        ``function(z1 [2], z2 [2], t [M])`` returns [M, 2]: z1 at t = 0, z2 at t = 1, defined for every finite t.
    notes
        ``notes(z1 [2], z2 [2])`` returns what a user should know about these two ends, as sentence parts
        that follow "on leg 1,"; None where there is never anything to say.
    """

    name: str
    title: str
    summary: str
    function: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    notes: Callable[[FloatArray, FloatArray], tuple[str, ...]] | None = None


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


def frame_times(frames: int) -> FloatArray:
    """Return the times [frames] of evenly spaced frames, both ends included; a single frame is at 0."""
    return np.linspace(0.0, 1.0, frames)


def interpolate(
    points: npt.ArrayLike,
    method: str,
    t: npt.ArrayLike,
    *,
    centres: npt.ArrayLike | None = None,
    equal_speed: bool = False,
) -> FloatArray:
    """Return positions [M, 2] on the path through `points`.

    Parameters
    ----------
    points
        Start, way points and end [P, 2]; a single point is a path that stays there.
    method
        A name of `INTERPOLATIONS`, used on each leg.
    t
        Times [M]: 0 is the start, 1 the end, and each leg takes the same time unless `equal_speed`. Before 0 the
        first leg goes on backwards and after 1 the last leg goes on, each as its method says.
    centres
        Prior mean mu_y of each point's class [P, 2] for a class-mean prior: z - mu_y is interpolated by `method` and
        mu_y linearly. None is the prior N(0, I).
    equal_speed
        Whether equal times cover equal lengths of the whole path; outside [0, 1] times are then as without it.

    Raises
    ------
    SettingError
        If the method is unknown, there is no point, or a number isn't finite.
    """
    entry = INTERPOLATIONS.get(method)
    route, middles = _route(points, centres)
    times = np.atleast_1d(np.asarray(t, dtype=np.float64))
    if not np.isfinite(times).all():
        raise SettingError("The times of a path hold a number that isn't finite.")
    if equal_speed:
        times = _equal_speed_times(entry, route, middles, times)
    return _follow(entry, route, middles, times)


def path_length(points: npt.ArrayLike, method: str, *, centres: npt.ArrayLike | None = None) -> float:
    """Return the length of the path through `points` in the plane, in prior standard deviations."""
    entry = INTERPOLATIONS.get(method)
    return float(_lengths(entry, *_route(points, centres))[1][-1])


def path_notes(points: npt.ArrayLike, method: str, *, centres: npt.ArrayLike | None = None) -> tuple[str, ...]:
    """Return sentences about choices that the method had to make on this path, for the window to show.

    An example is the direction of the turn between opposite ends. Most paths have none.
    """
    entry = INTERPOLATIONS.get(method)
    route, middles = _route(points, centres)
    if entry.notes is None:
        return ()
    offsets = route - middles
    legs = len(route) - 1
    return tuple(
        _sentence(note, leg + 1 if legs > 1 else None)
        for leg in range(legs)
        for note in entry.notes(offsets[leg], offsets[leg + 1])
    )


def _sentence(note: str, leg: int | None) -> str:
    return note[:1].upper() + note[1:] if leg is None else f"On leg {leg}, {note}"


def _spherical_notes(z1: FloatArray, z2: FloatArray) -> tuple[str, ...]:
    if not (np.any(z1) and np.any(z2)):
        return ("an end at the origin has no direction and takes the other's, so the path is straight.",)
    if is_antipodal(z1, z2):
        return ("the ends lie opposite each other, so the path turns counter-clockwise.",)
    return ()


def _follow(entry: Interpolation, route: FloatArray, middles: FloatArray, t: FloatArray) -> FloatArray:
    legs = len(route) - 1
    if legs == 0:
        return np.repeat(route, len(t), axis=0)
    leg_of = np.clip(np.floor(t * legs), 0, legs - 1).astype(np.intp)
    path = np.empty((len(t), 2))
    for leg in np.unique(leg_of):
        chosen = leg_of == leg
        path[chosen] = _along_leg(entry, route[leg : leg + 2], middles[leg : leg + 2], t[chosen] * legs - leg)
    return path


def _along_leg(entry: Interpolation, ends: FloatArray, middles: FloatArray, t: FloatArray) -> FloatArray:
    offsets = ends - middles
    path = entry.function(offsets[0], offsets[1], t) + linear(middles[0], middles[1], t)
    path[t == 0] = ends[0]
    path[t == 1] = ends[1]
    return path


def _equal_speed_times(entry: Interpolation, route: FloatArray, middles: FloatArray, t: FloatArray) -> FloatArray:
    times, lengths = _lengths(entry, route, middles)
    if lengths[-1] == 0:
        return t
    inside = np.interp(t * lengths[-1], lengths, times)
    return np.where((t > 0) & (t < 1), inside, t)


def _lengths(entry: Interpolation, route: FloatArray, middles: FloatArray) -> tuple[FloatArray, FloatArray]:
    times = frame_times(max(len(route) - 1, 1) * _STEPS_PER_LEG + 1)
    steps = np.diff(_follow(entry, route, middles, times), axis=0)
    return times, np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])


def _route(points: npt.ArrayLike, centres: npt.ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    route = np.asarray(points, dtype=np.float64)
    if route.ndim != 2 or route.shape[1:] != (2,) or len(route) == 0:
        raise SettingError("A path needs points of two numbers each: choose a start and an end.")
    middles = np.zeros_like(route) if centres is None else np.asarray(centres, dtype=np.float64)
    if middles.shape != route.shape:
        raise SettingError(f"A path of {len(route)} points needs as many class means, but {len(middles)} were given.")
    if not (np.isfinite(route).all() and np.isfinite(middles).all()):
        raise SettingError("A point of the path holds a number that isn't finite: choose other points.")
    return route, middles


def _point(z: npt.ArrayLike) -> FloatArray:
    return np.asarray(z, dtype=np.float64).reshape(2)


INTERPOLATIONS: Registry[Interpolation] = Registry(
    "interpolation",
    [
        Interpolation(
            "spherical",
            "Spherical (polar)",
            "Turns evenly round the prior's mean while the distance from it changes evenly: it stays where data lie.",
            spherical,
            _spherical_notes,
        ),
        Interpolation(
            "linear",
            "Linear",
            "The straight line; its middle lies nearer to the prior's mean than most samples do.",
            linear,
        ),
        Interpolation(
            "cos-sin",
            "Cosine and sine",
            "Weights cos and sin of an even turn; for random ends each point of the path is a sample of the prior.",
            cos_sin,
        ),
    ],
)
"""All interpolations; the first is the default."""
