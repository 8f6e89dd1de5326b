"""Stored numbers of any type and layout as bytes [n, C, H, W]."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.errors import DataError
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vae_explorer.data.stored import Numbers, StoredArray

Bytes = NDArray[np.uint8]
_LAYOUTS: Final = marked("[N, H, W], [N, H, W, C] or [N, C, H, W] with 1 or 3 channels")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the axes of a stored array are read.

    Attributes
    ----------
    channels, height, width
        Of one image after reading; an alpha channel no longer counts.
    arrange
        Turns stored rows [n, ...] into [n, stored channels, H, W].
    note
        A sentence for the user, or "".
    """

    channels: int
    height: int
    width: int
    arrange: Callable[[Numbers], Numbers]
    note: str = ""


def find_layout(array: StoredArray) -> Layout:
    """Tell the layout of stored images from their shape.

    Raises
    ------
    DataError
        If it can't be images.
    """
    shape = array.shape
    if len(shape) == 2 and shape[1] >= 64 and math.isqrt(shape[1]) ** 2 == shape[1]:
        side = math.isqrt(shape[1])
        note = tr(
            "Each row of {count} numbers was read as a picture of {side} x {side} pixels.", count=shape[1], side=side
        )
        return Layout(1, side, side, lambda rows: rows.reshape(len(rows), 1, side, side), note)
    if len(shape) == 3:
        return Layout(1, shape[1], shape[2], lambda rows: rows[:, None])
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        note = tr(_ALPHA_NOTE) if shape[3] == 4 else ""
        return Layout(min(shape[3], 3), shape[1], shape[2], lambda rows: rows.transpose(0, 3, 1, 2), note)
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        note = tr(_ALPHA_NOTE) if shape[1] == 4 else ""
        return Layout(min(shape[1], 3), shape[2], shape[3], lambda rows: rows, note)
    sizes = " x ".join(str(side) for side in shape) or tr("no dimensions")
    raise DataError(
        tr(
            "{where} has the shape {sizes}, which isn't that of images: store them as {layouts}.",
            where=array.where,
            sizes=sizes,
            layouts=_LAYOUTS,
        )
    )


_ALPHA_NOTE: Final = marked("Transparent pixels were laid over white.")


def flatten_alpha(pixels: Bytes) -> Bytes:
    """Lay uint8 [n, 4, H, W] over white; other channel counts are returned as they are."""
    if pixels.shape[1] != 4:
        return pixels
    alpha = pixels[:, 3:].astype(np.uint16)
    colour = pixels[:, :3] * alpha + 255 * (255 - alpha)
    return ((colour + 127) // 255).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Scale:
    """How stored numbers become bytes: ``round(factor * (number + shift))``."""

    factor: float
    shift: float = 0.0
    note: str = ""

    def __call__(self, numbers: Numbers) -> Bytes:
        """Return `numbers` as uint8 of the same shape."""
        if numbers.dtype == np.uint8 and self.factor == 1:
            return np.asarray(numbers, dtype=np.uint8)
        scaled = (numbers.astype(np.float32) + np.float32(self.shift)) * np.float32(self.factor)
        return np.asarray(np.clip(np.rint(scaled), 0, 255), dtype=np.uint8)


def find_scale(arrays: Iterable[StoredArray]) -> Scale:
    """Tell from type and range how numbers become bytes; all arrays share one scale.

    Raises
    ------
    DataError
        If there are numbers that aren't finite, or no known scale fits.
    """
    arrays = tuple(arrays)
    kinds = {array.dtype.kind for array in arrays}
    where = arrays[0].where
    if not kinds <= set("buif"):
        raise DataError(
            tr(
                "{where} holds {dtype}, not numbers: store the images as bytes or floats.",
                where=where,
                dtype=arrays[0].dtype,
            )
        )
    if all(array.dtype == np.uint8 for array in arrays):
        return Scale(1.0)
    if kinds == {"b"}:
        return Scale(255.0, note=tr("True and false were read as white and black."))
    low, high = _find_range(arrays)
    if "f" in kinds:
        return _float_scale(where, low, high)
    return _integer_scale(where, low, high)


def _find_range(arrays: tuple[StoredArray, ...]) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for array in arrays:
        row = 0
        for chunk in array.chunks():
            _require_finite(array.where, chunk, row)
            low, high = min(low, float(chunk.min())), max(high, float(chunk.max()))
            row += len(chunk)
    return low, high


def _require_finite(where: str, chunk: Numbers, first_row: int) -> None:
    if chunk.dtype.kind != "f":
        return
    bad = ~np.isfinite(chunk.reshape(len(chunk), -1)).all(axis=1)
    if bad.any():
        row = first_row + int(bad.argmax())
        raise DataError(
            tr(
                "{where} has numbers that are NaN or infinite, first in image {row}: remove or replace them.",
                where=where,
                row=row,
            )
        )


def _float_scale(where: str, low: float, high: float) -> Scale:
    if low >= 0 and high <= 1:
        return Scale(255.0, note=tr("Numbers from 0 to 1 were rounded to 256 grey levels."))
    if low >= -1 and high <= 1:
        return Scale(127.5, 1.0, note=tr("Numbers from -1 to 1 were rounded to 256 grey levels."))
    if low >= 0 and high <= 255:
        return Scale(1.0, note=tr("Numbers from 0 to 255 were rounded to whole grey levels."))
    raise DataError(
        tr(
            "{where} has numbers from {low:g} to {high:g}: scale them to 0 to 1 or 0 to 255 first.",
            where=where,
            low=low,
            high=high,
        )
    )


def _integer_scale(where: str, low: float, high: float) -> Scale:
    if low >= 0 and high <= 1:
        return Scale(255.0, note=tr("The numbers 0 and 1 were read as black and white."))
    if low >= 0 and high <= 255:
        return Scale(1.0)
    if low >= 0 and high <= 65535:
        return Scale(1 / 257, note=tr("16-bit numbers were reduced to 256 grey levels."))
    raise DataError(
        tr(
            "{where} has whole numbers from {low:g} to {high:g}: scale them to 0 to 255 first.",
            where=where,
            low=low,
            high=high,
        )
    )
