"""Posteriors on the dense path: a point for each picture from the encoder's parameters, and the way back.

Gradients are summed over the batch. The formulas are those of `models.distributions`.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from vae_explorer.training.dense_products import Call


class Latent(Protocol):
    """q(z|x) of a batch, given by parameters ``[N, P]``: means, then log variances, then the element below.

    Attributes
    ----------
    z, by_z
        ``[N, 2]``: the points drawn, and the gradient of the loss by them.
    gradient
        ``[N, P]``: of the loss by the parameters.
    """

    z: Tensor
    by_z: Tensor
    gradient: Tensor

    def draw(self, parameters: Tensor) -> list[Call]:
        """Return the calls that draw a point for each picture into `z`."""
        ...

    def backward(self, parameters: Tensor) -> list[Call]:
        """Return the calls that compute the gradient by the parameters from that by the points, with the KL's."""
        ...

    def weigh(self, first: float, second: float) -> None:
        """Take the analytic KL of the two dimensions so many times from now on."""
        ...


class PointLatent:
    """Each picture at exactly one point."""

    def __init__(self, batch: int, dtype: torch.dtype) -> None:
        self.z = torch.zeros(batch, 2, dtype=dtype)
        self.by_z = self.gradient = torch.zeros(batch, 2, dtype=dtype)

    def draw(self, parameters: Tensor) -> list[Call]:
        """Take the parameters as the points; nothing is drawn."""
        return [partial(self.z.copy_, parameters)]

    def backward(self, parameters: Tensor) -> list[Call]:
        """Return no call: the one gradient is the other."""
        del parameters
        return []

    def weigh(self, first: float, second: float) -> None:
        """Do nothing: a point has no KL."""


class DiagonalLatent:
    """Independent normal distributions: ``z = mu + sigma eps``.

    Parameters
    ----------
    batch, dtype
        Of the tensors.
    generator
        Draws eps.
    is_sampled
        Whether the KL is estimated at the point instead of computed.
    parameters
        How many the posterior has.
    """

    def __init__(
        self, batch: int, dtype: torch.dtype, generator: torch.Generator, *, is_sampled: bool, parameters: int = 4
    ) -> None:
        self.z, self.by_z, self.noise, self._scale, self._spare = torch.zeros(5, batch, 2, dtype=dtype).unbind()
        self.gradient = torch.zeros(batch, parameters, dtype=dtype)
        self._generator = generator
        self._is_sampled = is_sampled
        self._weights = (0.0, 0.0)
        self._beta, self._minus_half_beta = torch.zeros(2, 2, dtype=dtype).unbind()

    def draw(self, parameters: Tensor) -> list[Call]:
        """Return the calls that draw a point for each picture into `z`."""
        return [
            partial(self.noise.normal_, generator=self._generator),
            partial(torch.mul, parameters[:, 2:4], 0.5, out=self._scale),
            self._scale.exp_,
            partial(torch.addcmul, parameters[:, :2], self._scale, self.noise, out=self.z),
        ]

    def backward(self, parameters: Tensor) -> list[Call]:
        """Return the calls that give ``d + beta mu`` and ``(sigma (d eps + beta sigma) - beta) / 2``.

        Where the KL is estimated, ``log q(z|x) - log p(z)`` at the point is ``(z^2 - eps^2 - log sigma^2) / 2`` and a
        constant, with the gradient z by the point, and minus one half by the log variance.
        """
        by_z, scale, spare, beta = self.by_z, self._scale, self._spare, self._beta
        by_mean, by_log_var = self.gradient[:, :2], self.gradient[:, 2:4]
        calls: list[Call] = [partial(by_z.add_, self.z)] if self._is_sampled else []
        calls += [
            partial(torch.addcmul, by_z, parameters[:, :2], beta, out=by_mean),
            partial(torch.mul, by_z, self.noise, out=spare),
            partial(spare.addcmul_, scale, beta),
            partial(torch.addcmul, self._minus_half_beta, scale, spare, value=0.5, out=by_log_var),
        ]
        return [*calls, partial(by_log_var.sub_, 0.5)] if self._is_sampled else calls

    def weigh(self, first: float, second: float) -> None:
        """Take the analytic KL of the two dimensions so many times from now on."""
        if (first, second) != self._weights:
            self._weights = (first, second)
            self._beta[0], self._beta[1] = first, second
            torch.mul(self._beta, -0.5, out=self._minus_half_beta)

    def estimate(self, parameters: Tensor, out: Tensor) -> Call:
        """Return the call that writes the estimated KL, summed over the batch."""

        def call() -> None:
            sums = self.z.square().sum() - self.noise.square().sum() - parameters[:, 2:4].sum()
            torch.mul(sums, 0.5, out=out)

        return call


class FullLatent(DiagonalLatent):
    """Normal distributions with any covariance: ``z2`` takes ``l eps1`` besides."""

    def __init__(self, batch: int, dtype: torch.dtype, generator: torch.Generator, *, is_sampled: bool) -> None:
        super().__init__(batch, dtype, generator, is_sampled=is_sampled, parameters=5)

    def draw(self, parameters: Tensor) -> list[Call]:
        """Return the calls that draw a point for each picture into `z`."""
        return [
            *super().draw(parameters),
            partial(self.z[:, 1].addcmul_, parameters[:, 4], self.noise[:, 0]),
        ]

    def backward(self, parameters: Tensor) -> list[Call]:
        """Return the calls that compute the gradient; that of the element below is ``d2 eps1 + beta l``."""
        by_lower = self.gradient[:, 4]
        return [
            *super().backward(parameters),
            partial(torch.mul, self.by_z[:, 1], self.noise[:, 0], out=by_lower),
            partial(by_lower.addcmul_, parameters[:, 4], self._beta[1]),
        ]


def kl_to_prior(parameters: Tensor) -> Tensor:
    """Return KL(q || N(0, I)) in each dimension, mean over pictures, ``[..., 2]``, for parameters ``[..., N, P]``."""
    mean, log_var = parameters[..., :2], parameters[..., 2:4]
    each = mean.square() + torch.expm1(log_var) - log_var
    if parameters.shape[-1] == 5:
        each[..., 1] += parameters[..., 4].square()
    return 0.5 * each.mean(dim=-2)
