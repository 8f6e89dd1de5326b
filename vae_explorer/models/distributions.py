"""The distributions over the plane that encoders and priors return.

Small frozen values with exactly the operations that objectives and evaluation need. Those of
``torch.distributions`` draw from the process-wide generator and check their arguments at every step; here noise comes
from a generator that the caller owns.

Shapes: one distribution an image, ``[N, 2]``; points ``z`` are ``[..., N, 2]``, where leading dimensions are samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from vae_explorer.models.noise import normal

_LOG_2PI = math.log(2 * math.pi)


class Posterior(Protocol):
    """q(z|x) of some images."""

    @property
    def mean(self) -> Tensor:
        """Means, ``[N, 2]``."""
        ...

    @property
    def log_var(self) -> Tensor:
        """Log variances of each dimension by itself, ``[N, 2]``; minus infinity where there is no noise."""
        ...

    @property
    def correlation(self) -> Tensor:
        """Correlation of the two dimensions, ``[N]``, between -1 and 1."""
        ...

    def rsample(self, generator: torch.Generator, samples: int | None = None) -> Tensor:
        """Return points ``[N, 2]``, or ``[samples, N, 2]``; gradients reach the parameters through them."""
        ...

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density at ``[..., N, 2]`` in nats, ``[..., N]``."""
        ...

    def kl(self, other: DiagonalGaussian) -> Tensor:
        """Return KL(self || other) in nats, split over the dimensions, ``[N, 2]``."""
        ...

    def detached(self) -> Posterior:
        """Return the same distribution with parameters that no gradient reaches."""
        ...


@dataclass(frozen=True, slots=True)
class DiagonalGaussian:
    """Independent normal distributions, one a latent dimension.

    Attributes
    ----------
    mean, log_var
        ``[N, 2]``, or anything that broadcasts to it.
    """

    mean: Tensor
    log_var: Tensor

    @property
    def correlation(self) -> Tensor:
        """Zero for each image."""
        return torch.zeros_like(self.mean[..., 0])

    def rsample(self, generator: torch.Generator, samples: int | None = None) -> Tensor:
        """Return ``mean + sigma * eps`` with eps drawn from `generator`."""
        noise = _noise(self.mean, generator, samples)
        return torch.addcmul(self.mean, (0.5 * self.log_var).exp(), noise)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density at `z`, summed over dimensions, in nats."""
        squares = (z - self.mean).square() * (-self.log_var).exp()
        return -0.5 * (squares + self.log_var + _LOG_2PI).sum(dim=-1)

    def kl(self, other: DiagonalGaussian) -> Tensor:
        """Return KL(self || other) of each dimension, ``[N, 2]``, in nats (Kingma & Welling 2014, appendix B).

        ``1/2 [ (mu - m)^2 / s^2 + sigma^2 / s^2 - log(sigma^2 / s^2) - 1 ]``, computed with expm1 so that it
        doesn't lose its digits where the two are nearly equal.
        """
        log_ratio = self.log_var - other.log_var
        squares = (self.mean - other.mean).square() * (-other.log_var).exp()
        return 0.5 * (squares + torch.expm1(log_ratio) - log_ratio)

    def detached(self) -> DiagonalGaussian:
        """Return the same distribution without a way for gradients."""
        return DiagonalGaussian(self.mean.detach(), self.log_var.detach())


@dataclass(frozen=True, slots=True)
class FullGaussian:
    """Normal distributions in the plane with any covariance, ``L L'`` with a lower triangular L.

    Attributes
    ----------
    mean
        ``[N, 2]``.
    log_scale
        Logarithm of the diagonal of L, ``[N, 2]``.
    lower
        The element of L below the diagonal, ``[N]``.
    """

    mean: Tensor
    log_scale: Tensor
    lower: Tensor

    @property
    def log_var(self) -> Tensor:
        """Log variances of each dimension by itself, ``[N, 2]``."""
        second = torch.logaddexp(2 * self.log_scale[..., 1], 2 * self.lower.abs().log())
        return torch.stack([2 * self.log_scale[..., 0], second], dim=-1)

    @property
    def correlation(self) -> Tensor:
        """Correlation of the two dimensions, ``[N]``."""
        return self.lower * (-0.5 * self.log_var[..., 1]).exp()

    def rsample(self, generator: torch.Generator, samples: int | None = None) -> Tensor:
        """Return ``mean + L eps`` with eps drawn from `generator`."""
        noise = _noise(self.mean, generator, samples)
        scale = self.log_scale.exp()
        second = self.lower * noise[..., 0] + scale[..., 1] * noise[..., 1]
        return self.mean + torch.stack([scale[..., 0] * noise[..., 0], second], dim=-1)

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log density at `z` in nats."""
        offset = z - self.mean
        inverse = (-self.log_scale).exp()
        first = offset[..., 0] * inverse[..., 0]
        second = (offset[..., 1] - self.lower * first) * inverse[..., 1]
        return -0.5 * (first.square() + second.square()) - self.log_scale.sum(dim=-1) - _LOG_2PI

    def kl(self, other: DiagonalGaussian) -> Tensor:
        """Return KL(self || other) in nats, ``[N, 2]``.

        The first column is the KL of z1 by itself, the second what z2 adds given z1; together they are the whole
        ``1/2 [ tr(S^-1 L L') + |m - mu|^2_S - 2 - log det(L L') + log det S ]``.
        """
        log_ratio = 2 * self.log_scale - other.log_var
        squares = (self.mean - other.mean).square()
        crossing = torch.stack([torch.zeros_like(self.lower), self.lower.square()], dim=-1)
        return 0.5 * ((squares + crossing) * (-other.log_var).exp() + torch.expm1(log_ratio) - log_ratio)

    def detached(self) -> FullGaussian:
        """Return the same distribution without a way for gradients."""
        return FullGaussian(self.mean.detach(), self.log_scale.detach(), self.lower.detach())


@dataclass(frozen=True, slots=True)
class PointMass:
    """Each image at exactly one point: the encoder of an autoencoder. It has no density, so no KL.

    Attributes
    ----------
    mean
        ``[N, 2]``.
    """

    mean: Tensor

    @property
    def log_var(self) -> Tensor:
        """Minus infinity."""
        return torch.full_like(self.mean, -math.inf)

    @property
    def correlation(self) -> Tensor:
        """Zero for each image."""
        return torch.zeros_like(self.mean[..., 0])

    def rsample(self, generator: torch.Generator, samples: int | None = None) -> Tensor:
        """Return the point itself; nothing is drawn."""
        del generator
        return self.mean if samples is None else self.mean.expand(samples, *self.mean.shape)

    def log_prob(self, z: Tensor) -> Tensor:
        """Raise TypeError: a point has no density."""
        del z
        raise TypeError("an encoder without noise has no density")

    def kl(self, other: DiagonalGaussian) -> Tensor:
        """Raise TypeError: the KL of a point to a density is infinite."""
        del other
        raise TypeError("an encoder without noise has no KL")

    def detached(self) -> PointMass:
        """Return the same point without a way for gradients."""
        return PointMass(self.mean.detach())


def _noise(mean: Tensor, generator: torch.Generator, samples: int | None) -> Tensor:
    shape = mean.shape if samples is None else (samples, *mean.shape)
    return normal(shape, generator, like=mean)
