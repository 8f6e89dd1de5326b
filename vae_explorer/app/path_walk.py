"""Where a path lies on the plane, and with which classes its pictures are decoded: the same for every view of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.latent.paths import frame_times, interpolate, path_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.state import LatentPath, ModelInfo


def positions(path: LatentPath, info: ModelInfo | None, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where a complete path is at `times` [M]: points [M, 2].

    With class-mean priors and a class for each point, z - mu_y follows the method and mu_y the straight line.
    """
    return interpolate(_route(path), path.method, times, centres=_centres(path, info))


def position_now(path: LatentPath, info: ModelInfo | None) -> NDArray[np.float64]:
    """Return where the slider of a complete path stands: [1, 2]."""
    return positions(path, info, np.array([path.position]))


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
    path: LatentPath, info: ModelInfo | None, label: int, times: NDArray[np.float64]
) -> NDArray[np.int64] | None:
    """Return the class with which a label-conditioned model decodes at each of the times [M], else None.

    Each picture takes the class of the nearer point of the path.
    """
    classes = point_classes(path, info, label)
    if classes is None or info is None or not info.needs_label:
        return None
    known = np.array([label if item is None else item for item in classes], dtype=np.int64)
    nearest = np.rint(np.clip(times, 0.0, 1.0) * (len(known) - 1)).astype(np.intp)
    return known[nearest]


def remarks(path: LatentPath, info: ModelInfo | None) -> tuple[str, ...]:
    """Return what a user should know about a complete path, such as the turn taken between opposite ends."""
    return path_notes(_route(path), path.method, centres=_centres(path, info))


def _route(path: LatentPath) -> NDArray[np.float64]:
    return np.array([point.z for point in path.points], dtype=np.float64)


def _centres(path: LatentPath, info: ModelInfo | None) -> NDArray[np.float32] | None:
    if info is None or info.class_means is None:
        return None
    labels = [point.label for point in path.points if point.label is not None and _fits(point.label, info)]
    return info.class_means[labels] if len(labels) == len(path.points) else None


def _fits(label: int | None, info: ModelInfo) -> bool:
    return label is not None and 0 <= label < info.classes
