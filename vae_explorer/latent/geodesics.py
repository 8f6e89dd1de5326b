"""Shortest paths on the plane as a decoder sees it: the way along which its pictures change least.

A lattice finds which side to go round (Dijkstra 1959), then the curve's energy ``(n-1) sum of squared steps`` is
minimised (Shao, Kumar & Fletcher 2018). The found way is never longer than the straight line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from vae_explorer.errors import SettingError
from vae_explorer.language import tr
from vae_explorer.latent.geometry import PullbackMetric
from vae_explorer.latent.lattice_search import lattice_path
from vae_explorer.latent.metric_choice import Metric, metric_named
from vae_explorer.latent.minimising import minimised
from vae_explorer.latent.paths import Course

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from vae_explorer.models.snapshot import ModelSnapshot

    FloatArray = npt.NDArray[np.float64]
    _Leg = tuple[tuple[tuple[float, ...], tuple[float, ...]], tuple[int | None, int | None]]

_NODES = 65
_PLACES = 4 * (_NODES - 1) + 1
"""Places of a way that was found: where the pictures change fast its speed is even between the nodes too."""
_DENSITY = 4
"""Pieces into which each is cut to measure a length: a chord between far pictures is shorter than the way."""
_ITERATIONS = 60
_TOLERANCE = 1e-5
_LEAST_DISTANCE = 1e-3
"""Ends nearer than this are joined by a straight line: single precision can't tell the pictures between them apart."""


class Abandoned(Exception):  # noqa: N818  (not an error: nobody wants the result any more)
    """Raised inside a search to leave it after it was cancelled."""


@dataclass(frozen=True, slots=True, eq=False)
class Geodesic:
    """A way between two points.

    Attributes
    ----------
    path
        Positions at even times at constant speed in the metric, float64 [K, 2].
    length, straight
        Its length and that of the straight line, in units of the metric.
    """

    path: FloatArray
    length: float
    straight: float


def find_course(
    model: ModelSnapshot,
    points: npt.ArrayLike,
    labels: Sequence[int | None] | None = None,
    *,
    metric: str = "pixel",
    moments: Sequence[ModelSnapshot] = (),
    known: Course | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Course:
    """Return the shortest way from point to point.

    Parameters
    ----------
    model
        The model. One that completes pictures is bound to one, see `ModelSnapshot.given`.
    points
        Start, waypoints and end [P, 2].
    labels
        Class of each point, for a label-conditioned model; between points of different classes the metric is the
        mean of both.
    metric
        A name of `METRICS`.
    moments
        Earlier moments of the model's training, for a metric that averages over late ones: it is then the expected
        metric of all these decoders and the model's own (Syrota et al. 2024), and places where they disagree cost more.
    known
        A way that was found with the same model: its legs between the same points are taken as they are.
    cancelled
        Asked between steps of some milliseconds.

    Raises
    ------
    Abandoned
        If it was cancelled.
    CapabilityError
        If the model has no decoder, no likelihood for the Fisher metric, or needs a class that wasn't named.
    SettingError
        If a point isn't finite, or there is no such metric.
    """
    route = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(route).all():
        raise SettingError(tr("A point of the path holds a number that isn't finite: choose other points."))
    needs_label = labels is not None and model.conditioning == "label"
    classes = tuple(labels) if labels is not None and needs_label else (None,) * len(route)
    chosen = metric_named(metric)
    decoders = (*moments, model) if chosen.averages else (model,)
    of_class = {label: _expected(decoders, chosen.base, label) for label in set(classes)}
    found = _known_legs(known, metric)
    legs = []
    for leg in zip(pairwise(map(tuple, route.tolist())), pairwise(classes), strict=True):
        if leg not in found:
            (start, end), both = leg
            mean = PullbackMetric.mean([of_class[label] for label in sorted(set(both), key=both.index)])
            found[leg] = geodesic(mean, start, end, cancelled=cancelled)
        legs.append(found[leg])
    return Course(
        points=route,
        legs=tuple(leg.path for leg in legs),
        lengths=np.array([leg.length for leg in legs]),
        straight=np.array([leg.straight for leg in legs]),
        metric=metric,
        classes=classes,
        decoders=len(decoders),
    )


def _expected(decoders: Sequence[ModelSnapshot], metric: Metric, label: int | None) -> PullbackMetric:
    """Return the mean of the metrics of some decoders."""
    each = []
    for model in decoders:
        told = np.zeros(model.image_shape, np.uint8) if model.condition is None else model.condition
        each.append(PullbackMetric.of_model(model.network, metric, label=label, condition=told))
    return PullbackMetric.mean(each)


def _known_legs(known: Course | None, metric: str) -> dict[_Leg, Geodesic]:
    """Return the ways of a course by their points and classes."""
    if known is None or known.metric != metric:
        return {}
    places = pairwise(map(tuple, known.points.tolist()))
    ways = map(Geodesic, known.legs, known.lengths.tolist(), known.straight.tolist())
    return dict(zip(zip(places, pairwise(known.classes), strict=True), ways, strict=True))


def geodesic(
    metric: PullbackMetric, start: npt.ArrayLike, end: npt.ArrayLike, *, cancelled: Callable[[], bool] | None = None
) -> Geodesic:
    """Return the shortest way between two points that the search finds; never longer than the straight line.

    Raises
    ------
    Abandoned
        If it was cancelled.
    """
    ends = np.array([start, end], dtype=np.float64)
    line = ends[0] + np.linspace(0.0, 1.0, _NODES)[:, None] * (ends[1] - ends[0])
    line[-1] = ends[1]
    straight = Polyline.along(metric, line)
    if np.hypot(*(ends[1] - ends[0])) < _LEAST_DISTANCE or not 0 < straight.length < np.inf:
        return Geodesic(line, straight.length, straight.length)
    _check(cancelled)
    rough = Polyline.along(metric, lattice_path(metric, ends[0], ends[1]))
    best = min(straight, rough, key=lambda curve: curve.length)
    best = refined(metric, best.evenly(_NODES), cancelled=cancelled)
    even = best.evenly(_PLACES)
    smooth = Polyline.along(metric, even, density=1)
    if smooth.length > straight.length:
        return Geodesic(straight.evenly(_PLACES), straight.length, straight.length)
    return Geodesic(even, smooth.length, straight.length)


@dataclass(frozen=True, slots=True, eq=False)
class Polyline:
    """A polyline, measured.

    Attributes
    ----------
    corners
        Its corners, float64 [K, 2].
    points
        These with points between them, float64 [M, 2].
    lengths
        Length up to each of the points, float64 [M].
    """

    corners: FloatArray
    points: FloatArray
    lengths: FloatArray

    @classmethod
    def along(cls, metric: PullbackMetric, corners: FloatArray, density: int = _DENSITY) -> Polyline:
        """Measure the polyline through some corners [K, 2], each piece cut into `density` ones."""
        times = np.arange((len(corners) - 1) * density + 1) / density
        whole = np.minimum(times.astype(np.intp), len(corners) - 2)
        rest = (times - whole)[:, None]
        points = (1 - rest) * corners[whole] + rest * corners[whole + 1]
        with torch.no_grad():
            squares = metric.squared_steps(torch.tensor(points, dtype=metric.dtype)).double()
        steps = squares.clamp_min(0).sqrt().numpy()
        return cls(corners, points, np.concatenate([[0.0], np.cumsum(steps)]))

    @property
    def length(self) -> float:
        """Length of the whole."""
        return float(self.lengths[-1])

    def evenly(self, count: int) -> FloatArray:
        """Return `count` points at even lengths, both ends included."""
        wanted = np.linspace(0.0, self.length, count)
        columns = [np.interp(wanted, self.lengths, column) for column in self.points.T]
        even = np.stack(columns, axis=1)
        even[0], even[-1] = self.points[0], self.points[-1]
        return even


def measured(metric: PullbackMetric, path: npt.ArrayLike) -> float:
    """Return the length of a polyline [K, 2] in units of the metric; each piece is cut into four to measure it."""
    return Polyline.along(metric, np.asarray(path, dtype=np.float64)).length


def refined(metric: PullbackMetric, path: FloatArray, *, cancelled: Callable[[], bool] | None = None) -> Polyline:
    """Return a path [K, 2] after its energy was made as small as possible, or itself where that made it longer."""
    spread = _bridge(len(path) - 2)

    def energy(y: FloatArray) -> tuple[float, FloatArray]:
        _check(cancelled)
        value, slope = _energy(metric, _moved(path, spread, y))
        return value, (spread.T @ slope[1:-1]).ravel()

    found = minimised(energy, np.zeros(2 * len(spread)), iterations=_ITERATIONS, tolerance=_TOLERANCE)
    before, after = (Polyline.along(metric, way) for way in (path, _moved(path, spread, found)))
    return after if after.length < before.length else before


def _energy(metric: PullbackMetric, path: FloatArray) -> tuple[float, FloatArray]:
    """Return ``(n-1) sum of squared steps`` and its gradient [n, 2]."""
    z = torch.tensor(path, dtype=metric.dtype, requires_grad=True)
    energy: Tensor = (len(path) - 1) * metric.squared_steps(z).double().sum()
    (slope,) = torch.autograd.grad(energy, z)
    return energy.item(), slope.double().numpy()


def _moved(path: FloatArray, spread: FloatArray, y: FloatArray) -> FloatArray:
    moved = path.copy()
    moved[1:-1] += spread @ y.reshape(-1, 2)
    return moved


def _bridge(count: int) -> FloatArray:
    """Return the matrix [count, count] that turns independent values into smooth moves of the inner points.

    With it the energy of a path under a metric that is the same everywhere has the same curvature in all directions, so
    that the search needs tens of steps rather than hundreds.
    """
    stiffness = (2 * np.eye(count) - np.eye(count, k=1) - np.eye(count, k=-1)) * (count + 1)
    return np.asarray(np.linalg.inv(np.linalg.cholesky(stiffness)).T)


def _check(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Abandoned
