"""Steps that several workers take together: each has a share of the batch, and all move by the same mean gradient.

torch's `DistributedDataParallel` (Li et al. 2020) averages gradients while they are computed, and it hooks into the one
forward pass of the module that it wraps. Objectives call several parts of a model, so what is wrapped is a module whose
forward pass is the whole loss. Where networks move in turn there is no one loss: `SharedAlternatingStep` averages the
gradients of each optimiser, as one flat vector, right before it moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from vae_explorer.models.noise import SharedNoise
from vae_explorer.objectives.base import AlternatingObjective, Batch, Moment, Objective
from vae_explorer.training.precision import products_in
from vae_explorer.training.steps import PlainStep, StepParts, StepPath, set_rate

if TYPE_CHECKING:
    import numpy.typing as npt

    from vae_explorer.models.family import LatentVariableModel
    from vae_explorer.training.workers import Place


@dataclass(frozen=True, slots=True)
class Share:
    """What one worker has of a batch.

    Attributes
    ----------
    rows
        Its rows of the images. A worker for which nothing is left takes one row of the others, at no weight.
    first
        Where they begin in the batch.
    weight
        Its part of the whole batch, 0 to 1.
    """

    rows: npt.NDArray[np.int64]
    first: int
    weight: float


def share_of(rows: npt.NDArray[np.int64], place: Place) -> Share:
    """Return the share of a batch; those of all workers, one after the other, are the batch."""
    parts = np.array_split(rows, place.count)
    own, first = parts[place.rank], sum(map(len, parts[: place.rank]))
    return Share(own, first, len(own) / len(rows)) if len(own) else Share(rows[:1], 0, 0.0)


def shared_noise(noise: torch.Generator) -> SharedNoise:
    """Return a generator in the state of another one, which draws for shares of batches."""
    shared = SharedNoise(noise.device)
    shared.set_state(noise.get_state())
    return shared


def _choose_noise(noise: torch.Generator, share: Share, whole: int) -> None:
    """Let what is drawn next be that of a share."""
    if not isinstance(noise, SharedNoise):
        raise TypeError("workers draw for their shares of a batch")
    noise.first, noise.count, noise.whole = share.first, len(share.rows), whole


def shared_path(parts: StepParts, place: Place) -> StepPath:
    """Return how the workers take their steps.

    Parameters
    ----------
    parts
        What a step works with.
    place
        Which of the workers this is.
    """
    if isinstance(parts.objective, AlternatingObjective):
        return SharedAlternatingStep(parts, parts.objective, place)
    return SharedStep(parts, place)


class _Loss(nn.Module):
    """The loss of a batch as one module, which is what `DistributedDataParallel` can wrap."""

    def __init__(self, model: LatentVariableModel, objective: Objective) -> None:
        super().__init__()
        self.model = model
        self.objective = objective
        self.scalars: Mapping[str, Tensor] = {}

    def forward(self, batch: Batch, moment: Moment, noise: torch.Generator) -> Tensor:
        """Return the loss, in nats per image, and keep its terms."""
        terms = self.objective(self.model, batch, moment=moment, generator=noise)
        self.scalars = terms.scalars
        return terms.loss


class SharedStep:
    """Forward, backward with the gradients averaged by `DistributedDataParallel`, one step of each optimiser."""

    name: ClassVar[str] = PlainStep.name

    def __init__(self, parts: StepParts, place: Place) -> None:
        self._parts = parts
        self._place = place
        self._loss = _Loss(parts.model, parts.objective)
        self._shared: DistributedDataParallel | None = None

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Mapping[str, Tensor]:
        """Move the weights once; `rows` are the whole batch's, and the terms those of this worker's share."""
        share = share_of(rows, self._place)
        _choose_noise(self._parts.noise, share, len(rows))
        if self._shared is None:
            self._shared = self._prepared(share, moment)
        for optimizer in self._parts.optimizers.values():
            set_rate(optimizer, rate)
            optimizer.zero_grad(set_to_none=True)
        # The gradients are averaged over the workers, so each one's counts as many times as its share is above average.
        self._backward(self._shared, share, moment, share.weight * self._place.count)
        for optimizer in self._parts.optimizers.values():
            optimizer.step()
        return self._loss.scalars

    def settle(self) -> None:
        """Do nothing: weights are always up to date."""

    def _prepared(self, share: Share, moment: Moment) -> DistributedDataParallel:
        """Return the wrapped loss after a pass that moves nothing.

        After its first pass `DistributedDataParallel` sorts the gradients into other packets, whose sums round in
        another way. Having sorted them before the first step, a training that goes on is one without a break.
        """
        noise = self._parts.noise.get_state()
        self._backward(self._loss, share, moment, 0.0)
        parameters = [parameter for parameter in self._parts.model.parameters() if parameter.requires_grad]
        has_idle = any(parameter.grad is None for parameter in parameters)
        self._parts.model.zero_grad(set_to_none=True)
        shared = DistributedDataParallel(self._loss, gradient_as_bucket_view=True, find_unused_parameters=has_idle)
        self._backward(shared, share, moment, 0.0)
        self._parts.model.zero_grad(set_to_none=True)
        self._parts.noise.set_state(noise)
        return shared

    def _backward(self, loss: nn.Module, share: Share, moment: Moment, weight: float) -> None:
        parts = self._parts
        with products_in(parts.precision, parts.model.device):
            value: Tensor = loss(parts.images.rows(share.rows), moment, parts.noise)
        (value * weight).backward()  # type: ignore[no-untyped-call]


class SharedAlternatingStep:
    """The step of an objective whose networks move in turn, each by the mean gradient of all workers."""

    name: ClassVar[str] = PlainStep.name

    def __init__(self, parts: StepParts, objective: AlternatingObjective, place: Place) -> None:
        self._parts = parts
        self._objective = objective
        self._place = place
        self._weight = 0.0
        self._is_prepared = False

    def take(self, rows: npt.NDArray[np.int64], rate: float, moment: Moment) -> Mapping[str, Tensor]:
        """Move the weights of each network once; see `SharedStep.take`."""
        parts = self._parts
        share = share_of(rows, self._place)
        self._weight = share.weight
        for optimizer in parts.optimizers.values():
            if not self._is_prepared:
                optimizer.register_step_pre_hook(self._average_gradients)
            set_rate(optimizer, rate)
        self._is_prepared = True
        _choose_noise(parts.noise, share, len(rows))
        with products_in(parts.precision, parts.model.device):
            terms = self._objective.training_step(
                parts.model, parts.images.rows(share.rows), parts.optimizers, moment=moment, generator=parts.noise
            )
        # What is moved without an optimiser, such as a price that follows a mean over the batch.
        self._average([buffer for buffer in parts.model.buffers() if buffer.is_floating_point()])
        return terms.scalars

    def settle(self) -> None:
        """Do nothing: weights are always up to date."""

    def _average_gradients(self, optimizer: torch.optim.Optimizer, _args: object, _options: object) -> None:
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        self._average([parameter.grad for parameter in parameters if parameter.grad is not None])

    @torch.no_grad()
    def _average(self, tensors: list[Tensor]) -> None:
        """Put into tensors their mean over the workers, weighted by the shares."""
        if not tensors:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors]).mul_(self._weight)
        distributed.all_reduce(flat)
        for tensor, mean in zip(tensors, torch.split(flat, [tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(mean.view_as(tensor))
