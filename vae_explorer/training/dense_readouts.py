"""From a discriminator's features to its logits on the dense path: at once, or through a noisy code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import torch
from torch import Tensor, nn

from vae_explorer.models.discriminators import LARGEST_LOG_VAR
from vae_explorer.training.dense_memory import FlatMemory
from vae_explorer.training.dense_products import Call


class Readout(Protocol):
    """The logits of features ``[R, F]``.

    Attributes
    ----------
    direction, offset
        ``[1, F]`` and ``[1]``: the logits without noise are ``direction f + offset``.
    logits, by_logits
        ``[R, 1]``: with noise, and where the gradient by them is to be put.
    """

    direction: Tensor
    offset: Tensor
    logits: Tensor
    by_logits: Tensor

    def refresh(self) -> list[Call]:
        """Return the calls that bring direction and offset up to date with the weights."""
        ...

    def forward(self) -> list[Call]:
        """Return the calls that compute the logits."""
        ...

    def backward(self) -> list[Call]:
        """Return the calls that compute the gradients of weights and features."""
        ...

    def push(self, pushed: Tensor) -> list[Call]:
        """Return the calls that add the gradients of ``sum direction f`` for pushed features ``[N, F]``."""
        ...


class PlainReadout:
    """One layer.

    Parameters
    ----------
    memory, layer
        Where its weights are.
    features, by_features
        ``[R, F]``: what comes in, and where the gradient by it goes.
    """

    def __init__(self, memory: FlatMemory, layer: nn.Linear, features: Tensor, by_features: Tensor) -> None:
        self._weights = memory.exact(layer)
        self._features, self._by_features = features, by_features
        self.direction, self.offset = self._weights.weight, self._weights.bias
        self.logits, self.by_logits = torch.zeros(2, len(features), 1, dtype=features.dtype).unbind()

    def refresh(self) -> list[Call]:
        """Return no call: the weights themselves are direction and offset."""
        return []

    def forward(self) -> list[Call]:
        """Return the call that computes the logits."""
        return [partial(torch.addmm, self.offset, self._features, self.direction.t(), out=self.logits)]

    def backward(self) -> list[Call]:
        """Return the calls that compute the gradients of weights and features."""
        return [
            partial(torch.mm, self.by_logits.t(), self._features, out=self._weights.weight_gradient),
            partial(torch.sum, self.by_logits, 0, out=self._weights.bias_gradient),
            partial(torch.mul, self.by_logits, self.direction, out=self._by_features),
        ]

    def push(self, pushed: Tensor) -> list[Call]:
        """Return the calls that add the sum of the pushed features."""
        total = torch.zeros_like(self.direction)
        return [
            partial(torch.sum, pushed, 0, keepdim=True, out=total),
            partial(self._weights.weight_gradient.add_, total),
        ]


@dataclass(frozen=True, slots=True)
class Code:
    """A noisy code between features and the logit.

    Attributes
    ----------
    heads, logit
        From features to mean and log variance, and from a code to the logit.
    price
        ``[1]``: of a nat of the code, in the loss.
    generator
        Draws the noise.
    """

    heads: tuple[nn.Linear, ...]
    logit: nn.Linear
    price: Tensor
    generator: torch.Generator


class CodeReadout:
    """Two layers with a noisy code between them, which has a price (Peng et al. 2019).

    Parameters
    ----------
    memory, code
        Where the weights are, and of which layers.
    features, by_features
        ``[R, F]``: what comes in, and where the gradient by it goes.

    Attributes
    ----------
    kl
        Scalar: that of the codes to N(0, I), mean over the rows.
    """

    def __init__(self, memory: FlatMemory, code: Code, features: Tensor, by_features: Tensor) -> None:
        self._heads, self._logit = memory.exact(*code.heads), memory.exact(code.logit)
        self._features, self._by_features = features, by_features
        self._generator, self._price = code.generator, code.price
        rows, size = len(features), code.logit.in_features
        dtype = features.dtype
        self.direction, self.offset = torch.zeros(1, features.shape[1], dtype=dtype), torch.zeros(1, dtype=dtype)
        self.logits, self.by_logits = torch.zeros(2, rows, 1, dtype=dtype).unbind()
        self._size = size
        self._parameters, self._gradient = torch.zeros(2, rows, 2 * size, dtype=dtype).unbind()
        self._noise, self._deviation, self._code, self._spare = torch.zeros(4, rows, size, dtype=dtype).unbind()
        self._inside = torch.zeros(rows, size, dtype=torch.bool)
        self._weight = torch.zeros(1, dtype=dtype)
        self.kl = torch.zeros((), dtype=dtype)

    def refresh(self) -> list[Call]:
        """Return the calls that follow the means to the logit."""
        means, biases = self._heads.weight[: self._size], self._heads.bias[: self._size]
        product = torch.zeros_like(self.offset)
        return [
            partial(torch.mm, self._logit.weight, means, out=self.direction),
            partial(torch.mv, self._logit.weight, biases, out=product),
            partial(torch.add, product, self._logit.bias, out=self.offset),
        ]

    def forward(self) -> list[Call]:
        """Return the calls that draw codes and compute their logits and the KL."""
        size, parameters, code = self._size, self._parameters, self._code
        mean, log_var = parameters[:, :size], parameters[:, size:]
        most = LARGEST_LOG_VAR
        return [
            partial(torch.addmm, self._heads.bias, self._features, self._heads.weight.t(), out=parameters),
            partial(torch.abs, log_var, out=self._spare),
            partial(torch.le, self._spare, most, out=self._inside),
            partial(log_var.clamp_, -most, most),
            partial(self._noise.normal_, generator=self._generator),
            partial(torch.mul, log_var, 0.5, out=self._deviation),
            self._deviation.exp_,
            partial(torch.addcmul, mean, self._deviation, self._noise, out=code),
            partial(torch.addmm, self._logit.bias, code, self._logit.weight.t(), out=self.logits),
            *self._measure(mean, log_var),
        ]

    def _measure(self, mean: Tensor, log_var: Tensor) -> list[Call]:
        spare = self._spare
        return [
            partial(torch.expm1, log_var, out=spare),
            partial(spare.sub_, log_var),
            partial(spare.addcmul_, mean, mean),
            partial(torch.sum, spare.view(-1), 0, out=self.kl),
            partial(self.kl.mul_, 0.5 / len(mean)),
        ]

    def backward(self) -> list[Call]:
        """Return the calls that compute the gradients of weights and features.

        Gradients are summed over one half of the rows, and the price is that of the mean over both: so each row pays
        one half.
        """
        size, spare, heads = self._size, self._spare, self._heads
        by_mean, by_log_var = self._gradient[:, :size], self._gradient[:, size:]
        return [
            partial(torch.mm, self.by_logits.t(), self._code, out=self._logit.weight_gradient),
            partial(torch.sum, self.by_logits, 0, out=self._logit.bias_gradient),
            partial(torch.mul, self._price, 0.5, out=self._weight),
            partial(torch.mul, self.by_logits, self._logit.weight, out=spare),
            partial(torch.addcmul, spare, self._parameters[:, :size], self._weight, out=by_mean),
            partial(spare.mul_, self._noise),
            partial(spare.addcmul_, self._deviation, self._weight),
            partial(spare.mul_, self._deviation),
            partial(spare.sub_, self._weight),
            partial(spare.mul_, 0.5),
            partial(torch.mul, spare, self._inside, out=by_log_var),
            partial(torch.mm, self._gradient.t(), self._features, out=heads.weight_gradient),
            partial(torch.sum, self._gradient, 0, out=heads.bias_gradient),
            partial(torch.mm, self._gradient, heads.weight, out=self._by_features),
        ]

    def push(self, pushed: Tensor) -> list[Call]:
        """Return the calls that add the gradients by the means' weights and the logit's."""
        total = torch.zeros_like(self.direction)
        means, by_means = self._heads.weight[: self._size], self._heads.weight_gradient[: self._size]
        logit = self._logit
        return [
            partial(torch.sum, pushed, 0, keepdim=True, out=total),
            partial(by_means.addmm_, logit.weight.t(), total),
            partial(logit.weight_gradient.addmm_, total, means.t()),
        ]
