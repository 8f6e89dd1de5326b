"""The commands of ``vae-explorer export`` beside those for pictures: figures for papers, and tables."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.cli.inputs import data_of, opened, options, point
from vae_explorer.cli.progress import ShareProgress
from vae_explorer.cli.reporting import show
from vae_explorer.cli.subjects import class_of, course_of, provenance, route, told
from vae_explorer.config import to_dict
from vae_explorer.errors import ExportError, SettingError
from vae_explorer.export.figure_options import CurvesOptions, PlaneOptions
from vae_explorer.export.film_options import TrainingFilmOptions
from vae_explorer.export.formats import ANIMATIONS, FIGURES, NETWORKS, TABLES, suffix_of
from vae_explorer.export.grid_encodings import follows_encodings
from vae_explorer.export.options import StripOptions
from vae_explorer.language import tr
from vae_explorer.latent.measures import EvaluationOptions
from vae_explorer.training.changes import change_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.runs.folder import Run

    Floats = npt.NDArray[np.float64]

_STEPS_A_LEG = 200


def plane(chosen: argparse.Namespace) -> int:
    """Write the plane as a figure for a paper."""
    from vae_explorer.export.plane_contents import plane_contents
    from vae_explorer.export.plane_figure import plane_sheet
    from vae_explorer.export.vector import save_figure
    from vae_explorer.runs.late_moments import late_moments

    suffix_of(chosen.out, FIGURES)
    _centre(chosen)
    run, model = opened(chosen.run, chosen.at)
    known = class_of(model, run, chosen.label)
    chosen.label = None if known is None else str(known)
    wanted = options(PlaneOptions, chosen)
    if wanted.tiles or wanted.layer != "none":
        model = told(chosen, run, model)
    drawn, way, view = _drawn_path(chosen, run, model)
    dataset = _images(chosen, wanted, run, model)
    moments = late_moments(run, model) if wanted.layer == "disagreement" else ()
    with ShareProgress() as progress:
        gathering = progress.part(tr("Gathering"), 0.0, 0.8)
        contents = plane_contents(model, wanted, dataset, route=drawn, way=way, moments=moments, progress=gathering)
        progress("Drawing", 0.8)
        note = provenance("plane", run, model, {**to_dict(wanted), **view, "condition": chosen.condition})
        return _written(save_figure(chosen.out, plane_sheet(contents, wanted), note))


def curves(chosen: argparse.Namespace) -> int:
    """Write the curves of a run as a figure for a paper."""
    from vae_explorer.export.curves_figure import curves_sheet
    from vae_explorer.export.vector import save_figure

    suffix_of(chosen.out, FIGURES)
    wanted = options(CurvesOptions, chosen)
    run, model = opened(chosen.run)
    changes = [(change, change_words(change, run.experiment)) for change in run.changes]
    sheet = curves_sheet(run.metrics, wanted, run.experiment.objective_entry.terms, changes)
    return _written(save_figure(chosen.out, sheet, provenance("curves", run, model, to_dict(wanted))))


def metrics(chosen: argparse.Namespace) -> int:
    """Write the curves of a run as a table."""
    from vae_explorer.export.metrics import save_metrics

    suffix_of(chosen.out, TABLES)
    run, model = opened(chosen.run)
    return _written(save_metrics(chosen.out, run.metrics, provenance("metrics", run, model, {})))


def evaluation(chosen: argparse.Namespace) -> int:
    """Measure a run on test images and write the measures, or the values of each image, as a table.

    Raises
    ------
    ExportError
        If there is nothing to write, or the file can't be written.
    """
    from vae_explorer.export.measures import save_image_values, save_measures
    from vae_explorer.latent.evaluation import evaluate

    suffix_of(chosen.out, TABLES)
    run, model = opened(chosen.run, chosen.at)
    dataset = data_of(run, chosen.data)
    wanted = options(EvaluationOptions, chosen)
    with ShareProgress() as progress:
        found = evaluate(model, dataset, wanted, progress=progress, cancelled=lambda: False)
    if found is None:
        raise ExportError(tr("The evaluation was given up, so there is nothing to write."))
    note = provenance("evaluation", run, model, {**to_dict(wanted), "data": dataset.name})
    if chosen.per_image:
        return _written(save_image_values(chosen.out, found, dataset.source_rows, note))
    return _written(save_measures(chosen.out, found, note))


def onnx(chosen: argparse.Namespace) -> int:
    """Write a part of the model as an ONNX file that was run to see that it does the same."""
    from vae_explorer.export.networks import save_onnx

    suffix_of(chosen.out, NETWORKS)
    run, model = opened(chosen.run, chosen.at)
    note = provenance("onnx", run, model, {"part": chosen.part})
    names = run.data.class_names
    with ShareProgress() as progress:
        told_of = progress.part(tr("Writing the {part} and trying it", part=chosen.part))
        return _written(save_onnx(chosen.out, model, chosen.part, note, class_names=names, progress=told_of))


def film(chosen: argparse.Namespace) -> int:
    """Write the film of the training: the grid or the plane at each kept moment."""
    from vae_explorer.export.films import save_film
    from vae_explorer.export.training_film import (
        as_animation,
        chosen_moments,
        grid_drawing,
        plane_drawing,
        training_frames,
    )

    suffix_of(chosen.out, ANIMATIONS)
    run, model = opened(chosen.run)
    known = class_of(model, run, chosen.label)
    chosen.label = None if known is None else str(known)
    wanted = options(TrainingFilmOptions, chosen)
    picture = told(chosen, run, model).condition
    places = wanted.shows == "plane" or follows_encodings(model, wanted.spacing)
    dataset = data_of(run, chosen.data) if places and model.can_encode else None
    draw = grid_drawing(wanted.grid, dataset)
    if wanted.shows == "plane":
        draw = plane_drawing(wanted.plane, dataset, wanted.width)
    kept = chosen_moments(run.moments, wanted.moments)
    note = provenance("film", run, model, {**to_dict(wanted), "condition": chosen.condition})
    with ShareProgress() as progress:
        frames = training_frames(
            kept,
            lambda moment: _completing(run.load_moment(moment), picture),
            draw,
            wanted,
            progress=progress.part(tr("Drawing the moments"), 0.0, 0.8),
        )
        encoding = progress.part(tr("Writing the film"), 0.8)
        return _written(save_film(chosen.out, frames, as_animation(wanted), note, progress=encoding))


def path(chosen: argparse.Namespace) -> int:
    """Write where a path is at each of its pictures as a table."""
    from vae_explorer.export.columns import save_columns
    from vae_explorer.export.path_table import path_table

    suffix_of(chosen.out, TABLES)
    wanted = options(StripOptions, chosen)
    run, model = opened(chosen.run, chosen.at)
    points, labels = route(chosen, run, model)
    method, even = chosen.method, chosen.equal_speed
    course = course_of(chosen, run, model, points, labels)
    table = path_table(
        model, points, frames=wanted.frames, method=method, labels=labels, equal_speed=even, course=course
    )
    view = {"points": points.tolist(), "labels": labels, "method": method, "equal_speed": even, "frames": wanted.frames}
    view |= {} if course is None else {"metric": course.metric}
    return _written(save_columns(chosen.out, table, provenance("path", run, model, view)))


def _completing(model: ModelSnapshot, picture: npt.NDArray[np.uint8] | None) -> ModelSnapshot:
    return model if picture is None else model.given(picture)


def _written(file: Path) -> int:
    show(str(file))
    return 0


def _centre(chosen: argparse.Namespace) -> None:
    """Turn ``--centre X,Y`` into the two settings that it stands for."""
    chosen.centre_z1 = chosen.centre_z2 = None
    if chosen.centre is not None:
        chosen.centre_z1, chosen.centre_z2 = map(str, point(chosen.centre))


def _images(chosen: argparse.Namespace, wanted: PlaneOptions, run: Run, model: ModelSnapshot) -> ImageDataset | None:
    """Return the images that the figure places; None where it shows none, or the model has no encoder."""
    shows = wanted.points != "none" or wanted.density or wanted.layer in {"aggregate", "averaged"}
    if not model.can_encode and (chosen.points not in {None, "none"} or wanted.density):
        raise SettingError(
            tr(
                "The options --points and --density have no effect on the run {name}: its model has no encoder.",
                name=run.name,
            )
        )
    return data_of(run, chosen.data) if shows and model.can_encode else None


def _drawn_path(
    chosen: argparse.Namespace, run: Run, model: ModelSnapshot
) -> tuple[Floats | None, Floats | None, Mapping[str, object]]:
    """Return the path as short steps, its points, and what the note says of it; nothing without --from and --to."""
    from vae_explorer.export.figures import path_latents

    if chosen.start is None and chosen.end is None and not chosen.via:
        return None, None, {}
    if chosen.start is None or chosen.end is None:
        raise SettingError(
            tr("A path needs both its ends: give --from and --to, or leave out --via and the other one.")
        )
    way, labels = route(chosen, run, model)
    times = np.linspace(0.0, 1.0, _STEPS_A_LEG * (len(way) - 1) + 1)
    course = course_of(chosen, run, model, way, labels)
    drawn = path_latents(model, way, times, method=chosen.method, labels=labels, course=course)
    return drawn, way, {"way": way.tolist(), "labels": labels, "method": chosen.method, "metric": chosen.metric}
