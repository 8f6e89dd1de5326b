"""Films as frames in order, and as GIF files."""

from __future__ import annotations

import math
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from vae_explorer.errors import ExportError
from vae_explorer.export.mosaic import LARGEST_PICTURE, gigabytes
from vae_explorer.export.options import AnimationOptions
from vae_explorer.export.progress import report
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.export.provenance import Provenance

_PALETTE_PIXELS = 2**16
_GREYS = bytes(level for level in range(256) for _ in range(3))


def encode_gif(
    frames: Pixels,
    options: AnimationOptions | None = None,
    provenance: Provenance | None = None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> bytes:
    """Return an animation of `frames` [M, C, H, W] as the bytes of a GIF file, note included.

    Grey frames are kept exactly. Colour frames share one palette of 256 colours, chosen first for all of them: leaving
    it to the encoder takes two hundred times as long.
    """
    chosen = options or AnimationOptions()
    order = frame_order(len(frames), there_and_back=chosen.there_and_back)
    check_frames(frames, len(order), chosen.scale)
    palette = _shared_palette(frames)
    images = []
    for number, index in enumerate(order):
        report(number, len(order), progress, cancelled)
        images.append(_indexed(frames[index], palette, chosen.scale))
    data = _encode(images, frame_durations(len(order), chosen.fps), chosen.loops, provenance)
    report(len(order), len(order), progress, cancelled)
    return data


def frame_order(frames: int, *, there_and_back: bool) -> tuple[int, ...]:
    """Return which frame is shown when; on the way back neither end is shown twice."""
    there = tuple(range(frames))
    return there + there[-2:0:-1] if there_and_back else there


def frame_durations(frames: int, fps: float) -> list[int]:
    """Return how long each frame is shown, in milliseconds, so that the whole keeps its pace.

    A GIF counts in hundredths of a second: at 30 frames per second frames last 30, 40, 30 ms.
    """
    ends = np.round(100 * np.arange(1, frames + 1) / fps).astype(int)
    return [10 * int(step) for step in np.diff(ends, prepend=0)]


def check_frames(frames: Pixels, shown: int, scale: int) -> None:
    """Refuse frames that are no pictures, or of which a film would take too much memory.

    Raises
    ------
    ExportError
        If they are.
    """
    if frames.ndim != 4 or 0 in frames.shape or frames.shape[1] not in (1, 3) or frames.dtype != np.uint8:
        raise ExportError(
            tr("Frames of shape {shape} and type {dtype} can't be animated.", shape=frames.shape, dtype=frames.dtype)
        )
    _, _, height, width = frames.shape
    size = shown * height * width * scale**2
    if size > LARGEST_PICTURE:
        raise ExportError(
            tr(
                "An animation of {shown} frames of {width} x {height} pixels takes {size}, more than "
                "the {largest_picture} that an export may take: choose a smaller scale or fewer "
                "frames.",
                shown=shown,
                width=width * scale,
                height=height * scale,
                size=gigabytes(size),
                largest_picture=gigabytes(LARGEST_PICTURE),
            )
        )


def _shared_palette(frames: Pixels) -> Image.Image | None:
    """Choose 256 colours for all frames from a sample of their pixels; None for grey frames, which need no choice.

    On a sample, median cut is as fast as an octree of all pixels and halves the error on smooth pictures.
    """
    if frames.shape[1] == 1:
        return None
    pixels = frames.transpose(0, 2, 3, 1).reshape(-1, 3)
    step = max(1, len(pixels) // _PALETTE_PIXELS)
    while math.gcd(step, frames.shape[2] * frames.shape[3]) > 1:  # else the sample would miss whole columns
        step += 1
    sample = pixels[::step]
    return Image.fromarray(np.ascontiguousarray(sample[None])).quantize(256, method=Image.Quantize.MEDIANCUT)


def _indexed(frame: Pixels, palette: Image.Image | None, scale: int) -> Image.Image:
    """Return a frame [C, H, W] as palette numbers; enlarged afterwards, when there is less to enlarge."""
    if palette is None:
        numbers = frame[0]
        colours = _GREYS
    else:
        colour = Image.fromarray(np.ascontiguousarray(frame.transpose(1, 2, 0)))
        numbers = np.asarray(colour.quantize(palette=palette, dither=Image.Dither.NONE))
        colours = bytes(palette.getpalette() or ())
    image = Image.fromarray(numbers.repeat(scale, axis=0).repeat(scale, axis=1))
    image.putpalette(colours)
    return image


def _encode(images: list[Image.Image], durations: list[int], loops: int, provenance: Provenance | None) -> bytes:
    buffer = BytesIO()
    extras: dict[str, object] = {}
    if provenance is not None:
        extras["comment"] = provenance.to_text().encode("ascii")
    if loops != 1:
        # The file counts repetitions after the first showing, and 0 means for ever.
        extras["loop"] = max(loops - 1, 0)
    images[0].save(buffer, "GIF", save_all=True, append_images=images[1:], duration=durations, optimize=False, **extras)
    return buffer.getvalue()
