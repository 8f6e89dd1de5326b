"""Pictures on the dense path: from bytes to what is encoded, and the decoder's output for a batch in chunks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from vae_explorer.models.family import Band
from vae_explorer.models.likelihoods import Likelihood, SampledBernoulli, ThresholdBernoulli
from vae_explorer.training.dense_layers import converted
from vae_explorer.training.dense_products import Call

_GREYS = 255
_CHUNK_VALUES = 1 << 16
"""Most values of a chunk: four tensors of so many fit into a usual processor's second cache."""


class Pictures:
    """Pictures of a batch as they are encoded and scored.

    Parameters
    ----------
    likelihood
        Says what is observed of grey levels.
    shape
        Number of pictures, and values of each.
    generator
        Draws what is drawn.
    full
        Precision of the weights.
    low
        Precision of the products: that of the weights, or one that holds bytes exactly.

    Attributes
    ----------
    images
        Uint8 ``[N, D]``: the bytes, to be filled before a step.
    values
        The pictures ``[N, D]``, in the precision of the products.
    observe
        Turns the bytes into pictures.
    scored
        The same values where they are read quickest: the bytes themselves, if nothing becomes of them.
    unit
        What `values` must be multiplied by: where the products are lower, grey levels stay bytes, and the first layer
        and the likelihood know.
    """

    def __init__(
        self,
        likelihood: Likelihood,
        shape: tuple[int, int],
        generator: torch.Generator,
        *,
        full: torch.dtype,
        low: torch.dtype,
    ) -> None:
        kind = type(likelihood)
        images = self.images = torch.zeros(shape, dtype=torch.uint8)
        values = self.values = self.scored = torch.zeros(shape, dtype=low)
        self.unit = 1.0
        self.observe: list[Call] = [partial(values.copy_, images)]
        if kind is ThresholdBernoulli:
            self.observe.append(partial(torch.gt, values, torch.tensor(_GREYS / 2, dtype=values.dtype), out=values))
        elif kind is SampledBernoulli:
            levels = torch.zeros(images.shape, dtype=full)
            self.observe = [partial(levels.copy_, images), partial(levels.div_, _GREYS)]
            self.observe.append(lambda: values.copy_(torch.bernoulli(levels, generator=generator)))
        elif values.dtype == full:
            self.observe.append(partial(values.div_, _GREYS))
        else:
            self.unit = 1 / _GREYS
            self.scored = images


@dataclass(frozen=True, slots=True)
class Hole:
    """Columns of pictures of a shape.

    Attributes
    ----------
    band
        The columns.
    """

    band: Band

    def of(self, values: Tensor) -> Tensor:
        """Return the part ``[N, C, H, columns]`` of pictures ``[N, D]``."""
        band = self.band
        return values.view(-1, *band.shape)[..., band.first : band.first + band.count]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some pictures of a batch, few enough that what is computed of them in a row stays near the processor.

    Attributes
    ----------
    logits
        ``[n, D]``, in the precision of the products: what the decoder gives, and then the gradient by it.
    values, pictures
        The logits and the pictures in the precision of the weights.
    gradient, spare
        Memory that all chunks share.
    first
        Calls that fill `values` and `pictures`.
    hole
        Columns of the picture, if any, that count for nothing.
    """

    logits: Tensor
    values: Tensor
    pictures: Tensor
    gradient: Tensor
    spare: Tensor
    first: list[Call]
    hole: Hole | None

    def without(self, values: Tensor) -> list[Call]:
        """Return the calls that put zeros where pixels count for nothing."""
        return [] if self.hole is None else [self.hole.of(values).zero_]


class Logits:
    """The decoder's output for a batch, in chunks.

    Parameters
    ----------
    logits, pictures
        ``[N, D]``: the first in the precision of the products.
    bias_gradient
        ``[D]``: receives the sum of the gradient over the batch.
    hole
        Columns that count for nothing, if any.
    """

    def __init__(self, logits: Tensor, pictures: Tensor, bias_gradient: Tensor, hole: Hole | None = None) -> None:
        self._bias_gradient = bias_gradient
        self.hole = hole
        batch, width = logits.shape
        count = min(batch, math.ceil(batch * width / _CHUNK_VALUES))
        rows = math.ceil(batch / count)
        shared = torch.zeros(4, rows, width, dtype=bias_gradient.dtype).unbind()
        parts = zip(torch.split(logits, rows), torch.split(pictures, rows), strict=True)
        self.chunks = [self._chunk(hole, *part, *(memory[: len(part[0])] for memory in shared)) for part in parts]
        self._sums = torch.zeros(len(self.chunks), width, dtype=bias_gradient.dtype)

    def finish(self, number: int, gradient: Tensor) -> list[Call]:
        """Return the calls that hand the gradient of a chunk on."""
        target = self.chunks[number].logits
        if len(self.chunks) == 1:
            return [partial(torch.sum, gradient, 0, out=self._bias_gradient), *converted(gradient, target)]
        calls: list[Call] = [partial(torch.sum, gradient, 0, out=self._sums[number]), *converted(gradient, target)]
        is_last = number == len(self.chunks) - 1
        return [*calls, partial(torch.sum, self._sums, 0, out=self._bias_gradient)] if is_last else calls

    @property
    def left_out(self) -> int:
        """How many values count for nothing."""
        return 0 if self.hole is None else sum(self.hole.of(chunk.logits).numel() for chunk in self.chunks)

    @staticmethod
    def _chunk(hole: Hole | None, logits: Tensor, pictures: Tensor, *shared: Tensor) -> Chunk:
        values, seen, gradient, spare = shared
        if logits.dtype == values.dtype:
            return Chunk(logits, logits, pictures, gradient, spare, [], hole)
        first: list[Call] = [partial(values.copy_, logits), partial(seen.copy_, pictures)]
        return Chunk(logits, values, seen, gradient, spare, first, hole)
