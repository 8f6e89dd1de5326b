"""Pictures and their likelihood on the dense path: from bytes to what is encoded, and from logits to gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass
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
from vae_explorer.training.dense_layers import converted
from vae_explorer.training.dense_products import Call

_LOG_2PI = math.log(2 * math.pi)
_GREYS = 255
_CHUNK_VALUES = 1 << 16
"""Most values of a chunk: four tensors of so many fit into a usual processor's second cache."""
_FACTORS = 32
"""Values between one half and one whose product is taken before a logarithm: far from underflow."""


class Pictures:
    """Pictures of a batch as they are encoded and scored.

    Parameters
    ----------
    likelihood
        Says what is observed of grey levels.
    values
        Receives the pictures ``[N, D]``, in the precision of the products: that of the weights, or one that holds
        bytes exactly.
    images
        Uint8 ``[N, D]``: the bytes.
    generator
        Draws what is drawn.
    full
        Precision of the weights.

    Attributes
    ----------
    observe
        Turns the bytes into pictures.
    unit
        What `values` must be multiplied by: where the products are lower, grey levels stay bytes, and the first layer
        and the likelihood know.
    """

    def __init__(
        self, likelihood: Likelihood, values: Tensor, images: Tensor, generator: torch.Generator, full: torch.dtype
    ) -> None:
        kind = type(likelihood)
        self.values = values
        self.unit = 1.0
        self.observe: list[Call] = [partial(values.copy_, images)]
        if kind is ThresholdBernoulli:
            self.observe.append(partial(torch.gt, values, torch.tensor(_GREYS / 2, dtype=values.dtype), out=values))
        elif kind is SampledBernoulli:
            levels = torch.zeros(images.shape, dtype=full)
            self.observe = [partial(levels.copy_, images), partial(levels.div_, _GREYS)]
            self.observe.append(lambda: values.copy_(torch.bernoulli(levels, generator=generator)))
        elif values.dtype == full:
            self.observe.append(partial(values.div_, _GREYS))
        else:
            self.unit = 1 / _GREYS


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some pictures of a batch, few enough that what is computed of them in a row stays near the processor.

    Attributes
    ----------
    logits
        ``[n, D]``, in the precision of the products: what the decoder gives, and then the gradient by it.
    values, pictures
        The logits and the pictures in the precision of the weights.
    gradient, spare
        Memory that all chunks share.
    first
        Calls that fill `values` and `pictures`.
    """

    logits: Tensor
    values: Tensor
    pictures: Tensor
    gradient: Tensor
    spare: Tensor
    first: list[Call]


class Logits:
    """The decoder's output for a batch, in chunks.

    Parameters
    ----------
    logits, pictures
        ``[N, D]``, in the precision of the products.
    bias_gradient
        ``[D]``: receives the sum of the gradient over the batch.
    """

    def __init__(self, logits: Tensor, pictures: Tensor, bias_gradient: Tensor) -> None:
        self._bias_gradient = bias_gradient
        batch, width = logits.shape
        count = min(batch, math.ceil(batch * width / _CHUNK_VALUES))
        rows = math.ceil(batch / count)
        shared = torch.zeros(4, rows, width, dtype=bias_gradient.dtype).unbind()
        parts = zip(torch.split(logits, rows), torch.split(pictures, rows), strict=True)
        self.chunks = [self._chunk(*part, *(memory[: len(part[0])] for memory in shared)) for part in parts]
        self._sums = torch.zeros(len(self.chunks), width, dtype=bias_gradient.dtype)

    def finish(self, number: int, gradient: Tensor) -> list[Call]:
        """Return the calls that hand the gradient of a chunk on."""
        target = self.chunks[number].logits
        if len(self.chunks) == 1:
            return [partial(torch.sum, gradient, 0, out=self._bias_gradient), *converted(gradient, target)]
        calls: list[Call] = [partial(torch.sum, gradient, 0, out=self._sums[number]), *converted(gradient, target)]
        is_last = number == len(self.chunks) - 1
        return [*calls, partial(torch.sum, self._sums, 0, out=self._bias_gradient)] if is_last else calls

    @staticmethod
    def _chunk(logits: Tensor, pictures: Tensor, *shared: Tensor) -> Chunk:
        values, seen, gradient, spare = shared
        if logits.dtype == values.dtype:
            return Chunk(logits, logits, pictures, gradient, spare, [])
        first: list[Call] = [partial(values.copy_, logits), partial(seen.copy_, pictures)]
        return Chunk(logits, values, seen, gradient, spare, first)


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
            calls += self._logits.finish(number, gradient)
            place += groups + rest
        return calls

    def value(self, kept: Tensor) -> Tensor:
        """Return the cross-entropy; see `PixelTerm.value`."""
        positive, crossed = kept[:, : self._sums : 2].sum(dim=1), kept[:, 1 : self._sums : 2].sum(dim=1)
        return positive - self._unit * crossed - kept[:, self._sums :].log().sum(dim=1)

    @staticmethod
    def _chunk_calls(chunk: Chunk, sums: Tensor) -> list[Call]:
        """Return the calls that leave the sigmoid in the gradient, and the factors in the values."""
        values, gradient, spare = chunk.values, chunk.gradient, chunk.spare
        one = torch.ones((), dtype=values.dtype)
        return [
            *chunk.first,
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
        values = sum(chunk.values.numel() for chunk in logits.chunks)
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
