"""Models with a latent plane: encoder, decoder, prior and what else a family has, together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.models.distributions import DiagonalGaussian, Posterior
from vae_explorer.models.layers import LATENT_DIMENSIONS, Classifier, Decoder, Encoder
from vae_explorer.models.likelihoods import Likelihood
from vae_explorer.models.pixels import PixelDistribution

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Conditioning = Literal["none", "class-mean", "label", "image"]
"""What a model is told: nothing; the class, by the mean of its prior or as an input; or a part of the picture."""

_MEANS_RATE = 5.0
_DEVIATION_RATE = 10.0


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


@dataclass(frozen=True, slots=True)
class Family:
    """Which parts a model has; an objective asks for those that it trains.

    Attributes
    ----------
    conditioning
        What it is told.
    encoder
        ``distribution``: q(z|x), of the shape that the settings name; ``point``: a place without noise; ``none``.
    decodes
        Whether it makes pictures.
    classifies
        Whether it has p(y|z).
    band
        First column and number of columns of the picture that a model of conditioning ``image`` is told.
    """

    conditioning: Conditioning = "none"
    encoder: Literal["distribution", "point", "none"] = "distribution"
    decodes: bool = True
    classifies: bool = False
    band: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Band:
    """The columns of a picture that a model is told.

    Attributes
    ----------
    first, count
        The columns.
    shape
        Channels, height and width of a picture.
    """

    first: int
    count: int
    shape: tuple[int, int, int]

    @property
    def values(self) -> int:
        """Number of values in the band."""
        return self.shape[0] * self.shape[1] * self.count

    def of(self, images: Tensor) -> Tensor:
        """Return the values in the band, ``[N, values]``."""
        return images[..., self.first : self.first + self.count].flatten(1)

    def unseen(self, like: Tensor) -> Tensor:
        """Return ``[1, 1, W]``: one where a pixel isn't told, zero where it is."""
        mask = like.new_ones(1, 1, self.shape[2])
        mask[..., self.first : self.first + self.count] = 0
        return mask


class LatentVariableModel(nn.Module):
    """p(z) p(x|z) with an encoder q(z|x), or those of these parts that a family has.

    Points ``z`` may have leading dimensions: ``[..., N, 2]`` are samples for N images.

    Parameters
    ----------
    spec, family
        The pictures it is for, and what it is told.
    encoder, decoder, likelihood, classifier
        Its parts; None for those it lacks. Decoder and likelihood come together.
    regressor
        With conditioning ``image``: completes the picture from the band alone, for comparison.
    """

    def __init__(
        self,
        spec: ImageSpec,
        family: Family,
        *,
        encoder: Encoder | None,
        decoder: Decoder | None,
        likelihood: Likelihood | None,
        classifier: Classifier | None = None,
        regressor: Decoder | None = None,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.pixels = likelihood
        self.classifier = classifier
        self.regressor = regressor
        self.image_shape = spec.shape
        self.classes = spec.classes
        self.family = family
        self.conditioning = family.conditioning
        means = torch.zeros(spec.classes, LATENT_DIMENSIONS) if self.conditioning == "class-mean" else None
        self.class_means = None if means is None else nn.Parameter(means)
        self.origin: Tensor
        self.register_buffer("origin", torch.zeros(1, LATENT_DIMENSIONS), persistent=False)
        self.band = Band(*family.band, spec.shape) if self.conditioning == "image" else None

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def observe(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return what the model encodes and scores of grey levels ``[N, C, H, W]``; see `Likelihood.observe`."""
        return images if self.pixels is None else self.pixels.observe(images, generator)

    def posterior(self, x: Tensor, labels: Tensor | None = None) -> Posterior:
        """Return q(z|x) for pictures ``[N, C, H, W]`` as `observe` gives them, and labels ``[N]`` or None."""
        if self.encoder is None:
            raise TypeError("this model has no encoder")
        return self.encoder(x, self._one_hot(labels) if self.conditioning == "label" else None)  # type: ignore[no-any-return]

    def likelihood(self, z: Tensor, labels: Tensor | None = None, images: Tensor | None = None) -> PixelDistribution:
        """Return p(x|z) at points ``[..., N, 2]``, given labels ``[N]`` or pictures ``[N, C, H, W]`` where needed.

        Of the pictures a model of conditioning ``image`` takes the band it is told, and its distribution leaves the
        band out.
        """
        if self.decoder is None or self.pixels is None:
            raise TypeError("this model has no decoder")
        leading = z.shape[:-1]
        condition = self._condition(labels, images)
        if condition is not None:
            condition = condition.expand(*leading, -1).reshape(-1, condition.shape[-1])
        parameters = self.decoder(z.reshape(-1, LATENT_DIMENSIONS), condition)
        mask = None if self.band is None else self.band.unseen(parameters)
        return self.pixels(parameters.view(*leading, *parameters.shape[1:]), mask)  # type: ignore[no-any-return]

    def regression(self, images: Tensor) -> PixelDistribution:
        """Return what the regressor makes of the band of the pictures ``[N, C, H, W]``."""
        if self.regressor is None or self.pixels is None or self.band is None:
            raise TypeError("this model has no regressor")
        parameters = self.regressor(self.band.of(images))
        return self.pixels(parameters, self.band.unseen(parameters))  # type: ignore[no-any-return]

    def class_logits(self, z: Tensor) -> Tensor:
        """Return the logits of p(y|z), ``[..., K]``, at points ``[..., 2]``."""
        if self.classifier is None:
            raise TypeError("this model has no classifier")
        logits: Tensor = self.classifier(z)
        return logits

    def prior(self, labels: Tensor | None = None) -> DiagonalGaussian:
        """Return p(z), or p(z|y) for the labels ``[N]`` of a class-mean prior."""
        if self.class_means is None:
            return DiagonalGaussian(self.origin, self.origin)
        return DiagonalGaussian(self.class_means[_given(labels)], self.origin)

    def parameter_sets(self) -> dict[str, list[dict[str, object]]]:
        """Return the groups of parameters for each optimiser by name; each group with ``rate``.

        ``rate`` is its multiple of the learning rate. Class means wander over several units, and a shared deviation
        over its logarithm, while weights move by hundredths, so both take larger steps; at the networks' rate the
        islands would lag behind the encodings for the whole run.
        """
        rates = {"class_means": _MEANS_RATE, "pixels.log_var": _DEVIATION_RATE}
        named = dict(self.named_parameters())
        groups: list[dict[str, object]] = [
            {"params": [parameter for name, parameter in named.items() if name not in rates], "rate": 1.0}
        ]
        groups += [{"params": [named[name]], "rate": rate} for name, rate in rates.items() if name in named]
        return {"model": groups}

    def _condition(self, labels: Tensor | None, images: Tensor | None) -> Tensor | None:
        if self.conditioning == "label":
            return self._one_hot(labels)
        if self.band is not None:
            return self.band.of(_given(images))
        return None

    def _one_hot(self, labels: Tensor | None) -> Tensor:
        return functional.one_hot(_given(labels), self.classes).to(self.origin.dtype)


def _given(condition: Tensor | None) -> Tensor:
    if condition is None:
        raise ValueError("this model is conditional: it needs a label or a picture for each point")
    return condition
