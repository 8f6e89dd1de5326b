"""Convolutions with bfloat16 weights, and those of their parts that products do faster than oneDNN's own.

A convolution's gradient by its weights is one product of gradients and patches. A transposed convolution to few maps is
one product as well, of each pixel with all taps of the kernel, which are then moved to where they belong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

_FEW = 4
"""Maps up to which a transposed convolution is taken as taps."""
_MANY = 16
"""Maps from which on the gradient by the weights is taken from patches."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a convolution moves over maps.

    Attributes
    ----------
    stride, padding
        In both directions.
    output_padding
        None for a convolution, otherwise that of a transposed one.
    is_usual
        Whether it halves or doubles the size with a kernel of three by three, as all do here.
    """

    stride: list[int]
    padding: list[int]
    output_padding: list[int] | None
    is_usual: bool

    @classmethod
    def of(cls, layer: nn.Conv2d | nn.ConvTranspose2d) -> Geometry:
        """Return that of a layer."""
        stride, padding = list(layer.stride), [int(each) for each in layer.padding]
        more = list(layer.output_padding) if isinstance(layer, nn.ConvTranspose2d) else None
        usual = layer.kernel_size == (3, 3) and stride == [2, 2] and padding == [1, 1]
        return cls(stride, padding, more, usual)


class RoundedConvolution(nn.Module):
    """A convolution, or a transposed one, with bfloat16 copies of the weights of another one, channels last.

    oneDNN's kernels read the channels of a pixel together; in the usual order it would turn each picture round first.

    Parameters
    ----------
    layer
        The other one.
    is_once
        Whether nobody asks for the slope of a slope, which only torch's own convolutions have.
    """

    def __init__(self, layer: nn.Conv2d | nn.ConvTranspose2d, *, is_once: bool = True) -> None:
        super().__init__()
        weight = layer.weight.detach()
        self.weight = nn.Parameter(weight.to(torch.bfloat16, memory_format=torch.channels_last))
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.detach().to(torch.bfloat16))
        self._geometry = Geometry.of(layer)
        self._is_once = is_once

    def forward(self, maps: Tensor) -> Tensor:
        """Return maps ``[N, O, H, W]``, bfloat16 or float32, of maps ``[N, I, H, W]`` of any precision."""
        maps = maps.to(torch.bfloat16, memory_format=torch.channels_last)
        if not self._is_once:
            return _convolved(maps, self.weight, self.bias, self._geometry)
        result: Tensor = _Convolution.apply(maps, self.weight, self.bias, self._geometry)  # type: ignore[no-untyped-call]
        return result


class ChannelsLast(nn.Module):
    """Hands maps on as they are, and their gradients with the channels of a pixel together.

    Gradients come back from a dense layer in the usual order; an activation whose inputs lie in the other one takes
    four times as long to use them.
    """

    def forward(self, maps: Tensor) -> Tensor:
        """Return the maps."""
        same: Tensor = _ChannelsLast.apply(maps)  # type: ignore[no-untyped-call]
        return same


class _ChannelsLast(torch.autograd.Function):
    @staticmethod
    def forward(_ctx: Any, maps: Tensor) -> Tensor:
        return maps.view_as(maps)

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:
        return gradient.contiguous(memory_format=torch.channels_last)


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
        ctx.save_for_backward(maps, weight)
        ctx.geometry, ctx.biases = geometry, None if bias is None else len(bias)
        more = geometry.output_padding
        if more is not None and geometry.is_usual and bias is None and weight.shape[1] <= _FEW:
            return _from_taps(maps, weight, (more[0], more[1]))
        return _convolved(maps, weight, bias, geometry)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        maps, weight = ctx.saved_tensors
        geometry: Geometry = ctx.geometry
        gradient = gradient.to(torch.bfloat16, memory_format=torch.channels_last)
        more = geometry.output_padding
        by_patches = geometry.is_usual and weight.shape[1] >= _MANY
        by_maps, by_weight, by_bias = torch.ops.aten.convolution_backward(
            gradient,
            maps,
            weight,
            None if ctx.biases is None else [ctx.biases],
            geometry.stride,
            geometry.padding,
            [1, 1],
            more is not None,
            more or [0, 0],
            1,
            [ctx.needs_input_grad[0], not by_patches, ctx.biases is not None and not by_patches],
        )
        if by_patches:
            inner, outer = (maps, gradient) if more is not None else (gradient, maps)
            by_weight = _by_weight(inner, outer)
            by_bias = None if ctx.biases is None else gradient.sum(dim=(0, 2, 3))
        return by_maps, by_weight, by_bias, None


def _convolved(maps: Tensor, weight: Tensor, bias: Tensor | None, geometry: Geometry) -> Tensor:
    """Return what torch's own layer gives."""
    stride, padding, more = geometry.stride, geometry.padding, geometry.output_padding
    if more is None:
        return functional.conv2d(maps, weight, bias, stride, padding)
    return functional.conv_transpose2d(maps, weight, bias, stride, padding, more)


def _by_weight(small: Tensor, large: Tensor) -> Tensor:
    """Return ``[S, L, 3, 3]``, channels last: small maps ``[N, S, h, w]`` times their patches of ``[N, L, H, W]``."""
    count, inner, height, width = small.shape
    outer, rows, columns = large.shape[1:]
    padded = large.new_zeros(count, rows + 2, columns + 2, outer)
    padded[:, 1:-1, 1:-1] = large.permute(0, 2, 3, 1)
    by_picture, by_row, by_column, _ = padded.stride()
    patches = padded.as_strided(
        (count, height, width, 3, 3, outer), (by_picture, 2 * by_row, 2 * by_column, by_row, by_column, 1)
    )
    product = small.permute(0, 2, 3, 1).reshape(-1, inner).T @ patches.reshape(-1, 9 * outer)
    return product.view(inner, 3, 3, outer).permute(0, 3, 1, 2)


def _from_taps(maps: Tensor, weight: Tensor, more: tuple[int, int]) -> Tensor:
    """Return the transposed convolution ``[N, O, H, W]``, float32, of maps ``[N, I, h, w]``.

    Output rows 2i take the kernel's middle row times row i; rows 2i + 1 its last row times row i and its first times
    row i + 1, and so with columns.
    """
    count, inputs, height, width = maps.shape
    taps = weight.permute(2, 3, 1, 0).reshape(-1, inputs) @ maps.permute(0, 2, 3, 1).reshape(-1, inputs).T
    each = taps.to(torch.float32).view(3, 3, -1, count, height, width)
    each[2, ..., :-1, :] += each[0, ..., 1:, :]
    each[1:, 2, ..., :-1] += each[1:, 0, ..., 1:]
    pixels = each[1:, 1:].permute(3, 2, 4, 0, 5, 1).reshape(count, -1, 2 * height, 2 * width)
    return pixels[..., : 2 * height - 1 + more[0], : 2 * width - 1 + more[1]]
