"""Hostile pictures, and folders of them."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.data.writers import noise
from tests.proving._hostile import Case, Expected, Loads, Make, Refused
from tests.proving._hostile_arrays import bomb

_EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(canary) (w) file closefile showpage\n"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/><script>alert(1)</script></svg>'


def encoded(picture: Image.Image, kind: str, **settings: Any) -> bytes:
    """Return a picture as the content of a file."""
    stream = io.BytesIO()
    picture.save(stream, kind, **settings)
    return stream.getvalue()


def _picture(height: int = 9, width: int = 11, mode: str = "RGB") -> Image.Image:
    return Image.fromarray(noise(height, width, 3)).convert(mode)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(width: int, height: int, *extra: bytes, colour: int = 0, rows: int = 10**6) -> bytes:
    """Return a PNG that says it has a size and holds zeros."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + header
        + b"".join(extra)
        + _chunk(b"IDAT", bomb(rows) if rows > 1 << 27 else zlib.compress(bytes(rows), 9))
        + _chunk(b"IEND", b"")
    )


def _gif(width: int, height: int) -> bytes:
    """Return a GIF that says it has a size, with a frame beyond it."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    control = b"\x21\xf9\x04\x08\0\0\0\0"
    return screen + control + b"\x2c" + struct.pack("<HHHHB", 65_000, 65_000, width, height, 0) + b"\x02\x01\0\0\x3b"


def _tiff(width: int, height: int, strip: int) -> bytes:
    """Return a TIFF that says it has a size, of one strip that says how long it is."""
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 8),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, strip),
    ]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0) + bytes(99)


def _bmp(width: int, height: int) -> bytes:
    return (
        b"BM"
        + struct.pack("<IHHI", 999, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
        + bytes(999)
    )


def _with_two(name: str, content: bytes) -> Make:
    """Make a folder of two good pictures and one other file."""

    def make(folder: Path, _canary: Path) -> Path:
        _good(folder)
        (folder / name).write_bytes(content)
        return folder

    return make


def _good(folder: Path, count: int = 2) -> None:
    for number in range(count):
        Image.fromarray(noise(9, 11, seed=number)).save(folder / f"good-{number}.png")


def _skipped(name: str, file: str, content: bytes, reason: str) -> Case:
    return Case(f"picture {name}", _with_two(file, content), Loads(2, reason))


def _taken(name: str, file: str, content: bytes, note: str = "") -> Case:
    return Case(f"picture {name}", _with_two(file, content), Loads(3, note))


def _folder(name: str, fill: Callable[[Path, Path], object], expected: Expected) -> Case:
    def make(folder: Path, canary: Path) -> Path:
        inner = folder / "data"
        inner.mkdir()
        fill(inner, canary)
        return inner

    return Case(f"folder {name}", make, expected)


def _links(folder: Path, canary: Path) -> None:
    _good(folder)
    (folder / "a.png").symlink_to(canary)
    (folder / "b.png").symlink_to("/etc/passwd")
    (folder / "c.png").symlink_to(folder / "c.png")
    (folder / "d").symlink_to("/", target_is_directory=True)


def _special(folder: Path, _canary: Path) -> None:
    import socket

    _good(folder)
    os.mkfifo(folder / "a.png")
    # A socket's path may not be long.
    here = os.open(folder, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(f"/proc/self/fd/{here}/b.png")
    os.close(here)


def _names(folder: Path, _canary: Path) -> None:
    for name in ("<img src=x onerror=alert(1)>", "a\nb", "\x1b[31mred", "\u202egnp", "日本", "é" * 100, "%s%n{0}"):
        (folder / name).mkdir()
        Image.fromarray(noise(8, 8, seed=len(name))).save(folder / name / "a.png")
    odd = os.fsencode(folder) + b"/\xff\xfe"
    os.mkdir(odd)  # noqa: PTH102 - as for the file
    with open(odd + b"/\xff.png", "wb") as file:  # noqa: PTH123 - names that are no text
        file.write(encoded(_picture(8, 8, "L"), "PNG"))


def _deep(folder: Path, _canary: Path) -> None:
    _good(folder)
    for _ in range(60):
        folder /= "d"
    folder.mkdir(parents=True)
    _good(folder)


def _many_classes(folder: Path, _canary: Path) -> None:
    content = encoded(_picture(8, 8, "L"), "PNG")
    for number in range(1100):
        (folder / f"{number}").mkdir()
        (folder / f"{number}" / "a.png").write_bytes(content if number else encoded(_picture(8, 9, "L"), "PNG"))


def _archive(folder: Path, _canary: Path) -> None:
    import zipfile

    _good(folder)
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("../../escaped.png", b"")


def _grey16() -> Image.Image:
    return Image.fromarray(noise(9, 11).astype(np.uint16) * 200)


def _rotated(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(_picture(9, 11), "JPEG", exif=exif)


def _huge_exif() -> bytes:
    exif = Image.Exif()
    exif[0x9286] = b"x" * 60_000
    return encoded(_picture(), "JPEG", exif=exif)


def _lying_exif() -> bytes:
    block = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 0x0112, 3, 2**31, 2**31) * 9
    return encoded(_picture(), "JPEG", exif=block)


def _link(folder: Path, canary: Path) -> Path:
    (folder / "z.png").symlink_to(canary)
    return folder / "z.png"


_BOMB = bomb(1 << 28)
_ICC = b"icc\0\0" + _BOMB
_TEXT = b"Comment\0\0" + _BOMB
_FRAMES = [Image.fromarray(noise(9, 11, 3, seed=seed)) for seed in range(3)]
_PIXELS = "of limits.pixels"

CASES = (
    _skipped("of 60,000 x 60,000 (PNG)", "z.png", _png(60_000, 60_000), _PIXELS),
    _skipped("of 2 billion x 2 billion (PNG)", "z.png", _png(2**31 - 1, 2**31 - 1), _PIXELS),
    _skipped("of no size (PNG)", "z.png", _png(0, 0), "z.png"),
    _taken("that unpacks beyond its size (PNG)", "z.png", _png(20, 20, rows=1 << 28), "2 sizes"),
    _skipped("with an ICC bomb (PNG)", "z.png", _png(11, 9, _chunk(b"iCCP", _ICC)), "z.png"),
    _skipped("with a text bomb (PNG)", "z.png", _png(11, 9, _chunk(b"zTXt", _TEXT)), "z.png"),
    _skipped("of 100,000 x 1 that is cut (PNG)", "z.png", _png(1, 100_000)[:60], "z.png"),
    _taken("of 1 x 1", "z.png", encoded(_picture(1, 1), "PNG"), "each was scaled"),
    _taken("of 100,000 x 1", "z.png", encoded(_picture(1, 100_000), "PNG"), "each was scaled"),
    _taken("of 4,900 x 5,000 with transparency", "z.png", _png(4_900, 5_000, _chunk(b"tRNS", b"\0\1"), rows=4901 * 5000), "over white"),
    _skipped("of 65,535 x 65,535 (GIF)", "z.gif", _gif(65_535, 65_535), _PIXELS),
    _skipped("of 10 x 10 with a frame far outside (GIF)", "z.gif", _gif(10, 10), _PIXELS),
    _skipped("of 100,000 x 100,000 (TIFF)", "z.tif", _tiff(100_000, 100_000, 99), _PIXELS),
    _skipped("of a strip of 4 GB (TIFF)", "z.tif", _tiff(4_000, 4_000, 2**32 - 1), "z.tif"),
    _skipped("of 30,000 x 30,000 (BMP)", "z.bmp", _bmp(30_000, 30_000), _PIXELS),
    _skipped("of negative width (BMP)", "z.bmp", _bmp(-9, 9), "z.bmp"),
    _skipped("that says it is 65,500 x 65,500 (JPEG)", "z.jpg", encoded(_picture(), "JPEG").replace(b"\xff\xc0\0\x11\x08\0\x09\0\x0b", b"\xff\xc0\0\x11\x08\xff\xdc\xff\xdc"), _PIXELS),
    _skipped("EPS named PNG", "z.png", _EPS, "not a picture of a known format"),
    _skipped("EPS", "z.eps", _EPS, "not a picture"),
    _skipped("PDF named JPEG", "z.jpg", b"%PDF-1.4\n" + bytes(99), "not a picture of a known format"),
    _skipped("SVG named PNG", "z.png", _SVG, "not a picture of a known format"),
    _skipped("SVG", "z.svg", _SVG, "not a picture"),
    _skipped("PSD named TIFF", "z.tif", b"8BPS\0\1" + bytes(99), "not a picture of a known format"),
    _skipped("ICO named PNG", "z.png", b"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0" + bytes(99), "not a picture of a known format"),
    _skipped("text", "z.png", b"hello", "not a picture of a known format"),
    _skipped("empty", "z.png", b"", "empty"),
    _skipped("cut (PNG)", "z.png", encoded(_picture(60, 60), "PNG")[:900], "damaged"),
    _skipped("cut (JPEG)", "z.jpg", encoded(_picture(60, 60), "JPEG")[:900], "damaged"),
    _skipped("cut (WebP)", "z.webp", encoded(_picture(60, 60), "WEBP")[:200], "z.webp"),
    _skipped("of floating-point numbers (TIFF)", "z.tif", encoded(Image.fromarray(np.full((9, 11), np.nan, np.float32)), "TIFF"), "floating-point"),
    _skipped("of 32 bits (TIFF)", "z.tif", encoded(Image.fromarray(np.full((9, 11), 2**30, np.int32)), "TIFF"), "more than 16 bits"),
    _taken("whose suffix is another's", "z.jpg", encoded(_picture(), "PNG")),
    _taken("with a ZIP behind it", "z.png", encoded(_picture(), "PNG") + b"PK\x03\x04" + bytes(99)),
    _taken("in printing colours", "z.jpg", encoded(_picture(mode="CMYK"), "JPEG"), "CMYK"),
    _taken("of 16 bits", "z.png", encoded(_grey16(), "PNG"), "16-bit"),
    _taken("with transparency", "z.png", encoded(_picture(mode="RGBA"), "PNG"), "over white"),
    _taken("with a palette", "z.png", encoded(_picture(mode="P"), "PNG")),
    _taken("of one bit", "z.png", encoded(_picture(mode="1"), "PNG")),
    _taken("that is turned", "z.jpg", _rotated(6), "2 sizes"),
    _taken("turned in a way that doesn't exist", "z.jpg", _rotated(99)),
    _taken("with much EXIF", "z.jpg", _huge_exif()),
    _taken("with EXIF that lies", "z.jpg", _lying_exif()),
    _taken("that moves (GIF)", "z.gif", encoded(_FRAMES[0], "GIF", save_all=True, append_images=_FRAMES[1:]), "first frame"),
    _taken("that moves (WebP)", "z.webp", encoded(_FRAMES[0], "WEBP", save_all=True, append_images=_FRAMES[1:]), "first frame"),
    _taken("that moves (PNG)", "z.png", encoded(_FRAMES[0], "PNG", save_all=True, append_images=_FRAMES[1:]), "first frame"),
    _taken("of many pages (TIFF)", "z.tif", encoded(_FRAMES[0], "TIFF", save_all=True, append_images=_FRAMES[1:])),
    _folder("with links", _links, Loads(2, "a link")),
    _folder("with a pipe and a socket", _special, Loads(2, "a pipe or device")),
    _folder("with names of mark-up, new lines and no text", _names, Loads(8)),
    _folder("nested without end", _deep, Loads(2, "of limits.depth")),
    _folder("of 1,100 classes", _many_classes, Loads(1100, "1,100 different values")),
    _folder("with an archive", _archive, Loads(2, "not a picture")),
    _folder("that is empty", lambda _folder, _canary: None, Refused("holds no images")),
    Case("canvas: EPS named PNG", lambda folder, canary: _with_two("z.png", _EPS)(folder, canary) / "z.png", Refused("known format"), "canvas"),
    Case("canvas: a bomb", lambda folder, canary: _with_two("z.png", _png(60_000, 60_000))(folder, canary) / "z.png", Refused(_PIXELS), "canvas"),
    Case("canvas: a link", _link, Refused("can't be read"), "canvas"),
    Case("note: a PNG whose note is a bomb", lambda folder, canary: _with_two("z.png", _png(9, 9, _chunk(b"iTXt", b"vae-explorer\0\1\0\0\0" + _BOMB)))(folder, canary) / "z.png", Refused("note"), "note"),
)  # fmt: skip
