"""Decoding many points to bytes, near the limit of the processor's matrix products, in float32 as the plain network.

The sums are the plain network's in another order, so a byte differs by one now and then; rough pictures, in bfloat16,
take half the time and differ by a few. What is saved: half-width
products, transposed convolutions, the multiplication of what a model is told where it is the same for all points, the
deviations that some decoders give beside each pixel, and passes over memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from vae_explorer.models.family import Band, LatentVariableModel
from vae_explorer.models.layers import LATENT_DIMENSIONS, ConvDecoderBody, DenseDecoderBody
from vae_explorer.models.likelihoods import ContinuousBernoulliLikelihood
from vae_explorer.models.pixels import ContinuousBernoulli
from vae_explorer.models.products import SIGMOID, LastUpsampling, Nonlinearity, Product, Upsampling, nonlinearity

if TYPE_CHECKING:
    from collections.abc import Sequence

Pictures: TypeAlias = npt.NDArray[np.uint8]
_CHUNK_VALUES = 1 << 20
"""Most values of a layer at once: enough for a product to be quick, little enough to stay near the processor."""


class FastDecoder:
    """A decoder's weights, arranged for many points.

    Parameters
    ----------
    model
        A frozen model on the CPU that has a decoder.
    is_rough
        Whether the products of many points are taken in bfloat16.
    """

    def __init__(self, model: LatentVariableModel, *, is_rough: bool = False) -> None:
        if model.decoder is None:
            raise TypeError("this model has no decoder")
        body = model.decoder.body
        # A decoder may give deviations after the means; bytes show the means.
        bias = model.decoder.bias[: model.image_shape[0]]
        self._shape = model.image_shape
        self._has_sigmoid = not isinstance(model.pixels, ContinuousBernoulliLikelihood)
        dense = body.layers if isinstance(body, DenseDecoderBody) else body.dense
        first, *others = [layer for layer in dense if isinstance(layer, nn.Linear)]
        after = nonlinearity(dense[1])
        end = SIGMOID if self._has_sigmoid else None
        self._first = _FirstLayer(first, after, model.band)
        self._pixels: _DensePixels | _ConvPixels
        if isinstance(body, DenseDecoderBody):
            self._pixels = _DensePixels(others, bias, after, end, is_rough=is_rough)
        else:
            self._pixels = _ConvPixels(body, others[0], bias, after, end, is_rough=is_rough)
        self._chunk = max(1, _CHUNK_VALUES // self._pixels.values)

    def pictures(
        self, z: npt.NDArray[np.float32], classes: npt.NDArray[np.int64] | None, given: Pictures | None
    ) -> Pictures:
        """Return pictures ``[N, C, H, W]`` at points ``[N, 2]``.

        Parameters
        ----------
        z
            The points; written to by nobody.
        classes
            Class of each ``[N]``, for a model that is told it.
        given
            Pictures ``[N, C, H, W]`` for a model that is told their band; one picture broadcast to all is told once.
        """
        if given is not None and given.strides[0] == 0:
            given = given[:1]
        pictures = torch.empty((len(z), *self._shape), dtype=torch.uint8)
        points = torch.from_numpy(z)
        told = None if classes is None else torch.from_numpy(classes)
        for part in self._chunks(len(z)):
            shown = given if given is None or len(given) == 1 else given[part]
            features = self._first(points[part], None if told is None else told[part], shown)
            self._pixels.arrange(self._levels(self._pixels(features)), pictures[part])
        return pictures.numpy()

    def _chunks(self, count: int) -> list[slice]:
        """Return parts of equal sizes: products are made ready once for each size."""
        size = max(1, math.ceil(count / max(1, math.ceil(count / self._chunk))))
        return [slice(start, start + size) for start in range(0, count, size)]

    def _levels(self, values: Tensor) -> Tensor:
        values = values.to(torch.float32)  # bfloat16 doesn't know all 256 levels
        if not self._has_sigmoid:
            values = ContinuousBernoulli(values).mean.clamp_(0, 1)
        # By way of integers: torch converts these to bytes eight times as fast as it converts fractions.
        return values.mul_(255).round_().to(torch.int32)


class _FirstLayer:
    """The plane's share of the first layer for each point, and the share of what the model is told."""

    def __init__(self, layer: nn.Linear, after: Nonlinearity, band: Band | None) -> None:
        self._plane = layer.weight[:, :LATENT_DIMENSIONS].T.contiguous()
        self._told = layer.weight[:, LATENT_DIMENSIONS:].T.contiguous()
        self._bias, self._after, self._band = layer.bias, after, band

    def __call__(self, z: Tensor, classes: Tensor | None, given: Pictures | None) -> Tensor:
        """Return features ``[N, F]``."""
        begun: Tensor = self._bias
        if classes is not None:
            begun = self._told[classes].add_(begun)
        elif given is not None and self._band is not None:
            seen = self._band.of(torch.from_numpy(given.astype(np.float32)).div_(255))
            begun = torch.addmm(begun, seen, self._told)
        features = torch.addmm(begun, z, self._plane)
        self._after.into(features, features)
        return features


class _DensePixels:
    """The fully connected layers after the first."""

    def __init__(
        self,
        layers: Sequence[nn.Linear],
        bias: Tensor,
        after: Nonlinearity,
        end: Nonlinearity | None,
        *,
        is_rough: bool,
    ) -> None:
        *hidden, last = layers
        self._products = [Product(layer.weight, layer.bias, after, is_rough=is_rough) for layer in hidden]
        self._products.append(Product(last.weight[: bias.numel()], bias.flatten(), end, is_rough=is_rough))
        # Twice: the grey levels that are made of them are as many, and fewer points at once are quicker by a tenth.
        self.values = 2 * max(product.outputs for product in self._products)

    def __call__(self, features: Tensor) -> Tensor:
        """Return means, or logits where the mean isn't their sigmoid, ``[N, C * H * W]``."""
        for product in self._products:
            features = product(features)
        return features

    def arrange(self, levels: Tensor, pictures: Tensor) -> None:
        """Write grey levels into pictures ``[N, C, H, W]`` of bytes."""
        pictures.copy_(levels.view(pictures.shape))


class _ConvPixels:
    """The second dense layer and the transposed convolutions, channels last."""

    def __init__(
        self,
        body: ConvDecoderBody,
        dense: nn.Linear,
        bias: Tensor,
        after: Nonlinearity,
        end: Nonlinearity | None,
        *,
        is_rough: bool,
    ) -> None:
        channels, height, width = body.start
        rows = dense.weight.view(channels, height * width, -1).transpose(0, 1).flatten(0, 1)
        shifts = dense.bias.view(channels, height * width).T.flatten()
        self._start = (height, width, channels)
        self._dense = Product(rows, shifts, after, is_rough=is_rough)
        *convolutions, last = [layer for layer in body.layers if isinstance(layer, nn.ConvTranspose2d)]
        size = (height, width)
        self._hidden: list[Upsampling] = []
        for layer in convolutions:
            size = _doubled(size, layer)
            self._hidden.append(Upsampling(layer, after, size, is_rough=is_rough))
        self._last = LastUpsampling(last, bias)
        self._end = end
        self.values = max(self._dense.outputs, self._last.values, *(layer.values for layer in self._hidden))

    def __call__(self, features: Tensor) -> Tensor:
        """Return means, or logits where the mean isn't their sigmoid, in the planes of the last layer."""
        pixels = self._dense(features).view(-1, *self._start)
        for layer in self._hidden:
            pixels = layer(pixels)
        planes = self._last(pixels)
        if self._end is not None:
            self._end.into(planes, planes)
        return planes

    def arrange(self, levels: Tensor, pictures: Tensor) -> None:
        """Write planes of grey levels into pictures ``[N, C, H, W]`` of bytes."""
        self._last.arrange(levels, pictures)


def _doubled(size: tuple[int, int], layer: nn.ConvTranspose2d) -> tuple[int, int]:
    more = layer.output_padding
    return 2 * size[0] - 1 + more[0], 2 * size[1] - 1 + more[1]
