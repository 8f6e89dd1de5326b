"""Encodings as a raster: every point is a small disc with an outline, written by numpy into one picture.

Drawing is cut into passes so that the event loop can run between them; a million points never hold up a click.
The discs are written from their rims inward, so that in a crowd the outline surrounds the crowd and the colours of
its members stay visible.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vae_explorer.gui.plotting.viewport import Viewport

_CHUNK = 65_536
"""Points placed in one pass."""
_ROOM = 190.0
"""Pixels of the window that a point of full size needs: a thousand points fill a plane of 520 x 370."""
_CLOSE = 1.5
"""A crowd so many times as dense lets the pictures under it shine through."""
_SHRINKING = 0.25
"""Power of the crowd by which points shrink: ten times as many have 0.56 of the radius, a third of the area."""
_LEAST_RADIUS, _LEAST_OUTLINE = 0.8, 0.6
_CROWD_OPACITY = 0.8


@dataclass(frozen=True, slots=True)
class PointStyle:
    """How points look.

    Attributes
    ----------
    palette
        uint8 [K, 3], red, green, blue of each class.
    radius
        Radius of the coloured disc in pixels of the raster.
    outline
        Red, green, blue of the rim that sets points off against the pictures under them.
    opacity
        Opacity of the discs, from 0 to 1.
    outline_width
        Width of the rim in pixels of the raster.
    """

    palette: NDArray[np.uint8]
    radius: float
    outline: tuple[int, int, int]
    opacity: float = 1.0
    outline_width: float = 1.0

    def scaled(self, ratio: float) -> PointStyle:
        """Return the style for a raster of `ratio` pixels to a pixel of the window."""
        return replace(self, radius=self.radius * ratio, outline_width=self.outline_width * ratio)

    def for_crowd(self, count: int, pixels: int) -> PointStyle:
        """Return the style in which `count` points on so many pixels leave the pictures under them readable."""
        crowd = count * _ROOM / max(1, pixels)
        shrinking = max(1.0, crowd) ** -_SHRINKING
        return replace(
            self,
            radius=min(self.radius, max(_LEAST_RADIUS, self.radius * shrinking)),
            outline_width=min(self.outline_width, max(_LEAST_OUTLINE, self.outline_width * shrinking)),
            opacity=self.opacity * (1.0 if crowd <= _CLOSE else _CROWD_OPACITY),
        )


def raster_passes(
    z: NDArray[np.float32], colours: NDArray[np.integer], viewport: Viewport, style: PointStyle
) -> Iterator[NDArray[np.uint32] | None]:
    """Draw points in passes of about a millisecond: yields None until the picture is ready, then the picture.

    Parameters
    ----------
    z
        Positions [N, 2].
    colours
        Row of the palette of each point [N]; a negative one hides the point.
    viewport
        The view, in pixels of the raster.
    style
        Palette, radius, outline.

    Yields
    ------
    uint32 [height, width]
        Premultiplied ARGB, zero where there is no point.
    """
    margin = int(np.ceil(style.radius + style.outline_width)) + 1
    width, height = viewport.width + 2 * margin, viewport.height + 2 * margin
    cells = np.full(width * height, -1, dtype=np.int16)
    for start in range(0, len(z), _CHUNK):
        part = slice(start, start + _CHUNK)
        _place(cells, z[part], colours[part], viewport, margin)
        yield None
    places = np.flatnonzero(cells >= 0)
    owners = cells[places].astype(np.intp)  # once, and not in every pass
    yield None
    canvas = np.zeros(width * height, dtype=np.uint32)
    for offset, ink in _stamp(style, width):
        for start in range(0, len(places), _CHUNK):
            part = slice(start, start + _CHUNK)
            canvas[places[part] + offset] = ink[owners[part]]
            yield None
    yield np.ascontiguousarray(canvas.reshape(height, width)[margin:-margin, margin:-margin])


def _place(
    cells: NDArray[np.int16],
    z: NDArray[np.float32],
    colours: NDArray[np.integer],
    viewport: Viewport,
    margin: int,
) -> None:
    width, height = viewport.width + 2 * margin, viewport.height + 2 * margin
    # Column by column: reducing many rows of two values takes several times as long.
    x, y = (viewport.to_pixels(z) + margin).T
    inside = colours >= 0
    for pixels, end in ((x, width), (y, height)):
        inside &= pixels >= margin - 1
        inside &= pixels < end - margin + 1
    kept = np.flatnonzero(inside)
    cells[y[kept].astype(np.int64) * width + x[kept].astype(np.int64)] = colours[kept]


def _stamp(style: PointStyle, width: int) -> list[tuple[int, NDArray[np.uint32]]]:
    """Return (offset in the canvas, ink of each class) for each pixel of a disc, rim first."""
    reach = int(np.ceil(style.radius + style.outline_width))
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    distance = np.hypot(dx, dy)
    covered = np.clip(style.radius + style.outline_width + 0.5 - distance, 0, 1)
    order = np.argsort(-distance, kind="stable")
    order = order[covered[order] > 0.05]
    fill = np.clip(style.radius + 0.5 - distance[order], 0, 1)
    offsets = (dy[order] * width + dx[order]).tolist()
    return list(zip(offsets, _inks(style, fill, covered[order]), strict=True))


def _inks(style: PointStyle, fill: NDArray[np.float64], covered: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Return the premultiplied colour [P, K] of each class at pixels [P] of which the disc fills, or covers, a part."""
    share = fill[:, None, None]
    colour = style.palette * share + np.array(style.outline) * (1 - share)
    alpha = (covered * style.opacity)[:, None, None]
    channels = np.round(np.concatenate([np.full((*colour.shape[:2], 1), 255.0), colour], axis=2) * alpha)
    red, green, blue, opaque = (channels[..., index].astype(np.uint32) for index in (1, 2, 3, 0))
    return np.asarray(opaque << 24 | red << 16 | green << 8 | blue, dtype=np.uint32)
