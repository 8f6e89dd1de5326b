"""The published data sets by name: which files they are made of, and the names of their classes."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.assembly import Found, assemble, read_images
from vae_explorer.data.classes import read_labels
from vae_explorer.data.download_archive import open_member
from vae_explorer.data.download_folder import require_whole
from vae_explorer.data.downloadable import (
    EMNIST,
    FASHION_MNIST,
    KMNIST,
    MNIST,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    Downloadable,
)
from vae_explorer.data.idx import open_idx
from vae_explorer.data.idx_sets import FASHION_NAMES
from vae_explorer.data.transposed import transposed
from vae_explorer.errors import printable
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.limits import Limits
    from vae_explorer.data.reader import Report
    from vae_explorer.data.stored import StoredArray
    from vae_explorer.sections import DataConfig

_DIGITS: Final = tuple(string.digits)
_BY_CLASS: Final = (*_DIGITS, *string.ascii_uppercase, *string.ascii_lowercase)
_BY_MERGE: Final = (*_DIGITS, *string.ascii_uppercase, *"abdefghnqrt")
"""Letters that look alike in both cases are one class, named by the capital (Cohen et al., 2017, section II)."""
_LETTERS: Final = tuple(f"{upper}{upper.lower()}" for upper in string.ascii_uppercase)
_KANA: Final = (
    "お (o)",
    "き (ki)",
    "す (su)",
    marked("つ (tsu)"),
    "な (na)",
    "は (ha)",
    "ま (ma)",
    "や (ya)",
    "れ (re)",
    "を (wo)",
)
_FILES: Final = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """One data set of those that can be downloaded.

    Attributes
    ----------
    name, title, summary
        What to type, words for a list, and one sentence.
    download
        The files.
    class_names
        Names in the order of the stored labels.
    members
        Images and labels to train, then to test with: files of the download, or members of its archive.
    first_label
        The label of the first class.
    archive
        Name of the archive that holds the members; empty where they are files.
    is_transposed
        Whether rows and columns of the stored pictures are exchanged.
    """

    name: str
    title: str
    summary: str
    download: Downloadable
    class_names: tuple[str, ...]
    members: tuple[str, str, str, str] = _FILES
    first_label: int = 0
    archive: str = ""
    is_transposed: bool = False

    def load(self, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
        """Load it from where it was downloaded to.

        Raises
        ------
        DataError
            If it isn't there, or isn't what was published.
        """
        folder = require_whole(self.download, self.name, report)
        train, train_labels, test, test_labels = (self._open(folder, member) for member in self.members)
        stored = [transposed(array) if self.is_transposed else array for array in (train, test)]
        images, notes = read_images(stored, config, limits, report)
        labels = np.concatenate(
            [
                read_labels(train_labels, train.shape[0], limits),
                read_labels(test_labels, test.shape[0], limits),
            ]
        )
        return assemble(
            Found(
                where=printable(folder),
                name=self.name,
                images=images,
                labels=labels - self.first_label,
                class_names=self.class_names,
                train_count=train.shape[0],
                description=tr(self.summary),
                licence=tr(self.download.terms),
                notes=notes,
            ),
            config,
        )

    def _open(self, folder: Path, member: str) -> StoredArray:
        return open_member(folder / self.archive, member) if self.archive else open_idx(folder / member)


def _emnist(split: str, summary: str, class_names: tuple[str, ...], first_label: int = 0) -> PublishedSet:
    def member(part: str, kind: str) -> str:
        return f"gzip/emnist-{split}-{part}-{kind}-ubyte.gz"

    return PublishedSet(
        name=f"emnist-{split}",
        title=f"EMNIST {split}",  # untranslated: a name
        summary=summary,
        download=EMNIST,
        class_names=class_names,
        members=(
            member("train", "images-idx3"),
            member("train", "labels-idx1"),
            member("test", "images-idx3"),
            member("test", "labels-idx1"),
        ),
        first_label=first_label,
        archive=EMNIST.files[0].name,
        is_transposed=True,
    )


PUBLISHED: Final = (
    PublishedSet(
        "mnist", marked("MNIST (70,000)"), marked("All handwritten digits of MNIST, ten classes."), MNIST, _DIGITS
    ),
    PublishedSet(
        "fashion-mnist",
        "Fashion-MNIST",
        marked("70,000 articles of clothing in ten classes."),
        FASHION_MNIST,
        FASHION_NAMES,
    ),
    PublishedSet(
        "kmnist",
        "Kuzushiji-MNIST",
        marked("70,000 characters of cursive Japanese writing in ten classes."),
        KMNIST,
        _KANA,
    ),
    _emnist("balanced", marked("131,600 handwritten digits and letters, 47 classes of one size."), _BY_MERGE),
    _emnist("letters", marked("145,600 handwritten letters, 26 classes of both cases."), _LETTERS, first_label=1),
    _emnist("digits", marked("280,000 handwritten digits, ten classes of one size."), _DIGITS),
    _emnist("mnist", marked("70,000 handwritten digits, arranged like MNIST."), _DIGITS),
    _emnist("byclass", marked("814,255 handwritten digits and letters, 62 classes."), _BY_CLASS),
    _emnist("bymerge", marked("814,255 handwritten digits and letters, 47 classes."), _BY_MERGE),
)
