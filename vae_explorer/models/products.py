"""Layers of a frozen network as matrix products, their nonlinearities applied inside.

All is float32, unless products may be rough; the sums are those of the plain layers in another order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

_TAPS = ((1, 1), (1, 2), (2, 1), (2, 2), (1, 0), (2, 0), (0, 1), (0, 2), (0, 0))
"""Places in a kernel: those that the pixels (0, 0), (0, 1), (1, 0), (1, 1) of every four begin with, then what two of
them take from the next column, two from the next row, and one from both."""

_FEW_ROWS = 64


@dataclass(frozen=True, slots=True)
class Nonlinearity:
    """An activation.

    Attributes
    ----------
    name, scalars, variant
        As oneDNN calls it, with its numbers.
    into
        Writes it of a first tensor into a second, which may be the first.
    """

    name: str
    into: Callable[[Tensor, Tensor], object]
    scalars: tuple[float, ...] = ()
    variant: str = ""


SIGMOID = Nonlinearity("sigmoid", lambda x, out: torch.sigmoid(x, out=out))


def nonlinearity(layer: nn.Module) -> Nonlinearity:
    """Return what an activation layer does.

    Raises
    ------
    TypeError
        If the layer is none of those that networks here are made of.
    """
    ops = torch.ops.aten  # the functions of torch.nn.functional write to no tensor of ours
    match layer:
        case nn.SiLU():
            return Nonlinearity("swish", lambda x, out: ops.silu.out(x, out=out))
        case nn.ReLU():
            return Nonlinearity("relu", lambda x, out: torch.clamp_min(x, 0, out=out))
        case nn.LeakyReLU(negative_slope=slope):
            return Nonlinearity("leaky_relu", lambda x, out: ops.leaky_relu.out(x, slope, out=out), (slope,))
        case nn.GELU(approximate="none"):
            return Nonlinearity("gelu", lambda x, out: ops.gelu.out(x, out=out), variant="none")
        case nn.Tanh():
            return Nonlinearity("tanh", lambda x, out: torch.tanh(x, out=out))
        case _:
            raise TypeError(f"no activation: {layer}")


def is_known(layer: nn.Module) -> bool:
    """Return whether `nonlinearity` knows an activation layer."""
    try:
        nonlinearity(layer)
    except TypeError:
        return False
    return True


@cache
def has_fused_products() -> bool:
    """Return whether torch and the processor have products that end with a nonlinearity (oneDNN), and they are right.

    Torch doesn't document them, so they are tried once.
    """
    if torch.backends.cpu.get_cpu_capability() not in {"AVX2", "AVX512"}:
        return False
    x = torch.linspace(-3, 3, 48 * 24).view(48, 24)
    weight, bias = x.view(24, 48)[:, :24].contiguous(), x[0]
    try:
        found = torch.ops.mkldnn._linear_pointwise(x, weight, bias, "swish", [], "")
    except (AttributeError, RuntimeError):
        return False
    return torch.allclose(found, nn.functional.silu(nn.functional.linear(x, weight, bias)), rtol=1e-4, atol=1e-4)


class Product:
    """``f(x W^T + b)``.

    With many rows it is oneDNN's, which reaches the limit of every processor, where torch's own choice takes a path
    with half the width on some; with few rows torch's begins sooner. Weights laid out beforehand save a twentieth, but
    laying them out costs as much as a thousand rows, and a snapshot in a training seldom lives to decode so many.

    Parameters
    ----------
    weight
        ``[outputs, inputs]``.
    bias
        ``[outputs]``.
    after
        The nonlinearity f.
    is_rough
        Whether many rows are taken in bfloat16, which must be fast here. A sum is float32 until it is done, and the
        result is bfloat16.
    """

    def __init__(self, weight: Tensor, bias: Tensor, after: Nonlinearity | None, *, is_rough: bool = False) -> None:
        self.outputs = len(weight)
        self._weight, self._bias, self._after = weight.contiguous(), bias.contiguous(), after
        self._fused = ("none", [], "") if after is None else (after.name, list(after.scalars), after.variant)
        self._few = _FEW_ROWS if has_fused_products() else math.inf
        self._many = (self._weight, self._bias)
        if is_rough:
            self._many = (self._weight.to(torch.bfloat16), self._bias.to(torch.bfloat16))

    def __call__(self, x: Tensor) -> Tensor:
        """Return ``[N, outputs]`` for ``[N, inputs]``."""
        if len(x) > self._few:
            weight, bias = self._many
            return torch.ops.mkldnn._linear_pointwise(x.to(weight.dtype), weight, bias, *self._fused)  # type: ignore[no-any-return]
        result = nn.functional.linear(x.to(self._weight.dtype), self._weight, self._bias)
        if self._after is not None:
            self._after.into(result, result)
        return result


class Upsampling:
    """A transposed convolution, kernel 3 and stride 2, as one product for its nine taps, and three additions.

    Row 2i of its output is the kernel's middle row times row i; row 2i + 1 is its last row times row i plus its first
    times row i + 1, and so with columns. So four taps begin the four kinds of pixels, and five add what comes from the
    neighbours.

    Parameters
    ----------
    layer
        The layer, padding 1.
    after
        What is applied to its result.
    size
        Height and width of the result: twice those of the input, or one less.
    is_rough
        As `Product` takes it.
    """

    def __init__(
        self, layer: nn.ConvTranspose2d, after: Nonlinearity, size: tuple[int, int], *, is_rough: bool = False
    ) -> None:
        self._channels, self._after, self._size = layer.out_channels, after, size
        bias = layer.weight.new_zeros(layer.out_channels) if layer.bias is None else layer.bias
        biases = torch.cat([bias.repeat(4), torch.zeros(5 * len(bias))])
        self._product = Product(_taps(layer.weight), biases, None, is_rough=is_rough)
        self.values = (size[0] + 1) // 2 * ((size[1] + 1) // 2) * self._product.outputs

    def __call__(self, x: Tensor) -> Tensor:
        """Return ``[N, H, W, outputs]`` for ``[N, h, w, inputs]``."""
        count, height, width, inputs = x.shape
        taps = self._product(x.view(-1, inputs)).view(count, height, width, 9, self._channels)
        pixels = taps[:, :, :, :4].view(count, height, width, 2, 2, self._channels)
        pixels[:, :, :-1, :, 1] += taps[:, :, 1:, 4:6]
        pixels[:, :-1, :, 1] += taps[:, 1:, :, 6:8]
        pixels[:, :-1, :-1, 1, 1] += taps[:, 1:, 1:, 8]
        result = taps.new_empty(count, height, 2, width, 2, self._channels)
        self._after.into(pixels, result.permute(0, 1, 3, 2, 4, 5))
        whole = result.view(count, 2 * height, 2 * width, self._channels)
        return whole[:, : self._size[0], : self._size[1]].contiguous()


class LastUpsampling:
    """The same to few channels, each kind of pixel in a plane of its own, so that runs in memory are long.

    Parameters
    ----------
    layer
        The layer, without a bias.
    bias
        One for each value of the picture ``[C, H, W]``; of the layer's outputs only the first C are worked out.

    The product is rough where its inputs are.
    """

    def __init__(self, layer: nn.ConvTranspose2d, bias: Tensor) -> None:
        channels, height, width = self.shape = tuple(bias.shape)
        self._half = (height + 1) // 2, (width + 1) // 2
        self._weight = _taps(layer.weight[:, :channels])
        self.values = 9 * channels * self._half[0] * self._half[1]
        whole = bias.new_zeros(channels, 2 * self._half[0], 2 * self._half[1])
        whole[:, :height, :width] = bias
        self._bias = whole.view(channels, self._half[0], 2, self._half[1], 2).permute(2, 4, 0, 1, 3).unsqueeze(3)

    def __call__(self, x: Tensor) -> Tensor:
        """Return ``[2, 2, C, N, h, w]`` for ``[N, h, w, inputs]``."""
        count, height, width, inputs = x.shape
        products = self._weight.to(x.dtype) @ x.view(-1, inputs).T
        taps = products.to(torch.float32).view(9, -1, count, height, width)
        pixels = taps[:4].view(2, 2, -1, count, height, width)
        pixels[:, 1, ..., :-1] += taps[4:6, ..., 1:]
        pixels[1, :, ..., :-1, :] += taps[6:8, ..., 1:, :]
        pixels[1, 1, ..., :-1, :-1] += taps[8, ..., 1:, 1:]
        return pixels.add_(self._bias)

    def arrange(self, planes: Tensor, pictures: Tensor) -> None:
        """Write planes ``[2, 2, C, N, h, w]`` into pictures ``[N, C, H, W]``, converting their values."""
        channels, height, width = self.shape
        count = len(pictures)
        whole = pictures
        if (height, width) != (2 * self._half[0], 2 * self._half[1]):
            whole = pictures.new_empty(count, channels, 2 * self._half[0], 2 * self._half[1])
        whole.view(count, channels, self._half[0], 2, self._half[1], 2).copy_(planes.permute(3, 2, 4, 0, 5, 1))
        if whole is not pictures:
            pictures.copy_(whole[..., :height, :width])


def _taps(weight: Tensor) -> Tensor:
    """Return the taps of a kernel ``[inputs, outputs, 3, 3]`` below one another, ``[9 * outputs, inputs]``."""
    return torch.cat([weight[:, :, row, column].T for row, column in _TAPS])
