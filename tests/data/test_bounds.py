"""Readers at their bounds: large pictures in strips, a full temporary file, limits that say their name."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.data.writers import idx_bytes, load_path, noise
from vae_explorer.data import pictures
from vae_explorer.data.catalogue import load
from vae_explorer.data.limits import Limits
from vae_explorer.data.pictures import Canvas, PictureError, quiet_pictures, read_picture
from vae_explorer.data.silence import silent_library
from vae_explorer.errors import DataError
from vae_explorer.sections import DataConfig

if TYPE_CHECKING:
    from pathlib import Path

CANVAS = Canvas((90, 110), (9, 11), 3)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "CMYK", "I;16"])
def test_that_a_large_picture_is_made_in_strips_that_give_the_same(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    y, x = np.mgrid[0:180, 0:220]
    smooth = np.stack([x, y, (x + y) // 2, 255 - x // 2], axis=2).astype(np.uint8)
    plain = Image.fromarray(smooth, "RGBA")
    picture = Image.fromarray((x * 200).astype(np.uint16)) if mode == "I;16" else plain.convert(mode)
    path = tmp_path / "a.tif"
    picture.save(path)
    whole, notes = read_picture(path, CANVAS, Limits())
    monkeypatch.setattr(pictures, "_LARGE_PIXELS", 1000)
    monkeypatch.setattr(pictures, "_STRIP_PIXELS", 3000)
    stripped, same_notes = read_picture(path, CANVAS, Limits())
    assert notes == same_notes
    assert np.abs(whole.astype(int) - stripped).max() <= 4


def test_that_a_frame_far_outside_takes_no_memory(tmp_path: Path) -> None:
    content = b"GIF89a\x0a\0\x0a\0\x80\0\0" + bytes(6) + b"\x21\xf9\x04\x08\0\0\0\0"
    (tmp_path / "a.gif").write_bytes(content + b"\x2c" + b"\xe8\xfd\xe8\xfd\xff\xff\xff\xff\0\x02\x01\0\0\x3b")
    with quiet_pictures(Limits()), pytest.raises(PictureError, match=r"25,000,000 of limits\.pixels"):
        read_picture(tmp_path / "a.gif", CANVAS, Limits())


def test_that_a_jpeg_may_have_twice_as_many_pixels(tmp_path: Path) -> None:
    limits = Limits(picture_pixels=5000)
    for suffix in ("png", "jpg"):
        Image.fromarray(noise(90, 80)).save(tmp_path / f"a.{suffix}")
    read_picture(tmp_path / "a.jpg", CANVAS, limits)
    with pytest.raises(PictureError, match=r"7,200 pixels, more than the 5,000"):
        read_picture(tmp_path / "a.png", CANVAS, limits)


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [(np.full((9, 9), 1 << 20, np.int32), "more than 16 bits"), (np.ones((9, 9), np.float32), "floating-point")],
)
def test_that_numbers_that_are_no_grey_levels_are_refused(pixels: object, reason: str, tmp_path: Path) -> None:
    Image.fromarray(pixels).save(tmp_path / "a.tif")  # type: ignore[arg-type]
    with pytest.raises(PictureError, match=reason):
        read_picture(tmp_path / "a.tif", CANVAS, Limits())


def test_that_what_a_library_prints_stays_away_and_the_rest_comes(capfd: pytest.CaptureFixture[str]) -> None:
    with silent_library():
        os.write(2, b"libtiff says")
    os.write(2, b"we say")
    assert capfd.readouterr().err == "we say"


def test_that_a_process_without_standard_error_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> int:
        raise OSError

    monkeypatch.setattr(os, "dup", fail)
    with silent_library():
        pass


def test_that_compressed_images_go_to_a_file_where_memory_is_short(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=noise(40, 8, 9), y=np.arange(40) % 3)
    config = DataConfig(source=str(tmp_path / "a.npz"))
    limits = Limits(memory_bytes=1000)
    with pytest.raises(DataError, match=r"1000 bytes allowed \(data\.memory\)"):
        load(config, limits=limits)
    spooled = load(config, limits=replace(limits, spool=str(tmp_path)))
    np.testing.assert_array_equal(spooled.images[:], load(config).images[:])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(label_bytes=10), "limits.labels"),
        (Limits(expanded_bytes=10), "limits.expanded"),
        (Limits(images=10), "limits.images"),
        (Limits(header_bytes=10), "limits.header"),
        (Limits(members=1), "limits.arrays"),
    ],
)
def test_that_a_refusal_names_its_limit(limits: Limits, words: str, tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", x=noise(40, 8, 9), y=np.arange(40) % 3)
    with pytest.raises(DataError) as refusal:
        load(DataConfig(source=str(tmp_path / "a.npz")), limits=limits)
    assert f"({words})" in str(refusal.value)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (np.zeros(6, "M8[s]"), "type"),
        (np.frombuffer(b"\xff" * 24, "<U1"), "aren't text"),
        (np.full(6, 2**64 - 1, np.uint64), "beyond 64"),
    ],
)
def test_that_labels_that_are_none_are_refused(labels: object, reason: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=noise(6, 8, 8), y=labels)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=f"{reason}|plain array"):
        load_path(tmp_path / "a.npz")


@pytest.mark.parametrize("names", [["a", "b"], [b"a", b"\xff"], np.frombuffer(b"\xff" * 8, "<U1"), [1, 2]])
def test_that_class_names_are_taken_where_they_are_texts(names: object, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=noise(6, 8, 8), y=np.arange(6) % 2, class_names=names)  # type: ignore[arg-type]
    assert load_path(tmp_path / "a.npz").class_names in {("a", "b"), ("a", "\N{REPLACEMENT CHARACTER}"), ("0", "1")}


def test_that_what_lies_behind_a_damaged_gzip_header_is_one_sentence(tmp_path: Path) -> None:
    import gzip

    content = bytearray(gzip.compress(idx_bytes(noise(6, 8, 9)), mtime=0))
    for place in range(10, 40):
        broken = bytearray(content)
        broken[place] ^= 0xFF
        (tmp_path / "a-images-idx3-ubyte.gz").write_bytes(broken)
        with pytest.raises(DataError) as refusal:
            load_path(tmp_path / "a-images-idx3-ubyte.gz")
        assert str(refusal.value).isprintable()


def test_that_a_lone_member_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.savez(stream, x=noise(6, 8, 8))
    content = bytearray(stream.getvalue())
    place = content.index(b"PK\x01\x02")
    content[place + 42 : place + 46] = len(content).to_bytes(4, "little")
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        load_path(tmp_path / "a.npz")
