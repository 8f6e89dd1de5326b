"""The colours of classes: the same in the window and in every figure."""

from __future__ import annotations

import colorsys

_GOLDEN_ANGLE = 137.508
_CLASSES = (
    "#4477aa",
    "#ee7733",
    "#228833",
    "#cc3355",
    "#8a63c4",
    "#a8761e",
    "#dd66aa",
    "#7f8791",
    "#a3a312",
    "#22a7c0",
)
NO_CLASS = "#7f8791"
"""Colour of what has no class."""


def class_colour(label: int) -> str:
    """Return the colour of a class as ``#rrggbb``, readable on light and dark ground and to colour-blind people.

    The first ten are chosen by hand; further classes turn the hue by the golden angle, so that neighbours differ.
    Negative labels (no class) are grey.
    """
    if label < 0:
        return NO_CLASS
    if label < len(_CLASSES):
        return _CLASSES[label]
    hue, lightness = label * _GOLDEN_ANGLE % 360.0 / 360.0, 0.45 + 0.12 * (label // 10 % 2)
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, 0.55)
    return f"#{round(255 * red):02x}{round(255 * green):02x}{round(255 * blue):02x}"
