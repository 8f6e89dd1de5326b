"""The order of training on images that stay on the disk: fair, repeatable, and read before it is asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.data.writers import noise
from vae_explorer.data import read_ahead
from vae_explorer.data.catalogue import load
from vae_explorer.data.disk_images import DiskImages
from vae_explorer.data.limits import Limits
from vae_explorer.data.read_ahead import ReadAhead
from vae_explorer.errors import DataError
from vae_explorer.sections import DataConfig

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset

COUNT, CLASSES = 3000, 10


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of ten pictures, windows of twenty blocks: fifteen windows."""
    monkeypatch.setattr(read_ahead, "BLOCK_BYTES", 640)
    monkeypatch.setattr(read_ahead, "WINDOW_BLOCKS", 20)


@pytest.fixture
def sorted_by_class(tmp_path: Path) -> ImageDataset:
    """Pictures on the disk whose file is sorted by class."""
    np.save(tmp_path / "images.npy", noise(COUNT, 8, 8))
    np.save(tmp_path / "labels.npy", np.arange(COUNT) * CLASSES // COUNT)
    return load(DataConfig(source=str(tmp_path / "images.npy")), limits=Limits(memory_bytes=1))


def ahead(dataset: ImageDataset) -> ReadAhead:
    images = dataset.train.images
    assert isinstance(images, DiskImages)
    return ReadAhead(images)


def test_that_an_epoch_has_every_training_image_once(sorted_by_class: ImageDataset) -> None:
    rows = np.concatenate(list(ahead(sorted_by_class).epoch(0, 0)))
    assert sorted(rows.tolist()) == list(range(sorted_by_class.train_count))


def test_that_the_order_depends_on_seed_and_epoch_alone(sorted_by_class: ImageDataset) -> None:
    def order(seed: int, epoch: int) -> bytes:
        return np.concatenate(list(ahead(sorted_by_class).epoch(seed, epoch))).tobytes()

    assert order(1, 2) == order(1, 2)
    assert len({order(0, 0), order(0, 1), order(1, 0)}) == 3


@pytest.mark.parametrize("skip", [0, 1, 179, 180, 181, 1000, 2699, 2700])
def test_that_an_epoch_goes_on_after_any_number_of_images(sorted_by_class: ImageDataset, skip: int) -> None:
    whole = np.concatenate(list(ahead(sorted_by_class).epoch(3, 1)))
    rest = [np.empty(0, dtype=np.int64), *ahead(sorted_by_class).epoch(3, 1, skip)]
    np.testing.assert_array_equal(np.concatenate(rest), whole[skip:])


def test_that_a_window_of_a_sorted_file_holds_its_classes_in_fair_shares(sorted_by_class: ImageDataset) -> None:
    labels = sorted_by_class.labels
    assert labels is not None
    for rows in ahead(sorted_by_class).epoch(0, 0):
        shares = np.bincount(labels[rows], minlength=CLASSES) / len(rows)
        assert np.count_nonzero(shares) >= 5
        assert shares.max() < 0.4


def test_that_images_are_the_same_in_a_window_across_windows_and_beside_them(sorted_by_class: ImageDataset) -> None:
    images = ahead(sorted_by_class)
    expected = sorted_by_class.train.images[:]
    before = np.empty(0, dtype=np.int64)
    for number, rows in enumerate(images.epoch(0, 0)):
        for asked in (rows, np.concatenate([before[-5:], rows[:5]]), np.arange(number, 2700, 97)):
            np.testing.assert_array_equal(images[asked], expected[asked])
        before = rows
    assert number == 14


def test_that_images_come_from_memory_once_their_window_is_there(
    sorted_by_class: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = ahead(sorted_by_class)
    rows = next(images.epoch(0, 0))
    monkeypatch.setattr(DiskImages, "__getitem__", lambda *_: pytest.fail("the disk was asked"))
    assert images[rows].shape == (len(rows), 1, 8, 8)


def test_that_no_more_than_two_windows_are_kept(sorted_by_class: ImageDataset) -> None:
    images = ahead(sorted_by_class)
    for _ in images.epoch(0, 0):
        assert len(images._windows) <= 2


def test_that_an_epoch_that_is_left_ends_its_thread(sorted_by_class: ImageDataset) -> None:
    epoch = ahead(sorted_by_class).epoch(0, 0)
    assert isinstance(epoch, Generator)
    next(epoch)
    assert any(thread.name.startswith("reading-ahead") for thread in threading.enumerate())
    epoch.close()
    assert not any(thread.name.startswith("reading-ahead") for thread in threading.enumerate())


def test_that_a_file_that_shrinks_ends_the_epoch_with_a_sentence(sorted_by_class: ImageDataset, tmp_path: Path) -> None:
    epoch = ahead(sorted_by_class).epoch(0, 0)
    next(epoch)
    os.truncate(tmp_path / "images.npy", 10_000)
    with pytest.raises(DataError, match="has become shorter"):
        list(epoch)


def test_that_blocks_without_a_training_image_are_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x_train=noise(40, 8, 8), x_test=noise(900, 8, 8))
    dataset = load(DataConfig(source=str(tmp_path / "x.npz")), limits=Limits(memory_bytes=1))
    assert [len(rows) for rows in ahead(dataset).epoch(0, 0)] == [40]
