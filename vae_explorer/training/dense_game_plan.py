"""Whether a generator and its discriminator are ones that the dense path knows, and what is made of their logits."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.models.adversarial import AdversarialModel
from vae_explorer.models.discriminators import BottleneckDiscriminator, Discriminator
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.layers import DenseEncoderBody
from vae_explorer.objectives.base import Objective
from vae_explorer.objectives.gan import GAN
from vae_explorer.objectives.vdb import VDB
from vae_explorer.training.dense_memory import Block
from vae_explorer.training.dense_plan import DecoderPlan, is_each_once, read_decoder, read_layers


@dataclass(frozen=True, slots=True)
class GamePlan:
    """The layers of a generator and its discriminator.

    Attributes
    ----------
    generator
        From points to logits of pixels.
    layers, slope
        From pictures to features, and how much of what is below zero the rectifiers let through.
    heads
        From features to the mean and the log variance of the code, where there is one.
    logit
        From features, or a code, to the logit.
    price
        ``[1]``: of a nat of the code.
    """

    generator: DecoderPlan
    layers: tuple[nn.Linear, ...]
    slope: float
    heads: tuple[nn.Linear, ...]
    logit: nn.Linear
    price: Tensor | None

    @property
    def matrices(self) -> list[Tensor]:
        """Weights of the discriminator's wide layers."""
        return [layer.weight for layer in self.layers]

    @property
    def others(self) -> list[Block]:
        """All its parameters beside the matrices."""
        heads: list[Block] = [[head.weight for head in self.heads], [head.bias for head in self.heads]]
        blocks = [*(heads if self.heads else []), [self.logit.weight], [self.logit.bias]]
        return [*blocks, *([layer.bias] for layer in self.layers)]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the objective makes of a game.

    Attributes
    ----------
    objective
        Plain, or with a bottleneck.
    """

    objective: GAN | VDB

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms."""
        common = ("loss", "generator", "discriminator", "real_score", "fake_score")
        code = ("bottleneck_kl", "bottleneck_weight") if isinstance(self.objective, VDB) else ()
        return (*common, *code, *(("r1",) if self.objective.config.r1 else ()))

    def terms(self, logits: Tensor, fooled: Tensor, kept: Tensor) -> Tensor:
        """Return the terms of S steps, ``[S, T]``.

        Parameters
        ----------
        logits, fooled
            ``[S, 2, N]`` of real pictures and generated ones, and ``[S, N]`` as the generator met them.
        kept
            ``[S, 3]``: the penalty, the code's KL and its price.
        """
        is_saturating = self.objective.config.loss == "saturating"
        signed = torch.stack([-logits[:, 0], logits[:, 1], fooled if is_saturating else -fooled], dim=1)
        # Step by step, so that the last bit of a term doesn't depend on how many are worked out at once.
        costs = torch.stack([functional.softplus(each).mean(dim=1) for each in signed])
        held_for_real = torch.stack([torch.sigmoid(each).mean(dim=1) for each in logits])
        cross_entropy, fooling = costs[:, 0] + costs[:, 1], -costs[:, 2] if is_saturating else costs[:, 2]
        penalty, kl, price = kept.unbind(dim=1)
        loss = cross_entropy + penalty + fooling
        columns = [fooling, cross_entropy, *held_for_real.unbind(dim=1)]
        if isinstance(self.objective, VDB):
            loss = loss + price * (kl - self.objective.config.information)
            columns += [kl, price]
        return torch.stack([loss, *columns, *([penalty] if self.objective.config.r1 else [])], dim=1)


def read_rules(objective: Objective) -> Rules | None:
    """Return what an objective makes of a game, or None if it isn't one of those known."""
    return Rules(objective) if type(objective) in (GAN, VDB) else None  # type: ignore[arg-type]


def read_game(model: LatentVariableModel) -> GamePlan | None:
    """Return the layers of a generator and its discriminator, or None if they aren't of the kinds known."""
    if type(model) is not AdversarialModel or model.decoder is None:
        return None
    discriminator, generator = model.discriminator, read_decoder(model.decoder)
    if type(discriminator) not in (Discriminator, BottleneckDiscriminator) or generator is None:
        return None
    if type(discriminator.body) is not DenseEncoderBody:
        return None
    layers, last = read_layers(list(discriminator.body.layers)), discriminator.body.layers[-1]
    if layers is None or type(last) is not nn.LeakyReLU or last.negative_slope <= 0:
        return None
    heads: tuple[nn.Linear, ...] = ()
    price = None
    if isinstance(discriminator, BottleneckDiscriminator):
        heads, price = (discriminator.mean, discriminator.log_var), model.bottleneck_weight
    plan = GamePlan(generator, layers, last.negative_slope, heads, discriminator.logit, price)
    planned = [*plan.matrices, *(parameter for block in plan.others for parameter in block)]
    planned += [*generator.matrices, *(parameter for block in generator.others for parameter in block)]
    return plan if is_each_once(planned, list(model.parameters())) else None
