"""How one step is taken: the plain path, which knows every objective, and what any other path must offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from vae_explorer.models.family import LatentVariableModel
from vae_explorer.objectives.base import AlternatingObjective, Moment, Objective
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.fused_adam import FusedAdam
from vae_explorer.training.metrics import Scalars
from vae_explorer.training.precision import FLOAT32
from vae_explorer.training.rounding import RoundedModel

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import torch
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class StepParts:
    """What a step works with.

    Attributes
    ----------
    objective, model
        What is minimised, and whose weights.
    optimizers
        One for each set of the model's parameters, by name. Their groups have ``rate``, a multiple of the learning
        rate; what they remember is the training's state, so a path that moves weights itself keeps it there.
    images
        The training images.
    noise
        Draws what the objective draws, on the device of the model.
    precision
        Of the networks' products: ``float32`` or ``bfloat16``.
    """

    objective: Objective
    model: LatentVariableModel
    optimizers: Mapping[str, torch.optim.Optimizer]
    images: BatchSource
    noise: torch.Generator
    precision: str


class StepPath(Protocol):
    """A way to take steps. It is made anew when a setting is turned, from the parts as they are then."""

    @property
    def name(self) -> str:
        """The word that a user reads."""
        ...

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Scalars:
        """Move the weights once.

        Parameters
        ----------
        rows
            Rows of the training images in this batch.
        rate
            Learning rate.
        moment
            When in the run this is.

        Returns
        -------
        Scalars
            The objective's terms before the step: float32 scalars that no later step changes, or the log that keeps
            them.
        """
        ...

    def settle(self) -> None:
        """Bring weights and optimisers up to date, before anyone else reads them."""
        ...


class PlainStep:
    """Forward, backward by autograd, one step of each optimiser: for every objective that doesn't step itself."""

    name: ClassVar[str] = "plain"

    def __init__(self, parts: StepParts) -> None:
        self._parts = parts
        self._model, self._movers = computing_parts(parts)

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Mapping[str, Tensor]:
        """Move the weights once; see `StepPath.take`."""
        parts = self._parts
        batch = parts.images.rows(rows)
        for mover in self._movers.values():
            mover.set_rate(rate)
            mover.zero_grad()
        terms = parts.objective(self._model, batch, moment=moment, generator=parts.noise)
        terms.loss.backward()  # type: ignore[no-untyped-call]
        for mover in self._movers.values():
            mover.step()
        return terms.scalars

    def settle(self) -> None:
        """Do nothing: weights are always up to date."""


class AlternatingStep:
    """The step of an objective whose networks move in turn."""

    name: ClassVar[str] = "plain"

    def __init__(self, parts: StepParts, objective: AlternatingObjective) -> None:
        self._parts = parts
        self._objective = objective
        self._model, self._movers = computing_parts(parts)

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Mapping[str, Tensor]:
        """Move the weights of each network once; see `StepPath.take`."""
        parts = self._parts
        for mover in self._movers.values():
            mover.set_rate(rate)
        batch = parts.images.rows(rows)
        terms = self._objective.training_step(self._model, batch, self._movers, moment=moment, generator=parts.noise)
        return terms.scalars

    def settle(self) -> None:
        """Do nothing: weights are always up to date."""


def computing_parts(parts: StepParts) -> tuple[LatentVariableModel, dict[str, FusedAdam]]:
    """Return the model with which to compute in the precision of a step, and what moves the weights, by name."""
    if parts.precision == FLOAT32:
        return parts.model, {name: FusedAdam(optimizer, {}) for name, optimizer in parts.optimizers.items()}
    rounded = RoundedModel(parts.model)
    return rounded.model, {name: FusedAdam(optimizer, rounded.copies) for name, optimizer in parts.optimizers.items()}


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give each group of an optimiser its multiple of the learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["rate"]
