"""The way of a path whose method looks at the model's pictures, for exports and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.errors import CapabilityError
from vae_explorer.export.decoding import path_classes
from vae_explorer.export.progress import ExportCancelledError
from vae_explorer.latent.metric_choice import METRICS, metric_named
from vae_explorer.latent.paths import INTERPOLATIONS
from vae_explorer.models.snapshot import ModelSnapshot

if TYPE_CHECKING:
    from vae_explorer.export.decoding import Decoding, Labels
    from vae_explorer.export.progress import IsCancelled
    from vae_explorer.latent.paths import Course, FloatArray


def path_course(
    model: Decoding,
    points: FloatArray,
    method: str,
    *,
    labels: Labels = None,
    metric: str = "pixel",
    cancelled: IsCancelled | None = None,
) -> Course | None:
    """Return the way through `points` [P, 2] that a method finds with the model, None for other methods.

    Raises
    ------
    CapabilityError
        If the model can't measure its plane, see `find_course`.
    ExportCancelledError
        If the user cancels.
    SettingError
        If there is no such method or metric.
    """
    if not INTERPOLATIONS.get(method).needs_model:
        return None
    if not isinstance(model, ModelSnapshot):
        raise CapabilityError(f"The path {method} needs a model whose pictures can be measured: choose another method.")
    from vae_explorer.latent.geodesics import Abandoned, find_course

    try:
        return find_course(model, points, path_classes(model, labels, len(points)), metric=metric, cancelled=cancelled)
    except Abandoned:
        raise ExportCancelledError from None


def length_words(course: Course) -> str:
    """Return how long a way is beside the straight lines, as a sentence."""
    title = METRICS[metric_named(course.metric)].title
    return f"The path is {course.ratio:.3f} of the straight line's length (metric: {title.lower()})."
