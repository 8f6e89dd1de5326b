"""Likelihoods of the dense path for each picture by itself, at several points each.

Where points are weighed by how well they explain a picture, its cost must be known before the gradient is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from vae_explorer.models.likelihoods import FixedGaussian, Likelihood
from vae_explorer.training.dense_layers import converted, summed
from vae_explorer.training.dense_products import Call

_BLOCK_VALUES = 1 << 16
"""Most values of a block: what is computed of so many in a row stays near the processor."""
_HALVINGS = 5
"""So often factors are multiplied by each other, 32 of them at most: down to 2^-32, far from underflow."""
_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some points of some pictures.

    Attributes
    ----------
    logits
        ``[k, n, D]``: what the decoder gives, and then the gradient by it, in the precision of the products.
    values, gradient, spare
        As many values in the precision of the weights; the first hold the logits, the others are shared by all blocks.
    pictures
        ``[n, D]``.
    costs, sums
        ``[k, n]``.
    """

    logits: Tensor
    values: Tensor
    gradient: Tensor
    spare: Tensor
    pictures: Tensor
    costs: Tensor
    sums: Tensor

    @property
    def first(self) -> list[Call]:
        """The calls that fill the values."""
        return [] if self.values is self.logits else [partial(self.values.copy_, self.logits)]

    def finish(self, gradient: Tensor) -> list[Call]:
        """Return the calls that put a gradient into the place of the logits."""
        return converted(gradient, self.logits)

    @property
    def result(self) -> Tensor:
        """Where to compute the gradient."""
        return self.logits if self.values is self.logits else self.gradient


class RowTerm:
    """The negative log-likelihood of N pictures at K points each, and its gradient by the decoder's output.

    Parameters
    ----------
    likelihood
        One that `dense_terms` knows.
    logits
        ``[K * N, D]``, in the precision of the products.
    pictures
        ``[N, D]``, in multiples of `unit`.
    unit
        What they must be multiplied by.
    bias_gradient
        ``[D]``: receives the sum of the gradient.

    Attributes
    ----------
    costs
        ``[K, N]``, in nats.
    compute
        Fills `costs`, and puts the gradient of each by its logits into the place of these.
    """

    def __init__(
        self, likelihood: Likelihood, logits: Tensor, pictures: Tensor, unit: float, bias_gradient: Tensor
    ) -> None:
        count, full = len(pictures), bias_gradient.dtype
        self._logits, self._bias_gradient = logits.view(-1, count, logits.shape[1]), bias_gradient
        self.costs = torch.zeros(self._logits.shape[:2], dtype=full)
        self._sums = torch.zeros_like(self.costs)
        self._low_weights = torch.zeros(self.costs.shape, dtype=logits.dtype)
        seen = pictures if logits.dtype == full else torch.zeros(pictures.shape, dtype=full)
        self.compute: list[Call] = converted(pictures, seen)
        if unit != 1.0:
            self.compute.append(partial(seen.mul_, unit))
        for block in self._blocks(seen):
            if isinstance(likelihood, FixedGaussian):
                self.compute += _gaussian(block, float(likelihood.log_var))
            else:
                self.compute += _bernoulli(block)

    def weigh(self, weights: Tensor) -> list[Call]:
        """Return the calls that multiply the gradients of the costs by weights ``[K, N]``."""
        low = weights if weights.dtype == self._logits.dtype else self._low_weights
        return [
            *converted(weights, low),
            partial(self._logits.mul_, low.unsqueeze(-1)),
            *summed(self._logits.flatten(0, 1), self._bias_gradient),
        ]

    def _blocks(self, pictures: Tensor) -> list[_Block]:
        samples, count, width = self._logits.shape
        rows = max(1, _BLOCK_VALUES // width)
        deep, wide = max(1, rows // count), min(rows, count)
        shared = torch.zeros(3, deep * wide * width, dtype=pictures.dtype)
        return [
            self._block(slice(sample, sample + deep), slice(row, row + wide), pictures, shared)
            for sample in range(0, samples, deep)
            for row in range(0, count, wide)
        ]

    def _block(self, samples: slice, rows: slice, pictures: Tensor, shared: Tensor) -> _Block:
        logits = self._logits[samples, rows]
        values, gradient, spare = (memory[: logits.numel()].view(logits.shape) for memory in shared)
        values = logits if logits.dtype == values.dtype else values
        places = self.costs[samples, rows], self._sums[samples, rows]
        return _Block(logits, values, gradient, spare, pictures[rows], *places)


def _bernoulli(block: _Block) -> list[Call]:
    """Return the calls for ``max(l, 0) - x l - log max(s, 1 - s)`` with s = sigmoid(l), and for ``s - x``.

    What stands under the logarithm lies between one half and one, so that a product of many needs one logarithm.
    """
    values, share, spare, costs = block.values, block.gradient, block.spare, block.costs
    one = torch.ones((), dtype=values.dtype)
    return [
        *block.first,
        partial(torch.sigmoid, values, out=share),
        partial(torch.clamp_min, values, 0, out=spare),
        partial(spare.addcmul_, values, block.pictures, value=-1),
        partial(torch.sum, spare, -1, out=costs),
        partial(torch.sub, one, share, out=spare),
        partial(torch.maximum, spare, share, out=spare),
        *_sum_of_logs(spare, block.sums),
        partial(costs.sub_, block.sums),
        partial(torch.sub, share, block.pictures, out=block.result),
        *block.finish(block.result),
    ]


def _gaussian(block: _Block, log_var: float) -> list[Call]:
    """Return the calls for squares of ``sigmoid(l) - x`` over twice the variance with the density's constant."""
    means, off, spare, costs = block.values, block.gradient, block.spare, block.costs
    precision, constant = math.exp(-log_var), 0.5 * means.shape[-1] * (log_var + _LOG_2PI)
    backward = torch.ops.aten.sigmoid_backward.grad_input
    return [
        *block.first,
        partial(torch.sigmoid, means, out=means),
        partial(torch.sub, means, block.pictures, out=off),
        partial(torch.mul, off, off, out=spare),
        partial(torch.sum, spare, -1, out=costs),
        partial(costs.mul_, 0.5 * precision),
        partial(costs.add_, constant),
        partial(off.mul_, precision),
        partial(backward, off, means, grad_input=block.result),
        *block.finish(block.result),
    ]


def _sum_of_logs(factors: Tensor, out: Tensor) -> list[Call]:
    """Return the calls that write the sum of logarithms over the last dimension, of values that are lost."""
    count = factors.shape[-1]
    calls: list[Call] = []
    for _ in range(_HALVINGS):
        half = count // 2
        if half:
            calls.append(partial(factors[..., :half].mul_, factors[..., count - half : count]))
        count -= half
    left = factors[..., :count]
    return [*calls, left.log_, partial(torch.sum, left, -1, out=out)]
