"""The model of an experiment before its first step."""

from __future__ import annotations

import torch

from vae_explorer.data.dataset import ImageDataset
from vae_explorer.errors import SettingError
from vae_explorer.language import tr
from vae_explorer.models.family import ImageSpec, LatentVariableModel
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.objectives.base import Objective
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.state import noise_generator


def initial_model(experiment: Experiment, dataset: ImageDataset) -> tuple[Objective, LatentVariableModel]:
    """Return the objective of an experiment and its model as it is before the first step.

    Raises
    ------
    SettingError
        If the objective needs labels and the data has none, or the network doesn't fit the images.
    """
    entry = experiment.objective_entry
    if entry.needs_labels and not dataset.classes:
        raise SettingError(
            tr(
                "The objective {name} needs a class for each image, but {data} has no labels: "
                "choose the objective vae, or data with labels.",
                name=entry.name,
                data=dataset.name,
            )
        )
    objective = entry.create(experiment.objective)
    shape = (dataset.channels, dataset.height, dataset.width)
    spec = ImageSpec(shape, dataset.classes, dataset.mean_image)
    generator = noise_generator(experiment.training.seed, 0, torch.device("cpu"))
    return objective, objective.build_model(spec, experiment.model, generator)


def untrained_snapshot(experiment: Experiment, dataset: ImageDataset) -> ModelSnapshot:
    """Return the model of an experiment before its first step, as training would start from it."""
    return ModelSnapshot(initial_model(experiment, dataset)[1], step=0, epoch=0.0)
