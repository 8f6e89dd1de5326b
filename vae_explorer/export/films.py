"""Films as GIF, WebP, APNG and MP4 files: the suffix of the file's name decides."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vae_explorer import __version__
from vae_explorer.export.animation import check_frames, encode_gif, frame_durations, frame_order
from vae_explorer.export.formats import ANIMATIONS, suffix_of
from vae_explorer.export.mp4 import encode_mp4
from vae_explorer.export.options import AnimationOptions
from vae_explorer.export.progress import report
from vae_explorer.export.provenance import KEYWORD
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.progress import IsCancelled, ReportProgress
    from vae_explorer.export.provenance import Provenance

_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'  # untranslated: a format
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{}</dc:description></rdf:Description>'
    "</rdf:RDF></x:xmpmeta>"
)


def save_film(
    path: str | os.PathLike[str],
    frames: Pixels,
    options: AnimationOptions | None = None,
    provenance: Provenance | None = None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> Path:
    """Write a film with the note of what made it, and return where it is.

    Parameters
    ----------
    frames
        Pictures from start to end [M, C, H, W], C = 1 or 3; ``options.frames`` isn't used, all are shown.
    options
        Speed, scale, there and back, times played.

    Raises
    ------
    ExportError
        If the suffix isn't one of `ANIMATIONS`, the film would take too much memory, packages for MP4 are missing, or
        the file can't be written; an older file then stays whole.
    """
    suffix = suffix_of(path, ANIMATIONS)
    data = encode_film(suffix, frames, options, provenance, progress=progress, cancelled=cancelled)
    return write_atomically(path, [data])


def encode_film(
    suffix: str,
    frames: Pixels,
    options: AnimationOptions | None = None,
    provenance: Provenance | None = None,
    *,
    progress: ReportProgress | None = None,
    cancelled: IsCancelled | None = None,
) -> bytes:
    """Return a film of `frames` [M, C, H, W] as the bytes of a file with a suffix of `ANIMATIONS`, note included.

    WebP and APNG keep every pixel; GIF has 256 colours, which keeps grey pictures exactly; MP4 is compressed so that
    the loss can hardly be seen.
    """
    return _ENCODERS[suffix](frames, options or AnimationOptions(), provenance, progress=progress, cancelled=cancelled)


def _webp(
    frames: Pixels,
    options: AnimationOptions,
    provenance: Provenance | None,
    *,
    progress: ReportProgress | None,
    cancelled: IsCancelled | None,
) -> bytes:
    film = _Film(frames, options, progress, cancelled)
    extras: dict[str, object] = {"duration": film.durations, "loop": options.loops, "lossless": True, "quality": 60}
    if provenance is not None:
        note = provenance.to_text().replace("&", "&amp;").replace("<", "&lt;")
        extras["xmp"] = _XMP.format(note).encode("ascii")
    buffer = BytesIO()
    film.save(buffer, "WEBP", save_all=True, method=0, **extras)
    report(1, 1, progress, cancelled)
    return buffer.getvalue()


def _apng(
    frames: Pixels,
    options: AnimationOptions,
    provenance: Provenance | None,
    *,
    progress: ReportProgress | None,
    cancelled: IsCancelled | None,
) -> bytes:
    film = _Film(frames, options, progress, cancelled)
    info = PngInfo()
    info.add_text("Software", f"VAE Explorer {__version__}")  # untranslated: a name
    if provenance is not None:
        info.add_itxt(KEYWORD, provenance.to_json())
    buffer = BytesIO()
    film.save(buffer, "PNG", save_all=True, duration=film.durations, loop=options.loops, pnginfo=info)
    report(1, 1, progress, cancelled)
    return buffer.getvalue()


class _Film(Image.Image):
    """A picture of many frames as Pillow's writers ask for it: each is enlarged when it is its turn, and reported.

    Parameters
    ----------
    frames
        Pictures from start to end [M, C, H, W], C = 1 or 3.
    options
        Speed, scale, there and back.
    """

    def __init__(
        self,
        frames: Pixels,
        options: AnimationOptions,
        progress: ReportProgress | None,
        cancelled: IsCancelled | None,
    ) -> None:
        super().__init__()
        order = frame_order(len(frames), there_and_back=options.there_and_back)
        check_frames(frames, len(order), options.scale)
        self._frames, self._order, self._scale = frames, order, options.scale
        self._progress, self._cancelled = progress, cancelled
        self._place = self._reached = 0
        self.durations = frame_durations(len(order), options.fps)
        self.n_frames = len(order)
        self.is_animated = len(order) > 1
        self._show(0)

    def seek(self, frame: int) -> None:
        """Show another frame."""
        if frame >= len(self._order):
            raise EOFError("the film ends before")  # untranslated: for Pillow
        self._reached = max(self._reached, frame)  # writers go back to the first frame at the end
        report(self._reached, len(self._order), self._progress, self._cancelled)
        self._show(frame)

    def tell(self) -> int:
        """Return the number of the frame that is shown."""
        return self._place

    def _show(self, place: int) -> None:
        self._place = place
        pixels = np.ascontiguousarray(self._frames[self._order[place]].transpose(1, 2, 0))
        large = pixels.repeat(self._scale, axis=0).repeat(self._scale, axis=1)
        image = Image.fromarray(large[..., 0] if large.shape[2] == 1 else large)
        self.im, self._mode, self._size = image.im, image.mode, image.size


class _Encoder(Protocol):
    def __call__(
        self,
        frames: Pixels,
        options: AnimationOptions,
        provenance: Provenance | None,
        *,
        progress: ReportProgress | None,
        cancelled: IsCancelled | None,
    ) -> bytes: ...


_ENCODERS: Mapping[str, _Encoder] = {".gif": encode_gif, ".webp": _webp, ".apng": _apng, ".mp4": encode_mp4}
