"""Mixtures of Gaussians in the plane whose points are drawn as pictures: data whose modes are known exactly.

A point becomes a soft round blob at its place, exact to a fraction of a pixel, so that a model of pictures can be
judged as a model of points: `vae_explorer.latent.modes` reads the point off a picture again. Rings and grids of
Gaussians are the usual test for mode collapse (Metz et al. 2017; Srivastava et al. 2017; Lin et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from vae_explorer.data.assembly import Found, assemble
from vae_explorer.errors import DataError
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.limits import Limits
    from vae_explorer.data.reader import Report
    from vae_explorer.sections import DataConfig

COUNT: Final = 10_000
REACH: Final = 3.0
"""The picture shows x and y from -REACH to REACH."""
BLOB_DEVIATION: Final = 0.25
"""Standard deviation of the blob that stands for a point, in units of x and y: one pixel of 24."""
FACTOR_NAMES: Final = ("x", "y")
_SIDE: Final = 24
_LEAST_SIDE: Final = 16
_SEED: Final = 8
_ROWS: Final = 500
_LICENCE: Final = marked("Made by the program; free of rights.")

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Gaussians of one round shape and equal weight.

    Attributes
    ----------
    name, description
        Name of the data set, and one sentence.
    centres
        Means of the modes, float64 [K, 2], in the order of the labels; read-only.
    deviation
        Standard deviation of each mode in each direction.
    mode_names
        One name a mode.
    """

    name: str
    description: str
    centres: Points
    deviation: float
    mode_names: tuple[str, ...]

    def sample(self, count: int, random: np.random.Generator) -> tuple[Points, NDArray[np.int64]]:
        """Return points float64 [count, 2] and the mode of each, int64 [count]."""
        labels = random.integers(len(self.centres), size=count)
        return self.centres[labels] + self.deviation * random.standard_normal((count, 2)), labels


def load_ring(config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Make pictures of points of eight Gaussians on a ring; factors: x and y.

    Raises
    ------
    DataError
        If the size is out of range.
    """
    return _make(RING, config, limits, report)


def load_grid(config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    """Make pictures of points of 25 Gaussians on a square grid; factors: x and y.

    Raises
    ------
    DataError
        If the size is out of range.
    """
    return _make(GRID, config, limits, report)


def mixture_of(dataset: ImageDataset | None) -> Mixture | None:
    """Return the mixture from which the points of a data set were drawn, or None if it is of another kind."""
    if dataset is None or dataset.factors is None or dataset.factor_names != FACTOR_NAMES:
        return None
    return next((mixture for mixture in (RING, GRID) if mixture.name == dataset.name), None)


def draw_points(points: NDArray[np.floating], side: int) -> NDArray[np.float32]:
    """Return one blob a point, float32 [N, side, side] from 0 to 1: ``exp(-r^2 / 2 s^2)``, 1 at the point itself.

    Sampled at the centres of pixels, its centre of mass misses the point by less than ``exp(-2 pi^2 s^2)`` pixels,
    where s is in pixels (Poisson's summation formula).

    Parameters
    ----------
    points
        x and y, [N, 2]; x to the right and y upward, both from -`REACH` to `REACH` within the picture.
    side
        Side of the picture in pixels.
    """
    places = pixel_places(side)
    across = np.exp(-np.square((places - points[:, :1]) / BLOB_DEVIATION) / 2)
    down = np.exp(-np.square((-places - points[:, 1:]) / BLOB_DEVIATION) / 2)
    return np.asarray(down[:, :, None] * across[:, None, :], dtype=np.float32)


def pixel_places(side: int) -> Points:
    """Return x at the centres of the pixels of a row, float64 [side]; y is the same with its sign turned."""
    return REACH * ((2 * np.arange(side) + 1) / side - 1)


def _make(mixture: Mixture, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    side = _side(mixture.name, config)
    limits.check_memory(mixture.name, COUNT * side * side)
    points, labels = mixture.sample(COUNT, np.random.Generator(np.random.PCG64(_SEED)))
    images = np.empty((COUNT, 1, side, side), dtype=np.uint8)
    for start in range(0, COUNT, _ROWS):
        pictures = draw_points(points[start : start + _ROWS], side)
        images[start : start + _ROWS, 0] = np.rint(pictures * 255)
        report(tr("Drew {start:,} of {count:,} pictures", start=start + len(pictures), count=COUNT))
    return assemble(
        Found(
            where=mixture.name,
            name=mixture.name,
            images=images,
            labels=labels,
            class_names=mixture.mode_names,
            shuffled=True,
            factors=points.astype(np.float32),
            factor_names=FACTOR_NAMES,
            description=tr(mixture.description),
            licence=tr(_LICENCE),
        ),
        config,
    )


def _side(name: str, config: DataConfig) -> int:
    if 0 < config.resize < _LEAST_SIDE:
        raise DataError(
            tr(
                "The points of the data set {name} can't be told apart with {resize} pixels a side: "
                "set data.resize to 0 or at least {least_side}.",
                name=name,
                resize=config.resize,
                least_side=_LEAST_SIDE,
            )
        )
    return config.resize or _SIDE


def _ring(modes: int, radius: float, deviation: float) -> Mixture:
    turns = np.arange(modes) / modes
    centres = radius * np.stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)], axis=1)
    centres.flags.writeable = False
    names = tuple(f"{360 * turn:g}°" for turn in turns)
    return Mixture(
        "ring", marked("Points of {modes} Gaussians on a ring, drawn as blobs.", modes=modes), centres, deviation, names
    )


def _grid(side: int, spacing: float, deviation: float) -> Mixture:
    line = spacing * (np.arange(side) - (side - 1) / 2)
    centres = np.array([(x, y) for y in line[::-1] for x in line])
    centres.flags.writeable = False
    names = tuple(f"({x:g}, {y:g})" for x, y in centres.tolist())
    description = marked("Points of {modes} Gaussians on a square grid, drawn as blobs.", modes=side * side)
    return Mixture("grid", description, centres, deviation, names)


RING: Final = _ring(modes=8, radius=2.0, deviation=0.1)
GRID: Final = _grid(side=5, spacing=1.0, deviation=0.05)
