"""Generative adversarial networks: a generator learns from a discriminator that tells its pictures from the data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.config import setting
from vae_explorer.language import marked
from vae_explorer.objectives.adversarial import (
    DISCRIMINATOR_RATE,
    GENERATOR_RATE,
    LOSS,
    MOMENTUM,
    SHARPNESS,
    UNUSED,
    AdversarialObjective,
    discriminator_loss,
    r1_penalty,
    scores,
)
from vae_explorer.objectives.base import ObjectiveConfig, ObjectiveEntry, expect

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from vae_explorer.models.adversarial import AdversarialModel, AdversarialParts


@dataclass(frozen=True, slots=True)
class GANConfig(ObjectiveConfig):
    """Settings of the GAN."""

    name: ClassVar[str] = "gan"

    loss: str = LOSS
    r1: float = setting(
        0.3,
        label=marked("R1 penalty"),
        minimum=0.0,
        maximum=1000.0,
        adjustable=True,
        help=marked(
            "Weight of the discriminator's squared slope at the data: keeps the game from circling. 0 turns it off."
        ),
    )
    spectral_norm: bool = setting(
        False,
        label=marked("Spectral norm"),
        help=marked("Bounds the slope of each layer of the discriminator instead, by its largest singular value."),
    )
    generator_rate: float = GENERATOR_RATE
    discriminator_rate: float = DISCRIMINATOR_RATE
    momentum: float = MOMENTUM
    sharpness: float = SHARPNESS


class GAN(AdversarialObjective):
    """Discriminator's cross-entropy with the R1 penalty, and the generator's loss, each for its own network."""

    def __init__(self, config: GANConfig) -> None:
        self.config: GANConfig = config

    def parts(self) -> AdversarialParts:
        """Return how the networks are built and what drives them."""
        return replace(super().parts(), is_spectrally_bound=self.config.spectral_norm)

    def discriminator_terms(
        self, model: AdversarialModel, images: Tensor, pictures: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what the discriminator minimises, and its parts, for real images and generated pictures."""
        if self.config.r1:
            penalty, real = r1_penalty(model, images, self.config.r1)
        else:
            penalty, real = None, model.discriminator(images)
        fake = model.discriminator(pictures)
        cross_entropy = discriminator_loss(real, fake)
        scalars = {"discriminator": cross_entropy, **scores(real, fake)}
        if penalty is None:
            return cross_entropy, scalars
        return cross_entropy + penalty, {**scalars, "r1": penalty}


ENTRY = ObjectiveEntry(
    name="gan",
    title="GAN",
    summary=marked(
        "A generator learns to pass a discriminator that tells its pictures from the data; no encoder, no bound."
    ),
    formula=marked(
        "D: -log D(x) - log(1 - D(G(z))) + r1 / 2 · |grad_x log(D / (1 - D))|²,   G: -log D(G(z)),   z ~ N(0, I)"
    ),
    reference=marked("Goodfellow et al. 2014; R1: Mescheder, Geiger & Nowozin 2018; spectral norm: Miyato et al. 2018"),
    config_type=GANConfig,
    create=lambda config: GAN(expect(config, GANConfig)),
    unused=UNUSED,
)
