"""Whether images that are too many for the memory can stay in their files, and if not, why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.data.disk_images import DiskImages, StoredForm
from vae_explorer.data.limits import byte_size
from vae_explorer.data.pixels import flatten_alpha
from vae_explorer.data.positioned import Place, RowFile
from vae_explorer.data.sizing import to_grey
from vae_explorer.errors import DataError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.data.limits import Limits
    from vae_explorer.data.pixels import Bytes, Layout
    from vae_explorer.data.sizing import Sizing
    from vae_explorer.data.stored import StoredArray


def disk_images(
    arrays: Sequence[StoredArray], layout: Layout, sizing: Sizing, channels: int, limits: Limits
) -> tuple[DiskImages, str] | None:
    """Return stored images to be read when they are asked for, and the sentence that says so.

    Axes are put in order and colours brought to grey levels as the images are read. None says that they can't be read
    as they lie in the file, and that a file may be written that they can be read from.

    Raises
    ------
    DataError
        If they can't be read as they lie, and no file may be written; the message says why, and what to do.
    """
    needed = sum(array.shape[0] for array in arrays) * channels * math.prod(sizing.target)
    places = [array.place for array in arrays if array.place is not None]
    reason = _obstacle(arrays, sizing)
    if reason or len(places) < len(arrays):
        if limits.spool is not None:
            return None
        raise DataError(_too_large(arrays[0].where, needed, reason, limits))
    files = [_row_file(array, place) for array, place in zip(arrays, places, strict=True)]
    shape = arrays[0].shape[1:]

    def decode(stored: Bytes) -> Bytes:
        pixels = flatten_alpha(layout.arrange(stored.reshape(len(stored), *shape)))
        return to_grey(pixels) if channels == 1 else pixels

    note = tr(
        "The images take {needed}, more than the {allowed} that are held in memory, so "
        "they stay in their file and are read as they are needed.",
        needed=byte_size(needed),
        allowed=byte_size(limits.memory_bytes),
    )
    found = DiskImages(files, StoredForm(math.prod(shape), (channels, *sizing.target), decode))
    return found, note if limits.spool is None else ""  # where it is only read to be written anew, nobody cares


def _row_file(array: StoredArray, place: Place) -> RowFile:
    return RowFile.opened(place, array.shape[0], math.prod(array.shape[1:]))


def _obstacle(arrays: Sequence[StoredArray], sizing: Sizing) -> str:
    if any(array.place is None for array in arrays):
        return tr("it is compressed")
    if any(array.fortran for array in arrays):
        return tr("its first index runs fastest (Fortran order)")
    other = [array.dtype for array in arrays if array.dtype != np.uint8]
    if other:
        return tr("its numbers are {other} instead of bytes", other=other[0])
    if sizing.source != sizing.target:
        return tr("its pictures have to be resized")
    if len({array.shape[1:] for array in arrays}) > 1:
        return tr("its two parts have different shapes")
    return ""


def _too_large(where: str, needed: int, reason: str, limits: Limits) -> str:
    return tr(
        "{where} would need {needed} of memory for its images, {memory_words}, and can't be "
        "read piece by piece because {reason}: write it anew with vae-explorer prepare and "
        "open that file, choose a smaller size with data.resize, or allow more memory with "
        "{memory_name}.",
        where=where,
        needed=byte_size(needed),
        memory_words=limits.memory_words,
        reason=reason,
        memory_name=limits.memory_name,
    )
