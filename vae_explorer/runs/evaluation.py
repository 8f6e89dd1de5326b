"""Measuring a run that was opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.errors import DataError
from vae_explorer.language import marked, tr
from vae_explorer.runs.folder import Run
from vae_explorer.runs.weights import model_from_weights

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot


def evaluate(run: Run, dataset: ImageDataset, model: ModelSnapshot | None = None) -> dict[str, float]:
    """Return the mean of the run's objective over all test images of `dataset`, in nats per image.

    One z is drawn for each image, with the same noise at every call. All terms are as in
    training; ``elbo`` is ``-(reconstruction + kl)`` whatever the weight of the KL in the loss.

    Parameters
    ----------
    run, dataset
        The run and the images.
    model
        The run at one of its moments; left out, at its newest.

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
        template = (
            marked(
                "The objective {name} needs the class of each image, one of {known}, but {data} "
                "has {classes} classes: name other data."
            )
            if dataset.classes
            else marked(
                "The objective {name} needs the class of each image, one of {known}, but {data} "
                "has no classes: name other data."
            )
        )
        raise DataError(tr(template, name=entry.name, known=known, data=dataset.name, classes=dataset.classes))
    shown = run.load_model() if model is None else model
    network = model_from_weights(run.experiment, run.data, shown.weights, run.path)
    source = BatchSource(dataset.test, torch.device("cpu"))
    objective = entry.create(run.experiment_at(shown.step).objective)
    moment = Moment(shown.step, shown.epoch)
    terms = mean_terms(objective, network, source, limit=len(source), moment=moment) or {}
    if "reconstruction" in terms and "kl" in terms:
        terms["elbo"] = -(terms["reconstruction"] + terms["kl"])
    return terms
