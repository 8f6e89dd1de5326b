"""The distributions over pictures that a decoder's output stands for.

All take parameters ``[..., C, H, W]`` and pictures that broadcast to them, so that one decoder pass may hold several
samples an image. A `mask` of ones and zeros leaves pixels out, for models that are told a part of the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

_LOG_2PI = math.log(2 * math.pi)
NEAR_HALF = 0.05
"""Logits below which the continuous Bernoulli's normaliser is taken from its Taylor series."""


class PixelDistribution(Protocol):
    """p(x|z) of some points."""

    @property
    def mean(self) -> Tensor:
        """The expected picture, ``[..., C, H, W]``, values in 0 to 1."""
        ...

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log probability or log density of each picture, ``[...]``, in nats."""
        ...

    def table(self, x: Tensor) -> Tensor:
        """Return the log probability of each of M pictures ``[M, C, H, W]`` at each of N points, ``[M, N]``."""
        ...


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """Independent Bernoulli distributions over the values of a picture, given by logits ``[..., C, H, W]``.

    For grey levels x between 0 and 1, ``log_prob`` is minus the cross-entropy. It is no density, but the usual
    objective for such pictures; its ceiling is minus the entropy of the grey levels themselves.
    """

    logits: Tensor
    mask: Tensor | None = None

    @property
    def mean(self) -> Tensor:
        """The expected picture."""
        return torch.sigmoid(self.logits)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return ``sum x * logits - softplus(logits)`` of each picture in nats."""
        pictures = x if x.shape == self.logits.shape else x.expand(self.logits.shape)
        cross_entropy = functional.binary_cross_entropy_with_logits(self.logits, pictures, reduction="none")
        return -_total(cross_entropy, self.mask)

    def table(self, x: Tensor) -> Tensor:
        """Return ``[M, N]`` by one matrix product."""
        return _product(x, self.logits, self.mask) - _total(functional.softplus(self.logits), self.mask)


@dataclass(frozen=True, slots=True)
class ContinuousBernoulli:
    """Densities on 0 to 1 proportional to the Bernoulli's (Loaiza-Ganem & Cunningham 2019), given by logits.

    With lambda = sigmoid(logit) the density is ``C(lambda) lambda^x (1 - lambda)^(1-x)``; the whole is
    ``x * logit - log((exp(logit) - 1) / logit)``.
    """

    logits: Tensor
    mask: Tensor | None = None

    @property
    def mean(self) -> Tensor:
        """The expected picture, ``1 / (1 - exp(-l)) - 1 / l``, and near zero ``1/2 + l / 12 - l^3 / 720``."""
        logits = self.logits
        near = logits.abs() < NEAR_HALF
        safe = torch.where(near, torch.ones_like(logits), logits)
        far = -1 / torch.expm1(-safe) - 1 / safe
        series = 0.5 + logits / 12 - logits.pow(3) / 720
        return torch.where(near, series, far)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log density of each picture in nats; more than zero is possible, as for any density."""
        return _total(x * self.logits - log_normaliser(self.logits), self.mask)

    def table(self, x: Tensor) -> Tensor:
        """Return ``[M, N]`` by one matrix product."""
        return _product(x, self.logits, self.mask) - _total(log_normaliser(self.logits), self.mask)


def log_normaliser(logits: Tensor) -> Tensor:
    """Return ``log((exp(logit) - 1) / logit)``, the log of the integral of ``exp(x * logit)`` over 0 to 1.

    Written as ``max(logit, 0) + log(1 - exp(-a)) - log(a)`` with ``a = |logit|``, and near zero as its Taylor
    series ``logit / 2 + logit^2 / 24 - logit^4 / 2880``, where the formula would lose its digits.
    """
    near = logits.abs() < NEAR_HALF
    size = torch.where(near, torch.ones_like(logits), logits.abs())
    far = functional.relu(logits) + torch.log(-torch.expm1(-size)) - torch.log(size)
    series = logits / 2 + logits.square() / 24 - logits.pow(4) / 2880
    return torch.where(near, series, far)


@dataclass(frozen=True, slots=True)
class PixelGaussian:
    """Independent normal densities of each value.

    Attributes
    ----------
    mean
        ``[..., C, H, W]``, in 0 to 1.
    log_var
        Log variances, anything that broadcasts to the means.
    """

    mean: Tensor
    log_var: Tensor
    mask: Tensor | None = None

    def log_prob(self, x: Tensor) -> Tensor:
        """Return the log density of each picture in nats; more than zero is possible, as for any density."""
        squares = (x - self.mean).square() * (-self.log_var).exp()
        return -0.5 * _total(squares + self.log_var + _LOG_2PI, self.mask)

    def table(self, x: Tensor) -> Tensor:
        """Return ``[M, N]`` by two matrix products."""
        precision = (-self.log_var).exp().expand_as(self.mean)
        constant = _total(self.mean.square() * precision + self.log_var + _LOG_2PI, self.mask)
        linear = _product(x, self.mean * precision, self.mask)
        return linear - 0.5 * (_product(x.square(), precision, self.mask) + constant)


def _total(values: Tensor, mask: Tensor | None) -> Tensor:
    kept = values if mask is None else values * mask
    return kept.flatten(-3).sum(dim=-1)


def _product(x: Tensor, factors: Tensor, mask: Tensor | None) -> Tensor:
    kept = factors if mask is None else factors * mask
    return x.flatten(1) @ kept.flatten(1).T
