"""The tiles on the screen as one picture that is moved along when one pans, so that only what is new is drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QRegion

from vae_explorer.gui.plotting.tiles import visible_blocks
from vae_explorer.gui.plotting.viewport import Viewport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vae_explorer.gui.plotting.tiles import Block, TileCache


class TilePicture:
    """Draws blocks of a cache and keeps what it has drawn.

    While panning, what was drawn is moved by whole device pixels: at most half of one away from where it belongs.

    Parameters
    ----------
    cache
        The blocks.
    """

    def __init__(self, cache: TileCache) -> None:
        self._cache = cache
        self._image: QImage | None = None
        self._drawn = Viewport()
        self._ratio = 1.0
        self._changed: set[Block] = set()

    def forget(self) -> None:
        """Draw everything anew the next time."""
        self._image = None
        self._changed.clear()

    def renew(self, blocks: Iterable[Block]) -> None:
        """Draw some blocks anew the next time: they have other pictures now."""
        self._changed.update(blocks)

    def of(self, viewport: Viewport, level: int, ratio: float) -> QImage:
        """Return the picture of a view at a level of detail on a screen of `ratio` device pixels a pixel."""
        device = replace(
            viewport,
            scale=viewport.scale * ratio,
            width=max(1, round(viewport.width * ratio)),
            height=max(1, round(viewport.height * ratio)),
        )
        moved = self._moved(device) if ratio == self._ratio else None
        if self._image is None or moved is None:
            self._drawn, self._ratio = device, ratio
            image, stale = _empty(device), QRegion(0, 0, device.width, device.height)
        else:
            image, stale = self._move(self._image, moved)
        self._image = image
        blocks = visible_blocks(self._drawn, level)
        for block in self._changed:
            stale = stale.united(_pixels(block, self._drawn))
        self._changed.clear()
        self._cache.touch(blocks)
        if not stale.isEmpty():
            self._draw(image, blocks, stale)
        image.setDevicePixelRatio(ratio)
        # A copy that shares its memory until this one is drawn on again.
        return QImage(image)

    def _moved(self, device: Viewport) -> QPoint | None:
        """Return by how many pixels what was drawn has moved; None where it is of no use."""
        drawn = self._drawn
        if (drawn.width, drawn.height) != (device.width, device.height):
            return None
        if not math.isclose(drawn.scale, device.scale, rel_tol=1e-9):
            return None
        across = (drawn.centre[0] - device.centre[0]) * drawn.scale
        down = (device.centre[1] - drawn.centre[1]) * drawn.scale
        if abs(across) >= drawn.width or abs(down) >= drawn.height:
            return None
        return QPoint(round(across), round(down))

    def _move(self, old: QImage, by: QPoint) -> tuple[QImage, QRegion]:
        """Return what was drawn, moved, with the part that is empty then."""
        if by.isNull():
            return old, QRegion()
        centre, scale = self._drawn.centre, self._drawn.scale
        self._drawn = replace(self._drawn, centre=(centre[0] - by.x() / scale, centre[1] + by.y() / scale))
        image = _empty(self._drawn)
        old.setDevicePixelRatio(1.0)
        painter = QPainter(image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(by, old)
        painter.end()
        return image, QRegion(old.rect()).subtracted(QRegion(old.rect().translated(by)))

    def _draw(self, image: QImage, blocks: list[Block], stale: QRegion) -> None:
        image.setDevicePixelRatio(1.0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.setClipRegion(stale)
        self._cache.paint(painter, self._drawn, [b for b in blocks if stale.intersects(_pixels(b, self._drawn))])
        painter.end()


def _empty(device: Viewport) -> QImage:
    image = QImage(device.width, device.height, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    return image


def _pixels(block: Block, device: Viewport) -> QRect:
    """Return all pixels of the screen that a block touches."""
    return block.rectangle(device).intersected(QRectF(0, 0, device.width, device.height)).toAlignedRect()
