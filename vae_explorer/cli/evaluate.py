"""``vae-explorer evaluate``: measure a run on test images."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from vae_explorer.cli.history import origin, origin_lines
from vae_explorer.cli.inputs import data_of, opened, options
from vae_explorer.cli.progress import ShareProgress
from vae_explorer.cli.reporting import measured_words, reason_or_note, show, show_json, show_table
from vae_explorer.language import listed, tr
from vae_explorer.latent.measures import Evaluation, EvaluationOptions, Measure

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset


def run(chosen: argparse.Namespace) -> int:
    """Print the exact measures and the terms of the objective on the test images."""
    from vae_explorer.latent.evaluation import evaluate
    from vae_explorer.runs.evaluation import evaluate as terms_of

    finished, model = opened(chosen.run, chosen.at)
    dataset = data_of(finished, chosen.data)
    wanted = options(EvaluationOptions, chosen)
    test = terms_of(finished, dataset, model)
    with ShareProgress() as progress:
        found = evaluate(model, dataset, wanted, progress=progress, cancelled=lambda: False)
    if found is None:
        return 1
    if chosen.json:
        about: dict[str, object] = {
            "run": str(finished.path),
            "objective": finished.experiment.objective.name,
            "data": dataset.name,
            "training_seed": finished.experiment.training.seed,
            "epoch": model.epoch,
            "step": model.step,
            "samples": wanted.samples,
        }
        show_json(about | found.to_dict() | {"test": test} | origin(finished, model.step))
        return 0
    _show(found, dataset, wanted, test)
    for line in origin_lines(finished, model.step):
        show(line)
    return 0


def _show(found: Evaluation, dataset: ImageDataset, wanted: EvaluationOptions, test: dict[str, float]) -> None:
    parts = [dataset.name]
    if found.images:
        parts.append(tr("{images:,} of {count:,} test images", images=found.images, count=len(dataset.test)))
    parts.append(tr(found.likelihood) or tr("no likelihood"))
    parts += [tr("up to {samples:,} samples", samples=wanted.samples), tr("seed {seed}", seed=found.seed)]
    show(listed(parts))
    show("")
    show_table([_row(measure) for measure in found.measures])
    for note in found.notes:
        show(tr(note))
    if test:
        show("")
        show(
            tr(
                "The terms of the objective on {images} test images, as in training, one sample an image:",
                images=measured_words(dataset),
            )
        )
        show_table([(name, f"{value:10.2f}") for name, value in test.items()])


def _row(measure: Measure) -> tuple[str, str, str, str, str, str]:
    value = tr("undefined") if measure.value is None else _figures(measure.value, measure.unit)
    error = "" if measure.error is None else f"± {_figures(measure.error, measure.unit)}"
    unit = "" if measure.value is None else tr(measure.unit)
    return tr(measure.title), measure.name, value.rjust(10), unit, error, reason_or_note(measure)


def _figures(value: float, unit: str) -> str:
    if unit in {"nats", "bits"}:
        return f"{value:.3f}"
    return f"{value:.1f}" if unit == "%" else f"{value:.4g}"
