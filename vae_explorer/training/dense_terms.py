"""The likelihoods of the dense path: from logits to the gradient by them, and to their value."""

from __future__ import annotations

import math
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from vae_explorer.models.likelihoods import (
    FixedGaussian,
    GreyBernoulli,
    Likelihood,
    SampledBernoulli,
    ThresholdBernoulli,
)
from vae_explorer.training.dense_pictures import Chunk, Logits
from vae_explorer.training.dense_products import Call

_LOG_2PI = math.log(2 * math.pi)
_FACTORS = 32
"""Values between one half and one whose product is taken before a logarithm: far from underflow."""


class PixelTerm(Protocol):
    """The negative log-likelihood of pictures and its gradient by the decoder's output."""

    @property
    def kept(self) -> int:
        """How many numbers of a step its value is worked out from."""
        ...

    def compute(self, kept: Tensor) -> list[Call]:
        """Return the calls that put the gradient, summed over the batch, in the place of the logits.

        What the value is worked out from goes to `kept`.
        """
        ...

    def value(self, kept: Tensor) -> Tensor:
        """Return the sum over the batch of steps, ``[S]``, in nats, for what was kept, ``[S, kept]``."""
        ...


class BernoulliTerm:
    """Cross-entropy: ``softplus(l) - x l`` of each pixel, with the gradient ``sigmoid(l) - x``.

    The softplus is ``max(l, 0) - log max(s, 1 - s)`` with s = sigmoid(l), which the gradient needs anyway. The factors
    under the logarithm lie between one half and one, so that products of many of them share one logarithm.
    """

    def __init__(self, logits: Logits, unit: float) -> None:
        self._logits, self._unit = logits, unit
        self._sums = 2 * len(logits.chunks)

    @property
    def kept(self) -> int:
        """Two sums of each chunk, and the products of factors."""
        return self._sums + sum(sum(divmod(chunk.values.numel(), _FACTORS)) for chunk in self._logits.chunks)

    def compute(self, kept: Tensor) -> list[Call]:
        """Return the calls; see `PixelTerm.compute`."""
        calls: list[Call] = []
        place = self._sums
        for number, chunk in enumerate(self._logits.chunks):
            groups, rest = divmod(chunk.values.numel(), _FACTORS)
            sums, products = kept[2 * number : 2 * number + 2], kept[place : place + groups + rest]
            calls += [*self._chunk_calls(chunk, sums), *_grouped_products(chunk.values.view(-1), products)]
            gradient = chunk.gradient if chunk.first else chunk.logits
            calls.append(partial(torch.sub, chunk.gradient, chunk.pictures, alpha=self._unit, out=gradient))
            calls += [*chunk.without(gradient), *self._logits.finish(number, gradient)]
            place += groups + rest
        return calls

    def value(self, kept: Tensor) -> Tensor:
        """Return the cross-entropy; see `PixelTerm.value`."""
        positive, crossed = kept[:, : self._sums : 2].sum(dim=1), kept[:, 1 : self._sums : 2].sum(dim=1)
        # What is left out has a logit of zero, and with it log 2 nats.
        known = self._logits.left_out * math.log(2)
        return positive - self._unit * crossed - kept[:, self._sums :].log().sum(dim=1) - known

    @staticmethod
    def _chunk_calls(chunk: Chunk, sums: Tensor) -> list[Call]:
        """Return the calls that leave the sigmoid in the gradient, and the factors in the values."""
        values, gradient, spare = chunk.values, chunk.gradient, chunk.spare
        one = torch.ones((), dtype=values.dtype)
        return [
            *chunk.first,
            *chunk.without(values),
            partial(torch.sigmoid, values, out=gradient),
            partial(torch.clamp_min, values, 0, out=spare),
            partial(torch.sum, spare.view(-1), 0, out=sums[0]),
            partial(torch.dot, values.view(-1), chunk.pictures.view(-1), out=sums[1]),
            partial(torch.sub, one, gradient, out=values),
            partial(torch.maximum, values, gradient, out=values),
        ]


class GaussianTerm:
    """Squares of ``sigmoid(l) - x`` over twice a fixed variance, and the density's constant."""

    def __init__(self, logits: Logits, unit: float, log_var: float) -> None:
        self._logits, self._unit = logits, unit
        self._precision = math.exp(-log_var)
        values = sum(chunk.values.numel() for chunk in logits.chunks) - logits.left_out
        self._constant = 0.5 * values * (log_var + _LOG_2PI)

    @property
    def kept(self) -> int:
        """The sum of the squares of each chunk."""
        return len(self._logits.chunks)

    def compute(self, kept: Tensor) -> list[Call]:
        """Return the calls; see `PixelTerm.compute`."""
        backward = torch.ops.aten.sigmoid_backward.grad_input
        calls: list[Call] = []
        for number, chunk in enumerate(self._logits.chunks):
            means, gradient = chunk.values, chunk.gradient
            target = gradient if chunk.first else chunk.logits
            calls += [
                *chunk.first,
                partial(torch.sigmoid, means, out=means),
                partial(torch.sub, means, chunk.pictures, alpha=self._unit, out=gradient),
                *chunk.without(gradient),
                partial(torch.dot, gradient.view(-1), gradient.view(-1), out=kept[number]),
                partial(gradient.mul_, self._precision),
                partial(backward, gradient, means, grad_input=target),
                *self._logits.finish(number, target),
            ]
        return calls

    def value(self, kept: Tensor) -> Tensor:
        """Return the negative log density; see `PixelTerm.value`."""
        return 0.5 * self._precision * kept.sum(dim=1) + self._constant


def knows(likelihood: Likelihood) -> bool:
    """Return whether there is a term for a likelihood; subclasses may mean something else and have none."""
    return type(likelihood) in (GreyBernoulli, SampledBernoulli, ThresholdBernoulli, FixedGaussian)


def pixel_term(likelihood: Likelihood, logits: Logits, unit: float) -> PixelTerm:
    """Return the term of a likelihood that is known, for pictures in multiples of `unit`."""
    if isinstance(likelihood, FixedGaussian):
        return GaussianTerm(logits, unit, float(likelihood.log_var))
    return BernoulliTerm(logits, unit)


def _grouped_products(factors: Tensor, out: Tensor) -> list[Call]:
    """Return the calls that write products of `_FACTORS` values each, and the values that are left."""
    groups = len(factors) // _FACTORS
    split = groups * _FACTORS
    calls: list[Call] = []
    if groups:
        calls.append(partial(torch.prod, factors[:split].view(_FACTORS, groups), 0, out=out[:groups]))
    if split < len(factors):
        calls.append(partial(out[groups:].copy_, factors[split:]))
    return calls
