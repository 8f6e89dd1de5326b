"""Forward and backward pass of a model of fully connected layers, for batches of one size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vae_explorer.objectives.base import Moment
from vae_explorer.training.dense_adam import FlatAdam
from vae_explorer.training.dense_conditions import Conditions
from vae_explorer.training.dense_latent import DiagonalLatent, FullLatent, Latent, PointLatent, kl_to_prior
from vae_explorer.training.dense_networks import DenseDecoder, DenseEncoder, Site
from vae_explorer.training.dense_pictures import Logits, Pictures
from vae_explorer.training.dense_plan import DecoderPlan, DensePlan, EncoderPlan
from vae_explorer.training.dense_products import Call
from vae_explorer.training.dense_scalars import Weighing
from vae_explorer.training.dense_terms import PixelTerm, pixel_term

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_KEPT_VALUES = 1 << 18
_MOST_KEPT = 64


class DensePass:
    """What a batch of a fixed number of pictures passes through; all memory is taken once.

    Parameters
    ----------
    plan
        The layers.
    adam
        Moves their weights.
    weighing
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
        Int64 ``[N]``: to be filled as well, where there are any.
    """

    def __init__(
        self,
        plan: DensePlan,
        adam: FlatAdam,
        weighing: Weighing,
        generator: torch.Generator,
        batch: int,
    ) -> None:
        self._plan, self._adam, self._weighing, self._batch = plan, adam, weighing, batch
        self._site = Site.of(adam.memory, batch)
        shape = (batch, plan.decoder.logits.out_features)
        self._pictures = Pictures(plan.likelihood, shape, generator, full=self._site.full, low=self._site.low)
        self.images: npt.NDArray[np.uint8] = self._pictures.images.numpy()
        self._latent = self._posterior(plan.known_encoder.parameters, generator)
        self._conditions = Conditions(plan, adam.memory, self._pictures.values, self._pictures.unit, self._latent.z)
        self.labels = self._conditions.labels
        self._betas: list[float] = []
        self._programs = self._build(plan.known_encoder)

    @property
    def is_full(self) -> bool:
        """Whether the steps kept must be drained before the next one."""
        return len(self._betas) == len(self._programs)

    def run(self, moment: Moment, rate: float) -> None:
        """Move the weights down the gradients of the mean loss of `images`, and keep what its terms come from."""
        beta = self._weighing.beta_at(moment)
        program = self._programs[len(self._betas)]
        self._betas.append(beta)
        if not self._weighing.free_bits:
            self._latent.weigh(beta, beta)
        for call in program:
            call()
        self._adam.step(rate)

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, and forget these steps."""
        steps = len(self._betas)
        betas = torch.tensor(self._betas, dtype=self._site.full)
        self._betas.clear()
        reconstruction = self._term.value(self._sums[:steps]) / self._batch
        estimated = self._estimated[:steps] / self._batch
        regression = None if self._regressed is None else self._regressed.value(self._others[:steps]) / self._batch
        return self._weighing.terms(reconstruction, self._parameters[:steps], estimated, betas, regression)

    def _build(self, plan: EncoderPlan) -> list[list[Call]]:
        """Return the calls of a step for each step that can be kept, most of them the same."""
        latent, told = self._latent, self._conditions
        encoder = DenseEncoder(self._site, plan, told.seen, self._pictures.unit, latent.gradient)
        decoder, self._term = self._decoder(self._plan.decoder, told.joined, latent.by_z)
        regressor = None
        self._regressed: PixelTerm | None = None
        if self._plan.regressor is not None:
            regressor, self._regressed = self._decoder(self._plan.regressor, told.told, None)
        self._make_room(plan.parameters)
        home: list[Call] = [*encoder.backward, partial(self._site.memory.others.mul_, 1 / self._batch)]
        beta = self._weighing.beta_at(Moment())
        return [
            [
                *self._pictures.observe,
                *told.observe,
                *encoder.forward(parameters),
                *latent.draw(parameters),
                *told.join,
                *told.to_priors(parameters),
                *self._divergence(parameters, estimated),
                *decoder.forward,
                *self._term.compute(sums),
                *decoder.backward,
                *latent.backward(parameters),
                *told.backward(parameters, beta),
                *self._regression(regressor, others),
                *home,
            ]
            for parameters, sums, estimated, others in zip(
                self._parameters, self._sums, self._estimated, self._others, strict=True
            )
        ]

    def _make_room(self, parameters: int) -> None:
        """Take the memory for what the terms of a step come from, for as many steps as can be kept."""
        full, others = self._site.full, 0 if self._regressed is None else self._regressed.kept
        values = self._batch * parameters + self._term.kept + others
        kept = max(1, min(_MOST_KEPT, _KEPT_VALUES // values))
        self._parameters = torch.zeros(kept, self._batch, parameters, dtype=full)
        self._sums = torch.zeros(kept, self._term.kept, dtype=full)
        self._others = torch.zeros(kept, others, dtype=full)
        self._estimated = torch.zeros(kept, dtype=full)

    def _decoder(self, plan: DecoderPlan, inputs: Tensor, by_z: Tensor | None) -> tuple[DenseDecoder, PixelTerm]:
        decoder = DenseDecoder(self._site, plan, inputs, by_z)
        logits = Logits(decoder.logits, self._pictures.scored, decoder.bias_gradient, self._conditions.hole)
        return decoder, pixel_term(self._plan.likelihood, logits, self._pictures.unit)

    def _regression(self, regressor: DenseDecoder | None, kept: Tensor) -> list[Call]:
        if regressor is None or self._regressed is None:
            return []
        return [*regressor.forward, *self._regressed.compute(kept), *regressor.backward]

    def _divergence(self, parameters: Tensor, estimated: Tensor) -> list[Call]:
        """Return the calls that the KL needs at each step beside its gradient: few objectives have any."""
        latent = self._latent
        if self._weighing.is_sampled and isinstance(latent, DiagonalLatent):
            return [latent.estimate(parameters, estimated)]
        if not self._weighing.free_bits:
            return []
        free = self._weighing.free_bits

        def weigh() -> None:
            paid = (kl_to_prior(parameters) >= free).tolist()
            latent.weigh(self._betas[-1] * paid[0], self._betas[-1] * paid[1])

        return [weigh]

    def _posterior(self, size: int, generator: torch.Generator) -> Latent:
        is_sampled, full = self._weighing.is_sampled, self._site.full
        if size == 2:
            return PointLatent(self._batch, full)
        kind = FullLatent if size == 5 else DiagonalLatent
        return kind(self._batch, full, generator, is_sampled=is_sampled)
