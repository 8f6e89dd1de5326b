"""Posteriors on the dense path: a point for each picture from the encoder's parameters, and the way back.

Gradients are summed over the batch. The formulas are those of `models.distributions`.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

Weight = float | Tensor
"""Of the KL, beta: one number, or ``[2]`` where the dimensions differ."""


class Latent(Protocol):
    """q(z|x) of a batch, given by parameters ``[N, P]``: means, then log variances, then the element below.

    Attributes
    ----------
    z
        ``[N, 2]``: the points drawn.
    gradient
        ``[N, P]``: of the loss by the parameters.
    """

    z: Tensor
    gradient: Tensor

    def draw(self, parameters: Tensor, generator: torch.Generator) -> None:
        """Draw a point for each picture into `z`."""
        ...

    def backward(self, by_z: Tensor, parameters: Tensor, beta: Weight) -> None:
        """Compute the gradient by the parameters from that by the points, with `beta` times the analytic KL."""
        ...


class PointLatent:
    """Each picture at exactly one point."""

    def __init__(self, batch: int, dtype: torch.dtype) -> None:
        self.z = torch.zeros(batch, 2, dtype=dtype)
        self.gradient = torch.zeros(batch, 2, dtype=dtype)

    def draw(self, parameters: Tensor, generator: torch.Generator) -> None:
        """Take the parameters as the points; nothing is drawn."""
        del generator
        self.z.copy_(parameters)

    def backward(self, by_z: Tensor, parameters: Tensor, beta: Weight) -> None:
        """Hand the gradient on."""
        del parameters, beta
        self.gradient.copy_(by_z)


class DiagonalLatent:
    """Independent normal distributions: ``z = mu + sigma eps``.

    Attributes
    ----------
    noise
        ``[N, 2]``: eps.
    """

    def __init__(self, batch: int, dtype: torch.dtype, parameters: int = 4) -> None:
        self.z = torch.zeros(batch, 2, dtype=dtype)
        self.gradient = torch.zeros(batch, parameters, dtype=dtype)
        self.noise = torch.zeros(batch, 2, dtype=dtype)
        self._offset = torch.zeros(batch, 2, dtype=dtype)
        self._spare = torch.zeros(batch, 2, dtype=dtype)
        self._by_mean, self._by_log_var = self.gradient[:, :2], self.gradient[:, 2:4]

    def draw(self, parameters: Tensor, generator: torch.Generator) -> None:
        """Draw a point for each picture into `z`."""
        self.noise.normal_(generator=generator)
        torch.mul(parameters[:, 2:4], 0.5, out=self._spare).exp_()
        torch.mul(self._spare, self.noise, out=self._offset)
        torch.add(parameters[:, :2], self._offset, out=self.z)

    def backward(self, by_z: Tensor, parameters: Tensor, beta: Weight) -> None:
        """Compute the gradient: ``d + beta mu`` and ``(d sigma eps + beta (sigma^2 - 1)) / 2``."""
        self._offset.mul_(by_z)
        torch.expm1(parameters[:, 2:4], out=self._spare)
        if isinstance(beta, Tensor):
            torch.addcmul(by_z, parameters[:, :2], beta, out=self._by_mean)
            self._offset.addcmul_(self._spare, beta)
        else:
            torch.add(by_z, parameters[:, :2], alpha=beta, out=self._by_mean)
            self._offset.add_(self._spare, alpha=beta)
        torch.mul(self._offset, 0.5, out=self._by_log_var)


class FullLatent(DiagonalLatent):
    """Normal distributions with any covariance: ``z2`` takes ``l eps1`` besides."""

    def __init__(self, batch: int, dtype: torch.dtype) -> None:
        super().__init__(batch, dtype, parameters=5)
        self._by_lower = self.gradient[:, 4]

    def draw(self, parameters: Tensor, generator: torch.Generator) -> None:
        """Draw a point for each picture into `z`."""
        super().draw(parameters, generator)
        self.z[:, 1].addcmul_(parameters[:, 4], self.noise[:, 0])

    def backward(self, by_z: Tensor, parameters: Tensor, beta: Weight) -> None:
        """Compute the gradient; that of the element below is ``d2 eps1 + beta l``."""
        super().backward(by_z, parameters, beta)
        torch.mul(by_z[:, 1], self.noise[:, 0], out=self._by_lower)
        if isinstance(beta, Tensor):
            self._by_lower.addcmul_(parameters[:, 4], beta[1])
        else:
            self._by_lower.add_(parameters[:, 4], alpha=beta)


def latent(parameters: int, batch: int, dtype: torch.dtype) -> Latent:
    """Return the posterior that has so many parameters."""
    if parameters == 2:
        return PointLatent(batch, dtype)
    return FullLatent(batch, dtype) if parameters == 5 else DiagonalLatent(batch, dtype)


def kl_to_prior(parameters: Tensor) -> Tensor:
    """Return KL(q || N(0, I)) in each dimension, mean over pictures, ``[..., 2]``, for parameters ``[..., N, P]``."""
    mean, log_var = parameters[..., :2], parameters[..., 2:4]
    each = mean.square() + torch.expm1(log_var) - log_var
    if parameters.shape[-1] == 5:
        each[..., 1] += parameters[..., 4].square()
    return 0.5 * each.mean(dim=-2)
