from __future__ import annotations

import dataclasses
import errno
import gzip
import hashlib
import io
import os
import re
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import numpy as np
import pytest

from tests.loopback import idx, trusted
from vae_explorer.data.catalogue import SOURCES, load
from vae_explorer.data.download import download
from vae_explorer.data.download_archive import open_member
from vae_explorer.data.download_folder import data_folder, folder_of
from vae_explorer.data.download_sets import PUBLISHED, PublishedSet
from vae_explorer.data.downloadable import RemoteFile
from vae_explorer.data.limits import Limits
from vae_explorer.data.reader import ignore
from vae_explorer.data.transposed import transposed
from vae_explorer.errors import DataError
from vae_explorer.registry import Registry
from vae_explorer.sections import DataConfig

if TYPE_CHECKING:
    from numpy.typing import NDArray

ARROW = np.zeros((28, 28), dtype=np.uint8)
ARROW[4, 3:25] = 255  # a bar along the top ...
ARROW[4:9, 3] = 128  # ... with a short hook down on the left


def pictures(count: int) -> NDArray[np.uint8]:
    """Arrows, each with its number in a corner."""
    made = np.repeat(ARROW[None], count, axis=0)
    made[:, 20, 20] = np.arange(count)
    return made


def named(name: str) -> PublishedSet:
    return next(each for each in PUBLISHED if each.name == name)


def put(chosen: PublishedSet) -> PublishedSet:
    """Lay small files in the place of those of a data set, and return it with their sizes and hashes."""
    classes = len(chosen.class_names)
    is_mirrored = chosen.name.startswith("emnist-")  # as NIST stores them
    stored = pictures(2 * classes).swapaxes(1, 2) if is_mirrored else pictures(2 * classes)
    labels = (np.arange(2 * classes) % classes + chosen.first_label).astype(np.uint8)
    contents = dict(zip(chosen.members, (idx(stored), idx(labels)) * 2, strict=True))
    folder = folder_of(chosen.download)
    folder.mkdir(parents=True)
    if chosen.archive:
        with zipfile.ZipFile(folder / chosen.archive, "w") as archive:
            archive.writestr("../escape.txt", b"never unpacked")
            for member, content in contents.items():
                archive.writestr(member, content)
    else:
        for member, content in contents.items():
            (folder / member).write_bytes(content)
    return measured(chosen)


def measured(chosen: PublishedSet) -> PublishedSet:
    """Return a data set that expects the files that lie in its folder."""
    paths = [folder_of(chosen.download) / file.name for file in chosen.download.files]
    files = tuple(
        RemoteFile(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths
    )
    return dataclasses.replace(chosen, download=dataclasses.replace(chosen.download, files=files))


def _write(path: Path, content: bytes, method: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("gzip/a.gz", content)


def _overwrite_member_header(path: Path) -> None:
    _write(path, idx(pictures(4)))
    content = bytearray(path.read_bytes())
    content[:4] = b"none"
    path.write_bytes(content)


def test_that_every_published_file_has_an_address_a_size_a_hash_and_terms() -> None:
    for wanted in {each.download for each in PUBLISHED}:
        assert wanted.licence
        assert "Cite: " in wanted.terms
        for mirror in wanted.mirrors:
            parts = urlsplit(mirror)
            assert parts.scheme == "https"
            assert parts.path.endswith("/")
        for file in wanted.files:
            assert re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert file.size > 1000
            assert re.fullmatch(r"[a-z0-9.-]+", file.name)
    hashes = [file.sha256 for wanted in {each.download for each in PUBLISHED} for file in wanted.files]
    assert len(hashes) == len(set(hashes))


def test_that_all_published_sets_are_known_by_name() -> None:
    splits = ("balanced", "letters", "digits", "mnist", "byclass", "bymerge")
    expected = {"mnist", "fashion-mnist", "kmnist", *(f"emnist-{split}" for split in splits)}
    assert {source.name for source in SOURCES if source.download is not None} == expected


@pytest.mark.parametrize("name", [each.name for each in PUBLISHED])
def test_that_a_published_set_loads_upright_with_the_names_of_its_classes(name: str) -> None:
    chosen = put(named(name))
    dataset = chosen.load(DataConfig(source=name), Limits(), ignore)
    count = 2 * len(chosen.class_names)
    assert (dataset.name, dataset.train_count, len(dataset)) == (name, count, 2 * count)
    assert np.array_equal(dataset.images[:count, 0], pictures(count))
    assert dataset.class_names == chosen.class_names
    assert dataset.labels is not None
    assert dataset.labels[:3].tolist() == [0, 1, 2]
    assert dataset.licence == chosen.download.terms
    assert dataset.notes == ()


def test_that_the_classes_have_the_names_of_the_publications() -> None:
    assert named("emnist-letters").class_names[:2] == ("Aa", "Bb")
    assert "".join(named("emnist-balanced").class_names) == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"
    assert len(named("emnist-byclass").class_names) == 62
    assert "".join(name[0] for name in named("kmnist").class_names) == "おきすつなはまやれを"


def test_that_nothing_is_unpacked_from_the_archive(tmp_path: Path) -> None:
    chosen = put(named("emnist-letters"))
    before = sorted(tmp_path.rglob("*"))
    chosen.load(DataConfig(source=chosen.name), Limits(), ignore)
    assert sorted(tmp_path.rglob("*")) == before


def test_that_a_missing_set_says_in_one_line_how_to_get_it() -> None:
    with pytest.raises(DataError) as caught:
        load(DataConfig(source="fashion-mnist"))
    assert str(caught.value) == (
        "Fashion-MNIST isn't on this computer yet (29.4 MiB, MIT): get it with vae-explorer download fashion-mnist, or "
        "in the window by choosing it in the list of data sets."
    )


def test_that_a_damaged_set_is_found_by_its_hash() -> None:
    chosen = put(named("kmnist"))
    path = folder_of(chosen.download) / chosen.members[2]
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz is damaged or another file than the published"):
        chosen.load(DataConfig(source="kmnist"), Limits(), ignore)
    with pytest.raises(DataError, match="isn't on this computer yet"):
        chosen.load(DataConfig(source="kmnist"), Limits(), ignore)
    assert path.with_name(f"{path.name}.damaged").read_bytes() == content


def test_that_a_file_that_can_not_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    chosen = put(named("kmnist"))
    monkeypatch.setattr("vae_explorer.data.download_folder.open_regular", lambda path: Broken())
    with pytest.raises(DataError, match="can't be read"):
        chosen.load(DataConfig(source="kmnist"), Limits(), ignore)


def test_that_looking_at_the_files_can_be_cancelled() -> None:
    class EnoughError(Exception):
        pass

    def cancel(text: str) -> None:
        assert text == "Checking the files of Kuzushiji-MNIST"
        raise EnoughError

    chosen = put(named("kmnist"))
    with pytest.raises(EnoughError):
        chosen.load(DataConfig(source="kmnist"), Limits(), cancel)


def test_that_a_set_too_large_for_the_memory_is_refused_before_it_is_read() -> None:
    chosen = put(named("emnist-digits"))
    with pytest.raises(DataError, match=r"would need 30\.6 KiB of memory"):
        chosen.load(DataConfig(source=chosen.name), Limits(memory_bytes=1000), ignore)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda path: path.write_bytes(b"no archive"), "isn't a whole ZIP archive"),
        (lambda path: zipfile.ZipFile(path, "w").close(), "isn't there: download the archive again"),
        (lambda path: _write(path, b"no IDX"), "is damaged"),
        (lambda path: _write(path, gzip.compress(b"no IDX")), "isn't an IDX file"),
        (lambda path: _write(path, idx(pictures(4)), zipfile.ZIP_BZIP2), "encrypted or packed in an unknown way"),
        (_overwrite_member_header, "is damaged"),
    ],
)
def test_that_an_archive_that_is_not_as_published_is_refused(tmp_path: Path, spoil: object, reason: str) -> None:
    assert callable(spoil)
    spoil(tmp_path / "gzip.zip")
    with pytest.raises(DataError, match=reason):
        open_member(tmp_path / "gzip.zip", "gzip/a.gz")


def test_that_a_member_that_lies_about_its_pictures_is_refused(tmp_path: Path) -> None:
    lying = gzip.compress(struct.pack(">BBBBIII", 0, 0, 8, 3, 1 << 30, 28, 28))
    _write(tmp_path / "gzip.zip", lying)
    with pytest.raises(DataError, match=r"can't hold the 784\.0 GiB that its header announces"):
        open_member(tmp_path / "gzip.zip", "gzip/a.gz")


def test_that_rows_and_columns_are_exchanged_for_pictures_alone(tmp_path: Path) -> None:
    wide = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5)
    _write(tmp_path / "gzip.zip", idx(wide))
    turned = transposed(open_member(tmp_path / "gzip.zip", "gzip/a.gz"))
    assert turned.shape == (2, 5, 3)
    assert np.array_equal(turned.whole(), wide.swapaxes(1, 2))
    _write(tmp_path / "gzip.zip", idx(np.arange(4, dtype=np.uint8)))
    flat = open_member(tmp_path / "gzip.zip", "gzip/a.gz")
    assert transposed(flat) is flat


def test_that_the_folder_is_in_the_cache_of_the_user_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_folder() == tmp_path / "data"
    monkeypatch.delenv("VAE_EXPLORER_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert data_folder().parts[-2:] == ("vae-explorer", "data")


def test_that_registered_sets_are_the_published_ones() -> None:
    registry = Registry("data set", PUBLISHED)
    assert [SOURCES.get(name).title for name in registry.names()] == [each.title for each in PUBLISHED]


FASHION = Path("/usr/share/datasets/fashion-mnist")
TRAIN_TIME, TEST_TIME = 1504176606, 1504176627
"""When the published files were packed, as their headers say: 31 August 2017."""


def as_published(file: RemoteFile, packed: bytes) -> bytes:
    """Return a published file from Debian's copy, whose header lacks the time and the name of what is packed."""
    packed_at = TRAIN_TIME if file.name.startswith("train") else TEST_TIME
    header = b"\x1f\x8b\x08\x08" + packed_at.to_bytes(4, "little") + b"\0\3"
    return header + file.name.removesuffix(".gz").encode("ascii") + b"\0" + packed[10:]


@pytest.mark.skipif(not FASHION.is_dir(), reason="Debian's package dataset-fashion-mnist is not installed")
def test_that_the_true_fashion_mnist_is_downloaded_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = named("fashion-mnist")
    with trusted(tmp_path, monkeypatch) as loopback:
        for file in chosen.download.files:
            loopback.files[file.name] = as_published(file, (FASHION / file.name).read_bytes())
        download(dataclasses.replace(chosen.download, mirrors=(loopback.url,)), chosen.name)
    dataset = load(DataConfig(source="fashion-mnist"))
    assert dataset.images.shape == (70000, 1, 28, 28)
    assert dataset.train_count == 60000
    assert dataset.class_names[9] == "Ankle boot"
    assert dataset.labels is not None
    assert np.bincount(dataset.labels[:60000]).tolist() == [6000] * 10
    assert dataset.labels[:5].tolist() == [9, 0, 0, 3, 0]
