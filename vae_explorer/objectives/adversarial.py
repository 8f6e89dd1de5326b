"""What adversarial objectives share: the game of generator and discriminator, its losses and its settings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from vae_explorer.config import setting
from vae_explorer.language import marked
from vae_explorer.objectives.base import Batch, Moment, Mover, ObjectiveTerms
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from vae_explorer.models.adversarial import AdversarialModel, AdversarialParts
    from vae_explorer.models.family import ImageSpec, LatentVariableModel

LOSS = setting(
    "non-saturating",
    label=marked("Generator's loss"),
    choices={"non-saturating": marked("Non-saturating"), "saturating": marked("Saturating")},
    help=marked("Saturating is the minimax game as first written: its gradient fades where the discriminator is sure."),
)


def player_rate(default: float, label: str) -> float:
    """Return the declaration of a player's rate, a multiple of the learning rate."""
    declared: float = setting(
        default,
        label=label,
        minimum=0.001,
        maximum=100.0,
        logarithmic=True,
        advanced=True,
        help=marked("As a multiple of the learning rate."),
    )
    return declared


GENERATOR_RATE = player_rate(1.5, marked("Generator's rate"))
DISCRIMINATOR_RATE = player_rate(1.5, marked("Discriminator's rate"))
MOMENTUM = setting(
    0.0,
    label=marked("Momentum"),
    minimum=0.0,
    maximum=0.99,
    advanced=True,
    help=marked(
        "Adam's memory of past slopes (beta 1), in both networks. The opponent moves on, so little of it is best."
    ),
)
SHARPNESS = setting(
    3.0,
    label=marked("Sharpness"),
    minimum=0.1,
    maximum=30.0,
    logarithmic=True,
    advanced=True,
    help=marked(
        "How much larger than usual the generator's weights on z start: how quickly pictures change over the plane."
    ),
)
UNUSED = (
    "model.likelihood",
    "model.deviation",
    "model.posterior",
    "model.start",
    "training.average",
    "training.average_reach",
    "training.beta2",
)


class GameSettings(Protocol):
    """Settings that all games have."""

    @property
    def loss(self) -> str:
        """The generator's: ``non-saturating`` or ``saturating``."""
        ...

    @property
    def generator_rate(self) -> float:
        """Of the generator, as a multiple of the learning rate."""
        ...

    @property
    def discriminator_rate(self) -> float:
        """Of the discriminator, as a multiple of the learning rate."""
        ...

    @property
    def momentum(self) -> float:
        """Adam's first beta, in both networks."""
        ...

    @property
    def sharpness(self) -> float:
        """How many times larger than usual the generator's weights on z start."""
        ...


class AdversarialObjective(ABC):
    """One step of the discriminator, then one of the generator on new points (Goodfellow et al. 2014, algorithm 1)."""

    config: GameSettings

    def parts(self) -> AdversarialParts:
        """Return how the networks are built and what drives them."""
        from vae_explorer.models.adversarial import AdversarialParts

        settings = self.config
        return AdversarialParts(
            settings.generator_rate, settings.discriminator_rate, settings.momentum, settings.sharpness
        )

    @abstractmethod
    def discriminator_terms(
        self, model: AdversarialModel, images: Tensor, pictures: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what the discriminator minimises, and its parts, for real images and generated pictures."""

    def between(self, model: AdversarialModel, scalars: Mapping[str, Tensor]) -> None:
        """Do what comes between the two steps, given the discriminator's terms: nothing in the plain game."""
        return

    def build_model(self, spec: ImageSpec, config: ModelConfig, generator: torch.Generator) -> LatentVariableModel:
        """Return a generator with a discriminator."""
        from vae_explorer.models.adversarial import build_adversarial_model

        return build_adversarial_model(spec, config, parts=self.parts(), generator=generator)

    def __call__(
        self, model: LatentVariableModel, batch: Batch, *, moment: Moment, generator: torch.Generator
    ) -> ObjectiveTerms:
        """Return the terms of both networks at one z for each image; nothing moves."""
        game = adversarial(model)
        pictures = game.generate(game.draw(len(batch.images), generator))
        loss, scalars = self.discriminator_terms(game, batch.images, pictures, generator)
        fooling = generator_loss(game.discriminator(pictures), self.config.loss)
        return both_terms(loss, fooling, scalars)

    def training_step(
        self,
        model: LatentVariableModel,
        batch: Batch,
        optimizers: Mapping[str, Mover],
        *,
        moment: Moment,
        generator: torch.Generator,
    ) -> ObjectiveTerms:
        """Move the discriminator once, then the generator once."""
        game = adversarial(model)
        pictures = game.generate(game.draw(len(batch.images), generator)).detach()
        loss, scalars = self.discriminator_terms(game, batch.images, pictures, generator)
        descend(loss, optimizers["discriminator"])
        self.between(game, scalars)
        fooling = train_generator(game, self.config.loss, len(batch.images), optimizers, generator)
        return both_terms(loss.detach(), fooling, scalars)


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
    optimizers: Mapping[str, Mover],
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


def descend(loss: Tensor, optimizer: Mover) -> None:
    """Move an optimiser's parameters once down the slope of a loss."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
