"""Which images a run was trained on, as its header says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vae_explorer.language import tr

_MAX_CLASSES = 1_000
_SIDES = range(1, 129)
_IDENTITY = ("name", "sha256", "shape", "class_names", "images", "train_images")


@dataclass(frozen=True, slots=True)
class DataIdentity:
    """Which images a run was trained on.

    Attributes
    ----------
    name, sha256
        As the data set had them.
    shape
        Channels, height, width.
    class_names
        One a class, empty without labels.
    images, train_images
        How many, and how many of them for training.
    """

    name: str
    sha256: str
    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    images: int
    train_images: int


def data_identity(value: Mapping[str, object]) -> DataIdentity:
    """Read the section ``data`` of a run's header, which may come from anyone.

    Raises
    ------
    ValueError
        If something is missing or out of range; the message is a part of a sentence about the header.
    """
    missing = [name for name in _IDENTITY if name not in value]
    if missing:
        raise ValueError(tr("its section data has no {missing}.", missing=missing[0]))
    shape, names = value["shape"], value["class_names"]
    if not isinstance(shape, list) or len(shape) != 3 or not all(type(side) is int for side in shape):
        raise ValueError(tr("the shape of the images is no list of three whole numbers."))
    if shape[0] not in (1, 3) or shape[1] not in _SIDES or shape[2] not in _SIDES:
        raise ValueError(tr("images of shape {shape} are out of range.", shape=shape))
    if not isinstance(names, list) or len(names) > _MAX_CLASSES or not all(isinstance(name, str) for name in names):
        raise ValueError(tr("the class names are no list of texts."))
    images, train_images = value["images"], value["train_images"]
    if type(images) is not int or type(train_images) is not int or not 0 < train_images <= images:
        raise ValueError(tr("the numbers of images are no counts."))
    return DataIdentity(
        str(value["name"]), str(value["sha256"]), (shape[0], shape[1], shape[2]), tuple(names), images, train_images
    )
