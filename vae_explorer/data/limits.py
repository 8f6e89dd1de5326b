"""How much a file may ask for, so that a lying header or a bomb is refused before memory is taken.

One set of bounds for all that is read: data, pictures, tables, runs and sessions. They are declared in `Allowance`,
with defaults that a person can change; readers get them in bytes, as `Limits`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vae_explorer.errors import DataError
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.sections import DataConfig


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of all readers.

    Attributes
    ----------
    memory_bytes
        Size of all images together, as held in memory. Where a file can be read piece by piece, larger sets stay there.
    memory_name
        The setting that says so, for messages.
    label_bytes
        Size of the stored labels of one array.
    expanded_bytes
        Size of one stored array after decompression; it is read in pieces, so this bounds time, not memory.
    images
        Number of images.
    picture_pixels
        Width times height of one picture file; a JPEG, which is decoded at a fraction of its size, may have twice as
        many.
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
    table_bytes
        Size of a table of columns.
    document_bytes
        Size of one small file of a run, such as ``run.json``.
    metrics_bytes
        Size of a run's log of metrics.
    weights_bytes
        Size of a file with weights.
    session_bytes
        Size of a kept session.
    spool
        Folder for a temporary file that takes what is too large for the memory and can't be read where it lies; None
        refuses it.
    """

    memory_bytes: int = 2 << 30
    memory_name: str = "data.memory"
    label_bytes: int = 1 << 30
    expanded_bytes: int = 64 << 30
    images: int = 50_000_000
    picture_pixels: int = 25_000_000
    picture_bytes: int = 256 << 20
    files: int = 500_000
    depth: int = 8
    header_bytes: int = 4 << 10
    members: int = 256
    table_bytes: int = 128 << 20
    document_bytes: int = 16 << 20
    metrics_bytes: int = 256 << 20
    weights_bytes: int = 2 << 30
    session_bytes: int = 64 << 20
    spool: str | None = None

    def for_data(self, config: DataConfig) -> Limits:
        """Return these bounds with the memory that an experiment wants to hold images in, where that is less."""
        wanted = config.memory << 20
        if wanted > self.memory_bytes:
            return replace(self, memory_name="limits.memory")
        return replace(self, memory_bytes=wanted, memory_name="data.memory")

    def check_memory(self, where: str, needed: int) -> None:
        """Refuse images that would take more memory than allowed.

        Raises
        ------
        DataError
            If `needed` bytes are too many; the message states both sizes.
        """
        if needed > self.memory_bytes:
            raise DataError(
                tr(
                    "{where} would need {needed} of memory for its images, {memory_words}: choose a "
                    "smaller size with data.resize, use fewer images, or write them with vae-explorer "
                    "prepare into a file that is read piece by piece.",
                    where=where,
                    needed=byte_size(needed),
                    memory_words=self.memory_words,
                )
            )

    @property
    def memory_words(self) -> str:
        """How much memory is allowed, as a part of a sentence."""
        return more_than(byte_size(self.memory_bytes), self.memory_name)

    def check_labels(self, where: str, needed: int) -> None:
        """Refuse labels that would take more memory than allowed.

        Raises
        ------
        DataError
            If `needed` bytes are too many; the message states both sizes.
        """
        if needed > self.label_bytes:
            allowed = more_than(byte_size(self.label_bytes), "limits.labels")
            raise DataError(
                tr(
                    "{where} would need {needed} of memory for its labels, {allowed}: store one number "
                    "of one byte an image.",
                    where=where,
                    needed=byte_size(needed),
                    allowed=allowed,
                )
            )

    def check_expanded(self, where: str, needed: int) -> None:
        """Refuse a stored array that would take too long to read.

        Raises
        ------
        DataError
            If `needed` bytes are too many; the message states both sizes.
        """
        if needed > self.expanded_bytes:
            allowed = more_than(byte_size(self.expanded_bytes), "limits.expanded")
            raise DataError(
                tr(
                    "{where} says that it holds {needed}, {allowed}: check that the file is what it "
                    "seems to be, or split it.",
                    where=where,
                    needed=byte_size(needed),
                    allowed=allowed,
                )
            )

    def check_images(self, where: str, count: int) -> None:
        """Refuse more images than allowed.

        Raises
        ------
        DataError
            If there are too many.
        """
        if count > self.images:
            allowed = more_than(f"{self.images:,}", "limits.images")
            raise DataError(
                tr(
                    "{where} says that it holds {count:,} images, {allowed}: use fewer.",
                    where=where,
                    count=count,
                    allowed=allowed,
                )
            )


def more_than(allowed: str, name: str) -> str:
    """Return how a refusal says what is allowed and which setting says so."""
    return tr("more than the {allowed} allowed ({name})", allowed=allowed, name=name)


def byte_size(count: int) -> str:
    """Return a number of bytes in powers of 1024, the units of all settings, in words: ``"47.0 MiB"``."""
    if count < 1024:
        return tr("1 byte") if count == 1 else tr("{count} bytes", count=count)
    size = float(count)
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        size /= 1024
        if size < 1023.95:
            return f"{size:.1f} {unit}"
    return tr("more than 1,000 PiB")  # such a number is a lie of a header, and nobody reads its figures
