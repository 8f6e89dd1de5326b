"""Which part of the latent plane is on the screen: the map between z and pixels, and round numbers for the axes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Point = tuple[float, float]

MINIMUM_SCALE = 2.0
"""Pixels a unit at which zooming out ends."""
MAXIMUM_SCALE = 2.0e6
"""Pixels a unit at which zooming in ends: beyond it, neighbouring pixels of z can't be told apart in float32."""
LIMIT = 1000.0
"""Largest coordinate of the centre."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A view of the plane with equal scale on both axes, z1 to the right and z2 upward.

    Attributes
    ----------
    centre
        z in the middle of the plot.
    scale
        Pixels a unit of z.
    width, height
        Size of the plot in pixels.
    """

    centre: Point = (0.0, 0.0)
    scale: float = 80.0
    width: int = 1
    height: int = 1

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest z1, largest z1, smallest z2, largest z2 on the screen."""
        half_width, half_height = self.width / 2 / self.scale, self.height / 2 / self.scale
        (z1, z2) = self.centre
        return z1 - half_width, z1 + half_width, z2 - half_height, z2 + half_height

    def to_plane(self, x: float, y: float) -> Point:
        """Return z at pixel (x, y), counted from the upper left corner of the plot."""
        return (
            self.centre[0] + (x - self.width / 2) / self.scale,
            self.centre[1] - (y - self.height / 2) / self.scale,
        )

    def to_pixel(self, z: Point) -> Point:
        """Return the pixel of one z."""
        return (
            self.width / 2 + (z[0] - self.centre[0]) * self.scale,
            self.height / 2 - (z[1] - self.centre[1]) * self.scale,
        )

    def to_pixels(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the pixels [N, 2] of z [N, 2]."""
        offset = np.array([self.width / 2 - self.centre[0] * self.scale, self.height / 2 + self.centre[1] * self.scale])
        return np.asarray(np.asarray(z, dtype=np.float64) * (self.scale, -self.scale) + offset)

    def resized(self, width: int, height: int) -> Viewport:
        """Return the view with the same centre and, for the shorter side, the same extent."""
        if (width, height) == (self.width, self.height):
            return self
        ratio = min(width, height) / min(self.width, self.height)
        scale = self.scale * ratio if min(self.width, self.height) > 1 else self.scale
        return replace(self, width=max(width, 1), height=max(height, 1), scale=_clamp_scale(scale))

    def zoomed(self, factor: float, x: float, y: float) -> Viewport:
        """Return the view magnified by `factor` with z at pixel (x, y) kept in its place."""
        z1, z2 = self.to_plane(x, y)
        scale = _clamp_scale(self.scale * factor)
        centre = (z1 - (x - self.width / 2) / scale, z2 + (y - self.height / 2) / scale)
        return replace(self, scale=scale, centre=_clamp_centre(centre))

    def panned(self, dx: float, dy: float) -> Viewport:
        """Return the view after its content was dragged by (dx, dy) pixels."""
        centre = (self.centre[0] - dx / self.scale, self.centre[1] + dy / self.scale)
        return replace(self, centre=_clamp_centre(centre))

    def centred(self, z: Point) -> Viewport:
        """Return the view with z in the middle."""
        return replace(self, centre=_clamp_centre(z))

    def fitted(self, low: Point, high: Point) -> Viewport:
        """Return the view that just holds the rectangle from `low` to `high`."""
        extent = max(high[0] - low[0], 1e-6), max(high[1] - low[1], 1e-6)
        scale = min(self.width / extent[0], self.height / extent[1])
        middle = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)
        return replace(self, centre=_clamp_centre(middle), scale=_clamp_scale(scale))

    def contains(self, z: Point) -> bool:
        """Whether z is on the screen."""
        left, right, bottom, top = self.bounds
        return left <= z[0] <= right and bottom <= z[1] <= top


def ticks(low: float, high: float, wanted: int) -> tuple[tuple[float, str], ...]:
    """Return round positions from `low` to `high`, about `wanted` of them, with their labels.

    Steps are 1, 2 or 5 times a power of ten; the minus is a real minus sign.
    """
    step = round_step((high - low) / max(wanted, 1))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple((index * step, format_number(index * step, decimals)) for index in range(first, last + 1))


def round_step(rough: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that is at least `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))


def format_number(value: float, decimals: int) -> str:
    """Return a number with a fixed count of decimals, a real minus sign and no minus zero."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "\N{MINUS SIGN}")


def format_point(z: Point, scale: float) -> str:
    """Return z as text with as many decimals as a view of `scale` pixels a unit can tell apart."""
    decimals = min(8, max(2, math.ceil(math.log10(scale))))
    return f"({format_number(z[0], decimals)}, {format_number(z[1], decimals)})"


def _clamp_scale(scale: float) -> float:
    return min(max(scale, MINIMUM_SCALE), MAXIMUM_SCALE)


def _clamp_centre(centre: Point) -> Point:
    return min(max(centre[0], -LIMIT), LIMIT), min(max(centre[1], -LIMIT), LIMIT)
