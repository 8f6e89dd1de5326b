"""By what the points can be coloured: their class, a true factor of the data, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.gui.plotting.legend import FACTOR_SHADES, class_palette, factor_palette

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.state import PointCloud
    from vae_explorer.data.dataset import ImageDataset

_LIFT = 0.15


@dataclass(frozen=True, slots=True)
class Colouring:
    """One choice: a title for the menu, and which factor it is (None: the class, or one colour without classes)."""

    title: str
    factor: int | None = None


def colourings(dataset: ImageDataset | None) -> tuple[Colouring, ...]:
    """Return what the data can be coloured by, the best choice first."""
    if dataset is None:
        return ()
    factors = tuple(Colouring(name, index) for index, name in enumerate(dataset.factor_names))
    if dataset.factors is None:
        factors = ()
    if dataset.labels is not None and dataset.classes:
        return (Colouring("Class"), *factors)
    return factors or (Colouring("One colour"),)


def lifted(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the colours a little brighter, as they must be to stand out from dark pictures, uint8 [K, 3]."""
    return np.round(palette + _LIFT * (255.0 - palette)).astype(np.uint8)


def class_names(dataset: ImageDataset) -> tuple[str, ...]:
    """Return the names of the classes, their numbers where they have none."""
    if dataset.labels is None:
        return ()
    return dataset.class_names or tuple(str(label) for label in range(dataset.classes))


def point_colours(
    cloud: PointCloud, dataset: ImageDataset, colouring: Colouring, shown: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Return the palette row of each point [N], -1 for hidden ones, and the palette uint8 [K, 3]."""
    if colouring.factor is not None and dataset.factors is not None:
        low, high = factor_range(dataset, colouring.factor)
        values = dataset.factors[cloud.rows, colouring.factor]
        shades = np.clip((values - low) / max(high - low, 1e-12) * (FACTOR_SHADES - 1), 0, FACTOR_SHADES - 1)
        return np.round(shades).astype(np.int64), factor_palette()
    if cloud.labels is None or not len(shown):
        return np.zeros(len(cloud.z), dtype=np.int64), class_palette(1)
    known = (cloud.labels >= 0) & (cloud.labels < len(shown))
    visible = known & shown[np.where(known, cloud.labels, 0)]
    return np.where(visible, cloud.labels, -1), class_palette(len(shown))


def factor_range(dataset: ImageDataset, factor: int) -> tuple[float, float]:
    """Return the smallest and largest value of a factor over the whole data."""
    if dataset.factors is None:
        return 0.0, 1.0
    column = dataset.factors[:, factor]
    return float(column.min()), float(column.max())
