"""Pictures and their likelihood on the dense path: from bytes to what is encoded, and from logits to gradients."""

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
from vae_explorer.training.dense_layers import Signal, converted
from vae_explorer.training.dense_products import Call

_LOG_2PI = math.log(2 * math.pi)
_GREYS = 255
_FACTORS = 32
"""Values between one half and one whose product is taken before a logarithm: far from underflow."""


class Pictures:
    """Pictures of a batch as they are encoded and scored.

    Parameters
    ----------
    likelihood
        Says what is observed of grey levels.
    signal
        Receives the pictures ``[N, D]``.
    images
        Uint8 ``[N, D]``: the bytes.
    generator
        Draws what is drawn.

    Attributes
    ----------
    observe
        Turns the bytes into pictures.
    unit
        What the values of the signal must be multiplied by: grey levels stay bytes, which bfloat16 holds exactly, where
        the products are lower; the first layer and the likelihood know.
    """

    def __init__(self, likelihood: Likelihood, signal: Signal, images: Tensor, generator: torch.Generator) -> None:
        values, kind = signal.full, type(likelihood)
        is_grey = kind not in (SampledBernoulli, ThresholdBernoulli)
        self.unit = 1 / _GREYS if is_grey and signal.low is not values else 1.0
        self.observe: list[Call] = [partial(values.copy_, images)]
        if kind is ThresholdBernoulli:
            half = torch.tensor(_GREYS / 2, dtype=values.dtype)
            self.observe.append(partial(torch.gt, values, half, out=values))
        elif self.unit == 1.0:
            self.observe.append(partial(values.div_, _GREYS))
        if kind is SampledBernoulli:
            self.observe.append(lambda: values.copy_(torch.bernoulli(values, generator=generator)))
        self.observe += converted(values, signal.low)


class PixelTerm(Protocol):
    """The negative log-likelihood of pictures and its gradient by the decoder's output."""

    @property
    def kept(self) -> int:
        """How many numbers of a step its value is worked out from."""
        ...

    def compute(self, kept: Tensor) -> list[Call]:
        """Return the calls that write the gradient, summed over the batch, into the logits' signal.

        The logits themselves are lost. What the value is worked out from goes to `kept`.
        """
        ...

    def value(self, kept: Tensor) -> Tensor:
        """Return the mean over the batch of steps, ``[S]``, in nats an image, for what was kept, ``[S, kept]``."""
        ...


class BernoulliTerm:
    """Cross-entropy: ``softplus(l) - x l`` of each pixel, with the gradient ``sigmoid(l) - x``.

    The softplus is ``max(l, 0) - log max(s, 1 - s)`` with s = sigmoid(l), which the gradient needs anyway. The factors
    under the logarithm lie between one half and one, so that products of many of them share one logarithm.
    """

    def __init__(self, logits: Signal, pictures: Tensor, unit: float) -> None:
        self._logits, self._pictures, self._unit = logits, pictures, unit
        self._groups, self._rest = divmod(logits.full.numel(), _FACTORS)
        self._spare = torch.zeros_like(logits.full)

    @property
    def kept(self) -> int:
        """Two sums, and the products of factors."""
        return 2 + self._groups + self._rest

    def compute(self, kept: Tensor) -> list[Call]:
        """Return the calls; see `PixelTerm.compute`."""
        values, gradient, spare = self._logits.full, self._logits.gradient, self._spare
        one = torch.ones((), dtype=values.dtype)
        factors = values.view(-1)
        split = self._groups * _FACTORS
        calls: list[Call] = [
            partial(torch.sigmoid, values, out=gradient),
            partial(torch.clamp_min, values, 0, out=spare),
            partial(torch.sum, spare.view(-1), 0, out=kept[0]),
            partial(torch.dot, values.view(-1), self._pictures.view(-1), out=kept[1]),
            partial(torch.sub, one, gradient, out=values),
            partial(torch.maximum, values, gradient, out=values),
        ]
        if self._groups:
            grouped, target = factors[:split].view(_FACTORS, -1), kept[2 : 2 + self._groups]
            calls.append(partial(torch.prod, grouped, 0, out=target))
        if self._rest:
            calls.append(partial(kept[2 + self._groups :].copy_, factors[split:]))
        return [*calls, partial(torch.sub, gradient, self._pictures, alpha=self._unit, out=gradient)]

    def value(self, kept: Tensor) -> Tensor:
        """Return the mean cross-entropy; see `PixelTerm.value`."""
        total = kept[:, 0] - self._unit * kept[:, 1] - kept[:, 2:].log().sum(dim=1)
        return total / len(self._logits.full)


class GaussianTerm:
    """Squares of ``sigmoid(l) - x`` over twice a fixed variance, and the density's constant."""

    def __init__(self, logits: Signal, pictures: Tensor, unit: float, log_var: float) -> None:
        self._logits, self._pictures, self._unit = logits, pictures, unit
        self._precision = math.exp(-log_var)
        self._constant = 0.5 * logits.full.shape[1] * (log_var + _LOG_2PI)

    @property
    def kept(self) -> int:
        """The sum of the squares."""
        return 1

    def compute(self, kept: Tensor) -> list[Call]:
        """Return the calls; see `PixelTerm.compute`."""
        means, gradient = self._logits.full, self._logits.gradient
        backward = torch.ops.aten.sigmoid_backward.grad_input
        return [
            partial(torch.sigmoid, means, out=means),
            partial(torch.sub, means, self._pictures, alpha=self._unit, out=gradient),
            partial(torch.dot, gradient.view(-1), gradient.view(-1), out=kept[0]),
            partial(gradient.mul_, self._precision),
            partial(backward, gradient, means, grad_input=gradient),
        ]

    def value(self, kept: Tensor) -> Tensor:
        """Return the mean negative log density; see `PixelTerm.value`."""
        return 0.5 * self._precision * kept[:, 0] / len(self._logits.full) + self._constant


def knows(likelihood: Likelihood) -> bool:
    """Return whether there is a term for a likelihood; subclasses may mean something else and have none."""
    return type(likelihood) in (GreyBernoulli, SampledBernoulli, ThresholdBernoulli, FixedGaussian)


def pixel_term(likelihood: Likelihood, logits: Signal, pictures: Tensor, unit: float) -> PixelTerm:
    """Return the term of a likelihood that is known, for pictures ``[N, D]`` in multiples of `unit`."""
    if isinstance(likelihood, FixedGaussian):
        return GaussianTerm(logits, pictures, unit, float(likelihood.log_var))
    return BernoulliTerm(logits, pictures, unit)
