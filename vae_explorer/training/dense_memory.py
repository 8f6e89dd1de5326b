"""All weights of a network in one stretch of memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from vae_explorer.training.dense_layers import Weights, converted
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
    member
        One of the parameters: all of a piece move at one rate.
    gradient
        Theirs, in the precision of the weights.
    before, after
        Brings the gradient to that precision; rounds the moved weights to the precision of the products.
    """

    place: slice
    member: Tensor
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
    apart
        Blocks that move at rates of their own, if any.

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

    def __init__(
        self, matrices: Sequence[Tensor], others: Sequence[Block], low: torch.dtype, apart: Sequence[Block] = ()
    ) -> None:
        self.parameters: list[Tensor] = []
        self._places: dict[Tensor, int] = {}
        self._wide = self._place([[parameter] for parameter in matrices], 0)
        usual = self._place(others, self._wide)
        size = self._place(apart, usual)
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
        first = (
            [Piece(slice(0, usual), matrices[0], self.gradients[:usual], [], [])] if low == full else self._cut(usual)
        )
        self.pieces = [*first, *(self._alone(block) for block in apart)]

    def view(self, flat: Tensor, parameter: Tensor) -> Tensor:
        """Return a parameter's part of a flat tensor, in its shape."""
        place = self._places[parameter]
        return flat[place : place + parameter.numel()].view(parameter.shape)

    def block(self, flat: Tensor, block: Block) -> Tensor:
        """Return the part ``[sum]`` of a flat tensor that belongs to a block."""
        place = self._places[block[0]]
        return flat[place : place + sum(parameter.numel() for parameter in block)]

    def wide(self, weight: Tensor, bias: Tensor) -> Weights:
        """Return weight and bias as the products of a wide layer take them."""
        return Weights(
            self.view(self.low_values, weight),
            self.view(self.low_values, bias).view(-1),
            self.view(self.low_gradients, weight),
            self.view(self.gradients, bias).view(-1),
        )

    def exact(self, *layers: nn.Linear) -> Weights:
        """Return layers, whose weights and biases lie side by side, as one in the precision of the weights."""
        weights, biases = [layer.weight for layer in layers], [layer.bias for layer in layers]
        values, gradients, shape = self.values, self.gradients, (-1, layers[0].in_features)
        return Weights(
            self.block(values, weights).view(shape),
            self.block(values, biases),
            self.block(gradients, weights).view(shape),
            self.block(gradients, biases),
        )

    def _alone(self, block: Block) -> Piece:
        start = self._places[block[0]]
        place = slice(start, start + sum(parameter.numel() for parameter in block))
        after = [] if self.low_values is self.values else converted(self.values[place], self.low_values[place])
        return Piece(place, block[0], self.gradients[place], [], after)

    def _cut(self, usual: int) -> list[Piece]:
        """Return pieces of the matrices that share the memory for their gradients, and one for everything else."""
        count = math.ceil(self._wide / _PIECE)
        size = math.ceil(self._wide / count / _LINE) * _LINE
        shared = torch.zeros(size, dtype=self.values.dtype)
        bounds = [*range(0, self._wide, size), self._wide, usual]
        pieces = []
        for start, stop in pairwise(bounds):
            place = slice(start, stop)
            gradient = shared[: stop - start] if stop <= self._wide else self.gradients[place]
            raised = converted(self.low_gradients[place], gradient) if stop <= self._wide else []
            lowered = converted(self.values[place], self.low_values[place])
            pieces.append(Piece(place, self.parameters[0], gradient, raised, lowered))
        return pieces

    def _place(self, blocks: Sequence[Block], start: int) -> int:
        for block in blocks:
            for parameter in block:
                self._places[parameter] = start
                self.parameters.append(parameter)
                start += parameter.numel()
            start = math.ceil(start / _LINE) * _LINE
        return start
