"""The way of a path whose method looks at the model's pictures, for exports and the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.errors import CapabilityError
from vae_explorer.export.decoding import path_classes
from vae_explorer.export.progress import ExportCancelledError
from vae_explorer.language import tr
from vae_explorer.latent.metric_choice import metric_named
from vae_explorer.latent.paths import INTERPOLATIONS
from vae_explorer.models.snapshot import ModelSnapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    moments: Sequence[ModelSnapshot] = (),
    cancelled: IsCancelled | None = None,
) -> Course | None:
    """Return the way through `points` [P, 2] that a method finds with the model, None for other methods.

    `moments` are earlier ones of its training, for a metric that averages over late ones.

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
        raise CapabilityError(
            tr("The path {method} needs a model whose pictures can be measured: choose another method.", method=method)
        )
    from vae_explorer.latent.geodesics import Abandoned, find_course

    try:
        classes = path_classes(model, labels, len(points))
        return find_course(model, points, classes, metric=metric, moments=moments, cancelled=cancelled)
    except Abandoned:
        raise ExportCancelledError from None


def length_words(course: Course) -> str:
    """Return how long a way is beside the straight lines, as a sentence."""
    entry = metric_named(course.metric)
    metric = tr(entry.title).lower()
    words = (
        tr(
            "The path is {ratio:.3f} of the straight line's length (metric: {metric}).",
            ratio=course.ratio,
            metric=metric,
        )
        if len(course.legs) == 1
        else tr(
            "The path is {ratio:.3f} of the straight lines' length (metric: {metric}).",
            ratio=course.ratio,
            metric=metric,
        )
    )
    if entry.averages:
        words += f" {decoders_words(course)}"
    return words


def decoders_words(course: Course) -> str:
    """Return over how many moments a metric is averaged, as a sentence."""
    if course.decoders == 1:
        return tr("The run has kept no earlier weights, so the metric is that of these alone.")
    return tr("The metric is the mean over {decoders} moments of the training.", decoders=course.decoders)
