"""Images as bytes, in memory or on a disk, with labels, split into a training and a test part."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from vae_explorer.data.disk_images import DiskImages
from vae_explorer.data.images import part_of
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.data.images import Images

MIN_SIDE: Final = 8
MAX_SIDE: Final = 128
CHANNELS: Final = (1, 3)
SAMPLED: Final = "sampled-sha256:"
"""Begins the checksum of images of which only some were read for it."""
_CHUNK_BYTES: Final = 1 << 22
_SAMPLE_BYTES: Final = 1 << 23
"""Pixels of images on a disk from which checksum and mean are made."""


@dataclass(frozen=True, slots=True)
class Subset:
    """Consecutive rows of a data set, as views.

    Attributes
    ----------
    images
        uint8 [n, C, H, W], read-only; or images on a disk, which are read when they are asked for.
    labels
        int64 [n], or None.
    offset
        Row of the data set at which the subset begins.
    """

    images: Images
    labels: NDArray[np.int64] | None
    offset: int

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, slots=True, eq=False)
class ImageDataset:
    """Images of one size as bytes; rows up to `train_count` are for training, the rest for testing.

    The arrays are made read-only, so that any thread may hold a view.

    Attributes
    ----------
    name
        Name of the source, or of the file or folder, as plain text.
    images
        uint8 [N, C, H, W], C-contiguous; C is 1 (grey) or 3 (red, green, blue). Or `DiskImages`, which read what is
        asked for from their files.
    labels
        int64 [N] with values from 0 to one less than the number of classes, or None.
    class_names
        One name a class, or () without labels.
    train_count
        Number of rows for training.
    source_rows
        int64 [N]: the row in the source before it was shuffled; a test file's rows follow the training file's, and
        the pictures of a folder are counted in natural order.
    factors
        float32 [N, F] true factors of a synthetic set, or None.
    factor_names
        One name with its unit a factor.
    description, licence
        Where the images come from, and under which terms.
    notes
        Whole sentences that a user should see: what was resized, skipped or converted.

    Raises
    ------
    ValueError
        If the parts don't fit together: a mistake in the program, since loaders check what users give.
    """

    name: str
    images: Images
    labels: NDArray[np.int64] | None
    class_names: tuple[str, ...]
    train_count: int
    source_rows: NDArray[np.int64]
    factors: NDArray[np.float32] | None = None
    factor_names: tuple[str, ...] = ()
    description: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()
    _hashes: dict[str, str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        problem = _problem(self)
        if problem:
            raise ValueError(tr("data set {name!r}: {problem}", name=self.name, problem=problem))
        for array in (self.images, self.labels, self.source_rows, self.factors):
            if isinstance(array, np.ndarray):
                array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.images)

    @property
    def channels(self) -> int:
        """1 for grey levels, 3 for colour."""
        return int(self.images.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.images.shape[2])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.images.shape[3])

    @property
    def is_on_disk(self) -> bool:
        """Whether the images stay in their file and are read when they are asked for."""
        return isinstance(self.images, DiskImages)

    @property
    def classes(self) -> int:
        """Number of classes, 0 without labels."""
        return len(self.class_names)

    @property
    def train(self) -> Subset:
        """The rows for training."""
        labels = None if self.labels is None else self.labels[: self.train_count]
        return Subset(part_of(self.images, 0, self.train_count), labels, 0)

    @property
    def test(self) -> Subset:
        """The rows held out for testing."""
        labels = None if self.labels is None else self.labels[self.train_count :]
        return Subset(part_of(self.images, self.train_count, len(self)), labels, self.train_count)

    @property
    def mean_image(self) -> NDArray[np.float32]:
        """Mean of the training images, float32 [C, H, W] from 0 to 1; of images on a disk that of some thousand."""
        images: Images = self.train.images
        if isinstance(images, DiskImages):
            images = images.spread(_sample_size(images))[0]
        rows = max(1, _CHUNK_BYTES // max(1, images[0].nbytes))
        total = np.zeros(images.shape[1:], dtype=np.uint64)
        for start in range(0, len(images), rows):
            total += images[start : start + rows].sum(axis=0, dtype=np.uint64)
        return (total / (255.0 * len(images))).astype(np.float32)

    @property
    def sha256(self) -> str:
        """SHA-256 over shape, pixels and labels in hexadecimal, computed on first use.

        Reading all of the images on a disk would take minutes: for them it is one over shape, labels and the pixels
        of some megabytes of images from everywhere in the file, and begins with ``sampled-sha256:``.
        """
        if "sha256" not in self._hashes:
            digest = hashlib.sha256(repr(self.images.shape).encode("ascii"))
            is_sampled = isinstance(self.images, DiskImages)
            digest.update(_hashed(self.images))
            if self.labels is not None:
                digest.update(self.labels.astype("<i8", copy=False).data)
            self._hashes["sha256"] = SAMPLED * is_sampled + digest.hexdigest()
        return self._hashes["sha256"]


def _hashed(images: Images) -> memoryview:
    pixels = images.spread_stored(_sample_size(images))[0] if isinstance(images, DiskImages) else np.asarray(images)
    return pixels.data


def _sample_size(images: DiskImages) -> int:
    return max(1, _SAMPLE_BYTES // math.prod(images.shape[1:]))


def _problem(dataset: ImageDataset) -> str | None:
    return next(filter(None, (_image_problem(dataset), _label_problem(dataset), _row_problem(dataset))), None)


def _image_problem(dataset: ImageDataset) -> str | None:
    images = dataset.images
    if isinstance(images, np.ndarray) and not (images.dtype == np.uint8 and images.flags.c_contiguous):
        return tr(
            "images must be contiguous uint8 [N, C, H, W], not {dtype} {shape}", dtype=images.dtype, shape=images.shape
        )
    if len(images.shape) != 4:
        return tr("images must be [N, C, H, W], not {shape}", shape=images.shape)
    count, channels, height, width = images.shape
    if channels not in CHANNELS or not all(MIN_SIDE <= side <= MAX_SIDE for side in (height, width)):
        return tr(
            "pictures of {channels} x {height} x {width} are out of range",
            channels=channels,
            height=height,
            width=width,
        )
    if not 0 < dataset.train_count < count:
        return tr(
            "{train_count} of {count} images for training leave one part empty",
            train_count=dataset.train_count,
            count=count,
        )
    return None


def _label_problem(dataset: ImageDataset) -> str | None:
    labels, count = dataset.labels, len(dataset)
    if labels is None:
        return tr("class names without labels") if dataset.class_names else None
    if labels.dtype != np.int64 or labels.shape != (count,):
        return tr(
            "labels must be int64 [{count}], not {dtype} {shape}", count=count, dtype=labels.dtype, shape=labels.shape
        )
    if labels.min() < 0 or labels.max() >= len(dataset.class_names):
        return tr("labels and class names don't match")
    return None


def _row_problem(dataset: ImageDataset) -> str | None:
    rows, factors, count = dataset.source_rows, dataset.factors, len(dataset)
    if rows.dtype != np.int64 or rows.shape != (count,):
        return tr(
            "source rows must be int64 [{count}], not {dtype} {shape}", count=count, dtype=rows.dtype, shape=rows.shape
        )
    if factors is not None and factors.shape != (count, len(dataset.factor_names)):
        return tr("factors and their names don't match")
    return None
