"""The GAN whose discriminator sees little: its code of a picture is held to a number of nats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.config import setting
from vae_explorer.language import marked
from vae_explorer.objectives.adversarial import (
    LOSS,
    MOMENTUM,
    SHARPNESS,
    UNUSED,
    AdversarialObjective,
    discriminator_loss,
    player_rate,
    r1_penalty,
    scores,
)
from vae_explorer.objectives.base import ObjectiveConfig, ObjectiveEntry, expect

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from vae_explorer.models.adversarial import AdversarialModel, AdversarialParts


# Half the plain GAN's: with as much, price and code chased each other on the grid until one run overflowed.
GENERATOR_RATE = player_rate(0.75, marked("Generator's rate"))
DISCRIMINATOR_RATE = player_rate(0.75, marked("Discriminator's rate"))


@dataclass(frozen=True, slots=True)
class VDBConfig(ObjectiveConfig):
    """Settings of the GAN with a variational discriminator bottleneck."""

    name: ClassVar[str] = "gan-bottleneck"

    loss: str = LOSS
    information: float = setting(
        0.2,
        label=marked("Information"),
        unit=marked("nats"),
        minimum=0.0,
        maximum=100.0,
        adjustable=True,
        help=marked("What the discriminator may know of a picture. Less keeps its slope alive; too little blinds it."),
    )
    r1: float = setting(
        0.3,
        label=marked("R1 penalty"),
        minimum=0.0,
        maximum=1000.0,
        adjustable=True,
        help=marked("Weight of the discriminator's squared slope at the data, beside the bottleneck. 0 turns it off."),
    )
    dual_rate: float = setting(
        0.02,
        label=marked("Dual rate"),
        minimum=1e-6,
        maximum=10.0,
        logarithmic=True,
        advanced=True,
        help=marked(
            "How fast the price of information moves: its change in a step for each nat too much or too little."
        ),
    )
    code: int = setting(
        32,
        label=marked("Code"),
        unit=marked("dimensions"),
        minimum=1,
        maximum=1024,
        advanced=True,
        help=marked("Dimensions of the discriminator's noisy code."),
    )
    generator_rate: float = GENERATOR_RATE
    discriminator_rate: float = DISCRIMINATOR_RATE
    momentum: float = MOMENTUM
    sharpness: float = SHARPNESS


class VDB(AdversarialObjective):
    """Discriminator's cross-entropy through a noisy code whose price rises while it says too much."""

    def __init__(self, config: VDBConfig) -> None:
        self.config: VDBConfig = config

    def parts(self) -> AdversarialParts:
        """Return how the networks are built and what drives them."""
        return replace(super().parts(), code=self.config.code)

    def between(self, model: AdversarialModel, scalars: Mapping[str, Tensor]) -> None:
        """Move the price of information once (Peng et al. 2019)."""
        ascend(model.bottleneck_weight, scalars["bottleneck_kl"], self.config.information, self.config.dual_rate)

    def discriminator_terms(
        self, model: AdversarialModel, images: Tensor, pictures: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what the discriminator minimises, and its parts, for real images and generated pictures.

        ``-E log D(c) - E log(1 - D(c)) + beta (KL - I_c)`` with codes c drawn for each picture, and the KL of their
        distributions to N(0, I) averaged over images and pictures alike (Peng et al. 2019); and the R1 penalty of the
        slope at the mean of the code (as there with a penalty of another kind).
        """
        import torch

        from vae_explorer.models.discriminators import BottleneckDiscriminator

        discriminator = model.discriminator
        if not isinstance(discriminator, BottleneckDiscriminator):
            raise TypeError("this discriminator has no code")
        code = discriminator.code(torch.cat([images, pictures]))
        logits = discriminator.judge(code.rsample(generator))
        real, fake = logits[: len(images)], logits[len(images) :]
        prior = type(code)(torch.zeros_like(code.mean), torch.zeros_like(code.log_var))
        kl = code.kl(prior).sum(dim=1).mean()
        price = model.bottleneck_weight[0]
        cross_entropy = discriminator_loss(real, fake)
        loss = cross_entropy + price * (kl - self.config.information)
        scalars = {"discriminator": cross_entropy, **scores(real, fake)}
        scalars |= {"bottleneck_kl": kl, "bottleneck_weight": price.clone()}
        if not self.config.r1:
            return loss, scalars
        penalty, _ = r1_penalty(model, images, self.config.r1)
        return loss + penalty, {**scalars, "r1": penalty}


def ascend(weight: Tensor, kl: Tensor, information: float, rate: float) -> None:
    """Move the price of information in place: ``max(0, beta + rate (KL - I_c))`` (Peng et al. 2019)."""
    weight.add_(rate * (kl.detach() - information)).clamp_(min=0)


ENTRY = ObjectiveEntry(
    name="gan-bottleneck",
    title=marked("GAN, discriminator bottleneck"),
    summary=marked(
        "The discriminator sees each picture through a noisy code of little information, so that it can't be too sure."
    ),
    formula=marked(
        "D: -log D(c) - log(1 - D(c')) + beta · (KL( q(c | x) ‖ N(0, I) ) - I_c) + R1,   G: "
        "-log D(mean of c'),   beta: max(0, beta + rate · (KL - I_c))"
    ),
    reference=marked("Peng, Kanazawa, Toyer, Abbeel & Levine 2019; R1: Mescheder, Geiger & Nowozin 2018"),
    config_type=VDBConfig,
    create=lambda config: VDB(expect(config, VDBConfig)),
    needs_float32=True,
    unused=UNUSED,
)
