"""Steps of models of fully connected layers on the CPU, written out by hand.

Autograd, an allocation for each result and a call for each parameter cost such a small network as much as its products.
Here forward and backward pass write into memory that was taken once, products are taken in the run's precision, and
Adam moves all weights in one call. The noise is the plain path's, and in float32 so are the numbers, to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol

import torch
from torch import Tensor

from vae_explorer.objectives.base import Moment
from vae_explorer.training.dense_adam import FlatAdam
from vae_explorer.training.dense_game import GamePass
from vae_explorer.training.dense_game_plan import GamePlan, read_game, read_rules
from vae_explorer.training.dense_memory import FlatMemory
from vae_explorer.training.dense_pass import DensePass
from vae_explorer.training.dense_plan import DensePlan, read_plan
from vae_explorer.training.dense_samples import SampledPass, Several
from vae_explorer.training.dense_scalars import Weighing
from vae_explorer.training.precision import BFLOAT16
from vae_explorer.training.steps import StepParts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Passage(Protocol):
    """What a batch of a fixed number of pictures passes through, with memory of its own."""

    @property
    def images(self) -> npt.NDArray[np.uint8]:
        """Uint8 ``[N, D]``: to be filled before a step."""
        ...

    @property
    def labels(self) -> npt.NDArray[np.int64] | None:
        """Int64 ``[N]``: to be filled as well; None where nobody asks for them."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether the steps kept must be drained before the next one."""
        ...

    def run(self, moment: Moment, rate: float) -> None:
        """Move the weights once, at a learning rate, and keep what the terms are worked out from."""
        ...

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, and forget these steps."""
        ...


class DenseStep:
    """Takes the steps of one run; see `training.steps.StepPath`. Made by `dense_step`.

    Parameters
    ----------
    parts
        What a step works with.
    names
        Of the terms.
    make
        Returns what batches of a size pass through.
    """

    name: ClassVar[str] = "dense"

    def __init__(self, parts: StepParts, names: Sequence[str], make: Callable[[int], Passage]) -> None:
        self.names = tuple(names)
        self._images = parts.images
        self._make = make
        self._passes: dict[int, Passage] = {}
        self._last: Passage | None = None
        self._drained: list[Tensor] = []

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> DenseStep:
        """Move the weights once; the terms are handed out by `drain`."""
        through = self._pass_for(len(rows))
        self._images.copy_bytes(rows, through.images)
        if through.labels is not None:
            self._images.copy_labels(rows, through.labels)
        through.run(moment, rate)
        return self

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, one column for each of `names`."""
        self._drain_last()
        drained = torch.cat(self._drained) if self._drained else torch.zeros(0, len(self.names))
        self._drained.clear()
        return drained

    def settle(self) -> None:
        """Do nothing: weights and optimisers are views of what the steps move."""

    def _pass_for(self, batch: int) -> Passage:
        through = self._passes.get(batch)
        if through is None:
            through = self._passes[batch] = self._make(batch)
        if through is not self._last or through.is_full:
            self._drain_last()
            self._last = through
        return through

    def _drain_last(self) -> None:
        if self._last is not None:
            self._drained.append(self._last.drain())


def dense_step(parts: StepParts) -> DenseStep | None:
    """Return a way to take the steps of these parts, or None where the dense path can't.

    It takes fully connected networks on the CPU, under the objectives of `dense_scalars`, `dense_samples` and
    `dense_game`, the likelihoods of `dense_terms` and any posterior.
    """
    if parts.model.device.type != "cpu" or not all(map(FlatAdam.accepts, parts.optimizers.values())):
        return None
    game, rules = read_game(parts.model), read_rules(parts.objective)
    if game is not None and rules is not None:
        return DenseStep(parts, rules.names, partial(GamePass, game, _players(game, parts), rules, parts.noise))
    plan = read_plan(parts.model)
    if plan is None:
        return None
    weighing, several, noise = Weighing(parts.objective), Several(parts.objective), parts.noise
    if weighing.takes(plan):
        return DenseStep(parts, weighing.names, partial(DensePass, plan, _weights(plan, parts), weighing, noise))
    if several.takes(plan):
        return DenseStep(parts, several.names, partial(SampledPass, plan, _weights(plan, parts), several, noise))
    return None


def _weights(plan: DensePlan, parts: StepParts) -> FlatAdam:
    memory = FlatMemory(plan.matrices, plan.others, _precision(parts, plan.decoder.bias), plan.apart)
    (optimizer,) = parts.optimizers.values()
    return FlatAdam(memory, optimizer)


def _players(game: GamePlan, parts: StepParts) -> tuple[FlatAdam, FlatAdam]:
    """Return what moves the discriminator, and what moves the generator."""
    maker, low = game.generator, _precision(parts, game.generator.bias)
    return (
        FlatAdam(FlatMemory(game.matrices, game.others, low), parts.optimizers["discriminator"]),
        FlatAdam(FlatMemory(maker.matrices, maker.others, low), parts.optimizers["generator"]),
    )


def _precision(parts: StepParts, weights: Tensor) -> torch.dtype:
    """Return that of the products."""
    return torch.bfloat16 if parts.precision == BFLOAT16 else weights.dtype
