"""From a checkpoint's arrays back to a model, accepting nothing but the weights of exactly this network."""

from __future__ import annotations

import numpy as np
import torch

from vae_explorer.errors import RunError, SettingError
from vae_explorer.models.family import ImageSpec, LatentVariableModel
from vae_explorer.runs.checkpoint import Checkpoint
from vae_explorer.runs.folder import DataIdentity
from vae_explorer.training.experiment import Experiment


def model_from_checkpoint(experiment: Experiment, data: DataIdentity, checkpoint: Checkpoint) -> LatentVariableModel:
    """Return the model of an experiment with a checkpoint's weights.

    Raises
    ------
    RunError
        If names, shapes or types of the weights aren't those of the network, or a value isn't finite.
    """
    objective = experiment.objective_entry.create(experiment.objective)
    spec = ImageSpec(data.shape, len(data.class_names))
    try:
        model = objective.build_model(spec, experiment.model, torch.Generator())
    except SettingError as error:
        raise RunError(f"The network of the run can't be built: {error}") from error
    expected = model.state_dict()
    if set(expected) != set(checkpoint.weights):
        raise RunError(f"The weights in {checkpoint.path} belong to another network than the run's header describes.")
    for name, values in checkpoint.weights.items():
        if values.shape != tuple(expected[name].shape) or values.dtype != np.float32 or not np.isfinite(values).all():
            raise RunError(f"The weights {name} in {checkpoint.path} have a wrong shape or type, or aren't finite.")
    model.load_state_dict({name: torch.tensor(values) for name, values in checkpoint.weights.items()})
    return model
