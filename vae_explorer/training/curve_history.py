"""A run's metrics as growing arrays, and what a plot needs of them: decimation, smoothing, a sound range."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from vae_explorer.training.events import MetricRecord

    Floats = NDArray[np.float64]


_ROOM = 0.7
"""How far past its main part a curve stays in sight, as a share of that part."""
_ROUNDING = 1e-9
"""Share of a value by which the means of a constant curve may differ."""


class Curve(NamedTuple):
    """One metric of one split, ordered by step; read-only views that hold until the next `CurveHistory.extend`."""

    steps: Floats
    epochs: Floats
    values: Floats

    def along(self, axis: str) -> Floats:
        """Return the abscissa: ``"epoch"`` or ``"step"``."""
        return self.epochs if axis == "epoch" else self.steps


@dataclass(frozen=True, slots=True)
class Moment:
    """A value and when it was measured."""

    step: int
    epoch: float
    value: float


class _GrowingCurve:
    """Columns of step, epoch and value whose room doubles when it runs out, so that appending stays cheap."""

    def __init__(self) -> None:
        self._columns = np.empty((3, 256))
        self._count = 0

    def extend(self, columns: Floats) -> None:
        """Append columns [3, N] of step, epoch and value."""
        finite = columns[:, np.isfinite(columns[2])]
        needed = self._count + finite.shape[1]
        if needed > self._columns.shape[1]:
            room = np.empty((3, max(needed, 2 * self._columns.shape[1])))
            room[:, : self._count] = self._columns[:, : self._count]
            self._columns = room
        self._columns[:, self._count : needed] = finite
        self._count = needed

    def view(self) -> Curve:
        return Curve(*self._columns[:, : self._count])


class CurveHistory:
    """All metrics of one run, by split (``"train"``, ``"test"``) and name."""

    def __init__(self) -> None:
        self._curves: dict[tuple[str, str], _GrowingCurve] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._curves.clear()

    def extend(self, records: Iterable[MetricRecord]) -> None:
        """Append records, in the order of their steps.

        Values that aren't finite are left out: the training itself reports a loss that diverged, and an axis can't
        show one.
        """
        for (split, names), alike in _by_kind(records).items():
            moments = np.array([(record.step, record.epoch) for record in alike], dtype=np.float64).T
            values = np.array([tuple(record.values.values()) for record in alike], dtype=np.float64).T
            for name, row in zip(names, values, strict=True):
                growing = self._curves.setdefault((split, name), _GrowingCurve())
                growing.extend(np.vstack([moments, row]))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all metrics that have values, in the order in which they came."""
        return tuple(dict.fromkeys(name for (_, name), growing in self._curves.items() if growing.view().values.size))

    def curve(self, split: str, name: str) -> Curve:
        """Return one curve; empty when nothing has been recorded under this name."""
        growing = self._curves.get((split, name))
        return Curve(*np.empty((3, 0))) if growing is None else growing.view()

    def last(self, split: str, name: str) -> Moment | None:
        """Return the newest value."""
        return _moment(self.curve(split, name), -1)

    def lowest(self, split: str, name: str) -> Moment | None:
        """Return the smallest value and when it was first reached."""
        curve = self.curve(split, name)
        return _moment(curve, int(np.argmin(curve.values))) if curve.values.size else None

    def nearest(self, split: str, name: str, axis: str, position: float) -> Moment | None:
        """Return the value measured nearest to a position on the axis ``"epoch"`` or ``"step"``."""
        curve = self.curve(split, name)
        places = curve.along(axis)
        if not places.size:
            return None
        after = int(np.searchsorted(places, position))
        around = [index for index in (after - 1, after) if 0 <= index < places.size]
        return _moment(curve, min(around, key=lambda index: abs(places[index] - position)))

    def __bool__(self) -> bool:
        return any(growing.view().values.size for growing in self._curves.values())


def _by_kind(records: Iterable[MetricRecord]) -> dict[tuple[str, tuple[str, ...]], list[MetricRecord]]:
    """Group records that hold the same values, so that whole groups become arrays at once."""
    groups: dict[tuple[str, tuple[str, ...]], list[MetricRecord]] = {}
    for record in records:
        groups.setdefault((record.split, tuple(record.values)), []).append(record)
    return groups


def decimated(x: Floats, y: Floats, *, first: float, last: float, columns: int) -> tuple[Floats, Floats]:
    """Return at most some ``4 * columns`` points that draw like all points between `first` and `last`.

    The lowest and the highest value of each group of neighbours are kept, so no peak is lost. Groups lie at fixed
    places of the whole curve, so that the drawing doesn't flicker while the curve grows.
    """
    start = max(0, int(np.searchsorted(x, first)) - 1)
    stop = min(x.size, int(np.searchsorted(x, last, side="right")) + 1)
    group = _group_size(stop - start, columns)
    if group <= 2:
        return x[start:stop], y[start:stop]
    start -= start % group
    edges = np.arange(0, stop - start, group)
    inside, places = y[start:stop], x[start:stop]
    values = np.column_stack([np.minimum.reduceat(inside, edges), np.maximum.reduceat(inside, edges)])
    middles = np.minimum(edges + group // 2, places.size - 1)
    return np.column_stack([places[edges], places[middles]]).ravel(), values.ravel()


def smoothed(
    curve: Curve, axis: str, window: float, *, first: float, last: float, columns: int
) -> tuple[Floats, Floats]:
    """Return the moving mean over `window` epochs at up to some ``2 * columns`` places between `first` and `last`.

    The window shrinks at the start, where the loss falls steeply and a mean would lie, and ends at the last value.
    """
    x, epochs = curve.along(axis), curve.epochs
    start = max(0, int(np.searchsorted(x, first)) - 1)
    stop = min(x.size, int(np.searchsorted(x, last, side="right")) + 1)
    group = _group_size(stop - start, columns)
    chosen = np.arange(start - start % group, stop, group)
    if not chosen.size:
        return x[:0], x[:0]
    chosen = np.append(chosen, stop - 1) if chosen[-1] != stop - 1 else chosen
    centres = epochs[chosen]
    # Just over half the window: rounding mustn't decide whether a record on its very edge counts.
    half = np.minimum(window / 2, centres - epochs[0]) * (1 + 1e-9) + 1e-9
    low = np.searchsorted(epochs, centres - half)
    high = np.maximum(np.searchsorted(epochs, centres + half, side="right"), low + 1)
    sums = np.concatenate([[0.0], np.cumsum(curve.values)])
    return x[chosen], (sums[high] - sums[low]) / (high - low)


def latest_mean(curve: Curve, window: float) -> Moment | None:
    """Return the mean with which `smoothed` ends: over the last half of a window of so many epochs; 0 is one value."""
    last = _moment(curve, -1)
    if last is None or window <= 0:
        return last
    return replace(
        last, value=float(smoothed(curve, "epoch", window, first=last.epoch, last=last.epoch, columns=1)[1][-1])
    )


def robust_range(curves: Iterable[Floats], *, both: bool = False) -> tuple[float, float] | None:
    """Return a range that shows all curves but for the first steep fall and stray peaks; ``None`` without values.

    The upper end leaves room above the highest tenth of each curve. The lower end is the lowest value or, for `both`,
    made like the upper one: on a logarithmic axis a curve that starts at 0 would flatten the rest. Both ends hold the
    last values, so that a loss that grows again stays in sight.
    """
    measured = [values for values in curves if values.size]
    ends = [_robust_ends(values, both) for values in measured]
    if not ends:
        return None
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    # Of single values it isn't known what difference between them matters.
    is_flat = high - low <= _ROUNDING * max(abs(low), abs(high)) or all(values.size == 1 for values in measured)
    margin = 0.05 * max(abs(low), abs(high)) or 0.5 if is_flat else 0.06 * (high - low)
    return low - margin, high + margin


def _robust_ends(values: Floats, both: bool) -> tuple[float, float]:
    # numpy's own quantiles take ten times as long for so few values.
    ordered = np.sort(values)
    low, high = _quantile(ordered, 0.1), _quantile(ordered, 0.9)
    lowest, highest = float(ordered[0]), float(ordered[-1])
    last = float(values[-1])
    upper = max(last, min(highest, high + _ROOM * (high - (low if both else lowest))))
    lower = min(last, max(lowest, low - _ROOM * (high - low))) if both else lowest
    return lower, upper


def _quantile(ordered: Floats, share: float) -> float:
    """Return the value below which a share of ordered values lies, between its two neighbours in proportion."""
    place = share * (ordered.size - 1)
    below = int(place)
    above = min(below + 1, ordered.size - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def _group_size(count: int, columns: int) -> int:
    """Return the smallest power of two that brings `count` down to `columns` groups."""
    groups = max(1.0, count / max(1, columns))
    return 1 << math.ceil(math.log2(groups))


def _moment(curve: Curve, index: int) -> Moment | None:
    if not curve.values.size:
        return None
    return Moment(int(curve.steps[index]), float(curve.epochs[index]), float(curve.values[index]))
