"""Where a reader puts the images that it has brought to one form: into memory, or into a file."""

from __future__ import annotations

import math
import tempfile
import weakref
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vae_explorer.data.disk_images import DiskImages, StoredForm
from vae_explorer.data.positioned import RowFile
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.data.limits import Limits
    from vae_explorer.data.positioned import Bytes


class Room(Protocol):
    """Takes images one after the other."""

    def put(self, images: Bytes) -> None:
        """Take the next images [n, C, H, W]."""

    def images(self) -> Bytes | DiskImages:
        """Return all that were taken; none is taken afterwards."""


def make_room(where: str, shape: tuple[int, int, int, int], limits: Limits) -> Room:
    """Return room for images [N, C, H, W] at most: in memory, or where there isn't enough of it, in `limits.spool`.

    Raises
    ------
    DataError
        If they need too much memory and no file may take them.
    """
    needed = math.prod(shape)
    if needed > limits.memory_bytes and limits.spool is not None:
        return FileRoom(shape, limits.spool)
    limits.check_memory(where, needed)
    return MemoryRoom(shape)


class MemoryRoom:
    """Room in memory for images of a shape [N, C, H, W]."""

    def __init__(self, shape: tuple[int, int, int, int]) -> None:
        self._images = np.empty(shape, dtype=np.uint8)
        self._count = 0

    def put(self, images: Bytes) -> None:
        """Take the next images [n, C, H, W]."""
        self._images[self._count : self._count + len(images)] = images
        self._count += len(images)

    def images(self) -> Bytes:
        """Return all that were taken."""
        return self._images[: self._count]


class FileRoom:
    """Room in a temporary file without a name, which is gone as soon as nobody reads it."""

    def __init__(self, shape: tuple[int, int, int, int], folder: str) -> None:
        self._shape = shape[1:]
        self._count = 0
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with its images, or with this object
        weakref.finalize(self, self._file.close)

    def put(self, images: Bytes) -> None:
        """Take the next images [n, C, H, W]."""
        self._file.write(np.ascontiguousarray(images).data)
        self._count += len(images)

    def images(self) -> DiskImages:
        """Return all that were taken."""
        with self._file:
            self._file.flush()
            stored = RowFile(tr("the temporary file"), self._file.fileno(), 0, self._count, math.prod(self._shape))
        shape = self._shape
        form = StoredForm(math.prod(shape), shape, lambda rows: rows.reshape(len(rows), *shape))
        return DiskImages([stored], form)
