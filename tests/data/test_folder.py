"""Folders of pictures: classes, sizes, kinds of pixels, and what is skipped."""

from __future__ import annotations

import io
import os
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.data.writers import load_path, noise
from vae_explorer.data.catalogue import load
from vae_explorer.data.limits import Limits
from vae_explorer.data.listing import natural_key
from vae_explorer.errors import DataError
from vae_explorer.sections import DataConfig

if TYPE_CHECKING:
    from pathlib import Path


def save(path: Path, pixels: Any, **settings: Any) -> None:
    """Write a picture, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **settings)


def fill(folder: Path, count: int, *shape: int) -> None:
    """Random PNG files img0, img1 and so on."""
    for number in range(count):
        save(folder / f"img{number}.png", noise(*shape, seed=number))


def in_order(dataset: Any) -> Any:
    """Images as they lay in the folder."""
    return dataset.images[np.argsort(dataset.source_rows)]


def note_about(dataset: Any, words: str) -> str:
    """The one note with these words."""
    (note,) = [note for note in dataset.notes if words in note]
    return str(note)


def test_that_sub_folders_are_classes_in_natural_order(tmp_path: Path) -> None:
    for name in ("class 10", "class 2", "Class 1"):
        fill(tmp_path / name, 3, 8, 9)
    fill(tmp_path / "class 2" / "deeper", 1, 8, 9)
    dataset = load_path(tmp_path)
    assert dataset.class_names == ("Class 1", "class 2", "class 10")
    assert dataset.labels is not None
    assert np.bincount(dataset.labels).tolist() == [3, 4, 3]
    assert (dataset.channels, dataset.height, dataset.width) == (1, 8, 9)
    assert dataset.notes == ()


def test_that_pictures_come_in_natural_order(tmp_path: Path) -> None:
    fill(tmp_path, 12, 8, 8)
    dataset = load_path(tmp_path)
    assert dataset.labels is None
    for number, image in enumerate(in_order(dataset)):
        np.testing.assert_array_equal(image[0], noise(8, 8, seed=number))
    assert sorted(["a10", "a9", "A1", "a", "1"], key=natural_key) == ["1", "a", "A1", "a9", "a10"]


def test_that_folders_named_train_and_test_are_the_parts(tmp_path: Path) -> None:
    for part, count in (("train", 4), ("test", 2), ("val", 1)):
        for name in ("cat", "dog"):
            fill(tmp_path / part / name, count, 8, 8)
    dataset = load_path(tmp_path)
    assert (len(dataset), dataset.train_count, dataset.class_names) == (12, 8, ("cat", "dog"))
    assert "val left out" in note_about(dataset, "train")


def test_that_one_colour_picture_makes_all_colour_unless_grey_is_asked_for(tmp_path: Path) -> None:
    fill(tmp_path, 3, 8, 8)
    save(tmp_path / "z.png", noise(8, 8, 3))
    assert load_path(tmp_path).channels == 3
    assert load_path(tmp_path, colour="grey").channels == 1


def test_that_bad_files_are_skipped_and_named_while_the_rest_loads(tmp_path: Path) -> None:
    fill(tmp_path, 3, 60, 60)
    whole = (tmp_path / "img0.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.gif").write_text("hello")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".hidden.png").write_text("hello")
    dataset = load_path(tmp_path)
    assert len(dataset) == 3
    assert note_about(dataset, "skipped") == (
        "4 files were skipped: cut.png (damaged or of an unknown kind), empty.jpg (empty), "
        "notes.txt (not a picture), text.gif (not a picture of a known format)."
    )


def test_that_links_and_pipes_are_never_opened(tmp_path: Path) -> None:
    inside, outside = tmp_path / "set", tmp_path / "private"
    fill(inside, 2, 8, 8)
    fill(outside, 2, 8, 8)
    (inside / "link.png").symlink_to(outside / "img0.png")
    (inside / "folder").symlink_to(outside)
    os.mkfifo(inside / "pipe.png")
    dataset = load_path(inside)
    assert len(dataset) == 2
    assert "folder (a link), link.png (a link), pipe.png (a pipe or device)" in note_about(dataset, "skipped")


@pytest.mark.parametrize("name", ["<b>bold</b>", "new\nline", "\u202eevil", "x" * 200, os.fsdecode(b"caf\xe9")])
def test_that_any_file_name_is_shown_as_one_line_of_plain_text(tmp_path: Path, name: str) -> None:
    for stem in (name, "other"):
        (tmp_path / stem).mkdir() if "/" not in stem else (tmp_path / "b").mkdir()
    folders = [folder for folder in tmp_path.iterdir() if folder.is_dir()]
    for folder in folders:
        fill(folder, 2, 8, 8)
        (folder / "bad.png").write_bytes(b"")
    dataset = load_path(tmp_path)
    for text in (*dataset.class_names, *dataset.notes):
        assert text.isprintable()
        assert len(text.encode("utf-8")) < 600
    assert dataset.classes == 2


def test_that_pictures_of_many_sizes_are_brought_to_one(tmp_path: Path) -> None:
    for number, (height, width) in enumerate([(40, 80), (90, 30), (50, 50), (200, 100)]):
        save(tmp_path / f"{number}.png", noise(height, width, seed=number))
    dataset = load_path(tmp_path)
    assert dataset.height == dataset.width == 85
    assert note_about(dataset, "sizes") == (
        "The pictures have 4 sizes from 50 x 50 to 100 x 200: "
        "each was scaled to fill 85 x 85 pixels and cropped about its centre."
    )


def test_that_the_size_of_most_pictures_wins(tmp_path: Path) -> None:
    fill(tmp_path, 3, 20, 30)
    save(tmp_path / "odd.png", noise(50, 50))
    dataset = load_path(tmp_path)
    assert (dataset.height, dataset.width) == (20, 30)
    np.testing.assert_array_equal(in_order(dataset)[0, 0], noise(20, 30, seed=0))


def test_that_large_pictures_come_down_to_64_pixels_and_it_is_said(tmp_path: Path) -> None:
    for number in range(2):
        save(tmp_path / f"{number}.jpg", noise(400, 300, 3, seed=number))
    dataset = load_path(tmp_path)
    assert dataset.images.shape == (2, 3, 64, 48)
    assert dataset.notes == ("Pictures were resized from 300 x 400 to 48 x 64 pixels.",)


def test_that_rotation_in_exif_is_obeyed(tmp_path: Path) -> None:
    pixels = np.zeros((16, 32), dtype=np.uint8)
    pixels[:, :16] = 255
    fill(tmp_path, 2, 32, 16)
    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix in ("jpg", "png", "tif", "webp"):
        save(tmp_path / f"turned.{suffix}", pixels, exif=exif)
    dataset = load_path(tmp_path)
    assert (len(dataset), dataset.height, dataset.width) == (6, 32, 16)
    for image in in_order(dataset)[2:, 0]:
        assert image[:12].min() > 200
        assert image[20:].max() < 50


def first_pixel(tmp_path: Path, picture: Image.Image, suffix: str, **settings: Any) -> tuple[list[int], Any]:
    """Colour that a picture of one colour has after loading beside a black one."""
    Image.new("L", picture.size).save(tmp_path / "a.png")
    picture.save(tmp_path / f"b.{suffix}", **settings)
    dataset = load_path(tmp_path)
    return [int(value) for value in in_order(dataset)[1, :, 4, 4]], dataset


@pytest.mark.parametrize(
    ("picture", "suffix", "expected", "note"),
    [
        (Image.new("RGB", (8, 8), (10, 20, 30)), "bmp", [10, 20, 30], ""),
        (Image.new("RGB", (8, 8), (10, 20, 30)), "tiff", [10, 20, 30], ""),
        (Image.new("1", (8, 8), 1), "png", [255], ""),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "png", [255, 255, 255], "over white"),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 51)), "webp", [255, 204, 204], "over white"),
        (Image.new("LA", (8, 8), (0, 0)), "png", [255], "over white"),
        (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "tiff", [255, 0, 0], "CMYK"),
        (Image.fromarray(np.full((8, 8), 257 * 77, dtype=np.uint16)), "png", [77], "16-bit"),
        (Image.fromarray(np.full((8, 8), 257 * 77, dtype=np.uint16)), "tiff", [77], "16-bit"),
        (Image.new("RGB", (8, 8), (10, 20, 30)).quantize(4), "gif", [10, 20, 30], ""),
        (Image.new("L", (8, 8), 99).convert("P"), "png", [99], ""),
    ],
)
def test_that_each_kind_of_pixel_becomes_bytes(
    tmp_path: Path, picture: Image.Image, suffix: str, expected: list[int], note: str
) -> None:
    settings = {"lossless": True} if suffix == "webp" else {}
    pixel, dataset = first_pixel(tmp_path, picture, suffix, **settings)
    assert pixel == expected
    assert any(note in text for text in dataset.notes)


def test_that_a_transparent_palette_is_laid_over_white(tmp_path: Path) -> None:
    picture = Image.new("P", (8, 8), 3)
    picture.putpalette([9] * 768)
    assert first_pixel(tmp_path, picture, "png", transparency=3)[0] == [255]


def test_that_of_an_animation_the_first_frame_is_taken(tmp_path: Path) -> None:
    frames = [Image.new("L", (8, 8), grey) for grey in (50, 200)]
    pixel, dataset = first_pixel(tmp_path, frames[0], "gif", save_all=True, append_images=frames[1:])
    assert pixel[0] == 50
    assert note_about(dataset, "first frame")


def test_that_formats_outside_the_list_are_not_decoded(tmp_path: Path) -> None:
    fill(tmp_path, 2, 8, 8)
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "PPM")
    (tmp_path / "ppm.png").write_bytes(buffer.getvalue())
    (tmp_path / "eps.png").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n")
    dataset = load_path(tmp_path)
    assert len(dataset) == 2
    assert note_about(dataset, "skipped").count("not a picture of a known format") == 2


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of few bytes with any size in its header."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(10**6))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [9_000, 10_000, 60_000])
def test_that_a_picture_bomb_is_skipped(tmp_path: Path, side: int) -> None:
    fill(tmp_path, 2, 8, 8)
    (tmp_path / "bomb.png").write_bytes(png_that_claims(side, side))
    dataset = load_path(tmp_path)
    assert len(dataset) == 2
    assert "more than the 25,000,000 of limits.pixels" in note_about(dataset, "bomb.png")


def test_that_a_folder_without_pictures_says_what_it_holds_instead(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no images: at least 2 are needed"):
        load_path(tmp_path)
    (tmp_path / "table.csv").write_text("1")
    with pytest.raises(DataError, match=r"no pictures that can be read.*table\.csv \(not a picture\)\."):
        load_path(tmp_path)
    fill(tmp_path, 1, 8, 8)
    with pytest.raises(DataError, match=r"only one picture that can be read"):
        load_path(tmp_path)


def test_that_small_pictures_are_refused_or_enlarged_on_request(tmp_path: Path) -> None:
    fill(tmp_path, 2, 4, 4)
    with pytest.raises(DataError, match=r"4 x 4 pixels.*set data\.resize to 8 or more"):
        load_path(tmp_path)
    assert load_path(tmp_path, resize=12).images.shape == (2, 1, 12, 12)


def test_that_limits_on_files_and_memory_hold(tmp_path: Path) -> None:
    fill(tmp_path, 5, 20, 20)
    config = DataConfig(source=str(tmp_path))
    with pytest.raises(DataError, match=r"more than the 4 allowed \(limits\.files\)"):
        load(config, limits=Limits(files=4))
    with pytest.raises(DataError, match=r"would need 2\.0 KiB of memory.*1\.9 KiB allowed \(data\.memory\)"):
        load(config, limits=Limits(memory_bytes=1900))
    with pytest.raises(DataError, match=r"img0\.png \(.*, more than the 100 bytes of limits\.picture\)"):
        load(config, limits=Limits(picture_bytes=100))


def test_that_folders_that_contain_too_many_folders_do_not_recurse_for_ever(tmp_path: Path) -> None:
    fill(tmp_path / "a", 2, 8, 8)
    deep = tmp_path / "b"
    for _ in range(30):
        deep /= "c"
    fill(deep, 2, 8, 8)
    dataset = load_path(tmp_path)
    assert len(dataset) == 2
    assert note_about(dataset, "nested more than the 8 levels of limits.depth")
