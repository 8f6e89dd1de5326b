"""Encoders and decoders of fully connected layers, forward and backward, for batches of one size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from vae_explorer.models.layers import LATENT_DIMENSIONS, MOST_LOG_VAR
from vae_explorer.training.dense_activations import Activation
from vae_explorer.training.dense_layers import HeadLayer, PlaneLayer, Signal, Weights, WideLayer
from vae_explorer.training.dense_memory import FlatMemory
from vae_explorer.training.dense_plan import DecoderPlan, EncoderPlan
from vae_explorer.training.dense_products import Call, Products, find_products


@dataclass(frozen=True, slots=True)
class Site:
    """Where networks are built.

    Attributes
    ----------
    memory
        Holds their weights.
    products
        How products are taken.
    batch
        Number of pictures, over which gradients are averaged.
    """

    memory: FlatMemory
    products: Products
    batch: int

    @classmethod
    def of(cls, memory: FlatMemory, batch: int) -> Site:
        """Return a site with the fastest products."""
        return cls(memory, find_products(memory.low_values.dtype), batch)

    @property
    def full(self) -> torch.dtype:
        """Precision of the weights."""
        return self.memory.values.dtype

    @property
    def low(self) -> torch.dtype:
        """Precision of the products."""
        return self.memory.low_values.dtype

    def signal(self, rows: int, width: int) -> Signal:
        """Return a signal between a layer of the lower precision and one of the higher."""
        return Signal.empty(rows, width, self.full, self.low)

    def chain(
        self,
        layers: Sequence[nn.Linear],
        activation: Activation,
        inputs: Signal,
        outputs: Signal,
        *,
        is_first: bool = False,
        scale: float = 1.0,
    ) -> list[WideLayer]:
        """Return wide layers one after the other; `scale` is that of the first, whose inputs may be pictures."""
        found: list[WideLayer] = []
        for layer in layers:
            is_last = layer is layers[-1]
            after = outputs if is_last else Signal.empty(len(inputs.low), layer.out_features, self.low, self.low)
            weights = self.memory.wide(layer.weight, layer.bias)
            first = is_first and not found
            found.append(self.layer(weights, activation, inputs, after, is_first=first, scale=scale if first else 1.0))
            inputs = after
        return found

    def layer(
        self,
        weights: Weights,
        activation: Activation | None,
        inputs: Signal,
        outputs: Signal,
        *,
        is_first: bool = False,
        scale: float = 1.0,
    ) -> WideLayer:
        """Return a wide layer."""
        return WideLayer(
            weights, activation, inputs, outputs, self.products, batch=self.batch, scale=scale, is_first=is_first
        )


class DenseEncoder:
    """From pictures to the parameters of their posteriors.

    Parameters
    ----------
    site, plan
        Where and of what it is built.
    inputs
        ``[N, D]``: pictures, and what it is told beside them, in the precision of the products.
    unit
        What these must be multiplied by.
    gradient
        ``[N, P]``: where the gradient by the parameters comes from.

    Attributes
    ----------
    backward
        Computes the gradients of its weights.
    """

    def __init__(self, site: Site, plan: EncoderPlan, inputs: Tensor, unit: float, gradient: Tensor) -> None:
        features = site.signal(len(inputs), plan.layers[-1].out_features)
        self._layers = site.chain(plan.layers, plan.activation, Signal.of(inputs), features, is_first=True, scale=unit)
        self._heads = HeadLayer(site.memory.exact(*plan.heads), features, gradient)
        self.backward: list[Call] = [*self._heads.backward, *_backward(self._layers)]

    def forward(self, out: Tensor) -> list[Call]:
        """Return the calls that write the parameters ``[N, P]``; gradients pass the bound of the log variances."""
        calls = [*_forward(self._layers), *self._heads.forward(out)]
        return [*calls, partial(out[:, 2:4].clamp_max_, MOST_LOG_VAR)] if out.shape[1] > LATENT_DIMENSIONS else calls


class DenseDecoder:
    """From points of the plane to logits.

    Parameters
    ----------
    site, plan
        Where and of what it is built.
    inputs
        ``[R, I]``: points, and beside them what it is told, in the precision of the weights.
    by_z
        ``[R, 2]``: where the gradient by the points goes, if anyone asks for it.

    Attributes
    ----------
    logits
        ``[R, D]``, in the precision of the products: what comes out, and where the gradient by it is to be put.
    bias_gradient
        ``[D]``: that of the last bias, which whoever knows the gradient by the logits has to fill.
    forward, backward
        What computes the logits, and the gradients of weights and points.
    """

    def __init__(self, site: Site, plan: DecoderPlan, inputs: Tensor, by_z: Tensor | None) -> None:
        rows, memory = len(inputs), site.memory
        first = site.signal(rows, plan.plane.out_features)
        self._plane = PlaneLayer(memory.exact(plan.plane), plan.activation, first, inputs, by_z)
        inner = first
        layers: list[WideLayer] = []
        if plan.layers:
            inner = Signal.empty(rows, plan.layers[-1].out_features, site.low, site.low)
            layers = site.chain(plan.layers, plan.activation, first, inner)
        self.logits = torch.zeros(rows, plan.logits.out_features, dtype=site.low)
        self.bias_gradient = memory.view(memory.gradients, plan.bias).view(-1)
        weights = memory.wide(plan.logits.weight, plan.bias)
        layers.append(site.layer(weights, None, inner, Signal.of(self.logits)))
        self.forward: list[Call] = [*self._plane.forward, *_forward(layers)]
        self.backward: list[Call] = [*_backward(layers), *self._plane.backward]


def _forward(layers: Sequence[WideLayer]) -> list[Call]:
    return [call for layer in layers for call in layer.forward]


def _backward(layers: Sequence[WideLayer]) -> list[Call]:
    return [call for layer in reversed(layers) for call in layer.backward]
