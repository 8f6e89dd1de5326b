"""Images that stay in their file are those that would be in memory, whatever is asked for and whatever happens."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.data.writers import idx_bytes, noise
from vae_explorer.data import disk_images
from vae_explorer.data.catalogue import load
from vae_explorer.data.dataset import SAMPLED, ImageDataset
from vae_explorer.data.disk_images import DiskImages
from vae_explorer.data.images import row_pieces, sample_of
from vae_explorer.data.limits import Limits
from vae_explorer.errors import DataError
from vae_explorer.sections import DataConfig

LITTLE = Limits(memory_bytes=1)
COUNT = 300
KEYS = (
    0,
    -1,
    slice(5, 40),
    slice(None, None, -7),
    np.array([7, 7, 3, 299, 0]),
    np.arange(COUNT) % 3 == 1,
    np.array([], dtype=np.int64),
)


def both(path: Path, **settings: object) -> tuple[ImageDataset, ImageDataset]:
    """Return the data in memory, and the same data on the disk."""
    config = DataConfig(source=str(path), **settings)  # type: ignore[arg-type]
    in_memory, on_disk = load(config), load(config, limits=LITTLE)
    assert isinstance(in_memory.images, np.ndarray)
    assert isinstance(on_disk.images, DiskImages)
    return in_memory, on_disk


def write_npy(path: Path, *shape: int) -> Path:
    np.save(path, noise(COUNT, *shape))
    return path


def write_idx(path: Path) -> Path:
    path.write_bytes(idx_bytes(noise(COUNT, 9, 8)))
    return path


def write_npz(path: Path) -> Path:
    labels = np.arange(200) // 50
    np.savez(path, x_train=noise(200, 9, 8), y_train=labels, x_test=noise(100, 9, 8, seed=1), y_test=labels[:100])
    return path


def assert_same(in_memory: ImageDataset, on_disk: ImageDataset) -> None:
    assert on_disk.images.shape == in_memory.images.shape
    assert on_disk.train_count == in_memory.train_count
    np.testing.assert_array_equal(on_disk.source_rows, in_memory.source_rows)
    assert on_disk.class_names == in_memory.class_names
    if in_memory.labels is not None:
        np.testing.assert_array_equal(on_disk.labels, in_memory.labels)
    for key in KEYS:
        np.testing.assert_array_equal(on_disk.images[key], in_memory.images[key])
    for part in ("train", "test"):
        np.testing.assert_array_equal(getattr(on_disk, part).images[:], getattr(in_memory, part).images[:])


@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 1), (9, 8, 3), (3, 9, 8), (9, 8, 4), (81,)])
@pytest.mark.parametrize("colour", ["keep", "grey"])
def test_that_every_layout_of_bytes_gives_the_images_that_memory_would_hold(
    tmp_path: Path, shape: tuple[int, ...], colour: str
) -> None:
    assert_same(*both(write_npy(tmp_path / "x.npy", *shape), colour=colour))


def test_that_idx_and_npz_files_without_compression_stay_on_the_disk(tmp_path: Path) -> None:
    assert_same(*both(write_idx(tmp_path / "images-idx3-ubyte")))
    assert_same(*both(write_npz(tmp_path / "x.npz")))


def test_that_an_archive_whose_members_follow_odd_headers_is_read_at_the_right_bytes(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", noise(COUNT, 9, 8))
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("first.txt", "something before")
        info = zipfile.ZipInfo("images.npy")
        info.extra = b"\xfe\xca\x05\x00extra"
        archive.writestr(info, (tmp_path / "x.npy").read_bytes())
    path.write_bytes(b"in front of it all" + path.read_bytes())
    assert_same(*both(path))


@pytest.mark.parametrize(("gap", "span"), [(1, 1 << 22), (1 << 20, 1 << 22), (1 << 20, 700)])
def test_that_reading_neighbours_together_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gap: int, span: int
) -> None:
    monkeypatch.setattr(disk_images, "_GAP_BYTES", gap)
    monkeypatch.setattr(disk_images, "_SPAN_BYTES", span)
    assert_same(*both(write_npy(tmp_path / "x.npy", 9, 8)))
    assert_same(*both(write_npz(tmp_path / "x.npz")))


def test_that_no_row_beyond_the_last_is_read(tmp_path: Path) -> None:
    images = both(write_npy(tmp_path / "x.npy", 9, 8))[1].images
    for row in (COUNT, -COUNT - 1):
        with pytest.raises(IndexError):
            images[row]


def test_that_a_file_that_becomes_shorter_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = write_npy(tmp_path / "x.npy", 9, 8)
    images = both(path)[1].images
    os.truncate(path, path.stat().st_size - 72 * 150)
    with pytest.raises(DataError, match=r"x\.npy has become shorter while it was being read: leave it as it is"):
        images[:]


def test_that_a_file_that_is_replaced_or_deleted_is_read_as_it_was(tmp_path: Path) -> None:
    path = write_npy(tmp_path / "x.npy", 9, 8)
    in_memory, on_disk = both(path)
    np.save(tmp_path / "new.npy", noise(COUNT, 9, 8, seed=5))
    (tmp_path / "new.npy").replace(path)
    assert_same(in_memory, on_disk)
    path.unlink()
    assert_same(in_memory, on_disk)


def test_that_systems_with_one_position_a_file_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "preadv")
    assert_same(*both(write_npy(tmp_path / "x.npy", 9, 8)))


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_that_the_file_is_closed_when_nobody_needs_it(tmp_path: Path) -> None:
    path = write_npy(tmp_path / "x.npy", 9, 8)
    before = open_files()
    images = both(path)[1].images
    assert open_files() == before + 1
    del images
    assert open_files() == before


@pytest.mark.parametrize(
    ("write", "settings", "reason"),
    [
        (lambda path: np.save(path, noise(40, 9, 8) / np.float32(255)), {}, "its numbers are float32 instead of bytes"),
        (lambda path: np.save(path, np.asfortranarray(noise(40, 9, 8))), {}, "its first index runs fastest"),
        (lambda path: np.save(path, noise(40, 9, 8)), {"resize": 18}, "its pictures have to be resized"),
    ],
)
def test_that_what_cannot_stay_says_why_and_what_to_do(
    tmp_path: Path, write: object, settings: dict[str, int], reason: str
) -> None:
    write(tmp_path / "x.npy")  # type: ignore[operator]
    expected = rf"x\.npy would need .* of memory for its images.*because {re.escape(reason)}.*vae-explorer prepare"
    with pytest.raises(DataError, match=expected):
        load(DataConfig(source=str(tmp_path / "x.npy"), **settings), limits=LITTLE)  # type: ignore[arg-type]


def test_that_compressed_files_cannot_stay(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "x.npz", x=noise(40, 9, 8))
    with pytest.raises(DataError, match="because it is compressed"):
        load(DataConfig(source=str(tmp_path / "x.npz")), limits=LITTLE)


def test_that_the_setting_says_what_memory_holds_and_the_user_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, noise(18_000, 8, 8))
    assert isinstance(load(DataConfig(source=str(path))).images, np.ndarray)
    stays = load(DataConfig(source=str(path), memory=1))
    assert isinstance(stays.images, DiskImages)
    assert any(note.startswith("The images take 1.1 MiB, more than the 1.0 MiB that are held") for note in stays.notes)


def test_that_labels_are_not_counted_against_the_memory_of_images(tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", noise(COUNT, 9, 8))
    np.save(tmp_path / "labels.npy", np.arange(COUNT) // 100)
    assert_same(*both(tmp_path / "images.npy"))


def test_that_the_checksum_says_that_it_is_of_samples_and_tells_files_apart(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    images = noise(COUNT, 9, 8)
    np.save(path, images)
    in_memory, on_disk = both(path)
    assert not in_memory.sha256.startswith(SAMPLED)
    assert re.fullmatch(SAMPLED + "[0-9a-f]{64}", on_disk.sha256)
    assert both(path)[1].sha256 == on_disk.sha256
    images[17] ^= 1
    np.save(path, images)
    assert both(path)[1].sha256 != on_disk.sha256


def test_that_mean_and_samples_are_those_of_the_training_images(tmp_path: Path) -> None:
    in_memory, on_disk = both(write_npy(tmp_path / "x.npy", 9, 8))
    np.testing.assert_allclose(on_disk.mean_image, in_memory.mean_image, atol=1e-6)
    train = on_disk.train.images
    images, rows = sample_of(train, 100)
    assert 60 <= len(rows) <= 140
    np.testing.assert_array_equal(images, in_memory.train.images[rows])
    assert sorted(np.concatenate(list(row_pieces(train, 17)))) == list(range(len(train)))


def test_that_images_that_are_all_the_same_are_refused_and_blank_ones_are_counted(tmp_path: Path) -> None:
    same = np.broadcast_to(noise(1, 9, 8), (COUNT, 9, 8))
    np.save(tmp_path / "same.npy", same)
    with pytest.raises(DataError, match=r"same\.npy holds 300 images.* that are all the same"):
        load(DataConfig(source=str(tmp_path / "same.npy")), limits=LITTLE)
    some = noise(COUNT, 9, 8)
    some[:30] = 0
    np.save(tmp_path / "some.npy", some)
    notes = load(DataConfig(source=str(tmp_path / "some.npy")), limits=LITTLE).notes
    assert any(re.match(r"Images of a single colour: \d+ of \d+", note) for note in notes)
