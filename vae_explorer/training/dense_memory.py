"""All weights of a model in one stretch of memory, and Adam on the whole of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from vae_explorer.training.dense_layers import converted
from vae_explorer.training.dense_products import Call

_LINE = 32
"""Values to whose multiple the blocks are aligned, so that also bfloat16 copies begin on a line of the cache."""

_PIECE = 1 << 18
"""Most values of a piece: one megabyte of each of the four things that Adam reads."""

Block = Sequence[Tensor]
"""Parameters that lie side by side, so that they can be read as one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Weights that are moved at once, few enough that what is done to them in a row stays near the processor.

    Attributes
    ----------
    place
        Where they lie.
    gradient
        Theirs, in the precision of the weights.
    before, after
        Brings the gradient to that precision; rounds the moved weights to the precision of the products.
    """

    place: slice
    gradient: Tensor
    before: list[Call]
    after: list[Call]


class FlatMemory:
    """Weights, gradients and lower copies of a model's parameters, each in one flat tensor.

    The parameters stay what they are for everyone else, but their values become views of `values`.

    Parameters
    ----------
    matrices
        Weights of the wide layers, whose gradients come in the precision of the products.
    others
        All other blocks.
    low
        Precision of the products; where it is that of the weights there are no lower copies.

    Attributes
    ----------
    parameters
        In the order in which they lie.
    values, gradients
        Flat, in the precision of the weights.
    low_values, low_gradients
        Flat, in that of the products; gradients of the matrices only.
    others
        The gradients of everything but the matrices.
    pieces
        What is moved one after the other.
    """

    def __init__(self, matrices: Sequence[Tensor], others: Sequence[Block], low: torch.dtype) -> None:
        self.parameters: list[Tensor] = []
        self._places: dict[Tensor, int] = {}
        self._wide = self._place([[parameter] for parameter in matrices], 0)
        size = self._place(others, self._wide)
        full = matrices[0].dtype
        self.values = torch.zeros(size, dtype=full)
        self.gradients = torch.zeros(size, dtype=full)
        self.low_values = self.values if low == full else torch.zeros(size, dtype=low)
        self.low_gradients = self.gradients if low == full else torch.zeros(self._wide, dtype=low)
        for parameter in self.parameters:
            view = self.view(self.values, parameter)
            view.copy_(parameter.detach())
            parameter.data = view
        self.others = self.gradients[self._wide :]
        self.low_values.copy_(self.values)
        self.pieces = [Piece(slice(0, size), self.gradients, [], [])] if low == full else self._cut()

    def view(self, flat: Tensor, parameter: Tensor) -> Tensor:
        """Return a parameter's part of a flat tensor, in its shape."""
        place = self._places[parameter]
        return flat[place : place + parameter.numel()].view(parameter.shape)

    def block(self, flat: Tensor, block: Block) -> Tensor:
        """Return the part ``[sum]`` of a flat tensor that belongs to a block."""
        place = self._places[block[0]]
        return flat[place : place + sum(parameter.numel() for parameter in block)]

    def _cut(self) -> list[Piece]:
        """Return pieces of the matrices that share the memory for their gradients, and one for everything else."""
        count = math.ceil(self._wide / _PIECE)
        size = math.ceil(self._wide / count / _LINE) * _LINE
        shared = torch.zeros(size, dtype=self.values.dtype)
        bounds = [*range(0, self._wide, size), self._wide, len(self.values)]
        pieces = []
        for start, stop in pairwise(bounds):
            place = slice(start, stop)
            gradient = shared[: stop - start] if stop <= self._wide else self.others
            raised = converted(self.low_gradients[place], gradient) if stop <= self._wide else []
            pieces.append(Piece(place, gradient, raised, converted(self.values[place], self.low_values[place])))
        return pieces

    def _place(self, blocks: Sequence[Block], start: int) -> int:
        for block in blocks:
            for parameter in block:
                self._places[parameter] = start
                self.parameters.append(parameter)
                start += parameter.numel()
            start = math.ceil(start / _LINE) * _LINE
        return start


class FlatAdam:
    """Adam (Kingma & Ba 2015) on flat weights, by the same kernel as ``torch.optim.Adam(fused=True)``.

    What it remembers is the optimiser's own state: its tensors become views of flat ones, so that whoever reads the
    optimiser between two steps finds there what it would hold itself.

    Parameters
    ----------
    memory
        The weights and their gradients.
    optimizer
        As `accepts` takes it.
    """

    def __init__(self, memory: FlatMemory, optimizer: torch.optim.Optimizer) -> None:
        self._memory = memory
        self._optimizer = optimizer
        group = optimizer.param_groups[0]
        self._betas: tuple[float, float] = group["betas"]
        self._eps: float = group["eps"]
        self._mean = torch.zeros_like(memory.values)
        self._square = torch.zeros_like(memory.values)
        self._steps = torch.zeros(len(memory.parameters), dtype=torch.float32)
        self._counts = self._steps.numpy()
        self._pieces = [(piece.before, self._state(piece), piece.after) for piece in memory.pieces]
        self._told = False
        if optimizer.state:
            for parameter, number in zip(memory.parameters, self._steps, strict=True):
                known = optimizer.state[parameter]
                number.copy_(known["step"])
                memory.view(self._mean, parameter).copy_(known["exp_avg"])
                memory.view(self._square, parameter).copy_(known["exp_avg_sq"])
            self._tell()

    @staticmethod
    def accepts(optimizer: torch.optim.Optimizer) -> bool:
        """Return whether an optimiser is plain Adam with one rate for all parameters, which took equally many steps."""
        if type(optimizer) is not torch.optim.Adam or len(optimizer.param_groups) != 1:
            return False
        group = optimizer.param_groups[0]
        if group["weight_decay"] or group["amsgrad"] or group["maximize"] or isinstance(group["betas"][0], Tensor):
            return False
        moved = [state["step"].item() for state in optimizer.state.values()]
        return len(moved) in (0, len(group["params"])) and len(set(moved)) <= 1

    def step(self, rate: float) -> None:
        """Move the weights along the gradients in memory."""
        if not self._told:
            self._tell()
        self._counts += 1
        for before, state, after in self._pieces:
            for call in before:
                call()
            torch._fused_adam_(
                *state,
                lr=rate,
                beta1=self._betas[0],
                beta2=self._betas[1],
                weight_decay=0.0,
                eps=self._eps,
                amsgrad=False,
                maximize=False,
            )
            for call in after:
                call()

    def _state(self, piece: Piece) -> tuple[list[Tensor], ...]:
        place = piece.place
        moved = [self._memory.values[place]], [piece.gradient], [self._mean[place]], [self._square[place]]
        return (*moved, [], [self._steps[0]])

    def _tell(self) -> None:
        # Only before the first step, since a parameter that was never moved has no state in an optimiser.
        for parameter, state in self._states():
            self._optimizer.state[parameter] = state
        self._told = True

    def _states(self) -> Iterator[tuple[Tensor, dict[str, Tensor]]]:
        memory = self._memory
        for parameter, number in zip(memory.parameters, self._steps, strict=True):
            means, squares = memory.view(self._mean, parameter), memory.view(self._square, parameter)
            yield parameter, {"step": number, "exp_avg": means, "exp_avg_sq": squares}
