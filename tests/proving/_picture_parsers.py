"""How pictures are read."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, features

from tests.data.writers import noise
from tests.proving._parser import LIMITS, Parser, Read

_MODES = ("L", "RGB", "RGBA", "P", "1", "LA", "I;16", "CMYK")


def picture_parsers() -> tuple[Parser, ...]:
    """Return the formats of pictures."""
    formats = [
        name for name in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP") if name != "WEBP" or features.check("webp")
    ]
    return tuple(
        Parser(f"picture-{name.lower()}", _pictures(name), _reads_picture(name.lower()), _PICTURE_TOKENS)
        for name in formats
    )


_PICTURE_TOKENS = (
    b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"eXIf", b"iCCP", b"zTXt", b"acTL", b"fcTL", b"IEND", b"\xff\xd8", b"\xff\xc0",
    b"\xff\xc2", b"\xff\xc4", b"\xff\xda", b"\xff\xe1", b"\xff\xd9", b"Exif\0\0", b"II*\0", b"MM\0*", b"GIF89a",
    b"\x21\xf9\x04", b"\x2c", b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"BM", b"RIFF",
)  # fmt: skip


def _pictures(name: str) -> tuple[bytes, ...]:
    found = []
    for mode in _MODES:
        picture = Image.fromarray(noise(9, 11).astype(np.uint16) * 200) if mode == "I;16" else picture_of(mode)
        settings: list[dict[str, Any]] = [{}]
        if name == "TIFF":
            packings = ("tiff_lzw", "tiff_adobe_deflate", "packbits", *(("tiff_jpeg",) if mode in {"L", "RGB"} else ()))
            settings += [{"compression": each} for each in packings]
        if name in {"PNG", "GIF", "WEBP", "TIFF"} and mode == "RGB":
            settings.append({"save_all": True, "append_images": [picture]})
        if name == "JPEG":
            exif = Image.Exif()
            exif[0x0112] = 6
            settings += [{"exif": exif, "progressive": True}]
        for each in settings:
            stream = io.BytesIO()
            try:
                picture.save(stream, name, **each)
            except Exception:  # not every format holds every sort of pixels
                continue
            found.append(stream.getvalue())
    return tuple(found)


def picture_of(mode: str) -> Image.Image:
    """Return a small picture of one of Pillow's modes."""
    return Image.fromarray(noise(9, 11, 3)).convert(mode)


def _reads_picture(suffix: str) -> Callable[[Path], Read]:
    def prepare(folder: Path) -> Read:
        from vae_explorer.data.pictures import Canvas, measure, quiet_pictures, read_picture

        path = folder / f"a.{suffix}"

        def read(content: bytes) -> None:
            path.write_bytes(content)
            with quiet_pictures(LIMITS):
                size = measure(path, LIMITS)
                read_picture(path, Canvas((size.height, size.width), (8, 8), 3 if size.colour else 1), LIMITS)

        return read

    return prepare
