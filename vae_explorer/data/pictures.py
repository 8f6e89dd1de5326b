"""One picture file as bytes: formats from an explicit list, depth, transparency and rotation brought to one form."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from vae_explorer.data.files import open_regular
from vae_explorer.data.limits import Limits, byte_size
from vae_explorer.data.silence import silent_library
from vae_explorer.errors import DataError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_JPEG_SHARE: Final = 2
"""How many times as many pixels a JPEG may have, since it is decoded at a fraction of its size."""
_LARGE_PIXELS: Final = 4_000_000
_STRIP_PIXELS: Final = 1_000_000
_SPARE: Final = 3
"""How many times larger than in the data set a picture stays when it is reduced before it is brought to its size."""
_GREY_MODES: Final = ("1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N")


class PictureError(Exception):
    """A picture that can't be used; the message is a short reason, such as ``"damaged"``."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Size in pixels as it will be shown, and whether there is colour; read from the header."""

    height: int
    width: int
    colour: bool


@dataclass(frozen=True, slots=True)
class Canvas:
    """What every picture is brought to.

    Attributes
    ----------
    source
        Height and width of most pictures.
    target
        Height and width of all of them in the data set.
    channels
        1 or 3.
    """

    source: tuple[int, int]
    target: tuple[int, int]
    channels: int


@contextmanager
def quiet_pictures(limits: Limits) -> Iterator[None]:
    """Keep warnings about single files off the terminal: such files are skipped and named instead.

    Pillow's own bound on pixels, which it goes by where it makes room before the size can be looked at, is that of
    `limits` meanwhile.
    """
    usual, log = Image.MAX_IMAGE_PIXELS, logging.getLogger("PIL")
    level = log.level
    Image.MAX_IMAGE_PIXELS = _JPEG_SHARE * limits.picture_pixels
    log.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = usual
        log.setLevel(level)


def measure(path: Path, limits: Limits) -> Measure:
    """Read the header of a picture.

    Raises
    ------
    PictureError
        If it can't be used.
    """
    with _opened(path, limits) as picture:
        width, height = picture.size
        # Asking a PNG for EXIF that it lacks would decode all of it.
        known = picture.format != "PNG" or "exif" in picture.info
        if known and _orientation(picture) >= 5:
            width, height = height, width
        return Measure(height, width, _has_colour(picture))


def read_picture(path: Path, canvas: Canvas, limits: Limits) -> tuple[NDArray[np.uint8], frozenset[str]]:
    """Read a picture as uint8 [C, H, W], with the notes on what had to be changed.

    Raises
    ------
    PictureError
        If it can't be used.
    """
    with _opened(path, limits) as picture:
        notes = set()
        # Counting the pages of a TIFF would walk through all of it.
        if picture.format in {"GIF", "WEBP", "PNG"} and getattr(picture, "is_animated", False):
            notes.add(tr("Of animated pictures only the first frame was taken."))
        # JPEG can be decoded at a fraction of its size; both sides ask for the longer one, since it may be turned.
        picture.draft(None, (2 * max(canvas.target),) * 2)
        picture.load()
        plain = _plain(picture, canvas, notes)
        turn = _TURNS.get(_orientation(picture))
        plain = plain if turn is None else plain.transpose(turn)
        plain = plain.convert("L" if canvas.channels == 1 else "RGB")
        pixels = np.asarray(_fitted(plain, canvas), dtype=np.uint8)
    return (pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)), frozenset(notes)


@contextmanager
def _opened(path: Path, limits: Limits) -> Iterator[Image.Image]:
    try:
        with open_regular(path, follow_links=False) as file:
            size = os.fstat(file.fileno()).st_size
            if size > limits.picture_bytes:
                most = byte_size(limits.picture_bytes)
                raise PictureError(
                    tr("{size}, more than the {most} of limits.picture", size=byte_size(size), most=most)
                )
            with Image.open(file, formats=FORMATS) as picture:
                pixels = picture.size[0] * picture.size[1]
                if pixels > limits.picture_pixels * (_JPEG_SHARE if picture.format == "JPEG" else 1):
                    raise PictureError(tr("{pixels:,} pixels, {limits}", pixels=pixels, limits=_most_pixels(limits)))
                with silent_library() if picture.format == "TIFF" else nullcontext():
                    yield picture
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(tr("empty") if size == 0 else tr("not a picture of a known format")) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(_most_pixels(limits)) from None
    except DataError:
        raise PictureError(tr("can't be read")) from None
    except Exception as error:  # decoders raise almost anything on damaged files
        reason = (
            tr("too large for the memory") if isinstance(error, MemoryError) else tr("damaged or of an unknown kind")
        )
        raise PictureError(reason) from error


def _most_pixels(limits: Limits) -> str:
    return tr("more than the {picture_pixels:,} of limits.pixels", picture_pixels=limits.picture_pixels)


def _plain(picture: Image.Image, canvas: Canvas, notes: set[str]) -> Image.Image:
    """Return a picture of mode L or RGB; of a large one a reduced one, made in strips to spare memory."""
    width, height = picture.size
    factor = min(width, height) // (_SPARE * max(canvas.target))
    if width * height <= _LARGE_PIXELS or factor < 2:
        return _plain_whole(picture, notes)
    rows = factor * max(1, _STRIP_PIXELS // (width * factor))
    strips = [
        _plain_whole(picture.crop((0, top, width, min(top + rows, height))), notes).reduce(factor)
        for top in range(0, height, rows)
    ]
    plain = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    top = 0
    for strip in strips:
        plain.paste(strip, (0, top))
        top += strip.height
    return plain


def _plain_whole(picture: Image.Image, notes: set[str]) -> Image.Image:
    """Return a picture of mode L or RGB."""
    if picture.mode.startswith("I"):
        numbers = np.asarray(picture)
        if numbers.min() < 0 or numbers.max() > 65535:
            raise PictureError(tr("more than 16 bits a pixel"))
        notes.add(tr("16-bit pictures were reduced to 256 grey levels."))
        return Image.fromarray(np.rint(numbers.astype(np.float32) / 257).astype(np.uint8))
    if picture.mode == "F":
        raise PictureError(tr("floating-point numbers instead of grey levels"))
    if picture.has_transparency_data:
        notes.add(tr("Transparent pixels were laid over white."))
        layer = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    if picture.mode == "CMYK":
        notes.add(tr("Pictures in printing colours (CMYK) were converted to RGB."))
    return picture.convert("L" if picture.mode in _GREY_MODES else "RGB")


def _fitted(picture: Image.Image, canvas: Canvas) -> Image.Image:
    height, width = canvas.target
    if picture.size == (width, height):
        return picture
    # Decoding at a fraction rounds the size: proportions tell whether it is the common one.
    same = abs(picture.width * canvas.source[0] - picture.height * canvas.source[1]) <= max(canvas.source)
    if same:
        return picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return ImageOps.fit(picture, (width, height), Image.Resampling.BICUBIC)


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken EXIF, which says nothing about the pixels
        return 1
    return value if isinstance(value, int) else 1


def _has_colour(picture: Image.Image) -> bool:
    if picture.mode in {"P", "PA"}:
        palette = np.array(picture.getpalette("RGB") or [0, 0, 0], dtype=np.uint8).reshape(-1, 3)
        return bool((palette != palette[:, :1]).any())
    return picture.mode not in _GREY_MODES
