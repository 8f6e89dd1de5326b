"""Generative adversarial networks: a generator learns from a discriminator that tells its pictures from the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from vae_explorer.config import setting
from vae_explorer.objectives.base import Batch, Moment, ObjectiveConfig, ObjectiveEntry, ObjectiveTerms, expect
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from vae_explorer.models.adversarial import AdversarialModel
    from vae_explorer.models.family import ImageSpec, LatentVariableModel

LOSS = setting(
    "non-saturating",
    label="Generator's loss",
    choices={"non-saturating": "Non-saturating", "saturating": "Saturating"},
    help="Saturating is the minimax game as first written: its gradient fades where the discriminator is sure.",
)
RATE_HELP = "As a multiple of the learning rate."
GENERATOR_RATE = setting(
    1.5, label="Generator's rate", minimum=0.001, maximum=100.0, logarithmic=True, advanced=True, help=RATE_HELP
)
DISCRIMINATOR_RATE = setting(
    1.5, label="Discriminator's rate", minimum=0.001, maximum=100.0, logarithmic=True, advanced=True, help=RATE_HELP
)
MOMENTUM = setting(
    0.0,
    label="Momentum",
    minimum=0.0,
    maximum=0.99,
    advanced=True,
    help="Adam's memory of past slopes (beta 1), in both networks. The opponent moves on, so little of it is best.",
)
SHARPNESS = setting(
    3.0,
    label="Sharpness",
    minimum=0.1,
    maximum=30.0,
    logarithmic=True,
    advanced=True,
    help="How much larger than usual the generator's weights on z start: how quickly pictures change over the plane.",
)
UNUSED = ("model.likelihood", "model.deviation", "model.posterior")


@dataclass(frozen=True, slots=True)
class GANConfig(ObjectiveConfig):
    """Settings of the GAN."""

    name: ClassVar[str] = "gan"

    loss: str = LOSS
    r1: float = setting(
        0.3,
        label="R1 penalty",
        minimum=0.0,
        maximum=1000.0,
        adjustable=True,
        help="Weight of the discriminator's squared slope at the data: keeps the game from circling. 0 turns it off.",
    )
    spectral_norm: bool = setting(
        False,
        label="Spectral norm",
        help="Bounds the slope of each layer of the discriminator instead, by its largest singular value.",
    )
    generator_rate: float = GENERATOR_RATE
    discriminator_rate: float = DISCRIMINATOR_RATE
    momentum: float = MOMENTUM
    sharpness: float = SHARPNESS


class GAN:
    """Discriminator's cross-entropy with the R1 penalty, and the generator's loss, each for its own network."""

    def __init__(self, config: GANConfig) -> None:
        self.config = config

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a generator with a discriminator."""
        from vae_explorer.models.adversarial import AdversarialParts, build_adversarial_model

        settings = self.config
        parts = AdversarialParts(
            settings.generator_rate,
            settings.discriminator_rate,
            settings.momentum,
            settings.sharpness,
            is_spectrally_bound=settings.spectral_norm,
        )
        return build_adversarial_model(spec, config, parts=parts, generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the terms of both networks at one z for each image; nothing moves."""
        game = adversarial(model)
        pictures = game.generate(game.draw(len(batch.images), generator))
        loss, scalars = self.discriminator_terms(game, batch.images, pictures)
        fooling = generator_loss(game.discriminator(pictures), self.config.loss)
        return both_terms(loss, fooling, scalars)

    def training_step(
        self,
        model: LatentVariableModel,
        batch: Batch,
        optimizers: Mapping[str, torch.optim.Optimizer],
        *,
        moment: Moment,
        generator: torch.Generator,
    ) -> ObjectiveTerms:
        """Move the discriminator once, then the generator once on new points (Goodfellow et al. 2014, algorithm 1)."""
        game = adversarial(model)
        pictures = game.generate(game.draw(len(batch.images), generator)).detach()
        loss, scalars = self.discriminator_terms(game, batch.images, pictures)
        descend(loss, optimizers["discriminator"])
        fooling = train_generator(game, self.config.loss, len(batch.images), optimizers, generator)
        return both_terms(loss.detach(), fooling, scalars)

    def discriminator_terms(
        self, model: AdversarialModel, images: Tensor, pictures: Tensor
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


def adversarial(model: LatentVariableModel) -> AdversarialModel:
    """Return the model as what it must be.

    Raises
    ------
    TypeError
        If it has no discriminator.
    """
    from vae_explorer.models.adversarial import AdversarialModel

    if not isinstance(model, AdversarialModel):
        raise TypeError("this model has no discriminator")
    return model


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Return ``-E log D(x) - E log(1 - D(G(z)))`` in nats, of logits (Goodfellow et al. 2014, eq. 1).

    At the best discriminator ``D* = p / (p + q)`` it is ``2 log 2 - 2 JSD(p, q)``.
    """
    from torch.nn import functional

    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def generator_loss(fake: Tensor, kind: str) -> Tensor:
    """Return what the generator minimises in nats, of logits: ``-E log D`` or, saturating, ``E log(1 - D)``."""
    from torch.nn import functional

    return -functional.softplus(fake).mean() if kind == "saturating" else functional.softplus(-fake).mean()


def r1_penalty(model: AdversarialModel, images: Tensor, weight: float) -> tuple[Tensor, Tensor]:
    """Return ``weight / 2 E |grad_x logit(x)|^2`` at the data (Mescheder et al. 2018, section 4.1), and the logits."""
    import torch

    is_learning = torch.is_grad_enabled()
    with torch.enable_grad():
        x = images.detach().requires_grad_()
        logits = model.discriminator(x)
        (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=is_learning)
    penalty = weight / 2 * slope.square().flatten(1).sum(dim=1).mean()
    return (penalty, logits) if is_learning else (penalty.detach(), logits.detach())


def scores(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """Return the mean probability, 0 to 1, that real images and generated pictures are held for real."""
    import torch

    return {"real_score": torch.sigmoid(real).mean(), "fake_score": torch.sigmoid(fake).mean()}


def train_generator(
    model: AdversarialModel,
    loss: str,
    count: int,
    optimizers: Mapping[str, torch.optim.Optimizer],
    generator: torch.Generator,
) -> Tensor:
    """Move the generator once on new points; return its loss before."""
    # The discriminator's own gradients would be thrown away: not computing them saves a third of the step.
    model.discriminator.requires_grad_(False)
    fooling = generator_loss(model.discriminator(model.generate(model.draw(count, generator))), loss)
    descend(fooling, optimizers["generator"])
    model.discriminator.requires_grad_(True)
    return fooling.detach()


def both_terms(discriminator: Tensor, generator: Tensor, scalars: Mapping[str, Tensor]) -> ObjectiveTerms:
    """Return the terms of a step: as the loss what both networks minimise, together, in nats."""
    loss = discriminator + generator
    return ObjectiveTerms(loss, {"loss": loss, "generator": generator, **scalars})


def descend(loss: Tensor, optimizer: torch.optim.Optimizer) -> None:
    """Move an optimiser's parameters once down the slope of a loss."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


ENTRY = ObjectiveEntry(
    name="gan",
    title="GAN",
    summary="A generator learns to pass a discriminator that tells its pictures from the data; no encoder, no bound.",
    formula="D: -log D(x) - log(1 - D(G(z))) + r1 / 2 · |grad_x log D / (1 - D)|²,   G: -log D(G(z)),   z ~ N(0, I)",
    reference="Goodfellow et al. 2014; R1: Mescheder, Geiger & Nowozin 2018; spectral norm: Miyato et al. 2018",
    config_type=GANConfig,
    create=lambda config: GAN(expect(config, GANConfig)),
    unused=UNUSED,
)
