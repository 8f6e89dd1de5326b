"""Stored labels as class numbers and class names."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.errors import DataError, printable
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.data.limits import Limits
    from vae_explorer.data.stored import Numbers, StoredArray

MAX_CLASSES: Final = 1000
_MAX_NAME: Final = 40
_COUNTED_RANGE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Classes:
    """Labels int64 [N] with one name a class, or None and ()."""

    labels: NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_labels(array: StoredArray, images: int, limits: Limits) -> Numbers:
    """Return stored labels as one number or text an image, shape [N].

    One number a row, one text a row, and one-hot rows are understood.

    Raises
    ------
    DataError
        If there isn't one label an image, or labels can't be told from the numbers.
    """
    _require_labels(array, images)
    limits.check_labels(array.where, array.nbytes)
    values = array.whole()
    if not _is_text_or_number(values):
        raise DataError(tr("{where} has labels that aren't text: store whole numbers or texts.", where=array.where))
    values = values.reshape(images, -1) if values.ndim > 1 else values[:, None]
    if values.shape[1] == 1:
        return _whole_numbers(array.where, values[:, 0])
    if values.dtype.kind in "buif" and ((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all():
        return np.asarray(values.argmax(axis=1), dtype=np.int64)
    raise DataError(
        tr("{where} has {shape} numbers an image: store one label an image.", where=array.where, shape=values.shape[1])
    )


def _require_labels(array: StoredArray, images: int) -> None:
    """Refuse what can't be labels of so many images, by its type and shape alone."""
    if array.dtype.kind not in "buifSU":
        raise DataError(
            tr("{where} holds {dtype}, not labels: store whole numbers or texts.", where=array.where, dtype=array.dtype)
        )
    if not array.shape or array.shape[0] != images:
        count = array.shape[0] if array.shape else 1
        raise DataError(
            tr(
                "{where} has {count:,} labels for {images:,} images: each image needs exactly one label.",
                where=array.where,
                count=count,
                images=images,
            )
        )
    if array.nbytes == 0:
        raise DataError(
            tr(
                "{where} has no numbers for its {images:,} images: store one label an image.",
                where=array.where,
                images=images,
            )
        )


def _is_text_or_number(values: Numbers) -> bool:
    """Whether what claims to be text is made of characters that exist."""
    return values.dtype.kind != "U" or bool(values.view(f"{values.dtype.byteorder}u4").max() <= sys.maxunicode)


def read_class_names(array: StoredArray | None) -> tuple[str, ...]:
    """Return stored names of classes, () where there are none or what is stored isn't a list of texts."""
    if array is None or array.dtype.kind not in "SU" or len(array.shape) != 1 or not 0 < array.shape[0] <= MAX_CLASSES:
        return ()
    values = array.whole()
    if not _is_text_or_number(values):
        return ()
    return tuple(_name(value) for value in values.tolist())


def find_classes(values: Numbers | None, class_names: tuple[str, ...] = ()) -> Classes:
    """Give the classes numbers from 0 in the order of their labels.

    Parameters
    ----------
    values
        One label an image, or None.
    class_names
        Known names, used if all labels are row numbers of it.
    """
    if values is None:
        return Classes()
    found, labels = _numbered(values)
    if len(found) > MAX_CLASSES:
        note = tr(
            "The labels take {count:,} different values, more than {max_classes:,}, so they were left out.",
            count=len(found),
            max_classes=MAX_CLASSES,
        )
        return Classes(notes=(note,))
    numeric = found.dtype.kind not in "SU"
    notes = [tr("There is only one class.")] if len(found) == 1 else []
    if class_names and numeric and found[0] >= 0 and found[-1] < len(class_names):
        return Classes(values.astype(np.int64), class_names, tuple(notes))
    names = tuple(_name(value) for value in found.tolist())
    if numeric and (found[0] != 0 or found[-1] != len(found) - 1):
        notes.append(
            tr(
                "The {count} labels from {first} to {last} were numbered from 0 without gaps.",
                count=len(found),
                first=names[0],
                last=names[-1],
            )
        )
    return Classes(labels.reshape(-1).astype(np.int64, copy=False), names, tuple(notes))


def _numbered(values: Numbers) -> tuple[Numbers, NDArray[np.intp]]:
    """Return the different labels in their order, and for each image the place of its own among them."""
    low, high = (int(values.min()), int(values.max())) if values.dtype == np.int64 else (0, _COUNTED_RANGE)
    if high - low >= _COUNTED_RANGE:
        return np.unique(values, return_inverse=True)
    # Counting takes a twentieth of the time of sorting, which is seconds for ten million labels.
    counted = values if low == 0 else values - low
    found = np.flatnonzero(np.bincount(counted))
    if len(found) == high - low + 1:
        return found + low, counted
    places = np.zeros(high - low + 1, dtype=np.intp)
    places[found] = np.arange(len(found))
    return found + low, places[counted]


def _name(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return printable(text.strip(), _MAX_NAME) or "(empty)"


def _whole_numbers(where: str, values: Numbers) -> Numbers:
    if values.dtype.kind in "SU":
        return values
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise DataError(
                tr("{where} has labels that are NaN or infinite: give each image a whole number.", where=where)
            )
        if (values != np.rint(values)).any() or np.abs(values).max(initial=0) > 2**53:
            raise DataError(
                tr("{where} has labels that aren't whole numbers: give each image a whole number.", where=where)
            )
    if values.dtype == np.uint64 and values.max(initial=0) > np.iinfo(np.int64).max:
        raise DataError(tr("{where} has labels beyond 64 bits: give each image a smaller whole number.", where=where))
    return values.astype(np.int64)
