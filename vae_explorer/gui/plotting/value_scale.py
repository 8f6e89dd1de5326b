"""Colours of values: a scale of equal perceptual steps for light and for dark ground, and the range that it spans.

Colours are equally spaced in Oklab (Ottosson 2020): lightness grows and hue turns at a constant rate at constant
chroma, so that equal differences of value look equal. Lightness alone gives the
order, which colour-blind people read too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.language import marked

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHADES = 64
"""Number of colours of a scale."""
SCALE_ENDS = marked("dark blue to yellow")
"""Words for the two ends of the scale."""
NEUTRAL = {False: (205, 210, 219), True: (66, 72, 84)}
"""Quiet colour of points without a value, on light and on dark ground."""

_CHROMA = 0.14
_LIGHTNESS = {False: (0.35, 0.80), True: (0.49, 0.865)}
_HUES = {False: (280.0, 445.0), True: (280.0, 450.0)}
_OUTLIERS = 2.0
"""Per cent of the values at each end that may lie beyond the scale."""


def value_palette(*, dark: bool) -> NDArray[np.uint8]:
    """Return the colours of the smallest to the largest value on light or dark ground, uint8 [SHADES, 3]."""
    lightness = np.linspace(*_LIGHTNESS[dark], SHADES)
    hue = np.radians(np.linspace(*_HUES[dark], SHADES))
    linear = _linear_rgb(np.stack([lightness, _CHROMA * np.cos(hue), _CHROMA * np.sin(hue)], axis=1))
    light = np.clip(linear, 0.0, 1.0)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(255 * encoded).astype(np.uint8)


def _linear_rgb(oklab: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return linear sRGB [N, 3] of Oklab colours [N, 3] (Ottosson 2020)."""
    to_cones = np.array(
        [
            [1.0, 0.3963377774, 0.2158037573],
            [1.0, -0.1055613458, -0.0638541728],
            [1.0, -0.0894841775, -1.2914855480],
        ]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.7076147010],
        ]
    )
    return np.asarray((oklab @ to_cones.T) ** 3 @ to_rgb.T)


@dataclass(frozen=True, slots=True)
class ValueRange:
    """What a scale spans.

    Attributes
    ----------
    low, high
        Values of its first and its last colour.
    clipped_low, clipped_high
        Whether some values lie beyond, and are shown in the colour of that end.
    """

    low: float
    high: float
    clipped_low: bool = False
    clipped_high: bool = False

    @classmethod
    def of(cls, values: NDArray[np.floating], *, robust: bool) -> ValueRange:
        """Return the range of some values, without the outermost two per cent at each end where `robust`.

        Values that aren't finite don't count; the range of none is from 0 to 1.
        """
        known = values[np.isfinite(values)].astype(np.float64)
        if not len(known):
            return cls(0.0, 1.0)
        least, most = float(known.min()), float(known.max())
        if not robust:
            return cls(least, most)
        low, high = (float(value) for value in np.percentile(known, [_OUTLIERS, 100.0 - _OUTLIERS]))
        return cls(low, high, least < low, most > high)

    def shades(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the row of the palette of each value [N], the nearest end for what lies beyond, -1 without a value."""
        span = max(self.high - self.low, 1e-12)
        known = np.isfinite(values)
        share = np.where(known, (np.nan_to_num(values.astype(np.float64)) - self.low) / span, 0.0)
        return np.where(known, np.round(np.clip(share, 0.0, 1.0) * (SHADES - 1)), -1).astype(np.int64)
