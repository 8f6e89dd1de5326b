"""Steps of models of fully connected layers on the CPU, written out by hand.

Autograd, an allocation for each result and a call for each parameter cost such a small network as much as its products.
Here forward and backward pass write into memory that was taken once, products are taken in the run's precision, and
Adam moves all weights in one call. The noise is the plain path's, and in float32 so are the numbers, to rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from vae_explorer.objectives.base import Moment
from vae_explorer.training.dense_memory import FlatAdam, FlatMemory
from vae_explorer.training.dense_pass import DensePass
from vae_explorer.training.dense_plan import DensePlan, read_plan
from vae_explorer.training.dense_scalars import Weighing
from vae_explorer.training.precision import BFLOAT16
from vae_explorer.training.steps import StepParts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class DenseStep:
    """Takes the steps of one run; see `training.steps.StepPath`. Made by `dense_step`."""

    name: ClassVar[str] = "dense"

    def __init__(self, parts: StepParts, plan: DensePlan) -> None:
        full = plan.bias.dtype
        low = torch.bfloat16 if parts.precision == BFLOAT16 else full
        self._parts = parts
        self._plan = plan
        self._weighing = Weighing(parts.objective)
        self.names = self._weighing.names
        self._memory = FlatMemory(plan.matrices, plan.others, low)
        self._adam = FlatAdam(self._memory, *parts.optimizers.values())
        self._passes: dict[int, DensePass] = {}
        self._last: DensePass | None = None
        self._drained: list[Tensor] = []

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> DenseStep:
        """Move the weights once; the terms are handed out by `drain`."""
        through = self._pass_for(len(rows))
        self._parts.images.copy_bytes(rows, through.images)
        through.run(self._weighing.beta_at(moment))
        self._adam.step(rate)
        return self

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, one column for each of `names`."""
        self._drain_last()
        drained = torch.cat(self._drained) if self._drained else torch.zeros(0, len(self.names))
        self._drained.clear()
        return drained

    def settle(self) -> None:
        """Do nothing: weights and optimisers are views of what the steps move."""

    def _pass_for(self, batch: int) -> DensePass:
        through = self._passes.get(batch)
        if through is None:
            through = DensePass(self._plan, self._memory, self._weighing, self._parts.noise, batch)
            self._passes[batch] = through
        if through is not self._last or through.is_full:
            self._drain_last()
            self._last = through
        return through

    def _drain_last(self) -> None:
        if self._last is not None:
            self._drained.append(self._last.drain())


def dense_step(parts: StepParts) -> DenseStep | None:
    """Return a way to take the steps of these parts, or None where the dense path can't.

    It takes fully connected networks on the CPU, under the objectives of `dense_scalars`, the likelihoods of
    `dense_terms` and any posterior.
    """
    if parts.model.device.type != "cpu" or not Weighing.knows(parts.objective) or len(parts.optimizers) != 1:
        return None
    plan = read_plan(parts.model)
    if plan is None or not all(FlatAdam.accepts(optimizer) for optimizer in parts.optimizers.values()):
        return None
    return DenseStep(parts, plan)
