"""What can be taken home: each kind of export as a frozen plan that a worker previews and writes.

A plan holds everything but the model: it is made in the window's thread, and only workers call its methods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from vae_explorer.app.export_route import Route, Told
from vae_explorer.app.export_source import Source
from vae_explorer.config import to_dict
from vae_explorer.language import tr

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from vae_explorer.app.model import Model
    from vae_explorer.export.options import AnimationOptions, GridOptions, StripOptions
    from vae_explorer.latent.grids import Encoded

    Pixels = NDArray[np.uint8]

Report = Callable[[float], None]
IsCancelled = Callable[[], bool]
ROWS_SHOWN = 20
"""Rows of a table that its preview shows."""
_PREVIEW_SIDE = 900
"""Pixels along the longer side that a preview needs at most; a larger picture is previewed at a smaller scale."""
_MEASURED_FRAMES = 24


@dataclass(frozen=True, slots=True)
class Preview:
    """What an export would look like.

    Attributes
    ----------
    frames
        Pictures uint8 [H, W, C]: one for a still picture, more for an animation, none for a table.
    durations
        Milliseconds that each frame is shown; () for a still picture.
    size
        Words about the dimensions: ``560 × 560 pixels``.
    bytes
        Expected size of the file; 0 where that depends on its format.
    text
        The first lines of a table, else "".
    first
        The frame that is shown first.
    """

    frames: tuple[Pixels, ...]
    durations: tuple[int, ...]
    size: str
    bytes: int
    text: str = ""
    first: int = 0


class ExportPlan(Protocol):
    """One export, ready to be previewed or written in a worker."""

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Return what `write` would write; raises the same errors."""
        ...

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the file, whole or not at all, and return where it is."""
        ...


@runtime_checkable
class StillPlan(ExportPlan, Protocol):
    """An export that is one picture, which can be copied too."""

    def picture(self, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Return the whole picture [H, W, C]."""
        ...


@dataclass(frozen=True, slots=True)
class GridPlan:
    """A grid of decoded pictures."""

    options: GridOptions
    source: Source
    told: Told
    encoded: Encoded | None = None

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Decode the grid at a scale that fits a screen."""
        from vae_explorer.export.figures import grid_picture
        from vae_explorer.export.mosaic import check_size, mosaic_shape

        options, size = self.options, self.options.size
        check_size(size, size, model.image_shape, options.gap, options.scale)
        shape = mosaic_shape(size, size, model.image_shape, options.gap, options.scale)
        small = replace(options, scale=_preview_scale(shape, options.scale))
        pixels = grid_picture(model, small, encoded=self.encoded, progress=report, cancelled=cancelled)
        return still_preview(pixels, shape)

    def picture(self, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Return the whole picture [H, W, C]."""
        from vae_explorer.export.figures import grid_picture

        return grid_picture(model, self.options, encoded=self.encoded, progress=report, cancelled=cancelled)

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the picture with its note."""
        from vae_explorer.export.pictures import save_png

        pixels = self.picture(model, report, cancelled)
        view = to_dict(self.options) | self.told.view((self.options.label,))
        return save_png(path, pixels, self.source.note("grid", model, view))


@dataclass(frozen=True, slots=True)
class StripPlan:
    """The film strip of a path."""

    options: StripOptions
    route: Route
    source: Source

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Decode the strip at a scale that fits a screen."""
        from vae_explorer.export.figures import strip
        from vae_explorer.export.mosaic import check_size, mosaic_shape

        options = self.options
        check_size(1, options.frames, model.image_shape, options.gap, options.scale)
        shape = mosaic_shape(1, options.frames, model.image_shape, options.gap, options.scale)
        frames = self.route.frames(options.frames, model, report, cancelled)
        return still_preview(strip(frames, replace(options, scale=_preview_scale(shape, options.scale))), shape)

    def picture(self, model: Model, report: Report, cancelled: IsCancelled) -> Pixels:
        """Return the whole picture [H, W, C]."""
        from vae_explorer.export.figures import strip
        from vae_explorer.export.mosaic import check_size

        options = self.options
        check_size(1, options.frames, model.image_shape, options.gap, options.scale)
        return strip(self.route.frames(options.frames, model, report, cancelled), options)

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the picture with its note."""
        from vae_explorer.export.pictures import save_png

        pixels = self.picture(model, report, cancelled)
        view = self.route.view() | to_dict(self.options)
        return save_png(path, pixels, self.source.note("strip", model, view))


@dataclass(frozen=True, slots=True)
class AnimationPlan:
    """A walk along a path, as a film."""

    options: AnimationOptions
    route: Route
    source: Source

    def preview(self, model: Model, report: Report, cancelled: IsCancelled) -> Preview:
        """Decode the walk; the size of the file is estimated from some of its frames."""
        from vae_explorer.export.animation import encode_gif, frame_durations, frame_order

        options = self.options
        frames = self.route.frames(options.frames, model, report, cancelled)
        order = frame_order(len(frames), there_and_back=options.there_and_back)
        some = frames[:: max(1, len(frames) // _MEASURED_FRAMES)]
        one_way = replace(options, there_and_back=False)
        size = len(encode_gif(some, one_way, cancelled=cancelled)) * len(order) // len(some)
        _, height, width = model.image_shape
        seconds = len(order) / options.fps
        words = tr(
            "{width} × {height} pixels, {count} frames, {seconds:.1f} s",
            width=width * options.scale,
            height=height * options.scale,
            count=len(order),
            seconds=seconds,
        )
        shown = tuple(frames[index].transpose(1, 2, 0) for index in order)
        return Preview(shown, tuple(frame_durations(len(order), options.fps)), words, size)

    def write(self, path: Path, model: Model, report: Report, cancelled: IsCancelled) -> Path:
        """Write the film with its note; decoding and encoding are half of the progress each."""
        from vae_explorer.export.films import save_film

        frames = self.route.frames(self.options.frames, model, lambda part: report(part / 2), cancelled)
        note = self.source.note("animation", model, self.route.view() | to_dict(self.options))
        return save_film(
            path, frames, self.options, note, progress=lambda part: report(0.5 + part / 2), cancelled=cancelled
        )


def still_preview(pixels: Pixels, shape: tuple[int, int, int]) -> Preview:
    """Return the preview of a picture that will have `shape`, of which `pixels` may be a smaller version.

    Enlarging by repetition adds almost nothing to what a PNG has to say, but its rows still cost some.
    """
    from vae_explorer.export.pictures import encode_png

    growth = (shape[0] * shape[1]) / (pixels.shape[0] * pixels.shape[1])
    size = int(len(encode_png(pixels)) * growth**0.5)
    return Preview((pixels,), (), tr("{width} × {height} pixels", width=shape[1], height=shape[0]), size)


def _preview_scale(shape: tuple[int, int, int], scale: int) -> int:
    return max(1, min(scale, scale * _PREVIEW_SIDE // max(shape[:2])))
