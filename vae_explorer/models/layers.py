"""Encoders and decoders: networks between pictures and the plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from vae_explorer.models.distributions import DiagonalGaussian, FullGaussian, PointMass, Posterior

PosteriorKind = Literal["diagonal", "full", "point"]

LATENT_DIMENSIONS = 2
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "leaky-relu": partial(nn.LeakyReLU, 0.2),
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
}
MOST_LOG_VAR = 2.0
"""Largest log variance of a posterior: a standard deviation of e, where the prior's is one.

For a picture unlike all that it saw a network may extrapolate a log variance of twenty. As the KL grows with the
variance itself, that picture alone would outweigh ten thousand others in a mean, and all of them in a step.
"""
_CONV_FEATURES = 128


class ExactLinear(nn.Linear):
    """A layer to or from the plane: float32 also where the products of other layers are rounded to bfloat16.

    With the three digits of bfloat16, points would lie on a grid, and the bound would be that of the grid.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Return ``[..., outputs]``, float32, for features ``[..., inputs]`` of any precision."""
        kind = features.device.type
        exact = features.to(self.weight.dtype)
        if not torch.is_autocast_enabled(kind):
            return super().forward(exact)
        with torch.autocast(kind, enabled=False):
            return super().forward(exact)


class Encoder(nn.Module):
    """q(z|x) or q(z|x, y): a body that finds features, and a head for each parameter of the posterior.

    Parameters
    ----------
    body
        Finds the features.
    posterior
        ``diagonal``: heads for mean and log variance; ``full``: one more for the covariance; ``point``: only the mean.
        Log variances, of the diagonal's, are at most `MOST_LOG_VAR`.
    """

    def __init__(self, body: DenseEncoderBody | ConvEncoderBody, posterior: PosteriorKind = "diagonal") -> None:
        super().__init__()
        self.body = body
        self.mean = ExactLinear(body.features, LATENT_DIMENSIONS)
        self.log_var = None if posterior == "point" else ExactLinear(body.features, LATENT_DIMENSIONS)
        self.lower = ExactLinear(body.features, 1) if posterior == "full" else None

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Posterior:
        """Return q(z|x) of pictures ``[N, C, H, W]`` and conditions ``[N, K]``."""
        features = self.body(x, condition)
        mean: Tensor = self.mean(features)
        if self.log_var is None:
            return PointMass(mean)
        if self.lower is None:
            return DiagonalGaussian(mean, _bounded(self.log_var(features)))
        return FullGaussian(mean, 0.5 * _bounded(self.log_var(features)), self.lower(features).squeeze(-1))


class Classifier(nn.Module):
    """p(y|z): dense layers from the plane to the classes."""

    def __init__(self, hidden: Sequence[int], activation: str, classes: int) -> None:
        super().__init__()
        widths = [LATENT_DIMENSIONS, *reversed(hidden)]
        self.layers = nn.Sequential(*_dense_from_plane(widths, activation), ExactLinear(widths[-1], classes))

    def forward(self, z: Tensor) -> Tensor:
        """Return logits ``[..., K]`` at the points ``[..., 2]``."""
        logits: Tensor = self.layers(z)
        return logits


class Decoder(nn.Module):
    """The parameters of p(x|z) or p(x|z, y), with a bias of its own for each pixel and channel."""

    def __init__(self, body: DenseDecoderBody | ConvDecoderBody, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.body = body
        self.bias = nn.Parameter(torch.zeros(shape))

    def forward(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return parameters ``[N, C, H, W]`` at the points ``[N, 2]`` and conditions ``[N, K]``."""
        joined = z if condition is None else torch.cat([z, condition], dim=1)
        logits: Tensor = self.body(joined).view(-1, *self.bias.shape) + self.bias
        return logits


class DenseEncoderBody(nn.Module):
    """Fully connected layers on the flattened picture, with the condition beside the pixels."""

    def __init__(self, shape: tuple[int, int, int], hidden: Sequence[int], activation: str, given: int) -> None:
        super().__init__()
        self.features = hidden[-1]
        self.layers = nn.Sequential(*_dense([_values(shape) + given, *hidden], activation))

    def forward(self, x: Tensor, condition: Tensor | None) -> Tensor:
        """Return features ``[N, F]``."""
        features: Tensor = self.layers(_joined(x.flatten(1), condition))
        return features


class DenseDecoderBody(nn.Module):
    """Fully connected layers from `inputs` values to pixels, in the reverse order of the encoder's."""

    def __init__(self, shape: tuple[int, int, int], hidden: Sequence[int], activation: str, inputs: int) -> None:
        super().__init__()
        widths = [inputs, *reversed(hidden)]
        last = nn.Linear(hidden[0], _values(shape), bias=False)
        self.layers = nn.Sequential(*_dense_from_plane(widths, activation), last)

    def forward(self, z: Tensor) -> Tensor:
        """Return ``[N, C * H * W]``."""
        pixels: Tensor = self.layers(z)
        return pixels


class ConvEncoderBody(nn.Module):
    """Convolutions of stride two, then one dense layer that sees the condition as well."""

    def __init__(self, shape: tuple[int, int, int], channels: Sequence[int], activation: str, given: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise([shape[0], *channels]):
            layers += [nn.Conv2d(before, after, kernel_size=3, stride=2, padding=1), ACTIVATIONS[activation]()]
        self.layers = nn.Sequential(*layers)
        height, width = _halved_sizes(shape, len(channels))[-1]
        self.features = _CONV_FEATURES
        self.dense = nn.Sequential(*_dense([channels[-1] * height * width + given, self.features], activation))

    def forward(self, x: Tensor, condition: Tensor | None) -> Tensor:
        """Return features ``[N, F]``."""
        features: Tensor = self.dense(_joined(self.layers(x).flatten(1), condition))
        return features


class ConvDecoderBody(nn.Module):
    """Two dense layers from `inputs` values to a small picture, then transposed convolutions up to the full size."""

    def __init__(self, shape: tuple[int, int, int], channels: Sequence[int], activation: str, inputs: int) -> None:
        super().__init__()
        sizes = _halved_sizes(shape, len(channels))[::-1]
        self.start = (channels[-1], *sizes[0])
        widths = [inputs, _CONV_FEATURES, _values(self.start)]
        self.dense = nn.Sequential(*_dense_from_plane(widths, activation))
        layers: list[nn.Module] = []
        for (before, after), size, target in zip(
            pairwise([*reversed(channels), shape[0]]), sizes[:-1], sizes[1:], strict=True
        ):
            padding = (target[0] - 2 * size[0] + 1, target[1] - 2 * size[1] + 1)
            last = target == sizes[-1]  # sizes differ: each halving makes at least one side smaller
            layers += [
                nn.ConvTranspose2d(
                    before, after, kernel_size=3, stride=2, padding=1, output_padding=padding, bias=not last
                ),
                ACTIVATIONS[activation](),
            ]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, z: Tensor) -> Tensor:
        """Return ``[N, C, H, W]``."""
        pixels: Tensor = self.layers(self.dense(z).view(-1, *self.start))
        return pixels


def initialise(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights and biases again, uniformly within ``1 / sqrt(fan_in)``, from `generator`.

    The bound is the one that torch's own layers use (LeCun et al. 1998, section 4.6, up to a constant); drawing from
    a generator of our own keeps runs of one process independent of each other.
    """
    for layer in module.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            fan_in = layer.weight[0].numel()
            if isinstance(layer, nn.ConvTranspose2d):
                # Each output pixel sees every input channel, but only every second weight in either direction.
                fan_in = layer.weight.shape[0] * layer.weight[0, 0].numel() // 4 + 1
            bound = fan_in**-0.5
            for parameter in layer.parameters(recurse=False):
                nn.init.uniform_(parameter, -bound, bound, generator=generator)


def _bounded(log_var: Tensor) -> Tensor:
    """Return log variances of at most `MOST_LOG_VAR`, with gradients that pass: the KL's brings back what is beyond."""
    return log_var - (log_var.detach() - MOST_LOG_VAR).clamp_min(0)


def _dense(widths: Sequence[int], activation: str) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), ACTIVATIONS[activation]()]
    return layers


def _dense_from_plane(widths: Sequence[int], activation: str) -> list[nn.Module]:
    first = [ExactLinear(widths[0], widths[1]), ACTIVATIONS[activation]()]
    return first + _dense(widths[1:], activation)


def _joined(features: Tensor, condition: Tensor | None) -> Tensor:
    return features if condition is None else torch.cat([features, condition], dim=1)


def _values(shape: tuple[int, int, int]) -> int:
    return shape[0] * shape[1] * shape[2]


def _halved_sizes(shape: tuple[int, int, int], times: int) -> list[tuple[int, int]]:
    sizes = [shape[1:]]
    for _ in range(times):
        sizes.append(((sizes[-1][0] + 1) // 2, (sizes[-1][1] + 1) // 2))
    return sizes
