"""Still pictures as PNG files."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from vae_explorer import __version__
from vae_explorer.errors import ExportError
from vae_explorer.export.formats import PICTURES, suffix_of
from vae_explorer.export.provenance import KEYWORD
from vae_explorer.language import tr
from vae_explorer.storage import write_atomically

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from vae_explorer.export.mosaic import Pixels
    from vae_explorer.export.provenance import Provenance

_PIECE = 2**20
_COMPRESSION = 4  # a third of the time of Pillow's usual 6, for files that are a tenth larger


def save_png(path: str | os.PathLike[str], pixels: Pixels, provenance: Provenance | None = None) -> Path:
    """Write a picture with the note of what made it, and return where it is.

    Parameters
    ----------
    pixels
        Grey [H, W] or [H, W, 1], or colour [H, W, 3].

    Raises
    ------
    ExportError
        If the suffix isn't ``.png``, or the file can't be written; an older file then stays whole.
    """
    suffix_of(path, PICTURES)
    data = encode_png(pixels, provenance)
    return write_atomically(path, (data[start : start + _PIECE] for start in range(0, len(data), _PIECE)))


def encode_png(pixels: Pixels, provenance: Provenance | None = None) -> memoryview:
    """Return a picture [H, W], [H, W, 1] or [H, W, 3] as the bytes of a PNG file, note included."""
    info = PngInfo()
    info.add_text("Software", f"VAE Explorer {__version__}")  # untranslated: a name
    if provenance is not None:
        info.add_itxt(KEYWORD, provenance.to_json())
    buffer = BytesIO()
    as_image(pixels).save(buffer, "PNG", pnginfo=info, compress_level=_COMPRESSION)
    return buffer.getbuffer()


def as_image(pixels: Pixels) -> Image.Image:
    """Return a picture [H, W], [H, W, 1] or [H, W, 3] as Pillow's image.

    Raises
    ------
    ExportError
        If the array has another shape or type, or no pixel.
    """
    flat = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    is_colour = flat.ndim == 3 and flat.shape[2] == 3
    if flat.dtype != np.uint8 or not flat.size or not (flat.ndim == 2 or is_colour):
        raise ExportError(
            tr(
                "An array of shape {shape} and type {dtype} isn't a grey or colour picture.",
                shape=pixels.shape,
                dtype=pixels.dtype,
            )
        )
    return Image.fromarray(np.ascontiguousarray(flat))
