"""Indicatrix ellipses of a metric: at each place the steps that change the picture equally (Tissot 1881)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.value_scale import ValueRange
    from vae_explorer.gui.plotting.viewport import Viewport
    from vae_explorer.latent.lattice import Patch

LONG_AXIS = 0.42
"""Half of each ellipse's long axis, in cells of the lattice: all are equally long, for the colours tell the size."""
_LEAST_RATIO = 0.04
_LIGHT, _DARK = QColor(255, 255, 255, 215), QColor(10, 14, 24, 215)
_LIGHT_GROUND = 0.6


def paint_indicatrices(painter: QPainter, viewport: Viewport, patch: Patch, span: ValueRange) -> None:
    """Draw an ellipse in the middle of each cell of a patch that has axes; nothing for others.

    Parameters
    ----------
    painter, viewport
        Where.
    patch
        Values with the axes of the metric's unit balls.
    span
        What the colours span: on bright ground the ellipses are dark.
    """
    axes = patch.found.axes
    if axes is None:
        return
    rows, columns = np.nonzero(np.isfinite(axes).all(axis=2))
    places = viewport.to_pixels(patch.lattice.middles(rows, columns))
    half = LONG_AXIS * patch.lattice.cell * viewport.scale
    width = max(span.high - span.low, 1e-12)
    bright = (patch.found.values[rows, columns] - span.low) / width > _LIGHT_GROUND
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for (x, y), (ratio, angle), on_light in zip(places.tolist(), axes[rows, columns].tolist(), bright, strict=True):
        painter.setPen(QPen(_DARK if on_light else _LIGHT, 1.2))
        painter.save()
        painter.translate(x, y)
        painter.rotate(-math.degrees(angle))
        painter.drawEllipse(QPointF(0, 0), half, half * max(ratio, _LEAST_RATIO))
        painter.restore()
    painter.restore()
