"""The bundled digits, and Fashion-MNIST where the system has it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.data.writers import load_path
from vae_explorer.data import mnist
from vae_explorer.data.catalogue import SOURCES, load
from vae_explorer.data.idx_sets import FASHION_NAMES
from vae_explorer.errors import DataError, VaeExplorerError
from vae_explorer.resources import resource_path
from vae_explorer.sections import DataConfig

FASHION = Path("/usr/share/datasets/fashion-mnist")


def test_that_the_default_data_are_the_digits_with_nine_thousand_to_train() -> None:
    digits = load(DataConfig())
    assert digits.images.shape == (10000, 1, 28, 28)
    assert (len(digits.train), len(digits.test), digits.test.offset) == (9000, 1000, 9000)
    assert digits.class_names == tuple("0123456789")
    assert digits.labels is not None
    assert np.bincount(digits.labels).tolist() == [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]
    assert digits.source_rows.tolist() == list(range(10000))
    assert digits.notes == ()
    assert "CC BY-SA 3.0" in digits.licence


def test_that_the_share_for_testing_does_not_move_the_split_of_the_digits() -> None:
    assert load(DataConfig(test_fraction=0.5)).train_count == 9000


def test_that_the_digits_come_with_licence_and_attribution() -> None:
    text = resource_path("data", "mnist-10k", "LICENSE.txt").read_text("utf-8")
    for fact in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0", "creativecommons.org/licenses/by-sa/3.0"):
        assert fact in text
    for name in ("images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"):
        assert hashlib.sha256(resource_path("data", "mnist-10k", name).read_bytes()).hexdigest() in text


def test_that_damaged_digits_are_refused_with_their_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "mnist-10k"
    shutil.copytree(resource_path("data", "mnist-10k"), copy)
    images = copy / "images-idx3-ubyte.gz"
    flipped = bytearray(images.read_bytes())
    flipped[100_000] ^= 1
    images.chmod(0o644)
    images.write_bytes(flipped)
    monkeypatch.setattr(mnist, "resource_path", lambda *_: copy)
    with pytest.raises(DataError, match=r"images-idx3-ubyte.gz is damaged.*install the program again"):
        load(DataConfig())


def test_that_missing_digits_are_told_as_a_broken_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "resource_path", lambda *_: tmp_path)
    with pytest.raises(VaeExplorerError, match="install the program again"):
        load(DataConfig())


def test_that_every_named_source_that_is_here_loads_and_can_be_resized() -> None:
    for name in (source.name for source in SOURCES if source.download is None):
        dataset = load(DataConfig(source=name, resize=16))
        assert (dataset.name, dataset.height, dataset.width) == (name, 16, 16)


@pytest.mark.skipif(not FASHION.is_dir(), reason="Debian's package dataset-fashion-mnist is not installed")
def test_that_fashion_mnist_opens_as_train_and_test_with_its_names() -> None:
    fashion = load_path(FASHION)
    assert fashion.images.shape == (70000, 1, 28, 28)
    assert fashion.train_count == 60000
    assert fashion.class_names == FASHION_NAMES
    assert fashion.labels is not None
    assert np.bincount(fashion.labels[:60000]).tolist() == [6000] * 10
    assert fashion.notes == ()
