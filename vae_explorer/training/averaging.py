"""The mean of the weights over the last steps: a better model at any moment than the weights of one step.

While the learning rate is high the weights wander about a valley whose bottom their mean lies nearer to. What is shown,
measured and kept is the mean; training goes on from the weights themselves.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.models.family import LatentVariableModel

EVERY = 8
"""Steps between two updates, so that these cost next to nothing."""
REACH = 16
"""The mean reaches back over about one part in so many of the steps taken."""


@dataclass(frozen=True, slots=True)
class AverageState:
    """Where the weights and their mean are at one step.

    Attributes
    ----------
    weights
        From which the next step starts, by name.
    means
        Of the weights at each update so far, by name.
    """

    weights: Mapping[str, npt.NDArray[np.float32]]
    means: Mapping[str, npt.NDArray[np.float32]]


class WeightAverage:
    """Polynomial-decay average of a model's weights (Shamir & Zhang 2013, section 4).

    The t-th update is ``mean += (eta + 1) / (t + eta) * (weights - mean)``, eta being the reach: it forgets where
    training began, and looks back further as the run grows. It depends on nothing but the weights and how many steps
    were taken.

    Parameters
    ----------
    model
        Whose weights are averaged, before its first step.
    reach
        The mean is that of the weights over about one part in so many of the steps taken.
    """

    def __init__(self, model: LatentVariableModel, reach: int = REACH) -> None:
        self._reach = reach
        self._names = [name for name, _ in model.named_parameters()]
        self._weights: list[torch.Tensor] = list(model.parameters())
        self._means = [weights.detach().clone() for weights in self._weights]
        self._model = copy.deepcopy(model)

    @torch.no_grad()
    def follow(self, step: int) -> None:
        """Take in the weights after `step` steps, where it is time for that."""
        if is_due(step):
            torch._foreach_lerp_(self._means, self._weights, self._share(step // EVERY))

    @torch.no_grad()
    def model(self, step: int) -> LatentVariableModel:
        """Return the model with the mean of the weights after `step` steps; the next call changes it.

        Between two updates the latest weights count in part, so that each single step is seen.
        """
        updates, beyond = divmod(step, EVERY)
        shown: list[torch.Tensor] = list(self._model.parameters())
        torch._foreach_copy_(shown, self._means)
        if beyond:
            torch._foreach_lerp_(shown, self._weights, self._share(updates + 1) * (beyond / EVERY if updates else 1.0))
        return self._model

    def state(self) -> AverageState:
        """Return copies of the weights and their mean."""
        return AverageState(self._copied(self._weights), self._copied(self._means))

    @torch.no_grad()
    def restore(self, state: AverageState) -> None:
        """Go on from weights and means that `state` gave, for a model of the same shapes."""
        for name, weights, means in zip(self._names, self._weights, self._means, strict=True):
            weights.copy_(torch.tensor(state.weights[name]))
            means.copy_(torch.tensor(state.means[name]))

    def _share(self, update: int) -> float:
        return (self._reach + 1) / (update + self._reach)

    def _copied(self, tensors: Iterable[torch.Tensor]) -> dict[str, npt.NDArray[np.float32]]:
        values = (np.array(tensor.detach().cpu().numpy(), order="C") for tensor in tensors)
        return dict(zip(self._names, values, strict=True))


def is_due(step: int) -> bool:
    """Return whether the mean takes in the weights after this step."""
    return step > 0 and step % EVERY == 0


def check_average(model: LatentVariableModel, state: AverageState) -> None:
    """Check that the weights and means from which a training would go on are those of a model.

    Raises
    ------
    RunError
        If names or shapes differ.
    """
    own = {name: tuple(values.shape) for name, values in model.named_parameters()}
    for part in (state.weights, state.means):
        for name in sorted(own.keys() ^ part.keys()):
            raise RunError(
                tr("The weights {name} that were trained aren't those of the run's network.", name=printable(name))
            )
        for name, values in part.items():
            if values.shape != own[name]:
                raise RunError(
                    tr("The weights {name} that were trained have another shape there.", name=printable(name))
                )
