"""Fully connected layers with a hand-written backward pass, as calls on memory that is there already.

Products take place in a lower precision, or in that of the weights. Where the two are the same, lower copies are the
tensors themselves and no call makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from vae_explorer.training.dense_activations import Activation
from vae_explorer.training.dense_products import Call, Products


@dataclass(frozen=True, slots=True)
class Signal:
    """What passes between two layers, ``[N, F]``, and the gradient that comes back.

    Attributes
    ----------
    full, gradient
        Where it is computed with: in the precision of the weights, but between two wide layers in the lower one.
    low, low_gradient
        In the precision of the products. Gradients are sums over the batch; the factor ``1 / N`` comes in the end.
    """

    full: Tensor
    low: Tensor
    gradient: Tensor
    low_gradient: Tensor

    @classmethod
    def empty(cls, batch: int, width: int, full: torch.dtype, low: torch.dtype) -> Signal:
        """Return a signal with memory of its own."""
        values, gradient = (torch.zeros(batch, width, dtype=full) for _ in range(2))
        if low == full:
            return cls(values, values, gradient, gradient)
        return cls(values, torch.zeros_like(values, dtype=low), gradient, torch.zeros_like(values, dtype=low))

    @classmethod
    def of(cls, values: Tensor) -> Signal:
        """Return a signal of values that need no copy and whose gradient nobody asks for, or takes their place."""
        return cls(values, values, values, values)


def converted(source: Tensor, target: Tensor) -> list[Call]:
    """Return the call that copies one tensor to another, or none where they are the same."""
    return [] if source is target else [partial(target.copy_, source)]


@dataclass(frozen=True, slots=True)
class Weights:
    """Weight ``[O, I]`` and bias ``[O]`` as a product takes them, and where their gradients go."""

    weight: Tensor
    bias: Tensor
    weight_gradient: Tensor
    bias_gradient: Tensor


class WideLayer:
    """A layer whose products are in the lower precision.

    Parameters
    ----------
    weights
        In the lower precision, but for the gradient of the bias.
    activation
        None for a layer that gives logits, in the precision of the products; the gradient by them is then found in
        their place, and that of the bias is left to whoever makes it.
    inputs, outputs
        What comes in and goes out.
    products
        How products are taken.
    scale
        Multiple of the product of inputs and weights.
    batch
        By how many pictures the gradient of the weights is divided: that many lie before one another in memory, or
        each several times.
    is_first
        Whether the inputs are pictures, which need no gradient.

    Attributes
    ----------
    forward
        Computes the outputs, in the precision of the weights at the last layer before the plane or the pixels.
    backward
        Computes the gradients of weights, divided by the size of the batch, of biases and of inputs.
    """

    def __init__(
        self,
        weights: Weights,
        activation: Activation | None,
        inputs: Signal,
        outputs: Signal,
        products: Products,
        *,
        batch: int,
        scale: float = 1.0,
        is_first: bool = False,
    ) -> None:
        values, gradient, low = outputs.full, outputs.gradient, outputs.low_gradient
        before = values if activation is None or activation.in_place else torch.zeros_like(values)
        # Before anything comes back, the memory for what does can take the product.
        product = before if outputs.low is values else low
        self.forward: list[Call] = [products.linear(inputs.low, weights.weight, weights.bias, scale, product)]
        self.forward += converted(product, before)
        self.backward: list[Call] = []
        if activation is not None:
            self.forward.append(activation.forward(before, values))
            self.backward += [activation.backward(gradient, before), *_bias_gradient(gradient, weights)]
            self.backward += converted(gradient, low)
        share = scale / batch
        self.backward.append(products.weight_gradient(low, inputs.low, share, weights.weight_gradient))
        if not is_first:
            self.backward.append(products.input_gradient(low, weights.weight, inputs.low_gradient))
            self.backward += converted(inputs.low_gradient, inputs.gradient)


class HeadLayer:
    """The linear layer from features to the parameters of the posterior, in the precision of the weights.

    Parameters
    ----------
    weights, features
        What it consists of and takes.
    gradient
        ``[N, P]``: where the gradient by the parameters comes from.
    """

    def __init__(self, weights: Weights, features: Signal, gradient: Tensor) -> None:
        self._weights = weights
        self._features = features
        self.backward: list[Call] = [
            partial(torch.mm, gradient.t(), features.full, out=weights.weight_gradient),
            *_bias_gradient(gradient, weights),
            partial(torch.mm, gradient, weights.weight, out=features.gradient),
        ]

    def forward(self, out: Tensor) -> list[Call]:
        """Return the calls that write the parameters ``[N, P]``."""
        weights = self._weights
        return [partial(torch.addmm, weights.bias, self._features.full, weights.weight.t(), out=out)]


class PlaneLayer:
    """The layer from points of the plane to features, in the precision of the weights.

    Parameters
    ----------
    weights, activation, outputs
        What it consists of and gives.
    z
        ``[N, I]``: the points, and beside them what else the decoder is told.
    by_z
        ``[N, 2]``: where the gradient by the points goes, if anyone asks for it.
    """

    def __init__(
        self, weights: Weights, activation: Activation, outputs: Signal, z: Tensor, by_z: Tensor | None
    ) -> None:
        values, gradient = outputs.full, outputs.gradient
        before = values if activation.in_place else torch.zeros_like(values)
        # Products with a matrix of two columns are several times slower than with one of two rows.
        across = torch.zeros_like(weights.weight.t().contiguous())
        gradient_across = torch.zeros_like(across)
        self.forward: list[Call] = [
            partial(across.copy_, weights.weight.t()),
            partial(torch.addmm, weights.bias, z, across, out=before),
            activation.forward(before, values),
            *converted(values, outputs.low),
        ]
        self.backward: list[Call] = [
            activation.backward(gradient, before),
            *_bias_gradient(gradient, weights),
            partial(torch.mm, z.t(), gradient, out=gradient_across),
            partial(weights.weight_gradient.copy_, gradient_across.t()),
        ]
        if by_z is not None:
            self.backward.append(partial(torch.mm, gradient, across[: by_z.shape[1]].t(), out=by_z))


def summed(gradient: Tensor, target: Tensor) -> list[Call]:
    """Return the calls that write the sum over all rows, ``[F]``.

    Lower values are summed exactly and rounded once, as the products are: a result of more digits takes twice as long.
    """
    if gradient.dtype == target.dtype:
        return [partial(torch.sum, gradient, 0, out=target)]
    rounded = torch.zeros_like(target, dtype=gradient.dtype)
    return [partial(torch.sum, gradient, 0, out=rounded), partial(target.copy_, rounded)]


def _bias_gradient(gradient: Tensor, weights: Weights) -> list[Call]:
    return summed(gradient, weights.bias_gradient)
