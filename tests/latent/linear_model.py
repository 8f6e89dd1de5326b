"""Probabilistic PCA as a network, whose likelihood and posteriors are known in closed form (Tipping & Bishop 1999)."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vae_explorer.models.distributions import FullGaussian
from vae_explorer.models.family import Family, ImageSpec, LatentVariableModel
from vae_explorer.models.layers import Decoder
from vae_explorer.models.likelihoods import Likelihood
from vae_explorer.models.pixels import PixelGaussian

SHAPE = (1, 8, 8)
VALUES = 64


class LinearGaussian(Likelihood):
    """Normal densities round the decoder's output itself."""

    name = "linear-gaussian"
    title = "Gaussian density round a linear decoder"
    kind = "density"

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.log_var = torch.tensor([2 * math.log(deviation)], dtype=torch.float64)

    def forward(self, parameters: Tensor, mask: Tensor | None = None) -> PixelGaussian:
        """Return the densities."""
        return PixelGaussian(parameters, self.log_var.to(parameters.dtype), mask)


class BestEncoder(nn.Module):
    """The posterior of a linear decoder: exactly, or the best one with independent dimensions."""

    def __init__(self, weights: Tensor, bias: Tensor, deviation: float, kind: str) -> None:
        super().__init__()
        self.log_var = self.lower = True
        precision = torch.eye(2, dtype=weights.dtype) + weights.T @ weights / deviation**2
        self.precision, self.kind = precision, kind
        self.weights, self.offset, self.variance = weights, bias, deviation**2

    def forward(self, x: Tensor, condition: Tensor | None = None) -> FullGaussian:
        """Return q(z|x)."""
        del condition
        covariance = torch.linalg.inv(self.precision)
        mean = (x.flatten(1) - self.offset) @ self.weights @ covariance / self.variance
        if self.kind == "diagonal":
            covariance = torch.diag(1 / self.precision.diagonal())
        factor = torch.linalg.cholesky(covariance)
        count = len(mean)
        return FullGaussian(mean, factor.diagonal().log().expand(count, 2), factor[1, 0].expand(count))


class _Linear(nn.Module):
    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, z: Tensor) -> Tensor:
        """Return ``W z``."""
        return z @ self.weights.T


def linear_decoder(weights: Tensor) -> Decoder:
    """Return ``W z + b`` in double precision, with b = 1/2."""
    decoder = Decoder(_Linear(weights), SHAPE)  # type: ignore[arg-type]
    decoder.double()
    with torch.no_grad():
        decoder.bias.fill_(0.5)
    return decoder


def linear_model(kind: str = "full", *, deviation: float = 0.3, seed: int = 0) -> LatentVariableModel:
    """Return a model ``x = W z + b + noise`` in double precision with the posterior of this kind."""
    generator = torch.Generator().manual_seed(seed)
    weights = 0.12 * torch.randn(VALUES, 2, generator=generator, dtype=torch.float64)
    weights[:, 1] += 0.7 * weights[:, 0]  # oblique columns: the true posterior is tilted
    decoder = linear_decoder(weights)
    bias = torch.full((VALUES,), 0.5, dtype=torch.float64)
    return LatentVariableModel(
        ImageSpec(SHAPE, 0),
        Family(),
        encoder=BestEncoder(weights, bias, deviation, kind),  # type: ignore[arg-type]
        decoder=decoder,
        likelihood=LinearGaussian(deviation),
    )


def log_evidence(
    images: npt.NDArray[np.uint8], model: LatentVariableModel, deviation: float = 0.3
) -> npt.NDArray[np.float64]:
    """Return log N(x; b, W W' + s^2 I) of pictures of bytes, by the covariance of all pixels."""
    weights = _weights(model)
    covariance = weights @ weights.T + deviation**2 * np.eye(VALUES)
    offset = images.reshape(len(images), -1) / 255 - 0.5
    squares = np.einsum("nd,dn->n", offset, np.linalg.solve(covariance, offset.T))
    return np.asarray(-0.5 * (squares + np.linalg.slogdet(2 * np.pi * covariance)[1]))


def diagonal_gap(model: LatentVariableModel, deviation: float = 0.3) -> float:
    """Return ``1/2 [ sum log Lambda_ii - log det Lambda ]`` in nats, Lambda the precision of the true posterior."""
    weights = _weights(model)
    precision = np.eye(2) + weights.T @ weights / deviation**2
    return float(0.5 * (np.log(np.diag(precision)).sum() - np.linalg.slogdet(precision)[1]))


def _weights(model: LatentVariableModel) -> npt.NDArray[np.float64]:
    weights = model.get_parameter("decoder.body.weights")
    return np.asarray(weights.detach().numpy())
