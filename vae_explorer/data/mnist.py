"""The bundled digits: 10,000 images of MNIST."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from vae_explorer.data.assembly import Found, assemble, read_images
from vae_explorer.data.classes import read_labels
from vae_explorer.data.files import open_regular
from vae_explorer.data.idx import open_idx
from vae_explorer.errors import DataError, printable
from vae_explorer.language import marked, tr, without_stop
from vae_explorer.resources import resource_path

if TYPE_CHECKING:
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.limits import Limits
    from vae_explorer.data.reader import Report
    from vae_explorer.sections import DataConfig

TRAIN_COUNT: Final = 9000
_MAX_BYTES: Final = 1 << 22
_HASHES: Final = {
    "images-idx3-ubyte.gz": "ce9042e0f9a364ff91c1d40fb81c403dbb92ec06d9be2848dc76a8fcb02097fc",
    "labels-idx1-ubyte.gz": "b2716b5ca3616bc3677c35e634d8b7733e033ff9a67115a2611dbf4e1e5637ae",
}
_LICENCE: Final = marked(
    "MNIST by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, CC BY-SA 3.0 "
    "(https://creativecommons.org/licenses/by-sa/3.0/)"
)


def load_mnist_10k(config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Load the bundled digits: rows 0 to 8,999 to train, 9,000 to 9,999 to test.

    The files are already shuffled, and their split is fixed, so that results can be compared.

    Raises
    ------
    DataError
        If the files are missing or damaged.
    """
    folder = resource_path("data", "mnist-10k")
    images_path, labels_path = (_verified(folder / name, digest) for name, digest in _HASHES.items())
    array = open_idx(images_path)
    images, notes = read_images((array,), config, limits, report)
    return assemble(
        Found(
            where=printable(images_path),
            name="mnist-10k",
            images=images,
            labels=read_labels(open_idx(labels_path), array.shape[0], limits),
            train_count=TRAIN_COUNT,
            description=tr("Handwritten digits: the first 10,000 training images of MNIST, shuffled once."),
            licence=tr(_LICENCE),
            notes=notes,
        ),
        config,
    )


def _verified(path: Path, expected: str) -> Path:
    try:
        with open_regular(path) as file:
            found = hashlib.sha256(file.read(_MAX_BYTES)).hexdigest()
    except DataError as error:
        raise DataError(
            tr("{problem}; it comes with the program, so install the program again.", problem=without_stop(str(error)))
        ) from None
    if found != expected:
        raise DataError(
            tr(
                "{path} is damaged, because its SHA-256 begins with {found} instead of {expected}: "
                "install the program again.",
                path=printable(path),
                found=found[:8],
                expected=expected[:8],
            )
        )
    return path
