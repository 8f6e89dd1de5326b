"""A density over the plane as a heat map: measured for the view, shown stretched until the next one is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QRectF, QTimer, Signal, Slot

from vae_explorer.gui.plotting.heat import Colours, density_image
from vae_explorer.gui.plotting.viewport import Point, Viewport

if TYPE_CHECKING:
    from PySide6.QtGui import QImage, QPainter

    from vae_explorer.app.densities import DensityMap

Ask = Callable[[Point, Point, tuple[int, int]], bool]
"""Asks for a density between two corners with so many rows and columns; False if there is nothing to measure."""

QUIET_MILLISECONDS = 120
"""How long the view must rest before a density is measured for it."""


class DensityLayer(QObject):
    """One density, in its own colours.

    Parameters
    ----------
    ask
        Asks for the density of a rectangle; the answer is handed to `take`.
    colours
        From faint to dense.
    cells
        Cells along the longer side of the view, coarse at once and then finer.
    parent
        Owner.
    """

    changed = Signal()
    """Another picture is shown, or none."""

    def __init__(self, ask: Ask, colours: Colours, cells: tuple[int, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ask_for = ask
        self.colours = colours
        self._cells = cells
        self._viewport = Viewport()
        self._active = False
        self._stage = 0
        self._under_way = False
        self._again = False
        self._map: DensityMap | None = None
        self._image: QImage | None = None
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MILLISECONDS)
        self._quiet.timeout.connect(self._restart)

    @property
    def density(self) -> DensityMap | None:
        """What is shown."""
        return self._map

    @property
    def highest(self) -> float:
        """The largest density that is shown, per unit area; the last colour stands for it."""
        if self._map is None or not self._map.values.size:
            return 0.0
        return float(np.nan_to_num(self._map.values, nan=0.0, posinf=0.0).max())

    @property
    def is_complete(self) -> bool:
        """Whether the finest map of this view is shown, or none is wanted."""
        return not self._active or not (self._quiet.isActive() or self._under_way)

    def set_active(self, active: bool) -> None:
        """Measure only while someone can see it."""
        if active != self._active:
            self._active = active
            self._quiet.stop()
            if active:
                self._restart()

    def set_viewport(self, viewport: Viewport, _ratio: float) -> None:
        """Show another part of the plane."""
        if viewport != self._viewport:
            self._viewport = viewport
            self.renew()

    def renew(self) -> None:
        """Measure anew: the view, the model or the sample has changed."""
        if self._active:
            self._quiet.start()

    def clear(self) -> None:
        """Show nothing: what is shown belongs to something else."""
        if self._map is not None:
            self._map = self._image = None
            self.changed.emit()

    @Slot(object)
    def take(self, density: DensityMap) -> None:
        """Show a density that was measured."""
        self._under_way = False
        self._map = density
        self._image = density_image(density.values, self.highest, self.colours)
        self.changed.emit()
        if self._again:
            self._again = False
            self._restart()
        elif self._stage + 1 < len(self._cells) and not self._quiet.isActive():
            self._stage += 1
            self._ask()

    def give_up(self) -> None:
        """Nothing came of the measurement: wait until something changes."""
        self._under_way = self._again = False

    def paint(self, painter: QPainter) -> None:
        """Draw the newest map where its part of the plane is now."""
        if self._image is None or self._map is None:
            return
        (left, bottom), (right, top) = self._map.low, self._map.high
        x, y = self._viewport.to_pixel((left, top))
        scale = self._viewport.scale
        painter.save()
        painter.setRenderHint(painter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(x, y, (right - left) * scale, (top - bottom) * scale), self._image)
        painter.restore()

    @Slot()
    def _restart(self) -> None:
        if self._under_way:
            self._again = True
            return
        self._stage = 0
        self._ask()

    def _ask(self) -> None:
        if not self._active:
            return
        left, right, bottom, top = self._viewport.bounds
        longer = max(self._viewport.width, self._viewport.height)
        cells = self._cells[self._stage]
        rows, columns = (max(2, round(cells * side / longer)) for side in (self._viewport.height, self._viewport.width))
        self._under_way = self._ask_for((left, bottom), (right, top), (rows, columns))
        if not self._under_way:
            self.clear()
