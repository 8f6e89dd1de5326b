"""What a data set promises to those who hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.data.writers import load_path, noise
from vae_explorer.data.assembly import permute_rows
from vae_explorer.data.dataset import ImageDataset

if TYPE_CHECKING:
    from pathlib import Path


def build(**changes: Any) -> ImageDataset:
    """Ten random images of two classes, six of them to train."""
    parts: dict[str, Any] = {
        "name": "noise",
        "images": noise(10, 3, 8, 12),
        "labels": np.arange(10, dtype=np.int64) % 2,
        "class_names": ("a", "b"),
        "train_count": 6,
        "source_rows": np.arange(10, dtype=np.int64),
    }
    return ImageDataset(**(parts | changes))


def test_that_the_parts_are_views_of_all_rows() -> None:
    dataset = build()
    assert np.shares_memory(dataset.train.images, dataset.images)
    assert np.shares_memory(dataset.test.images, dataset.images)
    assert dataset.test.labels is not None
    assert dataset.test.labels.tolist() == [0, 1, 0, 1]
    assert (len(dataset.train), len(dataset.test), dataset.test.offset) == (6, 4, 6)
    assert (dataset.channels, dataset.height, dataset.width, dataset.classes) == (3, 8, 12, 2)


def test_that_nobody_can_write_into_a_data_set() -> None:
    dataset = build()
    with pytest.raises(ValueError, match="read-only"):
        dataset.images[:][0, 0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        dataset.train.images[:][0, 0, 0, 0] = 1


def test_that_the_mean_image_is_that_of_the_training_part_alone() -> None:
    dataset = build()
    expected = dataset.images[:6].astype(np.float64).mean(axis=0) / 255
    assert dataset.mean_image.dtype == np.float32
    np.testing.assert_allclose(dataset.mean_image, expected, atol=1e-7)


def test_that_the_hash_tells_pixels_labels_and_shape_apart() -> None:
    images = noise(10, 3, 8, 12)
    hashes = {
        build().sha256,
        build(images=noise(10, 3, 8, 12, seed=1)).sha256,
        build(images=images.reshape(10, 3, 12, 8)).sha256,
        build(labels=None, class_names=()).sha256,
        build(labels=np.zeros(10, dtype=np.int64)).sha256,
    }
    assert len(hashes) == 5
    assert build().sha256 == build(name="another", train_count=5).sha256


@pytest.mark.parametrize(
    "changes",
    [
        {"images": noise(10, 8, 12)},
        {"images": noise(10, 2, 8, 12)},
        {"images": noise(10, 1, 7, 12)},
        {"images": noise(10, 1, 8, 129)},
        {"images": noise(10, 8, 12, 3).transpose(0, 3, 1, 2)},
        {"train_count": 10},
        {"train_count": 0},
        {"labels": np.full(10, 2, dtype=np.int64)},
        {"labels": None},
        {"source_rows": np.arange(9, dtype=np.int64)},
        {"factors": np.zeros((10, 2), dtype=np.float32)},
    ],
)
def test_that_parts_that_do_not_fit_are_a_mistake_in_the_program(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="data set 'noise'"):
        build(**changes)


def test_that_rows_are_permuted_in_place_as_by_indexing() -> None:
    for count in (2, 3, 50):
        images, order = noise(count, 1, 8, 8), np.random.default_rng(count).permutation(count)
        expected = images[order]
        permute_rows(images, order)
        np.testing.assert_array_equal(images, expected)


def test_that_a_source_without_a_test_set_is_split_by_one_fixed_rule(tmp_path: Path) -> None:
    images, labels = noise(40, 8, 8), np.arange(40)
    np.savez(tmp_path / "a.npz", x=images, y=labels)
    first, again = load_path(tmp_path / "a.npz"), load_path(tmp_path / "a.npz", test_fraction=0.25)
    assert (first.train_count, again.train_count) == (36, 30)
    assert first.source_rows.tolist() == again.source_rows.tolist()
    assert first.source_rows.tolist() != sorted(first.source_rows.tolist())
    assert first.labels is not None
    np.testing.assert_array_equal(first.images[:, 0], images[first.source_rows])
    np.testing.assert_array_equal(first.labels, labels[first.source_rows])


def test_that_two_images_are_enough_for_one_to_train_and_one_to_test(tmp_path: Path) -> None:
    np.save(tmp_path / "two.npy", noise(2, 8, 8))
    dataset = load_path(tmp_path / "two.npy", test_fraction=0.5)
    assert (len(dataset.train), len(dataset.test)) == (1, 1)
