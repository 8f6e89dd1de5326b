"""Sets of IDX files: images with their labels, and a training with its test set, paired by name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.assembly import Found, assemble, read_images
from vae_explorer.data.classes import read_labels
from vae_explorer.data.files import unreadable
from vae_explorer.data.idx import looks_like_idx, open_idx
from vae_explorer.data.listing import PICTURE_SUFFIXES
from vae_explorer.data.reader import Reader, Report
from vae_explorer.errors import DataError, printable
from vae_explorer.language import listed, marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.limits import Limits
    from vae_explorer.data.stored import Numbers
    from vae_explorer.sections import DataConfig

_IMAGES: Final = re.compile(r"(?P<set>.*?)images(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_IDX_NAME: Final = re.compile(r"(idx\d|ubyte|\.idx)", re.IGNORECASE)
_TRAIN: Final = re.compile(r"train", re.IGNORECASE)
_TEST: Final = re.compile(r"t10k|test", re.IGNORECASE)
_FASHION: Final = re.compile(r"fashion", re.IGNORECASE)
FASHION_NAMES: Final = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", marked("Ankle boot"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Pair:
    images: Path
    labels: Path | None


def read_file(path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Read one file of images with the labels beside it.

    Raises
    ------
    DataError
        If it can't be read.
    """
    if len(open_idx(path).shape) == 1:
        raise DataError(
            tr("{path} holds labels, not images: open the file with the images, or the folder.", path=printable(path))
        )
    return _read((_Pair(path, _labels_beside(path)),), path, config, limits, report)


def read_folder(path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Read the images in a folder: a training and a test set, or a single set.

    Raises
    ------
    DataError
        If they can't be read, or there are several sets to choose from.
    """
    pairs = [_Pair(image, _labels_beside(image)) for image in _image_files(path)]
    train = [pair for pair in pairs if _TRAIN.search(pair.images.name)]
    test = [pair for pair in pairs if _TEST.search(pair.images.name) and pair not in train]
    if len(train) == 1 and len(test) == 1:
        return _read((train[0], test[0]), path, config, limits, report)
    if len(pairs) == 1:
        return _read((pairs[0],), path, config, limits, report)
    names = listed(printable(pair.images.name) for pair in pairs[:4])
    raise DataError(
        tr(
            "{path} holds {count} sets of images ({names}): open one of the files instead.",
            path=printable(path),
            count=len(pairs),
            names=names,
        )
    )


def _read(pairs: tuple[_Pair, ...], path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    # Only the path that the user named may be a link.
    arrays = [open_idx(pair.images, follow_links=pair.images == path) for pair in pairs]
    labels, notes = _read_labels(pairs, [array.shape[0] for array in arrays], limits)
    images, changes = read_images(arrays, config, limits, report)
    fashion = any(_FASHION.search(part) for part in path.resolve().parts[-3:])
    return assemble(
        Found(
            where=printable(path),
            name=printable(path.name or path.absolute().name),
            images=images,
            labels=labels,
            class_names=FASHION_NAMES if fashion and labels is not None else (),
            train_count=arrays[0].shape[0] if len(arrays) == 2 else None,
            notes=(*notes, *changes),
        ),
        config,
    )


def _read_labels(pairs: tuple[_Pair, ...], counts: list[int], limits: Limits) -> tuple[Numbers | None, list[str]]:
    missing = [pair for pair in pairs if pair.labels is None]
    if missing:
        return None, [
            tr("There are no labels beside {name}, so there are no classes.", name=printable(missing[0].images.name))
        ]
    columns = [
        read_labels(open_idx(pair.labels, follow_links=False), count, limits)
        for pair, count in zip(pairs, counts, strict=True)
        if pair.labels is not None
    ]
    return np.concatenate(columns), []


def _image_files(folder: Path) -> list[Path]:
    """Return the image files of a folder; of a compressed and a plain copy only the plain one."""
    names = set(_names(folder))
    chosen = [name for name in names if _IMAGES.match(name) and _IDX_NAME.search(name)]
    chosen = [name for name in chosen if not name.lower().endswith(PICTURE_SUFFIXES)]
    chosen = [name for name in chosen if not (name.endswith(".gz") and name.removesuffix(".gz") in names)]
    return [folder / name for name in sorted(chosen)]


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)]
    except OSError as error:
        raise unreadable(folder, error) from None


def _labels_beside(images: Path) -> Path | None:
    match = _IMAGES.fullmatch(images.name)
    if match is None:
        return None
    stem = match["set"] + _in_case_of("labels", images.name[match.start("rest") - 6 : match.start("rest")])
    rest = re.sub(r"idx[34]", "idx1", match["rest"])
    plain = (stem + rest).removesuffix(".gz")
    names = set(_names(images.parent))
    return next((images.with_name(name) for name in (plain, plain + ".gz") if name in names), None)


def _in_case_of(word: str, model: str) -> str:
    return word.capitalize() if model[0].isupper() else word


def _either(test: Callable[[Path], bool]) -> Callable[[Path], bool]:
    return lambda path: path.is_file() and (test(path) or bool(_IDX_NAME.search(path.name)))


IDX_FILE: Final = Reader("idx", marked("IDX images"), (".gz", ".idx", "-ubyte"), _either(looks_like_idx), read_file)
IDX_FOLDER: Final = Reader(
    "idx-folder",
    marked("Folder of IDX files"),
    (),
    lambda path: path.is_dir() and bool(_image_files(path)),
    read_folder,
)
