"""What a person has chosen on the plane, in one frozen value: what undo brings back and a session reopens."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, TypeVar

from vae_explorer.app.comparison_choice import ComparisonChoice
from vae_explorer.app.state import LatentPath, LatentPoint, Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

_WIDTH = 4
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Rows:
    """A set of rows of the data, small and quick to compare even for a million of them.

    Attributes
    ----------
    packed
        The rows in ascending order without repetition, as little-endian int32.
    """

    packed: bytes = b""

    @classmethod
    def of(cls, rows: Iterable[int] | NDArray[np.integer]) -> Rows:
        """Return the set of some rows, in any order; rows are 0 or more.

        Raises
        ------
        ValueError
            If a row is negative or beyond int32.
        """
        import numpy as np

        values = np.sort(np.asarray(rows if isinstance(rows, np.ndarray) else list(rows), dtype=np.int64))
        # `np.unique` takes forty times as long for a million rows.
        values = values[np.append(True, values[1:] != values[:-1])] if len(values) else values
        if len(values) and (values[0] < 0 or values[-1] > np.iinfo(np.int32).max):
            raise ValueError("a row of the data is a number from 0 on")
        return cls(values.astype("<i4").tobytes())

    def array(self) -> NDArray[np.int32]:
        """Return the rows in ascending order, int32 [N], read-only."""
        import numpy as np

        return np.frombuffer(self.packed, dtype="<i4")

    def union(self, other: Rows) -> Rows:
        """Return the rows that are in either set."""
        import numpy as np

        return Rows.of(np.concatenate([self.array(), other.array()]))

    def without(self, other: Rows) -> Rows:
        """Return the rows that aren't in the other set."""
        import numpy as np

        if not len(self) or not len(other):
            return self
        mine, theirs = self.array(), other.array()
        places = np.minimum(np.searchsorted(theirs, mine), len(theirs) - 1)
        return Rows(mine[theirs[places] != mine].tobytes())

    def below(self, count: int) -> Rows:
        """Return the rows that are less than `count`."""
        if not len(self) or int(self.array()[-1]) < count:
            return self
        rows = self.array()
        return Rows(rows[: int(rows.searchsorted(count))].tobytes())

    def __len__(self) -> int:
        return len(self.packed) // _WIDTH

    def __contains__(self, row: int) -> bool:
        rows = self.array()
        index = int(rows.searchsorted(row))
        return index < len(rows) and int(rows[index]) == row


@dataclass(frozen=True, slots=True)
class PlaneView:
    """The part of the plane that is shown, whatever the size of the window.

    Attributes
    ----------
    centre
        z in the middle.
    reach
        Half of the shorter side, in units of z.
    """

    centre: Point = (0.0, 0.0)
    reach: float = 3.6


@dataclass(frozen=True, slots=True)
class GridChoices:
    """The grid of pictures: pictures along a side, name of the spacing, and how far it reaches in units of z."""

    size: int = 20
    spacing: str = "quantile"
    reach: float = 3.0


@dataclass(frozen=True, slots=True)
class Appearance:
    """How the plane is drawn.

    Attributes
    ----------
    part
        Name of the part of the data whose encodings are shown.
    tile_opacity, point_opacity, layer_opacity
        In percent.
    point_size
        Diameter in pixels.
    """

    part: str
    tile_opacity: int
    point_size: int
    point_opacity: int
    layer_opacity: int = 100


@dataclass(frozen=True, slots=True)
class PlaneChoices:
    """Everything that a person chooses on the plane.

    To add a choice: a field here with its default, a signal in `SIGNALS` of ``exploration``, and a method there that
    changes it. Undo, redo and reopening then follow. Types that can be reopened: numbers, text, tuples and frozen sets
    of them, None, frozen dataclasses of these, and `Rows`.

    Attributes
    ----------
    pin
        The chosen point.
    path
        The path with its method and slider.
    label
        Class with which a label-conditioned model decodes.
    selected, hidden
        Rows of the data that are selected, and those that aren't drawn.
    hidden_classes
        Classes whose points aren't drawn.
    completed
        Row of the picture whose band a model of conditioning ``image`` completes; None for the first test image.
    colour
        Name of what colours the points; "" for the best that there is.
    column_file
        Path of the table whose columns colour points too; "" for none.
    layers
        Names of the layers that are switched on; None for those that a newcomer sees.
    view
        The part of the plane that is shown; None for the whole prior.
    grid
        The grid of pictures; None as a newcomer sees it.
    appearance
        How the plane is drawn; None as a newcomer sees it.
    comparison
        The second model that is compared with the one at hand, and how.
    """

    pin: LatentPoint | None = None
    path: LatentPath = field(default_factory=LatentPath)
    label: int = 0
    selected: Rows = field(default_factory=Rows)
    hidden: Rows = field(default_factory=Rows)
    hidden_classes: frozenset[int] = frozenset()
    completed: int | None = None
    colour: str = ""
    column_file: str = ""
    layers: frozenset[str] | None = None
    view: PlaneView | None = None
    grid: GridChoices | None = None
    appearance: Appearance | None = None
    comparison: ComparisonChoice = field(default_factory=ComparisonChoice)

    @property
    def weight(self) -> int:
        """Bytes that the sets of rows take."""
        return len(self.selected.packed) + len(self.hidden.packed)

    def with_points(self, change: Callable[[LatentPoint], LatentPoint]) -> PlaneChoices:
        """Return the choices with the pin and every point of the path changed."""
        path = self.path
        start, end = (None if point is None else change(point) for point in (path.start, path.end))
        path = replace(path, start=start, end=end, way_points=tuple(map(change, path.way_points)))
        return replace(self, pin=None if self.pin is None else change(self.pin), path=path)

    def within(self, count: int) -> PlaneChoices:
        """Return the same choices, those of samples only as far as they are among the first `count` rows."""

        def known(point: LatentPoint) -> LatentPoint:
            is_known = point.sample is None or 0 <= point.sample < count
            return point if is_known else replace(point, sample=None)

        completed = self.completed if self.completed is None or 0 <= self.completed < count else None
        selected, hidden = self.selected.below(count), self.hidden.below(count)
        return replace(self.with_points(known), selected=selected, hidden=hidden, completed=completed)

    def without_samples(self) -> PlaneChoices:
        """Return the same places with no word of samples and classes: these data are no longer at hand."""
        moved = self.with_points(lambda point: replace(point, sample=None))
        moved = replace(moved, selected=Rows(), hidden=Rows(), hidden_classes=frozenset(), completed=None)
        return replace(moved, colour="", column_file="")


def carried(current: PlaneChoices, start: PlaneChoices, end: PlaneChoices) -> PlaneChoices:
    """Return `current` with those choices changed, one by one, that differ between `start` and `end`.

    So a step takes back what it did and nothing else, such as where a film that was played since has come.
    """
    path = _carried(current.path, start.path, end.path)
    return replace(_carried(current, replace(start, path=path), replace(end, path=path)), path=path)


def _carried(current: _T, start: _T, end: _T) -> _T:
    names = [item.name for item in fields(start)]  # type: ignore[arg-type]
    changed = {name: getattr(end, name) for name in names if getattr(start, name) != getattr(end, name)}
    return replace(current, **changed)  # type: ignore[type-var]
