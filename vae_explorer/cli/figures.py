"""The commands that write pictures, animations and tables of a run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.cli.inputs import LONGEST_NUMBER, data_of, label, opened, options, point
from vae_explorer.cli.reporting import say, show
from vae_explorer.config import to_dict, with_text
from vae_explorer.errors import CapabilityError, SettingError
from vae_explorer.export.animation import save_gif
from vae_explorer.export.decoding import knows_classes, path_centres
from vae_explorer.export.figures import grid_picture, path_frames, strip_picture
from vae_explorer.export.formats import ANIMATIONS, PICTURES, TABLES, suffix_of
from vae_explorer.export.latents import latent_table
from vae_explorer.export.mosaic import mosaic
from vae_explorer.export.options import AnimationOptions, GridOptions, StripOptions
from vae_explorer.export.pictures import save_png
from vae_explorer.export.provenance import Provenance
from vae_explorer.export.tables import save_latents
from vae_explorer.latent.paths import path_notes

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.runs.folder import Run


@dataclass(frozen=True, slots=True)
class _End:
    """A point that a path goes through, and the class of the sample it comes from."""

    z: tuple[float, float]
    label: int | None


def decode(chosen: argparse.Namespace) -> int:
    """Write the picture at one point of the plane."""
    suffix_of(chosen.out, PICTURES)
    z = point(chosen.z)
    scale = with_text(StripOptions(), "scale", chosen.scale).scale
    run, model = opened(chosen.run)
    model = _told(chosen, run, model)
    if chosen.label is not None and model.conditioning == "class-mean":
        raise SettingError(
            f"The option --label has no effect on one point of the run {run.name}: all its classes share one plane, "
            "so leave it out."
        )
    known = _class_of(model, run, chosen.label)
    picture = mosaic(model.decode(np.array([z]), known)[None], 0, scale)
    view = {"z": z, "label": known, "condition": chosen.condition, "scale": scale}
    return _written(save_png(chosen.out, picture, _provenance("picture", run, model, view)))


def grid(chosen: argparse.Namespace) -> int:
    """Write the grid of pictures decoded all over the plane."""
    suffix_of(chosen.out, PICTURES)
    run, model = opened(chosen.run)
    model = _told(chosen, run, model)
    known = _class_of(model, run, chosen.label)
    chosen.label = None if known is None else str(known)
    settings = options(GridOptions, chosen)
    picture = grid_picture(model, settings)
    view = {**to_dict(settings), "condition": chosen.condition}
    return _written(save_png(chosen.out, picture, _provenance("grid", run, model, view)))


def path(chosen: argparse.Namespace) -> int:
    """Write the walk from one point to another, as a strip or as an animation."""
    settings = _path_options(chosen)
    run, model = opened(chosen.run)
    model = _told(chosen, run, model)
    points, labels = _route(chosen, run, model)
    method, even = chosen.method, chosen.equal_speed
    for note in path_notes(points, method, centres=path_centres(model, labels, len(points))):
        say(note)
    view = {"points": points.tolist(), "labels": labels, "method": method, "equal_speed": even, **to_dict(settings)}
    view["condition"] = chosen.condition
    if isinstance(settings, AnimationOptions):
        frames = path_frames(model, points, frames=settings.frames, method=method, labels=labels, equal_speed=even)
        return _written(save_gif(chosen.out, frames, settings, _provenance("animation", run, model, view)))
    picture = strip_picture(model, points, settings, method=method, labels=labels, equal_speed=even)
    return _written(save_png(chosen.out, picture, _provenance("strip", run, model, view)))


def encode(chosen: argparse.Namespace) -> int:
    """Write where each image lies on the plane."""
    suffix_of(chosen.out, TABLES)
    run, model = opened(chosen.run)
    dataset = data_of(run, chosen.data)
    note = _provenance("latents", run, model, {"data": dataset.name})
    return _written(save_latents(chosen.out, latent_table(model, dataset), note))


def _path_options(chosen: argparse.Namespace) -> AnimationOptions | StripOptions:
    if suffix_of(chosen.out, PICTURES, ANIMATIONS) in ANIMATIONS:
        return options(AnimationOptions, chosen, others=StripOptions)
    return options(StripOptions, chosen, others=AnimationOptions)


def _route(
    chosen: argparse.Namespace, run: Run, model: ModelSnapshot
) -> tuple[npt.NDArray[np.float64], list[int | None] | None]:
    """Return the points that the path goes through [P, 2] and their classes; data are loaded only for samples."""
    words = [chosen.start, *chosen.via, chosen.end]
    needs_data = any(text.startswith("sample:") for text in words)
    dataset = data_of(run, chosen.data) if needs_data else None
    ends = [_end(text, model, dataset) for text in words]
    return np.array([end.z for end in ends]), _labels(model, ends, _class_of(model, run, chosen.label))


def _provenance(kind: str, run: Run, model: ModelSnapshot, view: Mapping[str, object]) -> Provenance:
    return Provenance.of(kind, model, experiment=run.experiment.to_dict(), view=view)


def _written(path: Path) -> int:
    show(str(path))
    return 0


def _class_of(model: ModelSnapshot, run: Run, text: str | None) -> int | None:
    if text is not None and not knows_classes(model):
        raise SettingError(f"The option --label has no effect on the run {run.name}: its model knows no classes.")
    return label(text, run.data.class_names)


def _end(text: str, model: ModelSnapshot, dataset: ImageDataset | None) -> _End:
    kind, _, rest = text.partition(":")
    if kind == "z" and rest:
        return _End(point(rest), None)
    if kind != "sample" or dataset is None:
        raise SettingError(f"The point {text!r} must be z:X,Y, such as z:0.5,-1, or sample:I with a row of the data.")
    row = _sample_row(rest, dataset)
    if not model.can_encode:
        raise CapabilityError("This model has no encoder, so a sample has no place on its plane: name a point z:X,Y.")
    labels = None if dataset.labels is None else dataset.labels[row]
    mean = model.encode(dataset.images[row], labels).mean[0]
    return _End((float(mean[0]), float(mean[1])), None if labels is None else int(labels[0]))


def _sample_row(text: str, dataset: ImageDataset) -> npt.NDArray[np.intp]:
    """Return where a row of the source is in the data set [1]."""
    is_number = text.isdecimal() and len(text) <= LONGEST_NUMBER
    rows = np.flatnonzero(dataset.source_rows == int(text)) if is_number else np.array([], dtype=np.intp)
    if not len(rows):
        raise SettingError(
            f"There is no sample {text!r}: {dataset.name} has the rows 0 to {dataset.source_rows.max()}."
        )
    return rows[:1]


def _told(chosen: argparse.Namespace, run: Run, model: ModelSnapshot) -> ModelSnapshot:
    """Return a model that completes pictures bound to the one that was named, or to the first test image."""
    text: str | None = chosen.condition
    if model.conditioning != "image":
        if text is not None:
            raise SettingError(
                f"The option --condition has no effect on the run {run.name}: its model completes nothing."
            )
        return model
    dataset = data_of(run, getattr(chosen, "data", None))
    if text is None:
        row = min(dataset.train_count, len(dataset) - 1)
        chosen.condition = f"sample:{dataset.source_rows[row]}"
        return model.given(dataset.images[row])
    kind, _, rest = text.partition(":")
    if kind != "sample":
        raise SettingError(f"The picture {text!r} to complete must be sample:I with a row of the data.")
    return model.given(dataset.images[int(_sample_row(rest, dataset)[0])])


def _labels(model: ModelSnapshot, ends: list[_End], chosen: int | None) -> list[int | None] | None:
    """Return the class of each point of a path: the chosen one, else that of its sample, else its neighbour's."""
    if not knows_classes(model):
        return None
    if chosen is not None:
        return [chosen] * len(ends)
    known = next((end.label for end in ends if end.label is not None), None)
    return [known if end.label is None else end.label for end in ends]
