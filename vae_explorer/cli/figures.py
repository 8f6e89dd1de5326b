"""The commands that write pictures, animations and tables of a run."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from vae_explorer.cli.inputs import data_of, opened, options, point
from vae_explorer.cli.progress import ShareProgress
from vae_explorer.cli.reporting import say, show
from vae_explorer.cli.subjects import class_of, course_of, provenance, route, told
from vae_explorer.config import to_dict, with_text
from vae_explorer.errors import SettingError
from vae_explorer.export.decoding import path_centres
from vae_explorer.export.figures import grid_picture, path_frames, strip_picture
from vae_explorer.export.films import save_film
from vae_explorer.export.formats import ANIMATIONS, PICTURES, TABLES, suffix_of
from vae_explorer.export.grid_encodings import follows_encodings, grid_encodings
from vae_explorer.export.latents import latent_table
from vae_explorer.export.mosaic import mosaic
from vae_explorer.export.options import AnimationOptions, GridOptions, StripOptions
from vae_explorer.export.pictures import save_png
from vae_explorer.export.tables import save_latents
from vae_explorer.language import tr
from vae_explorer.latent.paths import path_notes


def decode(chosen: argparse.Namespace) -> int:
    """Write the picture at one point of the plane.

    Raises
    ------
    SettingError
        If the point or the scale makes no sense, or a class is named that the model doesn't decode with.
    """
    suffix_of(chosen.out, PICTURES)
    z = point(chosen.z)
    scale = with_text(StripOptions(), "scale", chosen.scale).scale
    run, model = opened(chosen.run, chosen.at)
    model = told(chosen, run, model)
    if chosen.label is not None and model.conditioning == "class-mean":
        raise SettingError(
            tr(
                "The option --label has no effect on one point of the run {name}: all its classes "
                "share one plane, so leave it out.",
                name=run.name,
            )
        )
    known = class_of(model, run, chosen.label)
    picture = mosaic(model.decode(np.array([z]), known)[None], 0, scale)
    view = {"z": z, "label": known, "condition": chosen.condition, "scale": scale}
    return _written(save_png(chosen.out, picture, provenance("picture", run, model, view)))


def grid(chosen: argparse.Namespace) -> int:
    """Write the grid of pictures decoded all over the plane."""
    suffix_of(chosen.out, PICTURES)
    run, model = opened(chosen.run, chosen.at)
    model = told(chosen, run, model)
    known = class_of(model, run, chosen.label)
    chosen.label = None if known is None else str(known)
    settings = options(GridOptions, chosen)
    dataset = data_of(run, None) if follows_encodings(model, settings.spacing) and model.can_encode else None
    with ShareProgress() as progress:
        places = grid_encodings(model, settings.spacing, dataset)
        picture = grid_picture(model, settings, encoded=places, progress=progress.part(tr("Decoding")))
    view = {**to_dict(settings), "condition": chosen.condition}
    return _written(save_png(chosen.out, picture, provenance("grid", run, model, view)))


def strip(chosen: argparse.Namespace) -> int:
    """Write the walk from one point to another as a strip."""
    suffix_of(chosen.out, PICTURES)
    return path(chosen)


def walk(chosen: argparse.Namespace) -> int:
    """Write the walk from one point to another as a film."""
    suffix_of(chosen.out, ANIMATIONS)
    return path(chosen)


def path(chosen: argparse.Namespace) -> int:
    """Write the walk from one point to another, as a strip or as an animation."""
    settings = _path_options(chosen)
    run, model = opened(chosen.run, chosen.at)
    model = told(chosen, run, model)
    points, labels = route(chosen, run, model)
    method, even = chosen.method, chosen.equal_speed
    course = course_of(chosen, run, model, points, labels)
    for note in path_notes(points, method, centres=path_centres(model, labels, len(points))):
        say(note)
    view = {"points": points.tolist(), "labels": labels, "method": method, "equal_speed": even, **to_dict(settings)}
    view |= {"condition": chosen.condition} | ({} if course is None else {"metric": course.metric})
    walked = {"method": method, "labels": labels, "equal_speed": even, "course": course}
    with ShareProgress() as progress:
        decoding = progress.part(tr("Decoding"), 0.0, 0.6)
        if isinstance(settings, AnimationOptions):
            frames = path_frames(model, points, frames=settings.frames, progress=decoding, **walked)
            made, writing = provenance("animation", run, model, view), progress.part(tr("Writing the film"), 0.6)
            return _written(save_film(chosen.out, frames, settings, made, progress=writing))
        picture = strip_picture(model, points, settings, progress=decoding, **walked)
    return _written(save_png(chosen.out, picture, provenance("strip", run, model, view)))


def encode(chosen: argparse.Namespace) -> int:
    """Write where each image lies on the plane."""
    suffix_of(chosen.out, TABLES)
    run, model = opened(chosen.run, chosen.at)
    dataset = data_of(run, chosen.data)
    note = provenance("latents", run, model, {"data": dataset.name})
    with ShareProgress() as progress:
        table = latent_table(model, dataset, progress=progress.part(tr("Encoding"), 0.0, 0.8))
        return _written(save_latents(chosen.out, table, note, progress=progress.part(tr("Writing the table"), 0.8)))


def _path_options(chosen: argparse.Namespace) -> AnimationOptions | StripOptions:
    if suffix_of(chosen.out, PICTURES, ANIMATIONS) in ANIMATIONS:
        return options(AnimationOptions, chosen, others=StripOptions)
    return options(StripOptions, chosen, others=AnimationOptions)


def _written(path: Path) -> int:
    show(str(path))
    return 0
