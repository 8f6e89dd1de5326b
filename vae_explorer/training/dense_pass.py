"""Forward and backward pass of a model of fully connected layers, for batches of one size."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from vae_explorer.training.dense_latent import DiagonalLatent, FullLatent, Latent, PointLatent, kl_to_prior
from vae_explorer.training.dense_layers import HeadLayer, PlaneLayer, Signal, Weights, WideLayer
from vae_explorer.training.dense_memory import FlatMemory
from vae_explorer.training.dense_pictures import Logits, Pictures
from vae_explorer.training.dense_plan import DensePlan
from vae_explorer.training.dense_products import Call, find_products
from vae_explorer.training.dense_scalars import Weighing
from vae_explorer.training.dense_terms import pixel_term

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_KEPT_VALUES = 1 << 18
_MOST_KEPT = 64


class DensePass:
    """What a batch of a fixed number of pictures passes through; all memory is taken once.

    Parameters
    ----------
    plan, memory
        The layers and where their weights are.
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
    """

    def __init__(
        self,
        plan: DensePlan,
        memory: FlatMemory,
        weighing: Weighing,
        generator: torch.Generator,
        batch: int,
    ) -> None:
        self._plan, self._memory, self._weighing, self._batch = plan, memory, weighing, batch
        self._products = find_products(memory.low_values.dtype)
        self._full, self._low = memory.values.dtype, memory.low_values.dtype
        images = torch.zeros(batch, plan.logits.out_features, dtype=torch.uint8)
        self.images: npt.NDArray[np.uint8] = images.numpy()
        self._input, self._output = (Signal.of(torch.zeros(images.shape, dtype=self._low)) for _ in range(2))
        self._pictures = Pictures(plan.likelihood, self._input.low, images, generator, self._full)
        self._latent = self._posterior(generator)
        bias_gradient = memory.view(memory.gradients, plan.bias).view(-1)
        logits = Logits(self._output.low, self._input.low, bias_gradient)
        self._term = pixel_term(plan.likelihood, logits, self._pictures.unit)
        self._betas: list[float] = []
        self._programs = self._build()

    @property
    def is_full(self) -> bool:
        """Whether the steps kept must be drained before the next one."""
        return len(self._betas) == len(self._programs)

    def run(self, beta: float) -> None:
        """Compute the gradients of the mean loss of `images`, and keep what its terms are worked out from."""
        program = self._programs[len(self._betas)]
        self._betas.append(beta)
        if not self._weighing.free_bits:
            self._latent.weigh(beta, beta)
        for call in program:
            call()

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, and forget these steps."""
        steps = len(self._betas)
        betas = torch.tensor(self._betas, dtype=self._full)
        self._betas.clear()
        reconstruction = self._term.value(self._sums[:steps]) / self._batch
        estimated = self._estimated[:steps] / self._batch
        return self._weighing.terms(reconstruction, self._parameters[:steps], estimated, betas)

    def _build(self) -> list[list[Call]]:
        """Return the calls of a step for each step that can be kept, most of them the same."""
        plan, latent, size = self._plan, self._latent, self._plan.posterior_parameters
        features, after = self._signal(plan.encoder[-1].out_features), self._signal(plan.plane.out_features)
        encoder = self._wide_layers(plan.encoder, self._input, features)
        heads = HeadLayer(self._head_weights(), features, latent.gradient)
        plane = PlaneLayer(self._exact(plan.plane), plan.activation, after, latent.z, latent.by_z)
        decoder = self._wide_layers((*plan.decoder, plan.logits), after, self._output)
        kept = max(1, min(_MOST_KEPT, _KEPT_VALUES // (self._batch * size + self._term.kept)))
        self._parameters = torch.zeros(kept, self._batch, size, dtype=self._full)
        self._sums = torch.zeros(kept, self._term.kept, dtype=self._full)
        self._estimated = torch.zeros(kept, dtype=self._full)
        there = [*self._pictures.observe, *(call for layer in encoder for call in layer.forward)]
        between = [*plane.forward, *(call for layer in decoder for call in layer.forward)]
        back = [*(call for layer in reversed(decoder) for call in layer.backward), *plane.backward]
        home = [*heads.backward, *(call for layer in reversed(encoder) for call in layer.backward)]
        home.append(partial(self._memory.others.mul_, 1 / self._batch))
        return [
            [
                *there,
                *heads.forward(parameters),
                *latent.draw(parameters),
                *self._divergence(parameters, estimated),
                *between,
                *self._term.compute(sums),
                *back,
                *latent.backward(parameters),
                *home,
            ]
            for parameters, sums, estimated in zip(self._parameters, self._sums, self._estimated, strict=True)
        ]

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

    def _posterior(self, generator: torch.Generator) -> Latent:
        size, is_sampled = self._plan.posterior_parameters, self._weighing.is_sampled
        if size == 2:
            return PointLatent(self._batch, self._full)
        kind = FullLatent if size == 5 else DiagonalLatent
        return kind(self._batch, self._full, generator, is_sampled=is_sampled)

    def _wide_layers(self, layers: tuple[nn.Linear, ...], signal: Signal, last: Signal) -> list[WideLayer]:
        found = []
        for layer in layers:
            is_logits = layer is self._plan.logits
            outputs = last if layer is layers[-1] else self._inner_signal(layer.out_features)
            weights = self._wide(layer.weight, self._plan.bias if is_logits else layer.bias)
            activation = None if is_logits else self._plan.activation
            first = signal is self._input
            scale = self._pictures.unit if first else 1.0
            found.append(WideLayer(weights, activation, signal, outputs, self._products, scale=scale, is_first=first))
            signal = outputs
        return found

    def _signal(self, width: int) -> Signal:
        return Signal.empty(self._batch, width, self._full, self._low)

    def _inner_signal(self, width: int) -> Signal:
        return Signal.empty(self._batch, width, self._low, self._low)

    def _wide(self, weight: Tensor, bias: Tensor) -> Weights:
        memory, view = self._memory, self._memory.view
        return Weights(
            view(memory.low_values, weight),
            view(memory.low_values, bias).view(-1),
            view(memory.low_gradients, weight),
            view(memory.gradients, bias).view(-1),
        )

    def _exact(self, layer: nn.Linear) -> Weights:
        values, gradients, view = self._memory.values, self._memory.gradients, self._memory.view
        weight, bias = layer.weight, layer.bias
        return Weights(view(values, weight), view(values, bias), view(gradients, weight), view(gradients, bias))

    def _head_weights(self) -> Weights:
        values, gradients, block = self._memory.values, self._memory.gradients, self._memory.block
        (weights, biases), shape = self._plan.head_blocks, (self._plan.posterior_parameters, -1)
        return Weights(
            block(values, weights).view(shape),
            block(values, biases),
            block(gradients, weights).view(shape),
            block(gradients, biases),
        )
