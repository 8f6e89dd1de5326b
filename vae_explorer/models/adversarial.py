"""Models that learn to make pictures by being told from the data: a generator and its discriminator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vae_explorer.models.build import build_decoder, build_encoder_body, check_network, check_size, start_at_mean
from vae_explorer.models.discriminators import BottleneckDiscriminator, Discriminator, bound_spectral_norms
from vae_explorer.models.family import Family, ImageSpec, LatentVariableModel
from vae_explorer.models.layers import LATENT_DIMENSIONS, Decoder, initialise
from vae_explorer.models.noise import normal

if TYPE_CHECKING:
    from vae_explorer.sections import ModelConfig

SQUARES_BETA = 0.99
"""Decay rate of Adam's average of squared slopes, its second beta, for both networks."""

_DISCRIMINATOR_ACTIVATION = "leaky-relu"
_DISCRIMINATOR_GAIN = 2.0


@dataclass(frozen=True, slots=True)
class GeneratedPictures:
    """What a generator makes of points: pictures, and no distribution round them.

    Attributes
    ----------
    mean
        The pictures, ``[..., C, H, W]``, values in 0 to 1.
    """

    mean: Tensor

    def log_prob(self, x: Tensor) -> Tensor:  # noqa: ARG002  (the protocol's)
        """Raise: a generator without noise on its pixels gives no picture a density.

        Raises
        ------
        TypeError
            Always.
        """
        raise TypeError("the likelihood of a generator is undefined")

    def table(self, x: Tensor) -> Tensor:
        """Raise, as `log_prob` does.

        Raises
        ------
        TypeError
            Always.
        """
        return self.log_prob(x)


@dataclass(frozen=True, slots=True)
class AdversarialParts:
    """How an objective wants its adversarial model.

    Attributes
    ----------
    generator_rate, discriminator_rate
        Multiples of the learning rate.
    momentum
        Decay rate of Adam's average of slopes, its first beta: Mescheder et al. (2018) took 0, Radford et al. (2016)
        0.5.
    sharpness
        How many times larger than usual the generator's weights on z start.
    code
        Dimensions of the discriminator's noisy code, 0 for a discriminator without one.
    is_spectrally_bound
        Whether the discriminator's weights are divided by their largest singular values.
    """

    generator_rate: float
    discriminator_rate: float
    momentum: float = 0.0
    sharpness: float = 1.0
    code: int = 0
    is_spectrally_bound: bool = False


class AdversarialModel(LatentVariableModel):
    """z from N(0, I), pictures G(z), and a discriminator that tells them from the data.

    Parameters
    ----------
    spec
        The pictures it is for.
    decoder
        The generator: the logits of pictures.
    discriminator
        Its opponent.
    parts
        As the objective wants it.
    """

    bottleneck_weight: Tensor

    def __init__(
        self,
        spec: ImageSpec,
        *,
        decoder: Decoder,
        discriminator: Discriminator | BottleneckDiscriminator,
        parts: AdversarialParts,
    ) -> None:
        super().__init__(spec, Family(encoder="none"), encoder=None, decoder=decoder, likelihood=None)
        self.discriminator = discriminator
        self.parts = parts
        if parts.code:
            # A buffer, so that the dual variable is saved and loaded with the weights.
            self.register_buffer("bottleneck_weight", torch.zeros(1))

    def generate(self, z: Tensor) -> Tensor:
        """Return pictures ``[N, C, H, W]``, values in 0 to 1, at points ``[N, 2]``."""
        if self.decoder is None:
            raise TypeError("this model has no decoder")
        return torch.sigmoid(self.decoder(z))

    def likelihood(self, z: Tensor, labels: Tensor | None = None, images: Tensor | None = None) -> GeneratedPictures:
        """Return the pictures at points ``[..., N, 2]``; labels and pictures don't matter."""
        del labels, images
        pictures = self.generate(z.reshape(-1, LATENT_DIMENSIONS))
        return GeneratedPictures(pictures.view(*z.shape[:-1], *pictures.shape[1:]))

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Return points of the prior, ``[count, 2]``."""
        return normal((count, LATENT_DIMENSIONS), generator, like=next(self.parameters()))

    def parameter_sets(self) -> dict[str, list[dict[str, object]]]:
        """Return a set of parameters for each of the two networks."""
        networks = {"generator": self.decoder, "discriminator": self.discriminator}
        rates = {"generator": self.parts.generator_rate, "discriminator": self.parts.discriminator_rate}
        betas = (self.parts.momentum, SQUARES_BETA)
        return {
            name: [{"params": list(network.parameters()), "rate": rates[name], "betas": betas}]
            for name, network in networks.items()
            if network is not None
        }


def build_adversarial_model(
    spec: ImageSpec, config: ModelConfig, *, parts: AdversarialParts, generator: torch.Generator
) -> AdversarialModel:
    """Return a new model on the CPU, its weights drawn from `generator`.

    The discriminator has the layers of an encoder with the same settings, with leaky rectifiers between them; the
    generator starts at the mean picture.

    Raises
    ------
    SettingError
        If the network doesn't fit the pictures or has too many parameters.
    """
    check_network(spec, config)
    with torch.device("meta"):
        check_size(sum(parameter.numel() for parameter in _assemble(spec, config, parts).parameters()))
    # Layers draw first weights of their own from the process-wide generator, which is put back as it was.
    with torch.random.fork_rng(devices=[]):
        model = _assemble(spec, config, parts)
    with torch.no_grad():
        initialise(model, generator)
        _strengthen(model, parts.sharpness)
        if model.decoder is not None:
            start_at_mean(model.decoder, spec, None)
    if parts.is_spectrally_bound:
        bound_spectral_norms(model.discriminator, generator)
    return model


def _strengthen(model: AdversarialModel, sharpness: float) -> None:
    """Let pictures change quickly over the plane, and features survive the discriminator's layers, from the start.

    Twice the usual weights are nearly those that keep the variance through leaky units (He et al. 2015, eq. 15). On the
    ring this and a sharpness of 3 made 73 % of the samples good after ten epochs instead of 66 %.
    """
    if model.decoder is not None:
        first = next(layer for layer in model.decoder.modules() if isinstance(layer, nn.Linear))
        first.weight.mul_(sharpness)
    for layer in model.discriminator.body.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            layer.weight.mul_(_DISCRIMINATOR_GAIN)


def _assemble(spec: ImageSpec, config: ModelConfig, parts: AdversarialParts) -> AdversarialModel:
    # Leaky units pass the slope of the discriminator on to the generator everywhere (Radford et al. 2016, section 3);
    # with smooth ones the ring's points stayed blurred twice as long.
    body = build_encoder_body(spec, replace(config, activation=_DISCRIMINATOR_ACTIVATION), 0)
    discriminator = BottleneckDiscriminator(body, parts.code) if parts.code else Discriminator(body)
    decoder = build_decoder(spec, config, LATENT_DIMENSIONS)
    return AdversarialModel(spec, decoder=decoder, discriminator=discriminator, parts=parts)
