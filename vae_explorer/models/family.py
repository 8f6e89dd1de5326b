"""Models with a latent plane: encoder, decoder and prior together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.models.distributions import Bernoulli, DiagonalGaussian
from vae_explorer.models.layers import LATENT_DIMENSIONS, Decoder, Encoder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Conditioning = Literal["none", "class-mean", "label"]
"""How a model knows the class: not at all, by the mean of its prior, or as an input of both networks."""

_CLASS_MEAN_RATE = 10.0

CONDITIONINGS: tuple[Conditioning, ...] = ("none", "class-mean", "label")


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """What a model must know of the data it is built for.

    Attributes
    ----------
    shape
        Channels, height and width.
    classes
        Number of classes, 0 without labels.
    mean_image
        Float32, ``[C, H, W]`` in 0 to 1: mean of the training images, where the decoder starts from; None when
        weights are loaded anyway.
    """

    shape: tuple[int, int, int]
    classes: int
    mean_image: npt.NDArray[np.float32] | None = None


class LatentVariableModel(nn.Module):
    """p(z) p(x|z) with an encoder q(z|x), all of them optionally given the class y.

    Parameters
    ----------
    encoder, decoder
        The networks; with ``conditioning="label"`` both take a one-hot class beside their input.
    spec
        The pictures it is for.
    conditioning
        How it knows the class.
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, spec: ImageSpec, conditioning: Conditioning) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.image_shape = spec.shape
        self.classes = spec.classes
        self.conditioning = conditioning
        means = torch.zeros(spec.classes, LATENT_DIMENSIONS) if conditioning == "class-mean" else None
        self.class_means = None if means is None else nn.Parameter(means)

    def posterior(self, x: Tensor, labels: Tensor | None) -> DiagonalGaussian:
        """Return q(z|x) for pictures ``[N, C, H, W]`` with values in 0 to 1 and labels ``[N]`` or None."""
        return DiagonalGaussian(*self.encoder(x, self._one_hot(labels)))

    def likelihood(self, z: Tensor, labels: Tensor | None) -> Bernoulli:
        """Return p(x|z) at the points ``[N, 2]``."""
        return Bernoulli(self.decoder(z, self._one_hot(labels)))

    def prior(self, labels: Tensor | None) -> DiagonalGaussian:
        """Return p(z), or p(z|y) for the labels ``[N]`` of a class-mean prior."""
        zero = self.decoder.bias.new_zeros(1, LATENT_DIMENSIONS)
        if self.class_means is None:
            return DiagonalGaussian(zero, zero)
        return DiagonalGaussian(self.class_means[_given(labels)], zero)

    def parameter_groups(self) -> list[dict[str, object]]:
        """Return the parameters for an optimiser, each group with ``rate``: its multiple of the learning rate.

        Class means wander over several units while weights move by hundredths, so they take larger steps; at the
        networks' rate the islands would lag behind the encodings for the whole run.
        """
        networks = [parameter for name, parameter in self.named_parameters() if name != "class_means"]
        groups: list[dict[str, object]] = [{"params": networks, "rate": 1.0}]
        if self.class_means is not None:
            groups.append({"params": [self.class_means], "rate": _CLASS_MEAN_RATE})
        return groups

    def _one_hot(self, labels: Tensor | None) -> Tensor | None:
        if self.conditioning != "label":
            return None
        return functional.one_hot(_given(labels), self.classes).to(self.decoder.bias.dtype)


def _given(labels: Tensor | None) -> Tensor:
    if labels is None:
        raise ValueError("this model is conditional: it needs a label for each picture or point")
    return labels
