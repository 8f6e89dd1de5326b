"""From arrays that were saved back to a model, accepting nothing but the weights of exactly this network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from vae_explorer.errors import RunError, SettingError, printable
from vae_explorer.language import tr
from vae_explorer.models.family import ImageSpec, LatentVariableModel
from vae_explorer.runs.checkpoint import Checkpoint
from vae_explorer.runs.identity import DataIdentity
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def model_from_checkpoint(experiment: Experiment, data: DataIdentity, checkpoint: Checkpoint) -> LatentVariableModel:
    """Return the model of an experiment with a checkpoint's weights.

    Raises
    ------
    RunError
        As `model_from_weights` does.
    """
    return model_from_weights(experiment, data, checkpoint.weights, checkpoint.path)


def model_from_weights(
    experiment: Experiment, data: DataIdentity, weights: Mapping[str, npt.NDArray[np.float32]], path: Path
) -> LatentVariableModel:
    """Return the model of an experiment with weights by name that were read from `path`.

    Raises
    ------
    RunError
        If names or shapes of the weights aren't those of the network.
    """
    objective = experiment.objective_entry.create(experiment.objective)
    spec = ImageSpec(data.shape, len(data.class_names))
    try:
        model = objective.build_model(spec, experiment.model, torch.Generator())
    except SettingError as error:
        raise RunError(tr("The network of the run can't be built: {error}", error=error)) from error
    check_weights({name: tuple(values.shape) for name, values in model.state_dict().items()}, weights, path)
    model.load_state_dict({name: torch.tensor(values) for name, values in weights.items()})
    return model


def check_weights(
    expected: Mapping[str, tuple[int, ...]], weights: Mapping[str, npt.NDArray[np.float32]], path: Path
) -> None:
    """Check that weights read from `path` have exactly the names and shapes of a network.

    Raises
    ------
    RunError
        If they haven't.
    """
    if set(expected) != set(weights):
        raise RunError(
            tr("The weights in {path} belong to another network than the run's header describes.", path=printable(path))
        )
    for name, values in weights.items():
        if values.shape != expected[name]:
            raise RunError(
                tr(
                    "The weights {name} in {path} have the shape {shape}, but the network of the run's "
                    "header needs {expected}.",
                    name=name,
                    path=printable(path),
                    shape=list(values.shape),
                    expected=list(expected[name]),
                )
            )
