"""What a command makes a figure of: the model with what it is told, its classes, and the points of a path."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.cli.inputs import LONGEST_NUMBER, data_of, label, point
from vae_explorer.cli.reporting import say
from vae_explorer.errors import CapabilityError, SettingError
from vae_explorer.export.courses import length_words, path_course
from vae_explorer.export.decoding import knows_classes
from vae_explorer.export.provenance import Provenance
from vae_explorer.language import tr
from vae_explorer.latent.metric_choice import metric_named
from vae_explorer.runs.late_moments import late_moments

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.paths import Course, FloatArray
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.runs.folder import Run


_NO_CLASS = {"all", "none"}


@dataclass(frozen=True, slots=True)
class _End:
    """A point that a path goes through, and the class of the sample it comes from."""

    z: tuple[float, float]
    label: int | None


def route(
    chosen: argparse.Namespace, run: Run, model: ModelSnapshot
) -> tuple[npt.NDArray[np.float64], list[int | None] | None]:
    """Return the points that the path goes through [P, 2] and their classes; data are loaded only for samples."""
    words = [chosen.start, *chosen.via, chosen.end]
    needs_data = any(text.startswith("sample:") for text in words)
    dataset = data_of(run, chosen.data) if needs_data else None
    ends = [_end(text, model, dataset) for text in words]
    return np.array([end.z for end in ends]), _labels(model, ends, class_of(model, run, chosen.label))


def course_of(
    chosen: argparse.Namespace,
    run: Run,
    model: ModelSnapshot,
    points: FloatArray,
    labels: list[int | None] | None,
) -> Course | None:
    """Return the way of a path that follows the model's pictures, and say how long it is.

    Raises
    ------
    SettingError
        If there is no such metric, or one is named for a method that has none.
    """
    metric = "pixel" if chosen.metric is None else str(chosen.metric)
    moments = late_moments(run, model)[:-1] if metric_named(metric).averages else ()
    course = path_course(model, points, chosen.method, labels=labels, metric=metric, moments=moments)
    if course is not None:
        say(length_words(course))
    elif chosen.metric is not None:
        raise SettingError(
            tr("The option --metric has no effect on the method {method}: leave it out.", method=chosen.method)
        )
    return course


def provenance(kind: str, run: Run, model: ModelSnapshot, view: Mapping[str, object]) -> Provenance:
    """Return the note on what made a file of a run, with the settings that were in force at the model's moment."""
    return Provenance.of(kind, model, experiment=run.experiment_at(model.step).to_dict(), view=view, run=run.name)


def class_of(model: ModelSnapshot, run: Run, text: str | None) -> int | None:
    """Return the class that the option --label names, None without it.

    Raises
    ------
    SettingError
        If there is no such class, or the model knows none.
    """
    if text in _NO_CLASS and text not in run.data.class_names:
        return None
    if text is not None and not knows_classes(model):
        raise SettingError(
            tr("The option --label has no effect on the run {name}: its model knows no classes.", name=run.name)
        )
    return label(text, run.data.class_names)


def _end(text: str, model: ModelSnapshot, dataset: ImageDataset | None) -> _End:
    kind, _, rest = text.partition(":")
    if kind == "z" and rest:
        return _End(point(rest), None)
    if kind != "sample" or dataset is None:
        raise SettingError(
            tr("The point {text!r} must be z:X,Y, such as z:0.5,-1, or sample:I with a row of the data.", text=text)
        )
    row = _sample_row(rest, dataset)
    if not model.can_encode:
        raise CapabilityError(
            tr("This model has no encoder, so a sample has no place on its plane: name a point z:X,Y.")
        )
    labels = None if dataset.labels is None else dataset.labels[row]
    mean = model.encode(dataset.images[row], labels).mean[0]
    return _End((float(mean[0]), float(mean[1])), None if labels is None else int(labels[0]))


def _sample_row(text: str, dataset: ImageDataset) -> npt.NDArray[np.intp]:
    """Return where a row of the source is in the data set [1]."""
    is_number = text.isdecimal() and len(text) <= LONGEST_NUMBER
    rows = np.flatnonzero(dataset.source_rows == int(text)) if is_number else np.array([], dtype=np.intp)
    if not len(rows):
        raise SettingError(
            tr(
                "There is no sample {text!r}: {name} has the rows 0 to {last}.",
                text=text,
                name=dataset.name,
                last=dataset.source_rows.max(),
            )
        )
    return rows[:1]


def told(chosen: argparse.Namespace, run: Run, model: ModelSnapshot) -> ModelSnapshot:
    """Return a model that completes pictures bound to the one that was named, or to the first test image.

    Raises
    ------
    SettingError
        If a picture is named for a model that completes nothing, or it isn't one of the data.
    """
    text: str | None = chosen.condition
    if model.conditioning != "image":
        if text is not None:
            raise SettingError(
                tr(
                    "The option --condition has no effect on the run {name}: its model completes nothing.",
                    name=run.name,
                )
            )
        return model
    dataset = data_of(run, getattr(chosen, "data", None))
    if text is None:
        row = min(dataset.train_count, len(dataset) - 1)
        chosen.condition = f"sample:{dataset.source_rows[row]}"
        return model.given(dataset.images[row])
    kind, _, rest = text.partition(":")
    if kind != "sample":
        raise SettingError(tr("The picture {text!r} to complete must be sample:I with a row of the data.", text=text))
    return model.given(dataset.images[int(_sample_row(rest, dataset)[0])])


def _labels(model: ModelSnapshot, ends: list[_End], chosen: int | None) -> list[int | None] | None:
    """Return the class of each point of a path: the chosen one, else that of its sample, else its neighbour's."""
    if not knows_classes(model):
        return None
    if chosen is not None:
        return [chosen] * len(ends)
    known = next((end.label for end in ends if end.label is not None), None)
    return [known if end.label is None else end.label for end in ends]
