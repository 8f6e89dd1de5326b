"""Fully connected layers with a hand-written backward pass, as calls on memory that is there already.

Products take place in a lower precision, or in that of the weights. Where the two are the same, lower copies are the
tensors themselves and no call makes them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from vae_explorer.training.dense_products import Call, Products

_ATEN = torch.ops.aten


@dataclass(frozen=True, slots=True)
class Activation:
    """A function between two layers.

    Attributes
    ----------
    in_place
        Whether its gradient follows from its values alone, so that these may take the place of the inputs.
    forward
        Returns the call that writes the values of inputs into an output.
    backward
        Returns the call that multiplies a gradient by the derivative, given the inputs, or the values if `in_place`.
    """

    in_place: bool
    forward: Callable[[Tensor, Tensor], Call]
    backward: Callable[[Tensor, Tensor], Call]


def activation_of(module: nn.Module) -> Activation | None:
    """Return the activation that a module stands for, or None for one that isn't known."""
    if type(module) is nn.ReLU:
        return Activation(
            True,
            lambda x, out: partial(torch.clamp_min, x, 0, out=out),
            lambda d, y: partial(_ATEN.threshold_backward.grad_input, d, y, 0, grad_input=d),
        )
    if type(module) is nn.Tanh:
        return Activation(
            True,
            lambda x, out: partial(torch.tanh, x, out=out),
            lambda d, y: partial(_ATEN.tanh_backward.grad_input, d, y, grad_input=d),
        )
    if type(module) is nn.SiLU:
        return Activation(
            False,
            lambda x, out: partial(_ATEN.silu.out, x, out=out),
            lambda d, x: partial(_ATEN.silu_backward.grad_input, d, x, grad_input=d),
        )
    if type(module) is nn.GELU and module.approximate == "none":
        return Activation(
            False,
            lambda x, out: partial(_ATEN.gelu.out, x, out=out),
            lambda d, x: partial(_ATEN.gelu_backward.grad_input, d, x, grad_input=d),
        )
    if type(module) is nn.LeakyReLU and module.negative_slope > 0:
        slope = module.negative_slope
        return Activation(
            True,
            lambda x, out: partial(_ATEN.leaky_relu.out, x, slope, out=out),
            lambda d, y: partial(_ATEN.leaky_relu_backward.grad_input, d, y, slope, True, grad_input=d),
        )
    return None


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


def _bias_gradient(gradient: Tensor, weights: Weights) -> list[Call]:
    target = weights.bias_gradient
    return [partial(torch.sum, gradient, 0, dtype=target.dtype, out=target)]
