"""Stand-ins for models and pictures: the same behaviour at the seams, in no time and without torch."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, cast

import numpy as np

from vae_explorer.data.dataset import ImageDataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.models.snapshot import ModelSnapshot

SIDE = 8


def tiny_images(name: str = "tiny", *, classes: int = 3) -> ImageDataset:
    """Return sixty pictures, each with one bright pixel that depends on its row."""
    images = np.zeros((60, 1, SIDE, SIDE), dtype=np.uint8)
    rows = np.arange(60)
    images[rows, 0, rows % SIDE, rows // SIDE] = 255
    labels = (rows % classes).astype(np.int64) if classes else None
    names = tuple(f"class {label}" for label in range(classes))
    return ImageDataset(name, images, labels, names, 45, rows.astype(np.int64))


@dataclass(frozen=True)
class FakeEncodings:
    mean: NDArray[np.float32]
    log_var: NDArray[np.float32]
    correlation: NDArray[np.float32]


@dataclass(frozen=True)
class FakeModel:
    """Decodes z1 into the grey level of the whole picture; encodes a picture by its brightest pixel."""

    step: int = 0
    epoch: float = 0.0
    image_shape: tuple[int, int, int] = (1, SIDE, SIDE)
    classes: int = 3
    conditioning: Literal["none", "label", "class-mean", "image"] = "none"
    can_encode: bool = True
    can_decode: bool = True
    can_classify: bool = False
    can_regress: bool = False
    is_stochastic: bool = True
    has_likelihood: bool = True
    band: tuple[int, int] | None = None
    condition: NDArray[np.uint8] | None = None
    class_means: NDArray[np.float32] | None = None
    weight_hash: str = "0" * 64
    seconds_a_point: float = 0.0
    decoded: list[int] = field(default_factory=list)

    def given(self, picture: NDArray[np.uint8]) -> FakeModel:
        return replace(self, condition=picture)

    def decode(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        self.decoded.append(len(z))
        if self.seconds_a_point:
            time.sleep(self.seconds_a_point * len(z))
        grey = np.clip(128 + 32 * z[:, 0], 0, 255).astype(np.uint8)
        pictures = np.broadcast_to(grey[:, None, None, None], (len(z), *self.image_shape)).copy()
        told = self.condition if condition is None else condition
        if self.band is not None and told is not None:
            columns = slice(self.band[0], sum(self.band))
            pictures[..., columns] = told[..., columns]
        return pictures

    def preview(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        return self.decode(z, labels, condition)

    def regress(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.full_like(images, 77)

    def classify(self, z: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return two classes that part at z1 = 0 and a third one that is never likely."""
        first = 1 / (1 + np.exp(8.0 * np.clip(z[:, 0], -5, 5)))
        return np.stack([0.99 * first, 0.99 * (1 - first), np.full_like(first, 0.01)], axis=1).astype(np.float32)

    def encode(self, images: NDArray[np.uint8], labels: NDArray[np.int64] | None = None) -> FakeEncodings:
        brightest = images.reshape(len(images), -1).argmax(axis=1)
        mean = np.stack([brightest % SIDE - 3.5, brightest // SIDE - 3.5], axis=1).astype(np.float32)
        return FakeEncodings(mean, np.full_like(mean, -2.0), np.full(len(mean), 0.5, dtype=np.float32))


@dataclass(frozen=True)
class HeldModel(FakeModel):
    """Decodes only when it is let go; says when somebody waits for it."""

    asked: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def decode(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        self.asked.set()
        assert self.let_go.wait(30.0)
        return super().decode(z, labels, condition)


class BrokenModel(FakeModel):
    """A model whose decoder fails."""

    def decode(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        raise RuntimeError("no such layer")


class MovingModel(FakeModel):
    """A model of an earlier moment, whose encodings have moved with time."""

    def encode(self, images: NDArray[np.uint8], labels: NDArray[np.int64] | None = None) -> FakeEncodings:
        now = super().encode(images, labels)
        return replace(now, mean=now.mean * (self.step / 10))


def as_snapshot(model: FakeModel) -> ModelSnapshot:
    """Return a fake where the events name the real thing; it has all that the window asks of one."""
    return cast("ModelSnapshot", model)
