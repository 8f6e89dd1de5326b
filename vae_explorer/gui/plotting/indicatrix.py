"""Indicatrix ellipses of a metric: at each place the steps that change the picture equally (Tissot 1881)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

if TYPE_CHECKING:
    from vae_explorer.gui.plotting.value_scale import ValueRange
    from vae_explorer.latent.lattice import Patch

LONG_AXIS = 0.42
"""Half of each ellipse's long axis, in cells of the lattice: all are equally long, for the colours tell the size."""
_LEAST_RATIO = 0.04
_LIGHT, _DARK = QColor(255, 255, 255, 215), QColor(10, 14, 24, 215)
_LIGHT_GROUND = 0.6
_LARGEST = 8192


def indicatrix_image(patch: Patch, span: ValueRange, scale: float, ratio: float) -> QImage | None:
    """Return an ellipse in the middle of each cell of a patch that has axes as a picture of the patch; None for others.

    A picture, since two hundred ellipses take longer to draw than a frame may take.

    Parameters
    ----------
    patch
        Values with the axes of the metric's unit balls.
    span
        What the colours span: on bright ground the ellipses are dark.
    scale, ratio
        Pixels a unit of z, and device pixels a pixel.
    """
    axes, lattice = patch.found.axes, patch.lattice
    cell = lattice.cell * scale
    if axes is None or max(lattice.columns, lattice.rows) * cell > _LARGEST:
        return None
    rows, columns = np.nonzero(np.isfinite(axes).all(axis=2))
    width = max(span.high - span.low, 1e-12)
    bright = (patch.found.values[rows, columns] - span.low) / width > _LIGHT_GROUND
    size = round(lattice.columns * cell * ratio), round(lattice.rows * cell * ratio)
    image = QImage(max(1, size[0]), max(1, size[1]), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    marks = zip(rows.tolist(), columns.tolist(), axes[rows, columns].tolist(), bright.tolist(), strict=True)
    for row, column, (short, angle), on_light in marks:
        painter.setPen(QPen(_DARK if on_light else _LIGHT, 1.2))
        painter.save()
        painter.translate((column + 0.5) * cell, (row + 0.5) * cell)
        painter.rotate(-math.degrees(angle))
        half = LONG_AXIS * cell
        painter.drawEllipse(QPointF(0, 0), half, half * max(short, _LEAST_RATIO))
        painter.restore()
    painter.end()
    return image
