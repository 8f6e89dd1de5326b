"""Ways through points of the plane that were found with a model: what `geodesics` gives and `paths` follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vae_explorer.latent.interpolations import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The way through some points that was found with a model.

    Attributes
    ----------
    points
        Start, waypoints and end, float64 [P, 2].
    legs
        Positions at even times on each of the P - 1 legs, float64 [K, 2], both its points included.
    lengths, straight
        Length of each leg and of the straight line between its points, float64 [P - 1], in units of the metric.
    metric
        What lengths are measured by: a name of `METRICS`.
    classes
        Class of each point, for a label-conditioned model; else None for each.
    decoders
        Over how many decoders the metric is averaged.
    """

    points: FloatArray
    legs: tuple[FloatArray, ...]
    lengths: FloatArray
    straight: FloatArray
    metric: str
    classes: tuple[int | None, ...] = ()
    decoders: int = 1

    @property
    def ratio(self) -> float:
        """Length of the path as a share of the straight lines', at most 1; 1 where nothing changes along these."""
        straight = float(self.straight.sum())
        return float(self.lengths.sum()) / straight if straight > 0 else 1.0

    def moved_to(self, points: npt.ArrayLike) -> Course:
        """Return these ways turned and stretched to as many other points, as a stand-in for theirs."""
        places = np.asarray(points, dtype=np.float64)
        legs = tuple(
            _turned(leg, start, end) for leg, start, end in zip(self.legs, places[:-1], places[1:], strict=True)
        )
        return replace(self, points=places, legs=legs)

    def fits(self, points: npt.ArrayLike) -> bool:
        """Whether it is a way through these points."""
        return np.array_equal(self.points, np.asarray(points, dtype=np.float64))


def _turned(leg: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Return a way [K, 2] turned, stretched and shifted so that it leads from one point to another."""
    way, (first, last) = leg @ [1, 1j], np.stack([start, end]) @ [1, 1j]
    span = way[-1] - way[0]
    share = (way - way[0]) / span if span else np.linspace(0, 1, len(way))
    turned = first + share * (last - first)
    moved = np.stack([turned.real, turned.imag], axis=1)
    moved[0], moved[-1] = start, end
    return moved
