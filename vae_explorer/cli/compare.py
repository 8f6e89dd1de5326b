"""``vae-explorer compare``: two runs, or two moments of one, in numbers and as a figure."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.app.turned_model import turned
from vae_explorer.cli.compared import Compared, alignment_values, as_json, name_of, show_compared
from vae_explorer.cli.inputs import data_of, label, opened, options
from vae_explorer.cli.progress import ShareProgress
from vae_explorer.cli.reporting import say, show_json
from vae_explorer.cli.subjects import provenance
from vae_explorer.config import to_dict
from vae_explorer.errors import CapabilityError, RunError
from vae_explorer.export.comparison_figure import (
    ComparisonOptions,
    DecodedDifference,
    comparison_sheet,
    decoded_difference,
)
from vae_explorer.export.latents import encode_in_pieces
from vae_explorer.language import tr
from vae_explorer.latent.alignment import Alignment, align
from vae_explorer.latent.measures import EvaluationOptions

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.cli.compared import Subject
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.measures import Evaluation
    from vae_explorer.models.snapshot import ModelSnapshot

_CELLS = 20
_MOST_ALIGNED = 50_000
"""Test images by which two planes are aligned: more would not turn them otherwise."""
"""Cells along each side in which pictures are compared where no figure says how many."""


def run(chosen: argparse.Namespace) -> int:
    """Print how two models differ, and draw them side by side where a file is named."""
    if chosen.out is not None:
        from vae_explorer.export.formats import FIGURES, suffix_of

        suffix_of(chosen.out, FIGURES)
    first, second = opened(chosen.run, chosen.at), opened(chosen.other, chosen.other_at)
    _check(first, second)
    dataset = data_of(first[0], chosen.data)
    chosen.label = _class(chosen, first, second)
    wanted = options(ComparisonOptions, chosen)
    found = _compared(chosen, first, second, dataset, wanted)
    if chosen.json:
        show_json(as_json(found))
    else:
        show_compared(found)
    if chosen.out is not None:
        say(str(_drawn(chosen, found, wanted)))
    return 0


def _compared(
    chosen: argparse.Namespace, first: Subject, second: Subject, dataset: ImageDataset, wanted: ComparisonOptions
) -> Compared:
    from vae_explorer.runs.evaluation import evaluate as terms_of

    alignment, why = _alignment(first[1], second[1], dataset, stretched=chosen.stretch)
    return Compared(
        first,
        second,
        dataset,
        alignment,
        why,
        _differences(first[1], second[1], alignment, wanted),
        (terms_of(first[0], dataset, first[1]), terms_of(second[0], dataset, second[1])),
        _measured(chosen, first[1], second[1], dataset),
    )


def _check(first: Subject, second: Subject) -> None:
    if first[1].image_shape != second[1].image_shape:
        shapes = ["x".join(map(str, model.image_shape)) for _, model in (first, second)]
        raise RunError(
            tr(
                "The runs {first} and {second} make pictures of different shapes, {first_shape} and "
                "{second_shape} (channels, height, width): compare runs that were trained on pictures of "
                "one shape.",
                first=first[0].name,
                second=second[0].name,
                first_shape=shapes[0],
                second_shape=shapes[1],
            )
        )


def _class(chosen: argparse.Namespace, first: Subject, second: Subject) -> str | None:
    """Return the number of the class for the models that are told one."""
    for finished, model in (first, second):
        if model.conditioning == "label":
            known = label(chosen.label, finished.data.class_names)
            return None if known is None else str(known)
    if chosen.label is not None:
        raise RunError(tr("Neither model is told a class, so --label has no effect: leave it out."))
    return None


def _alignment(
    first: ModelSnapshot, second: ModelSnapshot, dataset: ImageDataset, *, stretched: bool
) -> tuple[Alignment | None, str]:
    """Return the map between the planes by the test images; None, with the reason, where there is none."""
    test = dataset.test
    try:
        rows = np.arange(min(len(test), _MOST_ALIGNED))
        places = [encode_in_pieces(model, test.images, test.labels, rows=rows).mean for model in (first, second)]
        return align(places[0], places[1], scale=stretched, shift=stretched), ""
    except CapabilityError as error:
        return None, str(error)


def _differences(
    first: ModelSnapshot, second: ModelSnapshot, alignment: Alignment | None, wanted: ComparisonOptions
) -> dict[str, DecodedDifference]:
    """Return the difference of the pictures at the same points, and at the same points after the alignment."""
    if not (first.can_decode and second.can_decode):
        return {}
    count = wanted.tiles or _CELLS
    found = {"as_they_are": decoded_difference(first, second, wanted, count=count, reach=wanted.reach)}
    if alignment is not None:
        moved = turned(second, alignment)
        found["aligned"] = decoded_difference(first, moved, wanted, count=count, reach=wanted.reach)
    return found


def _measured(
    chosen: argparse.Namespace, first: ModelSnapshot, second: ModelSnapshot, dataset: ImageDataset
) -> list[Evaluation] | None:
    wanted = options(EvaluationOptions, chosen)
    if not chosen.measure:
        return None
    from vae_explorer.latent.evaluation import evaluate

    found = []
    with ShareProgress() as progress:
        for index, model in enumerate((first, second)):

            def tell(what: str, share: float, half: float = index / 2) -> None:
                progress(what, half + share / 2)

            result = evaluate(model, dataset, wanted, progress=tell, cancelled=lambda: False)
            if result is not None:
                found.append(result)
    return found


def _drawn(chosen: argparse.Namespace, found: Compared, wanted: ComparisonOptions) -> Path:
    from vae_explorer.export.plane_contents import plane_contents
    from vae_explorer.export.vector import save_figure

    (first_run, first), (second_run, second) = found.first, found.second
    alignment = found.alignment if chosen.align else None
    other = turned(second, alignment)
    difference = found.differences.get("as_they_are" if alignment is None else "aligned") if wanted.tiles else None
    contents = tuple(plane_contents(model, _told(model, wanted), found.dataset) for model in (first, other))
    names = (name_of(found.first), name_of(found.second) + (", aligned" if alignment is not None else ""))
    sheet = comparison_sheet((contents[0], contents[1]), difference, names, wanted)
    about = {
        "run": second_run.name,
        "step": second.step,
        "weight_hash": second.weight_hash,
        "alignment": None if alignment is None else alignment_values(alignment),
    }
    return save_figure(
        chosen.out, sheet, provenance("comparison", first_run, first, {**to_dict(wanted), "second": about})
    )


def _told(model: object, wanted: ComparisonOptions) -> ComparisonOptions:
    """Return the options for one of the models: the class is for those that are told one."""
    is_told = getattr(model, "conditioning", "none") == "label"
    return wanted if is_told else dataclasses.replace(wanted, label=-1)
