"""Films as MP4 files, by FFmpeg's libraries inside the package ``av``, which is an extra."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, cast

import numpy as np

from vae_explorer.export.animation import check_frames, frame_order
from vae_explorer.export.extras import require_extra
from vae_explorer.export.progress import report

if TYPE_CHECKING:
    from av.video.stream import VideoStream

    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.options import AnimationOptions
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.export.provenance import Provenance

_CODECS = ("libx264", "libopenh264", "mpeg4")
"""Encoders by preference: not every build of FFmpeg has those for H.264."""
_QUALITY = {"crf": "16", "preset": "medium", "tune": "animation"}


def encode_mp4(
    frames: Pixels,
    options: AnimationOptions,
    provenance: Provenance | None = None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> bytes:
    """Return a film of `frames` [M, C, H, W] as the bytes of an MP4 file, note included.

    Pictures with an odd number of rows or columns get one more at the edge, because the format halves the resolution
    of colours. How often a film is played is left to the player.

    Raises
    ------
    ExportError
        If the package is missing, or the film would take too much memory.
    ExportCancelledError
        If the user cancels.
    """
    require_extra("mp4")
    import av

    order = frame_order(len(frames), there_and_back=options.there_and_back)
    check_frames(frames, len(order), options.scale)
    buffer = BytesIO()
    with av.open(buffer, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        if provenance is not None:
            container.metadata["comment"] = provenance.to_text()
        codec = next(name for name in _CODECS if name in av.codecs_available)
        rate = Fraction(options.fps).limit_denominator(1000)
        stream = cast("VideoStream", container.add_stream(codec, rate=rate))
        _, _, height, width = frames.shape
        stream.width, stream.height = _even(width * options.scale), _even(height * options.scale)
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        if codec == _CODECS[0]:
            stream.options = dict(_QUALITY)
        for number, index in enumerate(order):
            report(number, len(order), progress, cancelled)
            picture = av.VideoFrame.from_ndarray(_colours(frames[index], options.scale), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    report(len(order), len(order), progress, cancelled)
    return buffer.getvalue()


def _even(side: int) -> int:
    return side + side % 2


def _colours(frame: Pixels, scale: int) -> Pixels:
    """Return a frame [C, H, W] as colours [H', W', 3] with even sides."""
    large = frame.transpose(1, 2, 0).repeat(scale, axis=0).repeat(scale, axis=1)
    height, width, channels = large.shape
    even = np.pad(large, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(even if channels == 3 else even.repeat(3, axis=2))
