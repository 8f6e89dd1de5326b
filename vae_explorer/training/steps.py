"""How one step is taken: the plain path, which knows every objective, and what any other path must offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from vae_explorer.models.family import LatentVariableModel
from vae_explorer.objectives.base import AlternatingObjective, Moment, Objective
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.metrics import Scalars
from vae_explorer.training.precision import products_in

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

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Mapping[str, Tensor]:
        """Move the weights once; see `StepPath.take`."""
        parts = self._parts
        batch = parts.images.rows(rows)
        for optimizer in parts.optimizers.values():
            set_rate(optimizer, rate)
            optimizer.zero_grad(set_to_none=True)
        with products_in(parts.precision, parts.model.device):
            terms = parts.objective(parts.model, batch, moment=moment, generator=parts.noise)
        terms.loss.backward()  # type: ignore[no-untyped-call]
        for optimizer in parts.optimizers.values():
            optimizer.step()
        return terms.scalars

    def settle(self) -> None:
        """Do nothing: weights are always up to date."""


class AlternatingStep:
    """The step of an objective whose networks move in turn."""

    name: ClassVar[str] = "plain"

    def __init__(self, parts: StepParts, objective: AlternatingObjective) -> None:
        self._parts = parts
        self._objective = objective

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Mapping[str, Tensor]:
        """Move the weights of each network once; see `StepPath.take`."""
        parts = self._parts
        for optimizer in parts.optimizers.values():
            set_rate(optimizer, rate)
        with products_in(parts.precision, parts.model.device):
            terms = self._objective.training_step(
                parts.model, parts.images.rows(rows), parts.optimizers, moment=moment, generator=parts.noise
            )
        return terms.scalars

    def settle(self) -> None:
        """Do nothing: weights are always up to date."""


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give each group of an optimiser its multiple of the learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["rate"]
