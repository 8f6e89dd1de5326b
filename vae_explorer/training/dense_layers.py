"""Fully connected layers with a hand-written backward pass, in memory that is there already.

Products take place in a lower precision, or in that of the weights; everything between them in that of the weights.
Where the two are the same, lower copies are the tensors themselves and cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vae_explorer.training.dense_products import Products

_ATEN = torch.ops.aten


@dataclass(frozen=True, slots=True)
class Activation:
    """A function between two layers.

    Attributes
    ----------
    in_place
        Whether its gradient follows from its values alone, so that these may take the place of the inputs.
    forward
        Writes the values of inputs into an output.
    backward
        Multiplies a gradient, in place, by the derivative; given the inputs, or the values if `in_place`.
    """

    in_place: bool
    forward: Callable[[Tensor, Tensor], object]
    backward: Callable[[Tensor, Tensor], object]


def activation_of(module: nn.Module) -> Activation | None:
    """Return the activation that a module stands for, or None for one that isn't known."""
    if type(module) is nn.ReLU:
        return Activation(
            True,
            lambda x, out: torch.clamp_min(x, 0, out=out),
            lambda d, y: _ATEN.threshold_backward.grad_input(d, y, 0, grad_input=d),
        )
    if type(module) is nn.Tanh:
        return Activation(
            True,
            lambda x, out: torch.tanh(x, out=out),
            lambda d, y: _ATEN.tanh_backward.grad_input(d, y, grad_input=d),
        )
    if type(module) is nn.SiLU:
        return Activation(
            False,
            lambda x, out: _ATEN.silu.out(x, out=out),
            lambda d, x: _ATEN.silu_backward.grad_input(d, x, grad_input=d),
        )
    if type(module) is nn.GELU and module.approximate == "none":
        return Activation(
            False,
            lambda x, out: _ATEN.gelu.out(x, out=out),
            lambda d, x: _ATEN.gelu_backward.grad_input(d, x, grad_input=d),
        )
    if type(module) is nn.LeakyReLU and module.negative_slope > 0:
        slope = module.negative_slope
        return Activation(
            True,
            lambda x, out: _ATEN.leaky_relu.out(x, slope, out=out),
            lambda d, y: _ATEN.leaky_relu_backward.grad_input(d, y, slope, True, grad_input=d),
        )
    return None


@dataclass(frozen=True, slots=True)
class Signal:
    """What passes between two layers, ``[N, F]``, and the gradient that comes back.

    Attributes
    ----------
    full, low
        Values in the precision of the weights and of the products.
    gradient, low_gradient
        Sums over the batch have no factor of ``1 / N`` yet.
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

    def lower(self) -> None:
        """Round the values for the next product."""
        if self.low is not self.full:
            self.low.copy_(self.full)

    def lower_gradient(self) -> None:
        """Round the gradient for the products of the backward pass."""
        if self.low_gradient is not self.gradient:
            self.low_gradient.copy_(self.gradient)

    def raise_gradient(self) -> None:
        """Bring the gradient that a product gave to the precision of the weights."""
        if self.low_gradient is not self.gradient:
            self.gradient.copy_(self.low_gradient)


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
        None for a layer that gives logits.
    inputs, outputs
        What comes in and goes out.
    products
        How products are taken.
    scale
        Multiple of the product of inputs and weights.
    is_first
        Whether the inputs are pictures, which need no gradient.
    lowers
        Whether the next layer takes the outputs in the lower precision.
    """

    def __init__(
        self,
        weights: Weights,
        activation: Activation | None,
        inputs: Signal,
        outputs: Signal,
        products: Products,
        *,
        scale: float = 1.0,
        is_first: bool = False,
        lowers: bool = True,
    ) -> None:
        self._weights = weights
        self._activation = activation
        self._inputs = inputs
        self._outputs = outputs
        self._products = products
        self._scale = scale
        self._is_first = is_first
        self._lowers = lowers
        full = outputs.full
        in_place = activation is None or activation.in_place
        self._before = full if in_place else torch.zeros_like(full)
        self._product = self._before if outputs.low is full else outputs.low_gradient

    def forward(self) -> None:
        """Compute the outputs."""
        weights, outputs = self._weights, self._outputs
        self._products.linear(self._inputs.low, weights.weight, weights.bias, self._scale, self._product)
        if self._product is not self._before:
            self._before.copy_(self._product)
        if self._activation is not None:
            self._activation.forward(self._before, outputs.full)
        if self._lowers:
            outputs.lower()

    def backward(self, share: float) -> None:
        """Compute the gradients of weights, times `share`, of biases and of inputs, from that of the outputs."""
        weights, outputs, inputs = self._weights, self._outputs, self._inputs
        if self._activation is not None:
            self._activation.backward(outputs.gradient, self._before)
        torch.sum(outputs.gradient, 0, out=weights.bias_gradient)
        outputs.lower_gradient()
        gradient = outputs.low_gradient
        self._products.weight_gradient(gradient, inputs.low, share * self._scale, weights.weight_gradient)
        if not self._is_first:
            self._products.input_gradient(gradient, weights.weight, inputs.low_gradient)
            inputs.raise_gradient()


class HeadLayer:
    """The linear layer from features to the parameters of the posterior, in the precision of the weights."""

    def __init__(self, weights: Weights, features: Signal) -> None:
        self._weights = weights
        self._features = features

    def forward(self, out: Tensor) -> None:
        """Write the parameters ``[N, P]``."""
        torch.addmm(self._weights.bias, self._features.full, self._weights.weight.t(), out=out)

    def backward(self, gradient: Tensor) -> None:
        """Compute the gradients of weights, biases and features from that of the parameters ``[N, P]``."""
        weights, features = self._weights, self._features
        torch.mm(gradient.t(), features.full, out=weights.weight_gradient)
        torch.sum(gradient, 0, out=weights.bias_gradient)
        torch.mm(gradient, weights.weight, out=features.gradient)


class PlaneLayer:
    """The layer from points of the plane to features, in the precision of the weights."""

    def __init__(self, weights: Weights, activation: Activation, outputs: Signal) -> None:
        self._weights = weights
        self._activation = activation
        self._outputs = outputs
        full = outputs.full
        self._before = full if activation.in_place else torch.zeros_like(full)
        # Products with a matrix of two columns are several times slower than with one of two rows.
        self._across = torch.zeros_like(weights.weight.t().contiguous())
        self._gradient_across = torch.zeros_like(self._across)

    def forward(self, z: Tensor) -> None:
        """Compute the outputs of points ``[N, 2]``."""
        self._across.copy_(self._weights.weight.t())
        torch.addmm(self._weights.bias, z, self._across, out=self._before)
        self._activation.forward(self._before, self._outputs.full)
        self._outputs.lower()

    def backward(self, z: Tensor, out: Tensor) -> None:
        """Compute the gradients of weights and biases, and write that of the points."""
        gradient = self._outputs.gradient
        self._activation.backward(gradient, self._before)
        torch.sum(gradient, 0, out=self._weights.bias_gradient)
        torch.mm(z.t(), gradient, out=self._gradient_across)
        self._weights.weight_gradient.copy_(self._gradient_across.t())
        torch.mm(gradient, self._across.t(), out=out)
