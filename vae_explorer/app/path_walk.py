"""Where a path lies on the plane, and with which classes its pictures are decoded: the same for every view of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.language import tr
from vae_explorer.latent.paths import INTERPOLATIONS, frame_times, interpolate, leg_times, path_length, path_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.state import LatentPath, ModelInfo
    from vae_explorer.latent.paths import Course

_STAND_IN = "linear"
"""What is shown of a path whose way must be found with the model, until it is."""


def follows_model(path: LatentPath) -> bool:
    """Whether a path has both ends, and its way between them must be found with the model."""
    return path.is_complete and _needs_model(path)


def is_drawn(path: LatentPath) -> bool:
    """Whether a path follows a line that was drawn by hand, with a waypoint at each bend."""
    return INTERPOLATIONS.get(path.method).at_even_pace


def awaits_course(path: LatentPath, course: Course | None) -> bool:
    """Whether a path's way must be found with the model and hasn't been: it is shown as straight lines meanwhile."""
    return _needs_model(path) and (course is None or not course.fits(_route(path)))


def positions(
    path: LatentPath, info: ModelInfo | None, times: NDArray[np.float64], course: Course | None = None
) -> NDArray[np.float64]:
    """Return where a complete path is at `times` [M]: points [M, 2].

    With class-mean priors and a class for each point, z - mu_y follows the method and mu_y the straight line.
    """
    return interpolate(
        _route(path),
        _method(path, course),
        times,
        centres=_centres(path, info),
        equal_speed=path.equal_speed,
        course=course,
    )


def position_now(path: LatentPath, info: ModelInfo | None, course: Course | None = None) -> NDArray[np.float64]:
    """Return where the slider of a complete path stands: [1, 2]."""
    return positions(path, info, np.array([path.position]), course)


def length(path: LatentPath, info: ModelInfo | None, course: Course | None = None) -> float:
    """Return the length of a complete path on the plane, in prior standard deviations."""
    return path_length(_route(path), _method(path, course), centres=_centres(path, info), course=course)


def strip_times(path: LatentPath) -> NDArray[np.float64]:
    """Return the times of the pictures of the film strip."""
    return frame_times(path.frames)


def point_classes(path: LatentPath, info: ModelInfo | None, label: int) -> tuple[int | None, ...] | None:
    """Return the class of each point of a path as an export takes it, or None for a model without classes.

    Parameters
    ----------
    path
        Its points may know the class of the sample they are.
    info
        The model at hand.
    label
        The class that is chosen in the window, for points that don't know theirs.
    """
    if info is None or not info.knows_classes:
        return None
    default = label if info.needs_label else None
    return tuple(point.label if _fits(point.label, info) else default for point in path.points)


def frame_classes(
    path: LatentPath, info: ModelInfo | None, label: int, times: NDArray[np.float64], course: Course | None = None
) -> NDArray[np.int64] | None:
    """Return the class with which a label-conditioned model decodes at each of the times [M], else None.

    Each picture takes the class of the nearer point of the path.
    """
    classes = point_classes(path, info, label)
    if classes is None or info is None or not info.needs_label:
        return None
    known = np.array([label if item is None else item for item in classes], dtype=np.int64)
    inside = np.clip(times, 0.0, 1.0)
    if path.is_complete:
        inside = leg_times(
            _route(path),
            _method(path, course),
            inside,
            centres=_centres(path, info),
            equal_speed=path.equal_speed,
            course=course,
        )
    nearest = np.rint(inside * (len(known) - 1)).astype(np.intp)
    return known[nearest]


def remarks(path: LatentPath, info: ModelInfo | None) -> tuple[str, ...]:
    """Return what a user should know about a complete path, such as the turn taken between opposite ends."""
    if _stays(path, info):
        return (tr("Start and end are the same point, so all pictures are alike: choose another end."),)
    return path_notes(_route(path), path.method, centres=_centres(path, info))


def _needs_model(path: LatentPath) -> bool:
    return INTERPOLATIONS.get(path.method).needs_model


def _stays(path: LatentPath, info: ModelInfo | None) -> bool:
    """Whether all points are one; a model that knows classes makes other pictures of each at the same place."""
    knows = info is not None and info.knows_classes
    return len({(point.z, point.label if knows else None) for point in path.points}) == 1


def _method(path: LatentPath, course: Course | None) -> str:
    return _STAND_IN if awaits_course(path, course) else path.method


def _route(path: LatentPath) -> NDArray[np.float64]:
    return np.array([point.z for point in path.points], dtype=np.float64)


def _centres(path: LatentPath, info: ModelInfo | None) -> NDArray[np.float32] | None:
    if info is None or info.class_means is None or _needs_model(path):
        return None
    labels = [point.label for point in path.points if point.label is not None and _fits(point.label, info)]
    return info.class_means[labels] if len(labels) == len(path.points) else None


def _fits(label: int | None, info: ModelInfo) -> bool:
    return label is not None and 0 <= label < info.classes
