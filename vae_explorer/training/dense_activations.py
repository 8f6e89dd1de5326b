"""Functions between layers on the dense path, forward and backward on memory that is there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from vae_explorer.training.dense_products import Call

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
