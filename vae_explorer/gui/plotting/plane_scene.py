"""From the session's values to what the plane's view draws over the map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor

from vae_explorer.app import path_walk
from vae_explorer.app.state import LatentPath, LatentPoint, ModelInfo, Point, PointCloud, RunState
from vae_explorer.gui.plotting.scene import Ellipse, Handle, Ring
from vae_explorer.gui.theme import class_colour
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.session import Session
    from vae_explorer.latent.paths import Course

CURVE_STEPS = 48
"""Straight pieces with which one leg of the path is drawn."""
RING_COLOUR = QColor("#c9d2e3")
_MARGIN = 3.6


def rings(model: ModelInfo | None) -> tuple[Ring, ...]:
    """Return the rings of the prior, or of the prior of each class."""
    if model is None or model.class_means is None:
        return (Ring((0.0, 0.0), RING_COLOUR),)
    return tuple(
        Ring((float(z1), float(z2)), class_colour(label).lighter(125), model.class_name(label))
        for label, (z1, z2) in enumerate(model.class_means.tolist())
    )


def home(model: ModelInfo | None) -> tuple[Point, Point]:
    """Return the corners of the rectangle that holds the prior, or the priors of all classes."""
    if model is None or model.class_means is None:
        return (-_MARGIN, -_MARGIN), (_MARGIN, _MARGIN)
    low = model.class_means.min(axis=0) - _MARGIN
    high = model.class_means.max(axis=0) + _MARGIN
    return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))


def extent(cloud: PointCloud, model: ModelInfo | None) -> tuple[Point, Point]:
    """Return the corners of the rectangle that holds all encodings and the 1-sigma rings of the prior."""
    finite = cloud.z[np.isfinite(cloud.z).all(axis=1)]
    means = np.zeros((1, 2)) if model is None or model.class_means is None else model.class_means
    corners = np.concatenate([finite, means - 1.0, means + 1.0])
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.04 * float((high - low).max())
    return (float(low[0]) - margin, float(low[1]) - margin), (float(high[0]) + margin, float(high[1]) + margin)


def handles(path: LatentPath) -> tuple[Handle, ...]:
    """Return what can be dragged of a path; the ends last, so that they lie on top."""
    bends = path_walk.is_drawn(path)
    way = tuple(
        Handle("waypoint", point.z, index, bends) for index, point in enumerate(path.way_points)
    )  # untranslated: a name
    ends = (("end", path.end), ("start", path.start))
    return (*way, *(Handle(role, point.z) for role, point in ends if point is not None))


def path_positions(
    path: LatentPath, model: ModelInfo | None, t: NDArray[np.float64], course: Course | None = None
) -> NDArray[np.float64] | None:
    """Return the places [M, 2] on a path at times t [M], or None while an end is missing."""
    if not path.is_complete:
        return None
    return path_walk.positions(path, model, t, course)


def curve(path: LatentPath, model: ModelInfo | None, course: Course | None = None) -> NDArray[np.float64] | None:
    """Return the path as a line [M, 2]."""
    legs = max(1, len(path.points) - 1)
    return path_positions(path, model, np.linspace(0.0, 1.0, legs * CURVE_STEPS + 1), course)


def chord(path: LatentPath, course: Course | None) -> NDArray[np.float64] | None:
    """Return the straight lines [P, 2] that a way found with the model is compared with; None for other paths."""
    if course is None or not path_walk.follows_model(path) or path_walk.awaits_course(path, course):
        return None
    return course.points


def slider_place(path: LatentPath, model: ModelInfo | None, course: Course | None = None) -> Point | None:
    """Return where the slider stands on the plane."""
    place = path_positions(path, model, np.array([path.position]), course)
    return None if place is None else (float(place[0, 0]), float(place[0, 1]))


def encoding(cloud: PointCloud | None, sample: int | None) -> int | None:
    """Return the index in a cloud of a row of the data, or None if it isn't there or isn't finite."""
    if cloud is None or sample is None:
        return None
    index = cloud.index_of(sample)
    return index if index is not None and np.isfinite(cloud.z[index]).all() else None


def ellipse(cloud: PointCloud | None, pin: LatentPoint | None) -> Ellipse | None:
    """Return the posterior of the pinned sample; None where the encoder gives a point without a spread."""
    index = encoding(cloud, None if pin is None else pin.sample)
    if cloud is None or index is None or not np.isfinite(cloud.log_var[index]).all():
        return None
    with np.errstate(over="ignore"):
        deviations = np.exp(0.5 * cloud.log_var[index].astype(np.float64))
    correlation = 0.0 if cloud.correlation is None else float(cloud.correlation[index])
    if not np.isfinite(deviations).all() or not np.isfinite(correlation):
        return None
    (z1, z2), (first, second) = cloud.z[index].tolist(), deviations.tolist()
    return Ellipse((z1, z2), (first, second), correlation)


def no_pictures(model: ModelInfo | None) -> str:
    """Return why a model has no pictures to show, or "" for one that has."""
    if model is None or model.can_decode:
        return ""
    if model.can_classify:
        return tr("This model makes no pictures: it only tells classes apart. Its decision regions are on the plane.")
    return tr("This model makes no pictures: it has no decoder. Choose another objective to see some.")


def hint(session: Session, model: ModelInfo | None, *, waiting: str = "") -> str:
    """Return what to do while there is nothing to explore, or "".

    Parameters
    ----------
    session
        What there is.
    model
        Of the session, None while there is none.
    waiting
        What is said before the first training of a model that makes pictures; "" for what the plane says.
    """
    if model is not None and model.step > 0:
        return ""
    if session.state is RunState.LOADING:
        return tr("Loading the images …")
    if session.dataset is None:
        return tr("No images yet. Choose a data set under Experiment, or drop a file or folder on the window.")
    if session.state is RunState.FAILED:
        return tr("The training broke off: the message above says why, and what helps.")
    if session.state.is_active:
        return _what_is_awaited(session, model)
    return session.obstacle or _invitation(model, waiting)


def untrained(model: ModelInfo | None) -> str:
    """Return that a model has learned nothing yet, "" for one that has."""
    is_new = model is not None and model.step == 0
    return tr("This model isn't trained yet: press Train to let it learn.") if is_new else ""


def _what_is_awaited(session: Session, model: ModelInfo | None) -> str:
    """Return what a training waits for that has nothing to show yet, or ""."""
    if session.saving.is_asking:
        return tr("Training is paused: it can't be saved. The message above says why, and what helps.")
    if model is not None:
        return ""
    return tr("Training is paused.") if session.state is RunState.PAUSED else tr("Preparing the training …")


def _invitation(model: ModelInfo | None, waiting: str) -> str:
    if model is not None and not model.can_decode:
        return tr("Press Train and watch the classes part.")
    return waiting or tr("Press Train and watch this plane fill with pictures.")
