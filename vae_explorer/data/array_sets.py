"""Sets of images in NPY and NPZ files: which array holds images, which labels, which the test part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.arrays import looks_like_npy, looks_like_npz, open_npy, open_npz
from vae_explorer.data.assembly import Found, assemble, read_images
from vae_explorer.data.classes import read_class_names, read_labels
from vae_explorer.data.reader import Reader, Report
from vae_explorer.data.stored import StoredArray
from vae_explorer.errors import DataError, printable
from vae_explorer.language import listed, marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.limits import Limits
    from vae_explorer.data.stored import Numbers
    from vae_explorer.sections import DataConfig

_IMAGES: Final = ("x", "images", "image", "data")
_LABELS: Final = ("y", "labels", "label", "targets")
_TRAIN_IMAGES: Final = ("x_train", "train_x", "train_images", "images_train")
_TRAIN_LABELS: Final = ("y_train", "train_y", "train_labels", "labels_train")
_TEST_IMAGES: Final = ("x_test", "test_x", "test_images", "images_test")
_TEST_LABELS: Final = ("y_test", "test_y", "test_labels", "labels_test")
_CLASS_NAMES: Final = ("class_names", "label_names")
_BESIDE: Final = (("images", "labels"), ("image", "label"), ("x_train", "y_train"), ("x_test", "y_test"), ("x", "y"))


@dataclass(frozen=True, slots=True)
class _Parts:
    """Stored images, one array or training and test, with the labels of each."""

    images: tuple[StoredArray, ...]
    labels: tuple[StoredArray | None, ...]
    notes: tuple[str, ...] = ()
    class_names: StoredArray | None = None


def read_npy(path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Read images from an NPY file, with labels from ``labels.npy`` beside ``images.npy`` or ``y`` beside ``x``.

    Raises
    ------
    DataError
        If it can't be read.
    """
    images = open_npy(path, limits)
    beside = _labels_beside(path)
    if beside is None:
        return _read(_Parts((images,), (None,)), path, config, limits, report)
    labels = open_npy(beside, limits, follow_links=False)
    notes = (tr("The labels were taken from {name}, which lies beside.", name=printable(beside.name)),)
    return _read(_Parts((images,), (labels,), notes), path, config, limits, report)


def read_npz(path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Read images and labels from an NPZ file, as one set or as a training and a test set.

    Raises
    ------
    DataError
        If it can't be read, or no array of it is known to hold images.
    """
    return _read(_choose(printable(path), open_npz(path, limits)), path, config, limits, report)


def _choose(where: str, arrays: Mapping[str, StoredArray | DataError]) -> _Parts:
    by_name = {name.lower(): array for name, array in arrays.items()}
    train, test = _first(by_name, _TRAIN_IMAGES), _first(by_name, _TEST_IMAGES)
    train_labels, test_labels = _first(by_name, _TRAIN_LABELS), _first(by_name, _TEST_LABELS)
    class_names = _first(by_name, _CLASS_NAMES)
    if train and test:
        return _Parts((train, test), (train_labels, test_labels), class_names=class_names)
    if train:
        return _Parts((train,), (train_labels,), class_names=class_names)
    if images := _first(by_name, _IMAGES):
        return _Parts((images,), (_first(by_name, _LABELS),), class_names=class_names)
    candidates = {
        name: array for name, array in arrays.items() if isinstance(array, StoredArray) and len(array.shape) in {3, 4}
    }
    if len(candidates) == 1:
        name, array = next(iter(candidates.items()))
        note = tr("The images were taken from the array '{name}'.", name=printable(name))
        return _Parts((array,), (_first(by_name, _LABELS),), (note,))
    names = listed(repr(printable(name, 40)) for name in list(arrays)[:6]) or tr("no arrays")
    raise DataError(
        tr(
            "{where} holds {names}: name the images 'x' and the labels 'y', or 'x_train', 'y_train' and so on.",
            where=where,
            names=names,
        )
    )


def _first(arrays: Mapping[str, StoredArray | DataError], names: Iterable[str]) -> StoredArray | None:
    found = next((arrays[name] for name in names if name in arrays), None)
    if isinstance(found, DataError):
        raise found
    return found


def _read(parts: _Parts, path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    for array in parts.images:
        if len(array.shape) == 1:
            raise DataError(
                tr(
                    "{where} has one dimension, like labels: choose the array or file with the images.",
                    where=array.where,
                )
            )
    labels, missing = _read_labels(parts, limits)
    images, changes = read_images(parts.images, config, limits, report)
    return assemble(
        Found(
            where=printable(path),
            name=printable(path.name),
            images=images,
            labels=labels,
            class_names=() if labels is None else read_class_names(parts.class_names),
            train_count=parts.images[0].shape[0] if len(parts.images) == 2 else None,
            notes=(*parts.notes, *missing, *changes),
        ),
        config,
    )


def _read_labels(parts: _Parts, limits: Limits) -> tuple[Numbers | None, tuple[str, ...]]:
    columns = [
        read_labels(labels, images.shape[0] if images.shape else 0, limits)
        for images, labels in zip(parts.images, parts.labels, strict=True)
        if labels is not None
    ]
    if len(columns) == len(parts.images):
        return np.concatenate(columns), ()
    if columns:
        return None, (tr("Only one of the two parts has labels, so they were left out."),)
    return None, (tr("There are no labels, so there are no classes."),)


def _labels_beside(path: Path) -> Path | None:
    for images, labels in _BESIDE:
        stem = path.stem.lower()
        if stem == images or stem.endswith((f"-{images}", f"_{images}")):
            beside = path.with_name(f"{path.stem[: len(path.stem) - len(images)]}{labels}{path.suffix}")
            if beside.is_file() and not beside.is_symlink():
                return beside
    beside = labels_file(path)
    return beside if beside.is_file() and not beside.is_symlink() else None


def labels_file(images: Path) -> Path:
    """Return where labels are looked for that were written with a file of images, such as ``digits_labels.npy``."""
    return images.with_name(f"{images.stem}_labels{images.suffix}")


def _is_file(path: Path, suffix: str) -> bool:
    """Whether the name tells the format, so that a damaged file is refused for the right reason."""
    return path.suffix.lower() == suffix and path.is_file()


NPY_FILE: Final = Reader(
    "npy", marked("NumPy array"), (".npy",), lambda path: _is_file(path, ".npy") or looks_like_npy(path), read_npy
)
NPZ_FILE: Final = Reader(
    "npz", marked("NumPy archive"), (".npz",), lambda path: _is_file(path, ".npz") or looks_like_npz(path), read_npz
)
