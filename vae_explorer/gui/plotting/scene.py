"""What is drawn over the map: one frozen value that the plane's view applies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vae_explorer.latent.units import PRIOR_UNITS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtGui import QColor

    from vae_explorer.gui.plotting.drawing_marker import Drawn
    from vae_explorer.gui.plotting.viewport import Point


@dataclass(frozen=True, slots=True)
class Ring:
    """Circles of 1, 2 and 3 standard deviations of a prior, and its name where there are several priors."""

    centre: Point
    colour: QColor
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ellipse:
    """The posterior of a sample: its mean, its standard deviations along the axes, and their correlation."""

    mean: Point
    deviations: Point
    correlation: float = 0.0


@dataclass(frozen=True, slots=True)
class Handle:
    """An end or waypoint of the path, to be dragged: "start", "end" or the number of the waypoint.

    A bend of a line drawn by hand is a waypoint that is shown small and without its number: there are many.
    """

    role: str
    z: Point
    index: int = -1
    is_bend: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything over the map.

    Attributes
    ----------
    rings
        The prior or the priors.
    ellipse
        Posterior of the chosen sample.
    curve
        The path, float [M, 2].
    is_tentative
        Whether it stands in for a path that is being looked for.
    chord
        The straight lines that a geodesic is compared with, float [P, 2].
    handles
        Ends and waypoints.
    position
        Where the slider stands on the path.
    pin
        The chosen point.
    drawn
        Place and posterior of the drawing.
    hint
        One sentence that says what to do, while there is nothing to explore; or "".
    unit
        What the axes are in, as `units_of` a model tells it.
    """

    rings: tuple[Ring, ...] = ()
    ellipse: Ellipse | None = None
    curve: NDArray[np.float64] | None = None
    is_tentative: bool = False
    chord: NDArray[np.float64] | None = None
    handles: tuple[Handle, ...] = ()
    position: Point | None = None
    pin: Point | None = None
    drawn: Drawn | None = None
    hint: str = ""
    unit: str = PRIOR_UNITS
