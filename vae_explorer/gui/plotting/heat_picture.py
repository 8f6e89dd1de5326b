"""What is known of a layer as a picture: patches of several fineness in one run of colours, the finest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion

from vae_explorer.gui.plotting.heat import Boundary, layer_image, layer_span
from vae_explorer.gui.plotting.indicatrix import indicatrix_image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vae_explorer.gui.plotting.value_scale import ValueRange
    from vae_explorer.gui.plotting.viewport import Point, Viewport
    from vae_explorer.latent.lattice import Corners, Patch
    from vae_explorer.latent.layer import Layer

_KEPT_BEYOND = 2
"""Levels that are kept beyond the coarsest and the finest of a view: zooming goes back and forth."""


_By = tuple["Patch", "ValueRange | None", int, "QColor | None"]
"""What a picture was coloured by: patch, span, number of classes, and colour of the lines between them."""


class HeatPicture:
    """Patches of one layer, all of the same model.

    Parameters
    ----------
    layer
        What they show.
    """

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._patches: dict[int, Patch] = {}
        self._coloured: dict[int, tuple[_By, QImage]] = {}
        self._span: ValueRange | None = None
        self._ellipses: tuple[Corners, QImage] | None = None
        self._drawn: tuple[int, float, float] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not self._patches

    @property
    def levels(self) -> tuple[int, ...]:
        """Levels of the patches, the finest first."""
        return tuple(sorted(self._patches, reverse=True))

    @property
    def span(self) -> ValueRange | None:
        """What the colours span; None while nothing is known."""
        return self._span

    @property
    def finest(self) -> Patch | None:
        """The finest patch, None while nothing is known."""
        return self._patches[self.levels[0]] if self._patches else None

    def value_at(self, z: Point) -> tuple[float, int | None] | None:
        """Return the value at z by the finest patch that knows it, with its class for regions; None outside."""
        found = (self._patches[level].at(z) for level in self.levels)
        return next((value for value in found if value is not None), None)

    def covers(self, viewport: Viewport) -> bool:
        """Whether something is known of each place of a view."""
        return self._holding(viewport) is not None

    def clear(self) -> None:
        """Forget everything."""
        self._patches, self._coloured = {}, {}
        self._span = self._ellipses = self._drawn = None

    def add(self, patches: Iterable[Patch], wanted: tuple[int, ...]) -> None:
        """Take patches, and forget those whose level is far from the wanted ones; `colour` shows them."""
        self._patches |= {patch.lattice.level: patch for patch in patches}
        near = range(wanted[0] - _KEPT_BEYOND, wanted[-1] + _KEPT_BEYOND + 1)
        self._patches = {level: patch for level, patch in self._patches.items() if level in near}

    def colour(self, viewport: Viewport, ratio: float, classes: int, boundary: QColor, wanted: tuple[int, ...]) -> None:
        """Colour all patches by the span of the finest one that holds the view.

        Parameters
        ----------
        viewport, ratio
            The view, and device pixels a pixel.
        classes
            Number of classes of the model.
        boundary
            Colour of the lines between classes, which the two finest of the wanted levels have.
        wanted
            Levels of the view.
        """
        reference = self._holding(viewport) or self.finest
        if reference is None:
            return
        self._span = layer_span(self._layer, reference.found)
        before, self._coloured = self._coloured, {}
        for level, patch in self._patches.items():
            line = boundary if level >= wanted[-1] - 1 else None
            # Classes have colours of their own, whatever the span.
            by = (patch, None if self._layer.kind == "class" else self._span, classes, line)
            known = before.get(level)
            is_same = known is not None and known[0] == by
            if is_same and known:
                self._coloured[level] = known
                continue
            lines = None if line is None else Boundary(line, patch.lattice.cell * viewport.scale, ratio)
            self._coloured[level] = by, layer_image(self._layer, patch.found, self._span, classes, lines)

    def draw_ellipses(self, viewport: Viewport, ratio: float, base: int) -> None:
        """Draw the ellipses of a metric anew, in the cells of a level, where they aren't drawn yet; else nothing.

        It takes about ten milliseconds, so it waits for the view to rest: until then they move along as they are.
        """
        patch, scale = self._patches.get(base), (viewport.scale, ratio)
        if patch is not None and self._span is not None and self._drawn != (id(patch), *scale):
            image = indicatrix_image(patch, self._span, *scale)
            self._ellipses = None if image is None else (patch.lattice.corners, image)
            self._drawn = (id(patch), *scale)

    def paint(self, painter: QPainter, viewport: Viewport, opacity: float) -> None:
        """Draw the finest cells there are at each place, and the indicatrices of a metric."""
        left = QRegion(QRect(0, 0, viewport.width, viewport.height))
        painter.save()
        painter.setOpacity(opacity)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for level in self.levels:
            place = _place(self._patches[level].lattice.corners, viewport)
            part = left.intersected(_whole_pixels(place))
            if not part.isEmpty() and level in self._coloured:
                painter.save()
                painter.setClipRegion(part, Qt.ClipOperation.IntersectClip)
                painter.drawImage(place, self._coloured[level][1])
                painter.restore()
                left = left.subtracted(part)
        if self._ellipses is not None:
            corners, image = self._ellipses
            painter.setOpacity(1.0)
            painter.drawImage(_place(corners, viewport), image)
        painter.restore()

    def _holding(self, viewport: Viewport) -> Patch | None:
        """Return the finest patch that holds the whole view, None where there is none."""
        view = QRectF(1, 1, viewport.width - 2, viewport.height - 2)
        held = (level for level in self.levels if _place(self._patches[level].lattice.corners, viewport).contains(view))
        level = next(held, None)
        return None if level is None else self._patches[level]


def _place(corners: Corners, viewport: Viewport) -> QRectF:
    x, y = viewport.to_pixel((corners[0], corners[3]))
    return QRectF(x, y, (corners[2] - corners[0]) * viewport.scale, (corners[3] - corners[1]) * viewport.scale)


def _whole_pixels(place: QRectF) -> QRect:
    """Return the whole pixels of a rectangle, so that neighbours neither overlap nor leave a gap."""
    left, top = round(place.left()), round(place.top())
    return QRect(left, top, round(place.right()) - left, round(place.bottom()) - top)
