"""How much a data set may ask for, so that a lying header or a bomb is refused before memory is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vae_explorer.errors import DataError


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a reader.

    Attributes
    ----------
    memory_bytes
        Size of all images together, as held in memory. Where a file can be read piece by piece, larger sets stay there.
    label_bytes
        Size of the stored labels of one array.
    expanded_bytes
        Size of one stored array after decompression; it is read in pieces, so this bounds time, not memory.
    images
        Number of images.
    picture_pixels
        Width times height of one picture file.
    picture_bytes
        Size of one picture file.
    files
        Number of files looked at in a folder.
    depth
        Levels of sub-folders.
    header_bytes
        Length of a text header (NPY).
    members
        Number of arrays in one NPZ file.
    spool
        Folder for a temporary file that takes what is too large for the memory and can't be read where it lies; None
        refuses it.
    """

    memory_bytes: int = 2 << 30
    label_bytes: int = 1 << 30
    expanded_bytes: int = 64 << 30
    images: int = 50_000_000
    picture_pixels: int = 64_000_000
    picture_bytes: int = 256 << 20
    files: int = 500_000
    depth: int = 8
    header_bytes: int = 4096
    members: int = 256
    spool: str | None = None

    def check_memory(self, where: str, needed: int) -> None:
        """Refuse images that would take more memory than allowed.

        Raises
        ------
        DataError
            If `needed` bytes are too many; the message states both sizes.
        """
        if needed > self.memory_bytes:
            raise DataError(
                f"{where} would need {byte_size(needed)} of memory for its images, more than the "
                f"{byte_size(self.memory_bytes)} allowed: choose a smaller size with data.resize, use fewer images, or "
                "write them with vae-explorer prepare into a file that is read piece by piece."
            )

    def check_labels(self, where: str, needed: int) -> None:
        """Refuse labels that would take more memory than allowed.

        Raises
        ------
        DataError
            If `needed` bytes are too many; the message states both sizes.
        """
        if needed > self.label_bytes:
            raise DataError(
                f"{where} would need {byte_size(needed)} of memory for its labels, more than the "
                f"{byte_size(self.label_bytes)} allowed: store one number of one byte an image."
            )

    def check_expanded(self, where: str, needed: int) -> None:
        """Refuse a stored array that would take too long to read.

        Raises
        ------
        DataError
            If `needed` bytes are too many; the message states both sizes.
        """
        if needed > self.expanded_bytes:
            raise DataError(
                f"{where} says that it holds {byte_size(needed)}, more than the {byte_size(self.expanded_bytes)} "
                "allowed: check that the file is what it seems to be, or split it."
            )

    def check_images(self, where: str, count: int) -> None:
        """Refuse more images than allowed.

        Raises
        ------
        DataError
            If there are too many.
        """
        if count > self.images:
            raise DataError(
                f"{where} says that it holds {count:,} images, more than the {self.images:,} allowed: use fewer."
            )


DEFAULT_LIMITS: Final = Limits()


def byte_size(count: int) -> str:
    """Return a number of bytes as people say it, in powers of 1000: ``"47.0 MB"``."""
    if count < 1000:
        return f"{count} bytes"
    size = float(count)
    for unit in ("kB", "MB", "GB", "TB", "PB"):
        size /= 1000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size:.3g} PB"
