"""Steps of a generator and its discriminator, written out by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vae_explorer.models.layers import LATENT_DIMENSIONS
from vae_explorer.objectives.base import Moment
from vae_explorer.objectives.vdb import VDB
from vae_explorer.training.dense_adam import FlatAdam
from vae_explorer.training.dense_critic import Critic
from vae_explorer.training.dense_game_plan import GamePlan, Rules
from vae_explorer.training.dense_layers import summed
from vae_explorer.training.dense_networks import DenseDecoder, Site
from vae_explorer.training.dense_products import Call
from vae_explorer.training.dense_readouts import Code, CodeReadout, PlainReadout

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_MOST_KEPT = 64
_GREYS = 255


class GamePass:
    """What a batch of a fixed number of pictures passes through: the discriminator's step, then the generator's.

    Parameters
    ----------
    plan
        The layers.
    critic_adam, maker_adam
        Move the weights of discriminator and generator.
    rules
        What the objective makes of the parts.
    generator, batch
        Draws points and noise; number of pictures.

    Attributes
    ----------
    images
        Uint8 ``[N, D]``: to be filled before a step.
    labels
        None: nobody asks for them.
    """

    labels: None = None

    def __init__(
        self, plan: GamePlan, adams: tuple[FlatAdam, FlatAdam], rules: Rules, generator: torch.Generator, batch: int
    ) -> None:
        self._plan, self._rules, self._noise, self._batch = plan, rules, generator, batch
        self._critic_adam, self._maker_adam = adams
        site, making = (Site.of(adam.memory, batch) for adam in adams)
        self._memory, full = adams[0].memory, site.full
        self._bytes = torch.zeros(batch, plan.layers[0].in_features, dtype=torch.uint8)
        self.images: npt.NDArray[np.uint8] = self._bytes.numpy()
        self._z = torch.zeros(batch, LATENT_DIMENSIONS, dtype=full)
        self._maker = DenseDecoder(making, plan.generator, self._z, None)
        self._critic = Critic(site, plan.layers, plan.slope)
        self._readout = self._build_readout()
        self._scaled = torch.zeros(self._bytes.shape, dtype=full)
        self._penalty, self._fooled = torch.zeros((), dtype=full), torch.zeros(batch, 1, dtype=full)
        self._first, self._second = self._critic_step(), self._maker_step()
        self._kept_logits = torch.zeros(_MOST_KEPT, 3 * batch, dtype=full)
        self._kept = torch.zeros(_MOST_KEPT, 3, dtype=full)
        self._steps = 0

    @property
    def is_full(self) -> bool:
        """Whether the steps kept must be drained before the next one."""
        return self._steps == _MOST_KEPT

    def run(self, moment: Moment, rate: float) -> None:
        """Move the weights of both networks once, and keep what the terms come from."""
        del moment  # nothing changes with time
        logits, kept = self._kept_logits[self._steps], self._kept[self._steps]
        for call in self._first:
            call()
        logits[: 2 * self._batch].copy_(self._readout.logits.view(-1))
        kept[0].copy_(self._penalty)
        self._critic_adam.step(rate)
        if isinstance(self._readout, CodeReadout) and self._plan.price is not None:
            kept[1].copy_(self._readout.kl)
            kept[2].copy_(self._plan.price[0])
            self._raise_price(self._readout.kl, self._plan.price)
        for call in self._second:
            call()
        logits[2 * self._batch :].copy_(self._fooled.view(-1))
        self._maker_adam.step(rate)
        self._steps += 1

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, and forget these steps."""
        steps, self._steps = self._steps, 0
        if not steps:
            return torch.zeros(0, len(self._rules.names))
        logits = self._kept_logits[:steps].view(steps, 3, self._batch)
        return self._rules.terms(logits[:, :2], logits[:, 2], self._kept[:steps])

    def _raise_price(self, kl: Tensor, price: Tensor) -> None:
        if isinstance(self._rules.objective, VDB):
            config = self._rules.objective.config
            price.add_(config.dual_rate * (kl - config.information)).clamp_(min=0)

    def _build_readout(self) -> PlainReadout | CodeReadout:
        rows, plan = slice(0, 2 * self._batch), self._plan
        features, by_features = self._critic.features[rows], self._critic.by_features[rows]
        if plan.price is None:
            return PlainReadout(self._memory, plan.logit, features, by_features)
        code = Code(plan.heads, plan.logit, plan.price, self._noise)
        return CodeReadout(self._memory, code, features, by_features)

    def _critic_step(self) -> list[Call]:
        """Return the calls that compute the gradients of the discriminator."""
        count, critic, readout = self._batch, self._critic, self._readout
        real, fake, both = slice(0, count), slice(count, 2 * count), slice(0, 2 * count)
        by_logits = readout.by_logits
        r1 = self._rules.objective.config.r1
        return [
            partial(critic.inputs[real].copy_, self._bytes),
            partial(critic.inputs[real].div_, _GREYS),
            *self._make(critic.inputs[fake]),
            *critic.forward(both),
            *readout.forward(),
            partial(torch.sigmoid, readout.logits, out=by_logits),
            partial(by_logits[real].sub_, 1.0),
            *readout.backward(),
            *critic.backward(both, both, moves=True),
            *(self._penalise(r1) if r1 else []),
            *critic.weight_gradients(slice(0, 3 * count if r1 else 2 * count)),
            partial(self._memory.others.mul_, 1 / count),
        ]

    def _penalise(self, weight: float) -> list[Call]:
        """Return the calls for the slopes at the real pictures, and for their own gradients."""
        count, critic, readout = self._batch, self._critic, self._readout
        real, third = slice(0, count), slice(2 * count, 3 * count)
        flat = self._scaled.view(-1)
        return [
            *readout.refresh(),
            partial(critic.by_features[third].copy_, readout.direction.expand(count, -1)),
            *critic.backward(third, real, moves=False),
            *critic.to_inputs(third),
            partial(self._scaled.copy_, critic.by_inputs),
            partial(torch.dot, flat, flat, out=self._penalty),
            partial(self._penalty.mul_, weight / 2 / count),
            partial(torch.mul, critic.by_inputs, weight, out=critic.inputs[third]),
            *critic.push(third, real),
            *readout.push(critic.features[third]),
        ]

    def _maker_step(self) -> list[Call]:
        """Return the calls that compute the gradients of the generator, whose pictures come first now."""
        count, critic, readout, maker = self._batch, self._critic, self._readout, self._maker
        rows, fooled = slice(0, count), self._fooled
        pictures, by_logit = critic.inputs[rows], torch.zeros_like(fooled)
        by_features, target = critic.by_features[rows], maker.bias_gradient
        saturating = self._rules.objective.config.loss == "saturating"
        others = self._maker_adam.memory.others
        return [
            *self._make(pictures),
            *critic.forward(rows),
            *readout.refresh(),
            partial(torch.addmm, readout.offset, critic.features[rows], readout.direction.t(), out=fooled),
            partial(torch.sigmoid, fooled, out=by_logit),
            by_logit.neg_ if saturating else partial(by_logit.sub_, 1.0),
            partial(torch.mul, by_logit, readout.direction, out=by_features),
            *critic.backward(rows, rows, moves=False),
            *critic.to_inputs(rows),
            partial(torch.ops.aten.sigmoid_backward.grad_input, critic.by_inputs, pictures, grad_input=maker.logits),
            *summed(maker.logits, target),
            *maker.backward,
            partial(others.mul_, 1 / count),
        ]

    def _make(self, pictures: Tensor) -> list[Call]:
        """Return the calls that make new pictures."""
        return [
            partial(self._z.normal_, generator=self._noise),
            *self._maker.forward,
            partial(torch.sigmoid, self._maker.logits, out=pictures),
        ]
