"""The difference of two pictures: signed, in grey levels, in colours that run both ways from a quiet middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACHES = (255, 128, 64, 32, 16)
"""Differences in grey levels at which the colours may end; larger ones take the last colour."""
_B_COLOURS = ((0, 68, 147), (88, 158, 222))
"""Blue where B is brighter: at the end and half way. Blue and orange are told apart by all kinds of colour vision."""
_A_COLOURS = ((168, 66, 0), (242, 154, 62))
_MIDDLE = {False: (247, 247, 247), True: (20, 22, 28)}
"""No difference looks like the ground."""
_ENDS_DARK = (((150, 205, 255), (52, 118, 190)), ((255, 205, 140), (196, 100, 20)))


def signed_difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return first less second in grey levels, the mean over channels: float32 [..., H, W] for pictures [..., C, H, W].

    From -255 (white in the second, black in the first) to 255.
    """
    return np.asarray((first.astype(np.float32) - second.astype(np.float32)).mean(axis=-3, dtype=np.float32))


def mean_absolute_difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Return the mean of |first - second| over all values, in grey levels from 0 to 255."""
    return float(np.abs(first.astype(np.int16) - second.astype(np.int16)).mean())


def diverging_palette(*, dark: bool) -> NDArray[np.uint8]:
    """Return the colours from "B is brighter" over no difference to "A is brighter", uint8 [511, 3].

    On light ground the ends are dark and on dark ground bright, so that lightness tells how much, hue which way.
    """
    (b_end, b_half), (a_end, a_half) = _ENDS_DARK if dark else (_B_COLOURS, _A_COLOURS)
    stops = np.array([b_end, b_half, _MIDDLE[dark], a_half, a_end], dtype=np.float64)
    steps = np.linspace(0, 4, 511)
    channels = [np.interp(steps, np.arange(5), stops[:, channel]) for channel in range(3)]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)


def difference_picture(
    first: NDArray[np.uint8], second: NDArray[np.uint8], *, reach: int, dark: bool
) -> NDArray[np.uint8]:
    """Return the coloured difference uint8 [..., 3, H, W] of pictures [..., C, H, W] of one shape.

    Parameters
    ----------
    first, second
        Pictures of A and of B.
    reach
        Grey levels at which the colours end.
    dark
        Whether it lies on dark ground.
    """
    share = np.clip(signed_difference(first, second) / reach, -1.0, 1.0)
    colours = diverging_palette(dark=dark)[np.round(255 * share).astype(np.int16) + 255]
    return np.moveaxis(colours, -1, -3)
