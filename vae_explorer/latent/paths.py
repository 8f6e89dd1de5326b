"""Paths through the latent plane: named ways to go from one point to another, and routes over waypoints.

To add an interpolation, write one function and one entry of `INTERPOLATIONS`; the combo box, the film strip,
the export and the command line follow. A method that looks at a model's pictures has `needs_model`; its way is found
first (see ``geodesics``) and handed in as a `Course`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vae_explorer.errors import SettingError
from vae_explorer.language import marked, tr
from vae_explorer.latent.courses import Course
from vae_explorer.latent.interpolations import (
    FloatArray,
    cos_sin,
    is_antipodal,
    linear,
    spherical,
    spherical_notes,
    spherical_white,
    turn,
    white_notes,
)
from vae_explorer.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "INTERPOLATIONS",
    "Course",
    "FloatArray",
    "Interpolation",
    "frame_times",
    "interpolate",
    "is_antipodal",
    "leg_times",
    "path_length",
    "path_notes",
    "turn",
]

_STEPS_PER_LEG = 1024
_ROUNDING = 1e-12
"""Length beside the size of a path's points below which it is rounding error, and the path stays where it is."""
_SHORTEST = 1e-290
"""Length below which a share of it is no number in double precision any more."""


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
    needs_model
        Whether the way is found from a model's pictures; `function` is then what stands in until it is.
    at_even_pace
        Whether equal times always cover equal lengths of the whole path, for points that nobody spaced by hand.
    """

    name: str
    title: str
    summary: str
    function: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    notes: Callable[[FloatArray, FloatArray], tuple[str, ...]] | None = None
    needs_model: bool = False
    at_even_pace: bool = False


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
    course: Course | None = None,
) -> FloatArray:
    """Return positions [M, 2] on the path through `points`.

    Parameters
    ----------
    points
        Start, waypoints and end [P, 2]; a single point is a path that stays there.
    method
        A name of `INTERPOLATIONS`, used on each leg.
    t
        Times [M]: 0 is the start, 1 the end, and each leg takes the same time unless `equal_speed`. Before 0 the
        first leg goes on backwards and after 1 the last leg goes on, each as its method says.
    centres
        Prior mean mu_y of each point's class [P, 2] for a class-mean prior: z - mu_y is interpolated by `method` and
        mu_y linearly. None is the prior N(0, I). A way that was found with a model needs no means.
    equal_speed
        Whether equal times cover equal lengths of the whole path; outside [0, 1] times are then as without it.
    course
        The way through the points, for a method that needs a model; others don't look at it.

    Raises
    ------
    SettingError
        If the method is unknown or its way wasn't found yet, there is no point, or a number isn't finite.
    """
    route = _route(points, method, centres, course)
    return route.follow(route.leg_times(_times(t), equal_speed=equal_speed))


def leg_times(
    points: npt.ArrayLike,
    method: str,
    t: npt.ArrayLike,
    *,
    centres: npt.ArrayLike | None = None,
    equal_speed: bool = False,
    course: Course | None = None,
) -> FloatArray:
    """Return where on the path it is at `t` [M], counted so that each leg takes the same: 0 start, 1 end.

    Times P - 1 = 2 legs apart are those of `t` itself, but for paths of equal speed; see `interpolate`.
    """
    return _route(points, method, centres, course).leg_times(_times(t), equal_speed=equal_speed)


def path_length(
    points: npt.ArrayLike, method: str, *, centres: npt.ArrayLike | None = None, course: Course | None = None
) -> float:
    """Return the length of the path through `points` in the plane, in prior standard deviations."""
    return float(_route(points, method, centres, course).lengths()[1][-1])


def path_notes(points: npt.ArrayLike, method: str, *, centres: npt.ArrayLike | None = None) -> tuple[str, ...]:
    """Return sentences about choices that the method had to make on this path, for the window to show.

    An example is the direction of the turn between opposite ends. Most paths have none.
    """
    entry = INTERPOLATIONS.get(method)
    route, middles = _checked(points, centres)
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
    return note[:1].upper() + note[1:] if leg is None else tr("On leg {leg}, {note}", leg=leg, note=note)


@dataclass(frozen=True, slots=True, eq=False)
class _Route:
    entry: Interpolation
    points: FloatArray
    middles: FloatArray
    course: Course | None

    @property
    def legs(self) -> int:
        return len(self.points) - 1

    def follow(self, t: FloatArray) -> FloatArray:
        """Return positions at times of which each leg takes the same share."""
        if self.legs == 0:
            return np.repeat(self.points, len(t), axis=0)
        leg_of = np.clip(np.floor(t * self.legs), 0, self.legs - 1).astype(np.intp)
        path = np.empty((len(t), 2))
        for leg in np.unique(leg_of):
            chosen = leg_of == leg
            path[chosen] = self._along(int(leg), t[chosen] * self.legs - leg)
        return path

    def leg_times(self, t: FloatArray, *, equal_speed: bool) -> FloatArray:
        if not (equal_speed or self.entry.at_even_pace):
            return t
        times, lengths = self.lengths()
        if lengths[-1] <= max(_ROUNDING * np.abs(self.points).max(), _SHORTEST):
            return t
        inside = np.interp(t * lengths[-1], lengths, times)
        return np.where((t > 0) & (t < 1), inside, t)

    def lengths(self) -> tuple[FloatArray, FloatArray]:
        times = frame_times(max(self.legs, 1) * _STEPS_PER_LEG + 1)
        steps = np.diff(self.follow(times), axis=0)
        return times, np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])

    def _along(self, leg: int, t: FloatArray) -> FloatArray:
        ends = self.points[leg : leg + 2]
        if self.course is not None:
            path = _along_polyline(self.course.legs[leg], t)
        else:
            middles = self.middles[leg : leg + 2]
            offsets = ends - middles
            path = self.entry.function(offsets[0], offsets[1], t) + linear(middles[0], middles[1], t)
        path[t == 0] = ends[0]
        path[t == 1] = ends[1]
        return path


def _along_polyline(points: FloatArray, t: FloatArray) -> FloatArray:
    """Return positions [M, 2] at times of which each piece takes the same share; outside, end pieces go on."""
    pieces = len(points) - 1
    piece = np.clip(np.floor(t * pieces), 0, pieces - 1).astype(np.intp)
    rest = (t * pieces - piece)[:, None]
    return np.asarray((1 - rest) * points[piece] + rest * points[piece + 1])


def _times(t: npt.ArrayLike) -> FloatArray:
    times = np.atleast_1d(np.asarray(t, dtype=np.float64))
    if not np.isfinite(times).all():
        raise SettingError(tr("The times of a path hold a number that isn't finite."))
    return times


def _route(points: npt.ArrayLike, method: str, centres: npt.ArrayLike | None, course: Course | None) -> _Route:
    entry = INTERPOLATIONS.get(method)
    checked, middles = _checked(points, centres)
    if not entry.needs_model:
        return _Route(entry, checked, middles, None)
    if course is None or not course.fits(checked):
        raise SettingError(
            tr("The path {method} follows a model's pictures: find its way through these points first.", method=method)
        )
    return _Route(entry, checked, middles, course)


def _checked(points: npt.ArrayLike, centres: npt.ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    route = np.asarray(points, dtype=np.float64)
    if route.ndim != 2 or route.shape[1:] != (2,) or len(route) == 0:
        raise SettingError(tr("A path needs points of two numbers each: choose a start and an end."))
    middles = np.zeros_like(route) if centres is None else np.asarray(centres, dtype=np.float64)
    if middles.shape != route.shape:
        raise SettingError(
            tr(
                "A path of {count} points needs as many class means, but {means} were given.",
                count=len(route),
                means=len(middles),
            )
        )
    if not (np.isfinite(route).all() and np.isfinite(middles).all()):
        raise SettingError(tr("A point of the path holds a number that isn't finite: choose other points."))
    return route, middles


INTERPOLATIONS: Registry[Interpolation] = Registry(
    marked("interpolation"),
    [
        Interpolation(
            "spherical",
            marked("Spherical (polar)"),
            marked(
                "Turns evenly round the prior's mean while the distance from it changes evenly: it "
                "stays where data lie."
            ),
            spherical,
            spherical_notes,
        ),
        Interpolation(
            "linear",
            marked("Linear"),
            marked("The straight line; its middle lies nearer to the prior's mean than most samples do."),
            linear,
        ),
        Interpolation(
            "cos-sin",
            marked("Cosine and sine"),
            marked(
                "Weights cos and sin of an even turn; for random ends each point of the path is a sample of the prior."
            ),
            cos_sin,
        ),
        Interpolation(
            "spherical-white",
            marked("Spherical (White 2016)"),
            marked(
                "As published for many dimensions. It has a flaw in a plane: between nearly opposite ends it flies off."
            ),
            spherical_white,
            white_notes,
        ),
        Interpolation(
            "geodesic",
            marked("Geodesic"),
            marked("The way along which the decoded pictures change least: it goes round where they change quickly."),
            linear,
            needs_model=True,
        ),
        Interpolation(
            "hand-drawn",
            marked("Hand-drawn"),
            marked("Straight from point to point at an even pace: for a line drawn on the plane."),
            linear,
            at_even_pace=True,
        ),
    ],
)
"""All interpolations; the first is the default."""
