"""NPY and NPZ files: layouts, scales, labels, and what is refused."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.data.writers import load_path, noise, npy_bytes
from vae_explorer.data.catalogue import load
from vae_explorer.data.limits import Limits
from vae_explorer.data.npy import read_npy_header
from vae_explorer.errors import DataError
from vae_explorer.sections import DataConfig

if TYPE_CHECKING:
    from pathlib import Path

MODEST = settings(max_examples=200, deadline=None)
HEADER = "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 8, 8), }"


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (noise(6, 8, 9), noise(6, 8, 9)[:, None]),
        (noise(6, 8, 9, 1), noise(6, 8, 9, 1).transpose(0, 3, 1, 2)),
        (noise(6, 8, 9, 3), noise(6, 8, 9, 3).transpose(0, 3, 1, 2)),
        (noise(6, 1, 8, 9), noise(6, 1, 8, 9)),
        (noise(6, 3, 8, 9), noise(6, 3, 8, 9)),
        (noise(6, 64), noise(6, 64).reshape(6, 1, 8, 8)),
        (np.asfortranarray(noise(6, 8, 9)), noise(6, 8, 9)[:, None]),
    ],
)
def test_that_each_layout_gives_the_same_pixels(tmp_path: Path, stored: Any, expected: Any) -> None:
    np.save(tmp_path / "x.npy", stored)
    dataset = load_path(tmp_path / "x.npy")
    np.testing.assert_array_equal(dataset.images, expected[dataset.source_rows])


@pytest.mark.parametrize(
    ("stored", "low", "high", "note"),
    [
        (np.linspace(0, 1, 640, dtype=np.float32), 0, 255, "0 to 1"),
        (np.linspace(0, 1, 640, dtype=np.float16), 0, 255, "0 to 1"),
        (np.linspace(-1, 1, 640, dtype=">f8"), 0, 255, "-1 to 1"),
        (np.linspace(0, 255, 640), 0, 255, "0 to 255"),
        (np.arange(640) % 3 == 0, 0, 255, "white and black"),
        (np.arange(640) % 3 // 2, 0, 255, "black and white"),
        (np.arange(640) % 200, 0, 199, ""),
        (np.linspace(0, 65535, 640).astype(">u2"), 0, 255, "16-bit"),
    ],
)
def test_that_numbers_of_each_range_become_bytes_and_it_is_said(
    tmp_path: Path, stored: Any, low: int, high: int, note: str
) -> None:
    np.save(tmp_path / "x.npy", stored.reshape(10, 8, 8))
    dataset = load_path(tmp_path / "x.npy")
    assert (dataset.images[:].min(), dataset.images[:].max()) == (low, high)
    assert any(note in text for text in dataset.notes)


def test_that_an_archive_with_its_own_test_part_keeps_it(tmp_path: Path) -> None:
    np.savez_compressed(
        tmp_path / "a.npz", x_train=noise(8, 8, 8), y_train=np.arange(8) % 2, x_test=noise(3, 8, 8), y_test=[0, 1, 1]
    )
    dataset = load_path(tmp_path / "a.npz")
    assert (len(dataset), dataset.train_count, dataset.class_names) == (11, 8, ("0", "1"))


@pytest.mark.parametrize("labels", [["cat", "dog"] * 4, np.array([[0, 1], [1, 0]] * 4), np.array([[5.0], [9.0]] * 4)])
def test_that_labels_may_be_texts_or_one_hot_or_floats(tmp_path: Path, labels: Any) -> None:
    np.savez(tmp_path / "a.npz", images=noise(8, 8, 8), labels=labels)
    assert load_path(tmp_path / "a.npz").classes == 2


def test_that_the_labels_beside_an_array_are_found(tmp_path: Path) -> None:
    np.save(tmp_path / "faces_images.npy", noise(8, 8, 8))
    np.save(tmp_path / "faces_labels.npy", np.arange(8) % 4)
    assert load_path(tmp_path / "faces_images.npy").classes == 4


def test_that_objects_that_nobody_needs_do_not_matter(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=noise(8, 8, 8), info=np.array([{"a": 1}], dtype=object))
    assert len(load_path(tmp_path / "a.npz")) == 8
    np.savez(tmp_path / "b.npz", x=np.array([{"a": 1}] * 3, dtype=object))
    with pytest.raises(DataError, match="never read"):
        load_path(tmp_path / "b.npz")


def test_that_more_than_a_thousand_classes_are_left_out_and_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=noise(1500, 8, 8), y=np.arange(1500))
    dataset = load_path(tmp_path / "a.npz")
    assert dataset.labels is None
    assert any("1,500 different values" in note for note in dataset.notes)


def test_that_large_images_come_down_to_64_pixels_and_it_is_said(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", noise(3, 150, 300))
    dataset = load_path(tmp_path / "x.npy")
    assert (dataset.height, dataset.width) == (32, 64)
    assert "Pictures were resized from 300 x 150 to 64 x 32 pixels." in dataset.notes


def test_that_colour_can_be_turned_to_grey(tmp_path: Path) -> None:
    image = np.zeros((2, 8, 8, 3), dtype=np.uint8)
    image[0, :, :, 1] = 255
    np.save(tmp_path / "x.npy", image)
    dataset = load_path(tmp_path / "x.npy", colour="grey")
    assert dataset.channels == 1
    assert dataset.images[:].max() == 150


def test_that_alpha_is_laid_over_white(tmp_path: Path) -> None:
    image = np.zeros((2, 8, 8, 4), dtype=np.uint8)
    image[1, :, :, 3] = 255
    np.save(tmp_path / "x.npy", image)
    dataset = load_path(tmp_path / "x.npy")
    assert sorted(dataset.images[:, 0, 0, 0].tolist()) == [0, 255]
    assert any("over white" in note for note in dataset.notes)


def bad_number(value: float) -> Any:
    """Images with one number that can't be a grey level."""
    images = np.zeros((5, 8, 8), dtype=np.float32)
    images[3, 2, 1] = value
    return images


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"x": bad_number(np.nan)}, "NaN or infinite, first in image 3"),
        ({"x": bad_number(np.inf)}, "NaN or infinite"),
        ({"x": bad_number(1e30)}, "scale them to 0 to 1"),
        ({"x": np.full((5, 8, 8), -3)}, "whole numbers from -3"),
        ({"x": np.zeros((5, 8, 8), dtype=complex)}, "type '<c16'"),
        ({"x": np.zeros((5, 8, 8), dtype=np.uint8)}, "all the same"),
        ({"x": noise(1, 8, 8)}, "only one image"),
        ({"x": noise(0, 8, 8)}, "no images"),
        ({"x": np.uint8(3)}, "no dimensions"),
        ({"x": noise(5, 8, 8, 2)}, "5 x 8 x 8 x 2"),
        ({"x": noise(5, 8, 8, 3, 1)}, "isn't that of images"),
        ({"x": noise(5)}, "one dimension, like labels"),
        ({"x": noise(5, 8, 8), "y": np.arange(4)}, "4 labels for 5 images"),
        ({"x": noise(5, 8, 8), "y": np.zeros((5, 0))}, "no numbers"),
        ({"x": noise(5, 8, 8), "y": np.linspace(0, 1, 5)}, "aren't whole numbers"),
        ({"x": noise(5, 8, 8), "y": np.full(5, np.nan)}, "NaN"),
        ({"x": noise(5, 8, 8), "y": noise(5, 3)}, "3 numbers an image"),
        ({"a": noise(5, 8, 8), "b": noise(5, 8, 8)}, "holds 'a', 'b': name the images 'x'"),
        ({}, "no arrays|no known format"),
        ({"x_train": noise(5, 8, 8), "x_test": noise(5, 8, 9)}, "differ in size"),
    ],
)
def test_that_arrays_that_are_no_data_set_are_refused_by_name(tmp_path: Path, arrays: Any, reason: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=reason) as refusal:
        load_path(tmp_path / "a.npz")
    assert "a.npz" in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "doesn't begin as one"),
        (b"\x93NUMPY", "unknown version"),
        (b"\x93NUMPY\x09\x00aa", "unknown version"),
        (b"\x93NUMPY\x01\x00", "ends within its header"),
        (npy_bytes(HEADER, bytes(255)), "can't hold"),
        (npy_bytes(HEADER, bytes(257)), "is longer than"),
        (npy_bytes(HEADER.replace("4, 8, 8", "9" * 18 + ", 8, 8")), "can't hold"),
        (npy_bytes(HEADER.replace("4, 8, 8", "-4, 8, 8")), "plain array"),
        (npy_bytes(HEADER.replace("4, 8, 8", "1," * 40)), "impossible shape"),
        (npy_bytes(HEADER.replace("'|u1'", "'|O'")), "pickle"),
        (npy_bytes(HEADER.replace("'|u1'", "'|V8'")), "type '|V8'"),
        (npy_bytes(HEADER.replace("'|u1'", "[('a', '|u1')]")), "plain array"),
        (npy_bytes(HEADER.replace("'|u1'", "__import__('os').system('true')")), "plain array"),
        (npy_bytes("(" * 4000), "plain array"),
        (npy_bytes(HEADER + " " * 5000, bytes(256)), "header of 4.9 KiB"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", "header of 4.0 GiB"),
    ],
)
def test_that_a_hostile_npy_is_refused_in_one_sentence(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    with pytest.raises(DataError, match=reason.replace("|", r"\|")) as refusal:
        load_path(tmp_path / "x.npy")
    assert "x.npy" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def write_archive(path: Path, content: bytes, **settings: Any) -> None:
    """A ZIP archive with one member named x."""
    with zipfile.ZipFile(path, "w", **settings) as archive:
        archive.writestr("x.npy", content)


def test_that_a_zip_bomb_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    shape = (100_000, 100, 10)
    write_archive(
        path, npy_bytes(HEADER.replace("4, 8, 8", str(shape)[1:-1]), bytes(10**8)), compression=zipfile.ZIP_DEFLATED
    )
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"would need 95.4 MiB of memory.*more than the 976.6 KiB allowed"):
            load(DataConfig(source=str(path)), limits=Limits(memory_bytes=10**6))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_that_a_member_that_lies_about_its_unpacked_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lie.npz"
    write_archive(path, npy_bytes(HEADER, noise(4, 8, 8).tobytes()), compression=zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = (2**31).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"unpack to 2\.0 GiB, which can't be"):
        load_path(path)


@pytest.mark.parametrize("cut", [1, 30, 60, 200])
def test_that_a_cut_archive_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.npz"
    write_archive(path, npy_bytes(HEADER, noise(4, 8, 8).tobytes()))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DataError, match=r"cut\.npz isn't a whole NPZ file"):
        load_path(path)


def test_that_a_flipped_byte_in_an_archive_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "flip.npz"
    write_archive(path, npy_bytes(HEADER, noise(4, 8, 8).tobytes()))
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"flip\.npz.*is damaged"):
        load_path(path)


def test_that_packing_without_a_known_bound_is_refused(tmp_path: Path) -> None:
    write_archive(tmp_path / "a.npz", npy_bytes(HEADER, bytes(256)), compression=zipfile.ZIP_LZMA)
    with pytest.raises(DataError, match="packed in an unknown way"):
        load_path(tmp_path / "a.npz")


@MODEST
@given(hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4), st.sampled_from("?bBhHiIqQefd"), st.booleans())
def test_that_headers_of_numpy_are_understood(shape: tuple[int, ...], code: str, fortran: bool) -> None:
    array = np.zeros(shape, dtype=code, order="F" if fortran else "C")
    buffer = io.BytesIO()
    np.save(buffer, array)
    buffer.seek(0)
    header = read_npy_header("x", buffer, Limits())
    assert (header.shape, header.dtype, header.length) == (shape, array.dtype, buffer.tell())
    assert header.fortran == (array.flags.f_contiguous and not array.flags.c_contiguous)


@MODEST
@given(st.text(st.sampled_from("{}()[]',: 0123456789<|=uf48TrueFalsdcotnhp_"), max_size=80), st.binary(max_size=9))
def test_that_any_header_is_read_or_refused(text: str, tail: bytes) -> None:
    with suppress(DataError), io.BytesIO(npy_bytes(text, tail)) as stream:
        header = read_npy_header("x", stream, Limits())
        assert all(side >= 0 for side in header.shape)
        assert header.length <= 10 + len(text)
