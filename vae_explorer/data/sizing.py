"""Bringing images to the size and the colour that were asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.dataset import MAX_SIDE, MIN_SIDE
from vae_explorer.errors import DataError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.sections import DataConfig

REDUCED_SIDE: Final = 64
_LUMA: Final = (299, 587, 114)


@dataclass(frozen=True, slots=True)
class Sizing:
    """From which size to which, in pixels."""

    source: tuple[int, int]
    target: tuple[int, int]

    @property
    def note(self) -> str:
        """The sentence that tells the choice, or "" if nothing changes."""
        if self.source == self.target:
            return ""
        return tr(
            "Pictures were resized from {before} to {after} pixels.",
            before=size_text(*self.source),
            after=size_text(*self.target),
        )


def find_sizing(where: str, height: int, width: int, config: DataConfig) -> Sizing:
    """Choose the size of images of `height` x `width` pixels.

    Raises
    ------
    DataError
        If they are too small, or would be.
    """
    longer, shorter = max(height, width), min(height, width)
    if shorter == 0:
        raise DataError(
            tr(
                "{where} holds pictures without pixels ({height}): choose another file.",
                where=where,
                height=size_text(height, width),
            )
        )
    side = config.resize or (longer if longer <= MAX_SIDE else REDUCED_SIDE)
    target = (max(1, round(height * side / longer)), max(1, round(width * side / longer)))
    if min(target) < MIN_SIDE:
        raise DataError(_too_small(where, (height, width), target))
    return Sizing((height, width), target)


def _too_small(where: str, size: tuple[int, int], target: tuple[int, int]) -> str:
    longer, shorter = max(size), min(size)
    enough = -(-MIN_SIDE * longer // shorter)
    advice = (
        tr("set data.resize to {enough} or more", enough=enough)
        if enough <= MAX_SIDE
        else tr("crop or stretch them first")
    )
    if size == target:
        return tr(
            "{where} holds pictures of {size} pixels, but each side must be at least {least}: {advice}.",
            where=where,
            size=size_text(*size),
            least=MIN_SIDE,
            advice=advice,
        )
    return tr(
        "{where} holds pictures of {size} pixels, {after} after resizing, but each side must be at least "
        "{least}: {advice}.",
        where=where,
        size=size_text(*size),
        after=size_text(*target),
        least=MIN_SIDE,
        advice=advice,
    )


def size_text(height: int, width: int) -> str:
    """Return a size as people say it, width first."""
    return f"{width} x {height}"


def to_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return uint8 [n, 3, H, W] as [n, 1, H, W] with the weights of Rec. 601; grey images as they are."""
    if pixels.shape[1] != 3:
        return pixels
    weighted = sum(weight * pixels[:, channel].astype(np.uint32) for channel, weight in enumerate(_LUMA))
    return ((np.asarray(weighted) + 500) // 1000).astype(np.uint8)[:, None]


def resize(pixels: NDArray[np.uint8], target: tuple[int, int]) -> NDArray[np.uint8]:
    """Resize uint8 [n, C, H, W] with an antialiased bicubic filter."""
    if pixels.shape[2:] == target:
        return pixels
    from PIL import Image

    resized = np.empty((*pixels.shape[:2], *target), dtype=np.uint8)
    for row, picture in enumerate(pixels):
        for channel, plane in enumerate(picture):
            small = Image.fromarray(np.ascontiguousarray(plane)).resize(target[::-1], Image.Resampling.BICUBIC)
            resized[row, channel] = np.asarray(small)
    return resized
