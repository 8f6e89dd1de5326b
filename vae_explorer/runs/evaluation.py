"""Measuring a run that was opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.errors import DataError
from vae_explorer.runs.folder import Run
from vae_explorer.runs.weights import model_from_checkpoint

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset


def evaluate(run: Run, dataset: ImageDataset) -> dict[str, float]:
    """Return the mean of the run's objective over all test images of `dataset`, in nats per image.

    One z is drawn for each image, with the same noise at every call. All terms are as in
    training; ``elbo`` is ``-(reconstruction + kl)`` whatever the weight of the KL in the loss.

    Raises
    ------
    DataError
        If the model is conditional and the data has no labels, or classes that the run doesn't know.
    """
    import torch

    from vae_explorer.objectives.base import Moment
    from vae_explorer.training.batches import BatchSource
    from vae_explorer.training.evaluation import mean_terms

    entry = run.experiment.objective_entry
    known = len(run.data.class_names)
    if entry.needs_labels and not 0 < dataset.classes <= known:
        raise DataError(
            f"The objective {entry.name} needs the class of each image, one of {known}, but {dataset.name} has "
            f"{dataset.classes or 'no'} classes: name other data."
        )
    model = model_from_checkpoint(run.experiment, run.data, run.newest[0])
    source = BatchSource(dataset.test, torch.device("cpu"))
    objective = entry.create(run.experiment.objective)
    terms = (
        mean_terms(objective, model, source, limit=len(source), moment=Moment(run.newest[0].step, run.newest[0].epoch))
        or {}
    )
    shown = dict(terms)
    if "reconstruction" in terms and "kl" in terms:
        shown["elbo"] = -(terms["reconstruction"] + terms["kl"])
    return shown
