"""The probability distributions that encoders, priors and likelihoods return.

Small frozen values with exactly the operations that objectives and evaluation need. Those of
``torch.distributions`` draw from the process-wide generator and check their arguments at every step; here noise comes
from a generator that the caller owns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True)
class DiagonalGaussian:
    """Independent normal distributions, one a latent dimension.

    Attributes
    ----------
    mean, log_var
        ``[N, D]``, or anything that broadcasts to it.
    """

    mean: Tensor
    log_var: Tensor

    def rsample(self, generator: torch.Generator) -> Tensor:
        """Return ``mean + sigma * eps`` with eps drawn from `generator`; gradients reach both parameters."""
        noise = torch.randn(self.mean.shape, generator=generator, device=self.mean.device, dtype=self.mean.dtype)
        return torch.addcmul(self.mean, (0.5 * self.log_var).exp(), noise)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density at `z`, summed over dimensions, in nats."""
        squares = (z - self.mean).square() * (-self.log_var).exp()
        return -0.5 * (squares + self.log_var + _LOG_2PI).sum(dim=-1)

    def kl(self, other: DiagonalGaussian) -> Tensor:
        """Return KL(self || other) of each dimension, ``[N, D]``, in nats (Kingma & Welling 2014, appendix B).

        ``1/2 [ (mu - m)^2 / s^2 + sigma^2 / s^2 - log(sigma^2 / s^2) - 1 ]``, computed with expm1 so that it
        doesn't lose its digits where the two are nearly equal.
        """
        log_ratio = self.log_var - other.log_var
        squares = (self.mean - other.mean).square() * (-other.log_var).exp()
        return 0.5 * (squares + torch.expm1(log_ratio) - log_ratio)


@dataclass(frozen=True, slots=True)
class Bernoulli:
    """Independent Bernoulli distributions over the values of a picture, given by logits ``[N, C, H, W]``.

    For grey levels x between 0 and 1, ``log_prob`` is minus the cross-entropy. It is a lower bound on nothing and no
    density, but the usual objective for such pictures; its floor is the entropy of the grey levels themselves.
    """

    logits: Tensor

    @property
    def mean(self) -> Tensor:
        """The expected picture, ``[N, C, H, W]``, values in 0 to 1."""
        return torch.sigmoid(self.logits)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return ``sum x * logits - softplus(logits)`` of each picture, ``[N]``, in nats."""
        cross_entropy = functional.binary_cross_entropy_with_logits(self.logits, x, reduction="none")
        return -cross_entropy.flatten(1).sum(dim=1)
