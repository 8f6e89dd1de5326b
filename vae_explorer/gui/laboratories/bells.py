"""Bell curves as the laboratories draw them, and how far they can be moved."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt

from vae_explorer.latent.univariate import Gaussian

X_RANGE = (-10.0, 10.0)
"""What every plot over x shows."""
MEANS = (-8.0, 8.0)
DEVIATIONS = (0.15, 5.0)
WEIGHTS = (0.05, 0.95)


@dataclass(frozen=True, slots=True)
class Bell:
    """A bell curve with handles.

    Attributes
    ----------
    name, title
        Its stable name, and its letter in the plot.
    shape
        The Gaussian.
    token
        The theme's colour it is drawn in.
    line
        How its line is drawn, so that colour isn't all that tells curves apart.
    weight
        Height relative to a density of its own; 1 where it is one.
    weighted
        Whether dragging its peak up and down changes its weight.
    """

    name: str
    title: str
    shape: Gaussian
    token: str
    line: Qt.PenStyle = Qt.PenStyle.SolidLine
    weight: float = 1.0
    weighted: bool = False

    @property
    def peak(self) -> tuple[float, float]:
        """Where its peak is."""
        return self.shape.mean, self.height(self.shape.mean)

    @property
    def flank(self) -> tuple[float, float]:
        """Where it has fallen by one standard deviation, at the right."""
        x = self.shape.mean + self.shape.deviation
        return x, self.height(x)

    def height(self, x: float) -> float:
        """Return the height of the curve at x."""
        return self.weight * float(self.shape.density(x))

    def reshaped(self, mean: float | None = None, deviation: float | None = None, weight: float | None = None) -> Bell:
        """Return the bell with other numbers, kept within their limits."""
        shape = Gaussian(
            _kept(self.shape.mean if mean is None else mean, MEANS),
            _kept(self.shape.deviation if deviation is None else deviation, DEVIATIONS),
        )
        return replace(self, shape=shape, weight=self.weight if weight is None else _kept(weight, WEIGHTS))


def _kept(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])
