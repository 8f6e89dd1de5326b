"""Synthetic pictures whose two true factors are known, for showing what a latent plane can recover.

The factors of a blob, its position, fill a square: a flat plane holds them. Those of a bar, its angle and length,
fill a ring, because a bar turned by 180 degrees is the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.data.assembly import Found, assemble
from vae_explorer.data.dataset import MIN_SIDE, ImageDataset
from vae_explorer.errors import DataError
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.data.limits import Limits
    from vae_explorer.data.reader import Report
    from vae_explorer.sections import DataConfig

COUNT: Final = 6000
_SIDE: Final = 28
_SEED: Final = 20
_ROWS: Final = 500
_LICENCE: Final = marked("Made by the program; free of rights.")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of picture and its two factors.

    Attributes
    ----------
    name, description
        Name of the data set, and one sentence.
    factor_names
        With their units.
    ranges
        Lowest and highest value of each factor in a picture of a given side in pixels.
    draw
        Takes factors float32 [n, 2] and the side; returns pictures float32 [n, side, side] from 0 to 1.
    """

    name: str
    description: str
    factor_names: tuple[str, str]
    ranges: Callable[[int], tuple[tuple[float, float], tuple[float, float]]]
    draw: Callable[[Floats, int], Floats]


def load_blobs(config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Make pictures of a round blob; factors: its position from the left and from the top, in pixels.

    Raises
    ------
    DataError
        If the size is out of range.
    """
    return _make(_BLOB, config, limits, report)


def load_bars(config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Make pictures of a bar about the centre; factors: its angle in degrees from 0 to 180, its length in pixels.

    Raises
    ------
    DataError
        If the size is out of range.
    """
    return _make(_BAR, config, limits, report)


def draw_blobs(factors: Floats, side: int) -> Floats:
    """Return blobs [n, side, side] from 0 to 1: a disc of 3/28 of the side with an edge two pixels soft.

    Parameters
    ----------
    factors
        float32 [n, 2]: centres, in pixels from the left and from the top.
    side
        Side of the picture in pixels.
    """
    x, y = _pixel_centres(side)
    distance = np.hypot(x - factors[:, 0, None, None], y - factors[:, 1, None, None])
    return np.asarray(np.clip((3 / 28 * side - distance) / 2 + 0.5, 0, 1), dtype=np.float32)


def draw_bars(factors: Floats, side: int) -> Floats:
    """Return antialiased bars [n, side, side] from 0 to 1: round ends, 4/28 of the side wide.

    Parameters
    ----------
    factors
        float32 [n, 2]: angles in degrees, counter-clockwise from the right, and lengths in pixels.
    side
        Side of the picture in pixels.
    """
    x, y = _pixel_centres(side)
    x, y = x - side / 2, side / 2 - y
    angle = np.radians(factors[:, 0, None, None])
    width = 4 / 28 * side
    half = np.maximum(0, (factors[:, 1, None, None] - width) / 2)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    distance = np.hypot(np.maximum(0, np.abs(along) - half), across)
    return np.asarray(np.clip(width / 2 - distance + 0.5, 0, 1), dtype=np.float32)


def _pixel_centres(side: int) -> tuple[Floats, Floats]:
    centres = np.arange(side, dtype=np.float32) + np.float32(0.5)
    return centres[None, None, :], centres[None, :, None]


def _side(name: str, config: DataConfig) -> int:
    if 0 < config.resize < MIN_SIDE:
        raise DataError(
            tr(
                "The data set {name} can't be drawn with {resize} pixels a side: set data.resize to "
                "0 or at least {min_side}.",
                name=name,
                resize=config.resize,
                min_side=MIN_SIDE,
            )
        )
    return config.resize or _SIDE


def _make(shape: Shape, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    side = _side(shape.name, config)
    limits.check_memory(shape.name, COUNT * side * side)
    low, high = np.array(shape.ranges(side)).T
    random = np.random.Generator(np.random.PCG64(_SEED))
    factors = random.uniform(low, high, size=(COUNT, len(low))).astype(np.float32)
    images = np.empty((COUNT, 1, side, side), dtype=np.uint8)
    for start in range(0, COUNT, _ROWS):
        pictures = shape.draw(factors[start : start + _ROWS], side)
        images[start : start + _ROWS, 0] = np.rint(pictures * 255).astype(np.uint8)
        report(tr("Drew {start:,} of {count:,} pictures", start=start + len(pictures), count=COUNT))
    return assemble(
        Found(
            where=shape.name,
            name=shape.name,
            images=images,
            shuffled=True,
            factors=factors,
            factor_names=shape.factor_names,
            description=tr(shape.description),
            licence=tr(_LICENCE),
        ),
        config,
    )


_BLOB: Final = Shape(
    "shapes-blob",
    marked("A soft round blob anywhere in the picture."),
    (marked("from the left (pixels)"), marked("from the top (pixels)")),
    lambda side: ((side / 7, side - side / 7), (side / 7, side - side / 7)),
    draw_blobs,
)
_BAR: Final = Shape(
    "shapes-bar",
    marked("A bar about the centre, at any angle, short or long."),
    (marked("angle (degrees)"), marked("length (pixels)")),
    lambda side: ((0, 180), (side * 2 / 7, side * 6 / 7)),
    draw_bars,
)
