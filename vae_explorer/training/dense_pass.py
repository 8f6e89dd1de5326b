"""Forward and backward pass of a model of fully connected layers, for batches of one size."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vae_explorer.training.dense_latent import DiagonalLatent, latent
from vae_explorer.training.dense_layers import HeadLayer, PlaneLayer, Signal, Weights, WideLayer
from vae_explorer.training.dense_memory import FlatMemory
from vae_explorer.training.dense_pictures import Pictures, pixel_term
from vae_explorer.training.dense_plan import DensePlan
from vae_explorer.training.dense_products import Products
from vae_explorer.training.dense_scalars import Weighing

_KEPT_VALUES = 1 << 18
_MOST_KEPT = 64


class DensePass:
    """What a batch of a fixed number of pictures passes through; all memory is taken once.

    Parameters
    ----------
    plan, memory
        The layers and where their weights are.
    products
        How products are taken.
    weighing
        What the objective makes of the parts.
    batch
        Number of pictures.

    Attributes
    ----------
    images
        Uint8 ``[N, D]``: to be filled before a step.
    """

    def __init__(self, plan: DensePlan, memory: FlatMemory, products: Products, weighing: Weighing, batch: int) -> None:
        self._memory, self._weighing, self._batch = memory, weighing, batch
        self._build(plan, products)
        self.images = torch.zeros(batch, plan.logits.out_features, dtype=torch.uint8)
        size, full = plan.posterior_parameters, memory.values.dtype
        self._kept = max(1, min(_MOST_KEPT, _KEPT_VALUES // (batch * size)))
        self._parameters = torch.zeros(self._kept, batch, size, dtype=full)
        self._parts = torch.zeros(self._kept, self._term.parts, dtype=full)
        self._sampled = torch.zeros(self._kept, dtype=full)
        self._slots = [
            (parameters, tuple(parts.unbind())) for parameters, parts in zip(self._parameters, self._parts, strict=True)
        ]
        self._betas: list[float] = []
        self._latent = latent(size, batch, full)
        self._by_z = torch.zeros(batch, 2, dtype=full)

    @property
    def is_full(self) -> bool:
        """Whether the steps kept must be drained before the next one."""
        return len(self._betas) == self._kept

    def run(self, beta: float, generator: torch.Generator) -> None:
        """Compute the gradients of the mean loss of `images`, and keep what its terms are worked out from."""
        step = len(self._betas)
        parameters, parts = self._slots[step]
        self._betas.append(beta)
        self._pictures.observe(self.images, generator)
        for layer in self._encoder:
            layer.forward()
        self._heads.forward(parameters)
        self._latent.draw(parameters, generator)
        self._plane.forward(self._latent.z)
        for layer in self._decoder:
            layer.forward()
        self._term.compute(self._logits, self._input.full, parts)
        share = 1 / self._batch
        for layer in reversed(self._decoder):
            layer.backward(share)
        self._plane.backward(self._latent.z, self._by_z)
        self._return_to_encoder(parameters, beta, step)
        self._heads.backward(self._latent.gradient)
        for layer in reversed(self._encoder):
            layer.backward(share)
        self._memory.raise_gradients()
        self._memory.others.mul_(share)

    def drain(self) -> Tensor:
        """Return the terms of the steps since the last call, ``[S, T]``, and forget these steps."""
        steps = len(self._betas)
        betas = torch.tensor(self._betas, dtype=self._parts.dtype)
        self._betas.clear()
        reconstruction = self._term.value(self._parts[:steps], self._batch)
        return self._weighing.terms(reconstruction, self._parameters[:steps], self._sampled[:steps], betas)

    def _return_to_encoder(self, parameters: Tensor, beta: float, step: int) -> None:
        latent, by_z = self._latent, self._by_z
        if self._weighing.is_sampled and isinstance(latent, DiagonalLatent):
            # log q(z|x) - log p(z) at z = mu + sigma eps is (z^2 - eps^2 - log sigma^2) / 2 in each dimension.
            sums = latent.z.square().sum() - latent.noise.square().sum() - parameters[:, 2:4].sum()
            self._sampled[step] = 0.5 * sums / self._batch
            by_z.add_(latent.z)
            latent.backward(by_z, parameters, 0.0)
            latent.gradient[:, 2:4].sub_(0.5)
        else:
            latent.backward(by_z, parameters, self._weighing.price(parameters, beta))

    def _build(self, plan: DensePlan, products: Products) -> None:
        batch, full, low = self._batch, self._memory.values.dtype, self._memory.low_values.dtype
        self._input = signal = Signal.empty(batch, plan.logits.out_features, full, low)
        self._pictures = Pictures(plan.likelihood, signal)
        self._encoder: list[WideLayer] = []
        for layer in plan.encoder:
            outputs = Signal.empty(batch, layer.out_features, full, low)
            is_first = signal is self._input
            self._encoder.append(
                WideLayer(
                    self._wide(layer.weight, layer.bias),
                    plan.activation,
                    signal,
                    outputs,
                    products,
                    scale=self._pictures.unit if is_first else 1.0,
                    is_first=is_first,
                    lowers=layer is not plan.encoder[-1],
                )
            )
            signal = outputs
        self._heads = HeadLayer(self._head_weights(plan), signal)
        signal = Signal.empty(batch, plan.plane.out_features, full, low)
        self._plane = PlaneLayer(self._exact(plan.plane), plan.activation, signal)
        self._decoder: list[WideLayer] = []
        for layer in plan.decoder:
            outputs = Signal.empty(batch, layer.out_features, full, low)
            weights = self._wide(layer.weight, layer.bias)
            self._decoder.append(WideLayer(weights, plan.activation, signal, outputs, products))
            signal = outputs
        self._logits = Signal.empty(batch, plan.logits.out_features, full, low)
        weights = self._wide(plan.logits.weight, plan.bias)
        self._decoder.append(WideLayer(weights, None, signal, self._logits, products, lowers=False))
        self._term = pixel_term(plan.likelihood, self._logits, self._pictures.unit)

    def _wide(self, weight: Tensor, bias: Tensor) -> Weights:
        memory = self._memory
        low, view = memory.low_values, memory.view
        return Weights(
            view(low, weight),
            view(low, bias).view(-1),
            view(memory.low_gradients, weight),
            view(memory.gradients, bias).view(-1),
        )

    def _exact(self, layer: nn.Linear) -> Weights:
        values, gradients, view = self._memory.values, self._memory.gradients, self._memory.view
        return Weights(
            view(values, layer.weight),
            view(values, layer.bias),
            view(gradients, layer.weight),
            view(gradients, layer.bias),
        )

    def _head_weights(self, plan: DensePlan) -> Weights:
        values, gradients, block = self._memory.values, self._memory.gradients, self._memory.block
        weights, biases = plan.head_blocks
        shape = (plan.posterior_parameters, -1)
        return Weights(
            block(values, weights).view(shape),
            block(values, biases),
            block(gradients, weights).view(shape),
            block(gradients, biases),
        )
