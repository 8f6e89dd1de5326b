"""Random numbers for a batch, or for a part of one whose other parts are drawn for elsewhere."""

from __future__ import annotations

import torch
from torch import Tensor


class SharedNoise(torch.Generator):
    """Draws for a share of a batch what one generator would have drawn for it in the whole batch.

    Every worker of a training has one in the same state: together they draw what one worker alone would have drawn. It
    costs little, as there are a few numbers for each image.

    Attributes
    ----------
    first, count, whole
        The share: its first image and how many there are, and how many the whole batch has.
    """

    first: int = 0
    count: int = 1
    whole: int = 1


def normal(shape: tuple[int, ...], generator: torch.Generator, *, like: Tensor) -> Tensor:
    """Return standard normal numbers ``[..., N, D]`` for N images, or for these images several times over.

    Parameters
    ----------
    shape
        Of the result.
    generator
        Draws them.
    like
        Of the same device and type.
    """
    if not isinstance(generator, SharedNoise) or shape[-2] % generator.count:
        return torch.randn(shape, generator=generator, device=like.device, dtype=like.dtype)
    times = shape[-2] // generator.count
    whole = torch.randn(
        (*shape[:-2], times, generator.whole, shape[-1]), generator=generator, device=like.device, dtype=like.dtype
    )
    return whole.narrow(-2, generator.first, generator.count).reshape(shape)


def bernoulli(chances: Tensor, generator: torch.Generator) -> Tensor:
    """Return 1 with the given chances ``[N, ...]`` and 0 otherwise."""
    if not isinstance(generator, SharedNoise) or len(chances) != generator.count:
        return torch.bernoulli(chances, generator=generator)
    whole = chances.new_zeros(generator.whole, *chances.shape[1:])
    own = slice(generator.first, generator.first + generator.count)
    whole[own] = chances
    return torch.bernoulli(whole, generator=generator)[own]
