"""IDX files: what is read, how they pair up, and what is refused."""

from __future__ import annotations

import gzip
import struct
import tracemalloc
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.data.writers import idx_bytes, load_path, noise, write_idx_pair
from vae_explorer.data.idx import open_idx
from vae_explorer.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

MODEST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("packed", [True, False])
def test_that_a_folder_of_train_and_test_files_keeps_its_split(tmp_path: Path, packed: bool) -> None:
    write_idx_pair(tmp_path, "train-", 12, packed=packed)
    write_idx_pair(tmp_path, "t10k-", 5, packed=packed, seed=1)
    dataset = load_path(tmp_path)
    assert (len(dataset), dataset.train_count) == (17, 12)
    np.testing.assert_array_equal(dataset.images[:12, 0], noise(12, 9, 8))
    np.testing.assert_array_equal(dataset.images[12:, 0], noise(5, 9, 8, seed=1))
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [*(np.arange(12) % 3), *(np.arange(5) % 3)]
    assert dataset.class_names == ("0", "1", "2")


def test_that_a_file_brings_the_labels_beside_it_whether_packed_or_not(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train-", 12)
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(gzip.decompress((tmp_path / "train-labels-idx1-ubyte.gz").read_bytes()))
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    dataset = load_path(tmp_path / "train-images-idx3-ubyte.gz")
    assert dataset.classes == 3


def test_that_images_without_labels_load_and_say_so(tmp_path: Path) -> None:
    (tmp_path / "images.idx").write_bytes(idx_bytes(noise(5, 8, 8)))
    dataset = load_path(tmp_path / "images.idx")
    assert dataset.labels is None
    assert any("no labels" in note for note in dataset.notes)


def test_that_a_plain_and_a_packed_copy_count_once(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train-", 12)
    write_idx_pair(tmp_path, "train-", 12, packed=False)
    assert len(load_path(tmp_path)) == 12


def test_that_several_sets_in_a_folder_are_left_to_the_user(tmp_path: Path) -> None:
    for stem in ("letters-", "digits-"):
        write_idx_pair(tmp_path, stem, 6)
    with pytest.raises(DataError, match=r"2 sets of images \(digits-images.*open one of the files"):
        load_path(tmp_path)


def test_that_gaps_in_the_labels_are_closed_with_the_old_numbers_as_names(tmp_path: Path) -> None:
    (tmp_path / "images.idx").write_bytes(idx_bytes(noise(4, 8, 8)))
    (tmp_path / "labels.idx").write_bytes(idx_bytes(np.array([7, 3, 3, 7], dtype=np.uint8)))
    dataset = load_path(tmp_path / "images.idx")
    assert dataset.class_names == ("3", "7")
    assert dataset.labels is not None
    assert sorted(dataset.labels.tolist()) == [0, 0, 1, 1]


def test_that_big_endian_floats_are_read(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 2 * 8 * 8, dtype=">f4").reshape(2, 8, 8)
    (tmp_path / "images.idx").write_bytes(struct.pack(">BBBB3I", 0, 0, 0x0D, 3, 2, 8, 8) + values.tobytes())
    dataset = load_path(tmp_path / "images.idx")
    assert (dataset.images[:].min(), dataset.images[:].max()) == (0, 255)
    assert any("0 to 1" in note for note in dataset.notes)


IMAGES = idx_bytes(noise(10, 8, 8))
HOSTILE = {
    "empty": (b"", "isn't an IDX file"),
    "wrong magic": (b"\x01\x02\x03\x04" + IMAGES[4:], "begins with 01 02 03 04"),
    "unknown type": (b"\0\0\x07\x03" + IMAGES[4:], "isn't an IDX file"),
    "five dimensions": (b"\0\0\x08\x05" + IMAGES[4:], "isn't an IDX file"),
    "header cut": (IMAGES[:9], "ends within its header"),
    "cut": (IMAGES[:-1], "655 bytes.*the 656 bytes"),
    "trailing bytes": (IMAGES + b"x", "longer than"),
    "too many images": (idx_bytes(noise(1, 8, 8), (2**32 - 1, 8, 8)), "can't hold the 256.0 GiB"),
    "product beyond 64 bits": (idx_bytes(noise(1, 8, 8), (2**32 - 1,) * 4), "can't hold"),
    "no images": (idx_bytes(noise(0, 8, 8)), "no images"),
    "one image": (idx_bytes(noise(1, 8, 8)), "only one image"),
    "no pixels": (idx_bytes(noise(5, 0, 8)), "without pixels"),
    "billions of no pixels": (idx_bytes(noise(0, 0, 0), (2**32 - 1, 0, 8)), "4,294,967,295 images"),
    "small": (idx_bytes(noise(5, 7, 9)), "at least 8: set data.resize to 11 or more"),
    "thin": (idx_bytes(noise(2, 1, 2000)), "crop or stretch"),
    "table": (idx_bytes(noise(5, 63)), "shape 5 x 63"),
    "all the same": (idx_bytes(np.full((5, 8, 8), 7, dtype=np.uint8)), "all the same"),
    "gzip cut": (gzip.compress(IMAGES)[:-12], "cut short"),
    "gzip cut in its header": (gzip.compress(IMAGES)[:12], "cut short|isn't an IDX"),
    "gzip flipped": (gzip.compress(IMAGES)[:-6] + b"!!" + gzip.compress(IMAGES)[-4:], "damaged"),
    "gzip with too much": (gzip.compress(IMAGES + b"x"), "goes on"),
    "gzip with a tail": (gzip.compress(IMAGES) + b"tail", "damaged"),
    "gzip that lies": (gzip.compress(idx_bytes(noise(1, 8, 8), (10**6, 28, 28))), "can't hold the 747.7 MiB"),
    "not gzip inside": (gzip.compress(b"hello"), "isn't an IDX file"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_that_a_hostile_file_is_refused_in_one_sentence_with_its_name(tmp_path: Path, kind: str) -> None:
    content, reason = HOSTILE[kind]
    path = tmp_path / "x-images-idx3-ubyte"
    path.write_bytes(content)
    with pytest.raises(DataError, match=reason) as refusal:
        load_path(path)
    message = str(refusal.value)
    assert path.name in message
    assert message.endswith(".")
    assert "\n" not in message


def test_that_no_memory_is_taken_for_a_lying_header(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a-images-idx3-ubyte", tmp_path / "b-images-idx3-ubyte.gz"
    lie = idx_bytes(noise(1, 8, 8), (2_000_000, 28, 28))
    plain.write_bytes(lie)
    packed.write_bytes(gzip.compress(lie))
    tracemalloc.start()
    try:
        for path in (plain, packed):
            with pytest.raises(DataError, match=r"1\.5 GiB"):
                load_path(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_that_a_gzip_bomb_is_refused_with_the_size_it_would_need(tmp_path: Path) -> None:
    path = tmp_path / "images-idx3-ubyte.gz"
    # A header alone may be padded by anything: four million bytes may unpack to a thousand times that.
    path.write_bytes(gzip.compress(idx_bytes(noise(0, 8, 8), (50_000, 128, 128, 3))) + noise(4_000_000).tobytes())
    with pytest.raises(DataError, match=r"would need 2\.\d GiB of memory.*data\.resize"):
        load_path(path)


def test_that_labels_must_be_as_many_as_images(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "", 12)
    (tmp_path / "labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(noise(11))))
    with pytest.raises(DataError, match=r"labels-idx1-ubyte.gz has 11 labels for 12 images"):
        load_path(tmp_path)


def test_that_a_file_of_labels_is_told_from_images(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "", 12)
    with pytest.raises(DataError, match="holds labels, not images"):
        load_path(tmp_path / "labels-idx1-ubyte.gz")


def test_that_train_and_test_of_different_size_are_refused(tmp_path: Path) -> None:
    write_idx_pair(tmp_path, "train-", 12)
    write_idx_pair(tmp_path, "t10k-", 5)
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_bytes(noise(5, 10, 10))))
    with pytest.raises(DataError, match=r"differ in size \(8 x 9 and 10 x 10\)"):
        load_path(tmp_path)


@MODEST
@given(st.binary(max_size=40) | st.binary(max_size=24).map(lambda tail: b"\0\0\x08\x03" + tail))
def test_that_of_any_bytes_no_more_is_announced_than_could_be_there(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    for stored in (content, gzip.compress(content)):
        path.write_bytes(stored)
        with suppress(DataError):
            array = open_idx(path)
            assert 4 + 4 * len(array.shape) + array.nbytes <= 1040 * len(stored)


@MODEST
@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.booleans())
def test_that_what_was_written_is_read_again(tmp_path: Path, shape: list[int], packed: bool) -> None:
    array, path = noise(*shape), tmp_path / "any"
    path.write_bytes(gzip.compress(idx_bytes(array)) if packed else idx_bytes(array))
    np.testing.assert_array_equal(open_idx(path).whole(), array)
