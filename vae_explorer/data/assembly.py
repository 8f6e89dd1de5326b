"""From what a reader found to a data set that can be trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.classes import find_classes
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.data.disk_images import DiskImages
from vae_explorer.data.pixels import Bytes, find_layout, find_scale, flatten_alpha
from vae_explorer.data.room import make_room
from vae_explorer.data.sizing import find_sizing, resize, size_text, to_grey
from vae_explorer.data.staying import disk_images
from vae_explorer.errors import DataError
from vae_explorer.language import AND, listed, tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vae_explorer.data.limits import Limits
    from vae_explorer.data.reader import Report
    from vae_explorer.data.room import Room
    from vae_explorer.data.stored import Numbers, StoredArray
    from vae_explorer.sections import DataConfig

_SPLIT_SEED: Final = 0
_LOOKED_AT: Final = 2048
"""Images on a disk that are looked at for whether there is anything to learn."""
_LOOKED_AT_BYTES: Final = 1 << 22


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader found, before labels are numbered and rows are split.

    Attributes
    ----------
    where
        The file or folder for messages.
    name
        Name of the data set.
    images
        uint8 [N, C, H, W], or images on a disk; the data set takes them over.
    labels
        One number or text an image, or None.
    train_count
        Rows for training if the source has its own split, else None.
    shuffled
        Whether rows already come in random order.
    """

    where: str
    name: str
    images: Bytes | DiskImages
    labels: Numbers | None = None
    class_names: tuple[str, ...] = ()
    train_count: int | None = None
    shuffled: bool = False
    factors: NDArray[np.float32] | None = None
    factor_names: tuple[str, ...] = ()
    description: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()


def read_images(
    arrays: Sequence[StoredArray], config: DataConfig, limits: Limits, report: Report
) -> tuple[Bytes | DiskImages, tuple[str, ...]]:
    """Read stored images one after the other into one array [N, C, H, W], with notes on what was changed.

    The stored numbers are converted in pieces, so that only the bytes of the result are held as a whole. Images that
    are too many for that stay in their files.

    Raises
    ------
    DataError
        If they aren't images, differ in size, are damaged or need too much memory.
    """
    layouts = [find_layout(array) for array in arrays]
    sizes = {(layout.channels, layout.height, layout.width) for layout in layouts}
    if len(sizes) > 1:
        sizes_told = listed((size_text(layout.height, layout.width) for layout in layouts), AND)
        raise DataError(
            tr(
                "{first} and {second} differ in size ({listed}): bring them to one size.",
                first=arrays[0].where,
                second=arrays[1].where,
                listed=sizes_told,
            )
        )
    first, where, count = layouts[0], arrays[0].where, sum(array.shape[0] for array in arrays)
    require_enough(where, count)
    limits.check_images(where, count)
    sizing = find_sizing(where, first.height, first.width, config)
    channels = 1 if config.colour == "grey" else first.channels
    if count * channels * math.prod(sizing.target) > limits.memory_bytes:
        staying = disk_images(arrays, first, sizing, channels, limits)
        if staying is not None:
            return staying[0], tuple(note for note in (first.note, staying[1]) if note)
    room = _make_room(where, (count, channels, *sizing.target), arrays, limits)
    scale = find_scale(arrays)
    row = 0
    for array, layout in zip(arrays, layouts, strict=True):
        for chunk in array.chunks():
            pixels = flatten_alpha(scale(layout.arrange(chunk)))
            room.put(resize(to_grey(pixels) if channels == 1 else pixels, sizing.target))
            row += len(chunk)
            report(tr("Read {row:,} of {count:,} images", row=row, count=count))
    return room.images(), tuple(note for note in (first.note, scale.note, sizing.note) if note)


def _make_room(where: str, shape: tuple[int, int, int, int], arrays: Sequence[StoredArray], limits: Limits) -> Room:
    """Return room for images, after refusing what would take too much memory or time."""
    for array in arrays:
        limits.check_expanded(array.where, array.nbytes)
    # An array whose first index runs fastest can only be read as a whole.
    whole = sum(array.nbytes for array in arrays if array.fortran)
    if whole:
        limits.check_memory(where, whole + (math.prod(shape) if limits.spool is None else 0))
    return make_room(where, shape, limits)


def require_enough(where: str, count: int) -> None:
    """Refuse a set without both a training and a test image.

    Raises
    ------
    DataError
        If there are fewer than two images.
    """
    if count < 2:
        raise DataError(
            tr("{where} holds no images: at least 2 are needed, one to train on and one to test with.", where=where)
            if count == 0
            else tr(
                "{where} holds only one image: at least 2 are needed, one to train on and one to test with.",
                where=where,
            )
        )


def assemble(found: Found, config: DataConfig) -> ImageDataset:
    """Check images, number the classes and hold a test part out.

    A source with a test set keeps it. Any other is shuffled once by a fixed rule, then `config.test_fraction` of
    its rows, from the end, are for testing; so the same file always gives the same parts.

    Raises
    ------
    DataError
        If there is nothing to learn from.
    """
    count = len(found.images)
    require_enough(found.where, count)
    notes = [*found.notes, *_check_contrast(found)]
    classes = find_classes(found.labels, found.class_names)
    order, train_count, labels = np.arange(count, dtype=np.int64), found.train_count, classes.labels
    images = found.images
    if train_count is None:
        train_count = min(count - 1, max(1, count - round(count * config.test_fraction)))
        if not found.shuffled:
            order = np.random.Generator(np.random.PCG64(_SPLIT_SEED)).permutation(count)
            images = _permuted(images, order)
            labels = None if labels is None else labels[order]
    return ImageDataset(
        name=found.name,
        images=images,
        labels=labels,
        class_names=classes.names,
        train_count=train_count,
        source_rows=order,
        factors=found.factors,
        factor_names=found.factor_names,
        description=found.description,
        licence=found.licence,
        notes=(*notes, *classes.notes),
    )


def _permuted(images: Bytes | DiskImages, order: NDArray[np.int64]) -> Bytes | DiskImages:
    if isinstance(images, DiskImages):
        return images.reordered(order)
    permute_rows(images, order)
    return images


def permute_rows(images: Bytes, order: NDArray[np.int64]) -> None:
    """Replace `images` by ``images[order]`` in place, along the cycles of the permutation.

    A copy would take the memory of the whole set a second time.
    """
    moved = np.zeros(len(order), dtype=bool)
    steps = order.tolist()
    for start in range(len(steps)):
        if moved[start] or steps[start] == start:
            continue
        kept, row = images[start].copy(), start
        while steps[row] != start:
            images[row] = images[steps[row]]
            moved[row] = True
            row = steps[row]
        images[row] = kept
        moved[row] = True


def _check_contrast(found: Found) -> list[str]:
    count, flat, looked_at, varied = len(found.images), 0, 0, False
    for block in _blocks(found.images):
        flat += int((block.max(axis=1) == block.min(axis=1)).sum())
        varied = varied or bool((block != found.images[0].reshape(-1)).any())
        looked_at += len(block)
    saw_all = looked_at == count
    if not varied and saw_all:
        raise DataError(
            tr("{where} holds {count:,} images that are all the same: choose others.", where=found.where, count=count)
        )
    if not varied:
        raise DataError(
            tr(
                "{where} holds {count:,} images, of which {looked_at:,} were looked at, that are all the "
                "same: choose others.",
                where=found.where,
                count=count,
                looked_at=looked_at,
            )
        )
    if flat and saw_all:
        return [tr("Images of a single colour: {flat:,} of {count:,}.", flat=flat, count=count)]
    if flat:
        return [tr("Images of a single colour: {flat:,} of {looked_at:,} looked at.", flat=flat, looked_at=looked_at)]
    return []


def _blocks(images: Bytes | DiskImages) -> Iterator[Bytes]:
    """Yield images as rows of values: all of them, or of those on a disk some from everywhere."""
    values = math.prod(images.shape[1:])
    rows = max(1, _LOOKED_AT_BYTES // values)
    if isinstance(images, DiskImages):
        yield images.spread_stored(min(rows, _LOOKED_AT))[0].reshape(-1, values)
        return
    for start in range(0, len(images), rows):
        yield images[start : start + rows].reshape(-1, values)
