"""Which part of the data shows its encodings: test images, training images, or both."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.language import marked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.state import PointCloud
    from vae_explorer.data.dataset import ImageDataset


class Part(Enum):
    """A part of the data; its value is its title."""

    TEST = marked("Test images")
    TRAIN = marked("Training images")
    ALL = marked("All images")

    def members(self, cloud: PointCloud, dataset: ImageDataset) -> NDArray[np.bool_]:
        """Return which encodings belong to the part, bool [N]."""
        is_test = cloud.rows >= dataset.train_count
        match self:
            case Part.TEST:
                return is_test
            case Part.TRAIN:
                return ~is_test
            case _:
                return np.ones(len(cloud.rows), dtype=np.bool_)
