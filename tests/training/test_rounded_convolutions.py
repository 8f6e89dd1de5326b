"""Convolutions in bfloat16 are those of torch, with its gradients, to the three digits that bfloat16 has."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from vae_explorer.training.rounded_convolutions import ChannelsLast, RoundedConvolution

LAYERS: dict[str, tuple[bool, int, int, int, int]] = {
    "few inputs": (False, 1, 32, 28, 0),
    "patches": (False, 32, 24, 14, 0),
    "patches of an odd size": (False, 32, 24, 7, 0),
    "up": (True, 24, 32, 7, 1),
    "up to an odd size": (True, 24, 32, 7, 0),
    "taps": (True, 32, 1, 14, 1),
    "taps in colours to an odd size": (True, 32, 3, 5, 0),
}


@pytest.mark.parametrize("kind", LAYERS)
def test_that_values_and_gradients_are_those_of_the_layer_itself(kind: str) -> None:
    torch.manual_seed(0)
    is_up, inputs, outputs, size, more = LAYERS[kind]
    layer: nn.Conv2d | nn.ConvTranspose2d = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1)
    if is_up:
        layer = nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=more, bias=outputs > 4)
    rounded = RoundedConvolution(layer)
    with torch.no_grad():
        for own, copied in zip(layer.parameters(), rounded.parameters(), strict=True):
            own.copy_(copied)
    x = torch.randn(5, inputs, size, size).to(torch.bfloat16).to(torch.float32)
    slope = torch.randn_like(layer(x)).to(torch.bfloat16).to(torch.float32)
    for one, other in zip(values(layer, x, slope), values(rounded, x, slope), strict=True):
        assert one.shape == other.shape
        assert torch.linalg.vector_norm(other - one) < 0.004 * torch.linalg.vector_norm(one)


def values(layer: nn.Module, x: Tensor, slope: Tensor) -> list[Tensor]:
    """Return what a layer gives, and the gradients by inputs and weights."""
    inputs = x.clone().requires_grad_()
    result = layer(inputs)
    found = torch.autograd.grad(result, [inputs, *layer.parameters()], slope.to(result.dtype))
    return [each.detach().to(torch.float32) for each in (result, *found)]


def test_that_a_layer_of_another_kind_is_torchs_own() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(32, 16, kernel_size=5, stride=1, padding=2)
    x = torch.randn(2, 32, 6, 6)
    slope = torch.ones_like(layer(x))
    for one, other in zip(values(layer, x, slope), values(RoundedConvolution(layer), x, slope), strict=True):
        assert torch.linalg.vector_norm(other - one) < 0.02 * torch.linalg.vector_norm(one)


def test_that_gradients_come_back_with_the_channels_of_a_pixel_together() -> None:
    maps = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last).requires_grad_()
    for same, is_together in ((nn.Identity(), False), (ChannelsLast(), True)):
        (slope,) = torch.autograd.grad(same(maps).flatten(1).square().sum(), maps)
        assert slope.is_contiguous(memory_format=torch.channels_last) == is_together
