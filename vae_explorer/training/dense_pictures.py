"""Pictures and their likelihood on the dense path: from bytes to what is encoded, and from logits to gradients."""

from __future__ import annotations

import math
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from vae_explorer.models.likelihoods import (
    FixedGaussian,
    GreyBernoulli,
    Likelihood,
    SampledBernoulli,
    ThresholdBernoulli,
)
from vae_explorer.training.dense_layers import Signal

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

    Attributes
    ----------
    unit
        What the values of the signal must be multiplied by: grey levels stay bytes, which bfloat16 holds exactly, where
        the products are lower; the first layer and the likelihood know.
    """

    def __init__(self, likelihood: Likelihood, signal: Signal) -> None:
        self._signal = signal
        self._kind = type(likelihood)
        self._threshold = torch.tensor(_GREYS / 2, dtype=signal.full.dtype)
        is_grey = self._kind not in (SampledBernoulli, ThresholdBernoulli)
        self.unit = 1 / _GREYS if is_grey and signal.low is not signal.full else 1.0

    def observe(self, images: Tensor, generator: torch.Generator) -> None:
        """Turn bytes ``[N, D]`` into pictures."""
        values = self._signal.full
        values.copy_(images)
        if self._kind is ThresholdBernoulli:
            torch.gt(values, self._threshold, out=values)
        elif self.unit == 1.0:
            values.div_(_GREYS)
            if self._kind is SampledBernoulli:
                values.copy_(torch.bernoulli(values, generator=generator))
        self._signal.lower()


class PixelTerm(Protocol):
    """The negative log-likelihood of pictures and its gradient by the decoder's output."""

    parts: ClassVar[int]
    """How many sums over a batch its value is made of."""

    def compute(self, logits: Signal, pictures: Tensor, parts: tuple[Tensor, ...]) -> None:
        """Write the gradient by the logits, summed over the batch, into their signal, and the sums into `parts`.

        The logits themselves are lost.
        """
        ...

    def value(self, parts: Tensor, batch: int) -> Tensor:
        """Return the mean over the batch of steps, ``[S]``, from their sums ``[S, parts]``, in nats an image."""
        ...


class BernoulliTerm:
    """Cross-entropy: ``softplus(l) - x l`` of each pixel, with the gradient ``sigmoid(l) - x``.

    The softplus is ``max(l, 0) - log max(s, 1 - s)`` with s = sigmoid(l), which the gradient needs anyway. The factors
    under the logarithm lie between one half and one, so that products of many of them share one logarithm.
    """

    parts: ClassVar[int] = 3

    def __init__(self, logits: Signal, unit: float) -> None:
        count = logits.full.numel()
        self._unit = unit
        self._split = count - count % _FACTORS
        self._products = torch.zeros(self._split // _FACTORS + count % _FACTORS, dtype=logits.full.dtype)
        self._spare = torch.zeros_like(logits.full)
        self._one = torch.ones((), dtype=logits.full.dtype)

    def compute(self, logits: Signal, pictures: Tensor, parts: tuple[Tensor, ...]) -> None:
        """Write gradient and sums; see `PixelTerm.compute`."""
        values, gradient, spare = logits.full, logits.gradient, self._spare
        positive, crossed, logarithms = parts
        torch.sigmoid(values, out=gradient)
        torch.clamp_min(values, 0, out=spare)
        torch.sum(spare.view(-1), 0, out=positive)
        torch.dot(values.view(-1), pictures.view(-1), out=crossed)
        torch.sub(self._one, gradient, out=values)
        torch.maximum(values, gradient, out=values)
        self._add_logarithms(values.view(-1), logarithms)
        torch.sub(gradient, pictures, alpha=self._unit, out=gradient)

    def value(self, parts: Tensor, batch: int) -> Tensor:
        """Return the mean cross-entropy; see `PixelTerm.value`."""
        return (parts[:, 0] - self._unit * parts[:, 1] - parts[:, 2]) / batch

    def _add_logarithms(self, factors: Tensor, out: Tensor) -> None:
        split, products = self._split, self._products
        groups = split // _FACTORS
        if groups:
            torch.prod(factors[:split].view(_FACTORS, groups), 0, out=products[:groups])
        products[groups:].copy_(factors[split:])
        torch.sum(products.log_(), 0, out=out)


class GaussianTerm:
    """Squares of ``sigmoid(l) - x`` over twice a fixed variance, and the density's constant."""

    parts: ClassVar[int] = 1

    def __init__(self, logits: Signal, unit: float, log_var: float) -> None:
        self._unit = unit
        self._precision = math.exp(-log_var)
        self._constant = 0.5 * logits.full.shape[1] * (log_var + _LOG_2PI)

    def compute(self, logits: Signal, pictures: Tensor, parts: tuple[Tensor, ...]) -> None:
        """Write gradient and sums; see `PixelTerm.compute`."""
        means, gradient = logits.full, logits.gradient
        torch.sigmoid(means, out=means)
        torch.sub(means, pictures, alpha=self._unit, out=gradient)
        torch.dot(gradient.view(-1), gradient.view(-1), out=parts[0])
        gradient.mul_(self._precision)
        torch.ops.aten.sigmoid_backward.grad_input(gradient, means, grad_input=gradient)

    def value(self, parts: Tensor, batch: int) -> Tensor:
        """Return the mean negative log density; see `PixelTerm.value`."""
        return 0.5 * self._precision * parts[:, 0] / batch + self._constant


def knows(likelihood: Likelihood) -> bool:
    """Return whether there is a term for a likelihood; subclasses may mean something else and have none."""
    return type(likelihood) in (GreyBernoulli, SampledBernoulli, ThresholdBernoulli, FixedGaussian)


def pixel_term(likelihood: Likelihood, logits: Signal, unit: float) -> PixelTerm:
    """Return the term of a likelihood that is known."""
    if isinstance(likelihood, FixedGaussian):
        return GaussianTerm(logits, unit, float(likelihood.log_var))
    return BernoulliTerm(logits, unit)
