"""Steps of the bounds from several points for each picture, written out by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vae_explorer.objectives.base import Moment, Objective
from vae_explorer.objectives.iwae import IWAE, PriorSampling
from vae_explorer.training.dense_adam import FlatAdam
from vae_explorer.training.dense_latent import kl_to_prior
from vae_explorer.training.dense_networks import DenseDecoder, DenseEncoder, Site
from vae_explorer.training.dense_pictures import Pictures
from vae_explorer.training.dense_plan import DensePlan
from vae_explorer.training.dense_points import EncodedPoints, PriorPoints
from vae_explorer.training.dense_products import Call
from vae_explorer.training.dense_rows import RowTerm

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_KEPT_VALUES = 1 << 18
_MOST_KEPT = 64


@dataclass(frozen=True, slots=True)
class Several:
    """How an objective makes a bound from several points.

    Attributes
    ----------
    objective
        Any.
    """

    objective: Objective

    def takes(self, plan: DensePlan) -> bool:
        """Return whether the objective is one of those here, and the model one that it trains."""
        if plan.conditioning != "none":
            return False
        if type(self.objective) is PriorSampling:
            return plan.encoder is None
        return type(self.objective) is IWAE and plan.encoder is not None and plan.encoder.parameters > 2

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the terms."""
        common = ("loss", "reconstruction")
        return (*common, "kl", "kl_z1", "kl_z2") if isinstance(self.objective, IWAE) else common

    @property
    def samples(self) -> int:
        """Points for each picture."""
        return self.objective.samples if isinstance(self.objective, IWAE) else self._prior_samples

    @property
    def gradient(self) -> str:
        """How the encoder learns."""
        return self.objective.config.gradient if isinstance(self.objective, IWAE) else ""

    @property
    def _prior_samples(self) -> int:
        return self.objective.samples if isinstance(self.objective, PriorSampling) else 1


class SampledPass:
    """What a batch of a fixed number of pictures passes through, each at several points.

    Parameters
    ----------
    plan
        The layers.
    adam
        Moves their weights.
    several
        What the objective makes of the parts.
    generator
        Draws the noise.
    batch
        Number of pictures.

    Attributes
    ----------
    images
        Uint8 ``[N, D]``: to be filled before a step.
    labels
        None: nobody asks for them.
    """

    labels: None = None

    def __init__(
        self,
        plan: DensePlan,
        adam: FlatAdam,
        several: Several,
        generator: torch.Generator,
        batch: int,
    ) -> None:
        self._plan, self._adam, self._several, self._batch = plan, adam, several, batch
        self._site = Site.of(adam.memory, batch)
        shape = (batch, plan.decoder.logits.out_features)
        self._pictures = Pictures(plan.likelihood, shape, generator, full=self._site.full, low=self._site.low)
        self.images: npt.NDArray[np.uint8] = self._pictures.images.numpy()
        full = self._site.full
        self._bounds = torch.zeros(batch, dtype=full)
        size = 0 if plan.encoder is None else plan.encoder.parameters
        self._parameters = torch.zeros(batch, size, dtype=full)
        self._program = self._build(generator)
        kept = max(1, min(_MOST_KEPT, _KEPT_VALUES // (batch * size + 2)))
        self._kept_parameters = torch.zeros(kept, batch, size, dtype=full)
        self._kept = torch.zeros(kept, 2, dtype=full)
        self._steps = 0

    @property
    def is_full(self) -> bool:
        """Whether the steps kept must be drained before the next one."""
        return self._steps == len(self._kept)

    def run(self, moment: Moment, rate: float) -> None:
        """Move the weights down the gradients of the mean loss of `images`, and keep what its terms come from."""
        del moment  # nothing changes with time
        for call in self._program:
            call()
        kept = self._kept[self._steps]
        torch.sum(self._bounds, 0, out=kept[0])
        torch.sum(self._term.costs.view(-1), 0, out=kept[1])
        self._kept_parameters[self._steps].copy_(self._parameters)
        self._steps += 1
        self._adam.step(rate)

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, and forget these steps."""
        kept, parameters = self._kept[: self._steps], self._kept_parameters[: self._steps]
        self._steps = 0
        samples = self._several.samples
        columns = [math.log(samples) - kept[:, 0] / self._batch, kept[:, 1] / (self._batch * samples)]
        if self._plan.encoder is not None:
            each = kl_to_prior(parameters)
            columns += [each.sum(dim=1), each[:, 0], each[:, 1]]
        return torch.stack(columns, dim=1)

    def _build(self, generator: torch.Generator) -> list[Call]:
        """Return the calls of a step."""
        plan, site, unit, samples = self._plan, self._site, self._pictures.unit, self._several.samples
        pictures = self._pictures.values
        before = list(self._pictures.observe)
        after: list[Call] = [partial(self._site.memory.others.mul_, 1 / self._batch)]
        points: PriorPoints | EncodedPoints = PriorPoints((samples, self._batch), site.full, generator)
        ratios, by_z = None, None
        weights = torch.zeros(samples, self._batch, dtype=site.full)
        if plan.encoder is not None:
            points = encoded = EncodedPoints(self._parameters, samples, generator, self._several.gradient)
            encoder = DenseEncoder(site, plan.encoder, pictures, unit, encoded.gradient)
            before += encoder.forward(self._parameters)
            after = [*encoded.backward(weights), *encoder.backward, *after]
            ratios, by_z = encoded.ratios, encoded.by_z.view(-1, 2)
        decoder = DenseDecoder(site, plan.decoder, points.z.view(-1, 2), by_z)
        self._term = RowTerm(plan.likelihood, decoder.logits, self._pictures.scored, unit, decoder.bias_gradient)
        return [
            *before,
            *points.draw,
            *decoder.forward,
            *self._term.compute,
            *self._weights(ratios, weights),
            *self._term.weigh(weights),
            *decoder.backward,
            *after,
        ]

    def _weights(self, ratios: Tensor | None, out: Tensor) -> list[Call]:
        """Return the calls that write the normalised weights of the points ``[K, N]``, and the bounds."""
        costs, bounds = self._term.costs, self._bounds
        weigh = partial(torch.neg, costs, out=out) if ratios is None else partial(torch.sub, ratios, costs, out=out)
        return [
            weigh,
            partial(torch.logsumexp, out, 0, out=bounds),
            partial(out.sub_, bounds),
            out.exp_,
        ]
