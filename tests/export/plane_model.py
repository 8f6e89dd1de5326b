"""A model whose pictures say where in the plane they are from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass
class PlaneModel:
    """Draws the top row of pixels as bright as z1, the bottom row as z2, and the rest as the class says."""

    conditioning: str = "none"
    classes: int = 0
    class_means: npt.NDArray[np.float32] | None = None
    image_shape: tuple[int, int, int] = (1, 3, 4)
    step: int = 120
    weight_hash: str = "ab" * 32
    calls: list[int] = field(default_factory=list)

    def decode(self, z: npt.NDArray[np.float32], labels: npt.NDArray[np.int64] | None = None) -> npt.NDArray[np.uint8]:
        self.calls.append(len(z))
        pictures = np.zeros((len(z), *self.image_shape), dtype=np.uint8)
        levels = bright(z)
        pictures[:, :, 0] = levels[:, 0, None, None]
        pictures[:, :, -1] = levels[:, 1, None, None]
        if self.conditioning == "label":
            if labels is None:
                raise ValueError("a label is missing")
            pictures[:, :, 1] = labels[:, None, None]
        return pictures


def bright(z: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Return the grey level that stands for a coordinate from -8 to 8."""
    return np.asarray(np.clip(np.asarray(z) * 16 + 128, 0, 255), dtype=np.uint8)


def with_classes(conditioning: str) -> PlaneModel:
    means = np.array([[-3, 0], [0, 4], [2, -2]], dtype=np.float32)
    return PlaneModel(conditioning, 3, means if conditioning == "class-mean" else None)
