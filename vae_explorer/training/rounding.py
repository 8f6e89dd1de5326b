"""Networks whose products are taken in bfloat16, with the weights kept in float32 beside them.

Casting weights anew for every product, and their gradients back one by one, costs small networks as much as the
products save. Here a model of the same structure holds copies of the weights of large products, rounded once after each
step; all else, the layers to and from the plane among it, is the model's own (Micikevicius et al. 2018, section 3.1,
for the weights kept beside them).
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.models.adversarial import AdversarialModel
from vae_explorer.models.family import LatentVariableModel
from vae_explorer.models.fused_pixels import FusedBernoulli
from vae_explorer.models.layers import ConvEncoderBody, ExactLinear
from vae_explorer.models.likelihoods import GreyBernoulli
from vae_explorer.training.rounded_convolutions import ChannelsLast, RoundedConvolution

_NARROW = 16
"""Inputs up to which a product is called narrow."""


class RoundedLinear(nn.Module):
    """A dense layer with bfloat16 copies of the weights of another one."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight = _rounded(layer.weight)
        self.bias = None if layer.bias is None else _rounded(layer.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return ``[..., outputs]``, bfloat16, for features ``[..., inputs]`` of any precision."""
        return functional.linear(features.to(torch.bfloat16), self.weight, self.bias)


class NarrowLinear(nn.Module):
    """A float32 layer with few inputs and the very weights of another one, whose slopes take a tenth of the time."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight = layer.weight
        self.bias = layer.bias

    def forward(self, values: Tensor) -> Tensor:
        """Return ``[N, outputs]`` for values ``[N, inputs]``."""
        outputs: Tensor = _NarrowProduct.apply(values.to(self.weight.dtype), self.weight, self.bias)  # type: ignore[no-untyped-call]
        return outputs


class _NarrowProduct(torch.autograd.Function):
    """Both slopes as products whose small side isn't the last one in memory, for which MKL has no quick kernel."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(values, weight)
        return functional.linear(values, weight, bias)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        values, weight = ctx.saved_tensors
        by_weight = (values.t() @ slope).t().contiguous()
        by_values = functional.linear(slope, weight.t().contiguous()) if ctx.needs_input_grad[0] else None
        return by_values, by_weight, slope.sum(dim=0)


class RoundedModel:
    """A model that shares all with another one but the weights of its large products, which it rounds to bfloat16.

    Parameters
    ----------
    model
        Whose weights are rounded; it stays as it is.

    Attributes
    ----------
    model
        The model to compute with: the same distributions, with the same parts under the same names.
    copies
        The rounded parameter of each parameter of `model` that is rounded.
    """

    def __init__(self, model: LatentVariableModel) -> None:
        shared: dict[int, object] = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
        self.model = copy.deepcopy(model, shared)
        self.copies: dict[nn.Parameter, nn.Parameter] = {}
        judges = set(self.model.discriminator.modules()) if isinstance(self.model, AdversarialModel) else set()
        for parent in list(self.model.modules()):
            if isinstance(parent, ConvEncoderBody):
                parent.layers.append(ChannelsLast())
            for name, layer in list(parent.named_children()):
                rounded = _rounded_layer(layer, is_once=layer not in judges)
                if rounded is not None:
                    setattr(parent, name, rounded)
                    own, copies = dict(layer.named_parameters()), dict(rounded.named_parameters())
                    self.copies |= {own[key]: copies[key] for key in own if copies[key] is not own[key]}
        if isinstance(self.model.pixels, GreyBernoulli):
            self.model.pixels.distribution = FusedBernoulli


def _rounded_layer(layer: nn.Module, *, is_once: bool) -> nn.Module | None:
    """Return a layer of the same products in bfloat16; None for layers to leave alone.

    Where a penalty is on slopes, as in discriminators, these have slopes of their own: `is_once` is false there.
    Weights that are computed from others, as for spectral norms, are no parameters that could be copied; torch changes
    the type of such a layer.
    """
    if type(layer) is ExactLinear and layer.in_features <= _NARROW:
        return NarrowLinear(layer)
    if type(layer) is nn.Linear:
        return RoundedLinear(layer)
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)) and type(layer) in (nn.Conv2d, nn.ConvTranspose2d):
        return RoundedConvolution(layer, is_once=is_once)
    return None


def _rounded(parameter: Tensor) -> nn.Parameter:
    return nn.Parameter(parameter.detach().to(torch.bfloat16))
