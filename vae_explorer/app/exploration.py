"""What a person points at on the plane: pin, hover, path and class, each with a signal that tells of a change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from vae_explorer.app.state import LatentPath, LatentPoint, Point

if TYPE_CHECKING:
    from vae_explorer.app.state import PointCloud


class Exploration(QObject):
    """Choices on the plane, shared by all panels; every change goes through a method and is told by a signal."""

    pin_changed = Signal(object)
    """`LatentPoint` or None."""

    hover_changed = Signal(object)
    """`LatentPoint` or None."""

    path_changed = Signal(object)
    """`LatentPath`."""

    label_changed = Signal(int)
    """Class with which a label-conditioned model decodes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pin: LatentPoint | None = None
        self._hover: LatentPoint | None = None
        self._path = LatentPath()
        self._label = 0

    @property
    def pinned(self) -> LatentPoint | None:
        """The pinned point."""
        return self._pin

    @property
    def hovered(self) -> LatentPoint | None:
        """The point under the pointer."""
        return self._hover

    @property
    def path(self) -> LatentPath:
        """The path with its method and slider."""
        return self._path

    @property
    def label(self) -> int:
        """Class with which a label-conditioned model decodes."""
        return self._label

    def pin(self, z: Point | None, sample: int | None = None, label: int | None = None) -> None:
        """Pin a point of the plane, or the encoding of a sample; None takes the pin away."""
        self.pin_point(None if z is None else LatentPoint((float(z[0]), float(z[1])), sample, label))

    def pin_point(self, point: LatentPoint | None) -> None:
        """Pin a point that was already chosen elsewhere."""
        if point != self._pin:
            self._pin = point
            self.pin_changed.emit(point)

    def hover(self, z: Point | None, sample: int | None = None) -> None:
        """Preview a point while the pointer rests on it; None ends the preview."""
        point = None if z is None else LatentPoint((float(z[0]), float(z[1])), sample)
        if point != self._hover:
            self._hover = point
            self.hover_changed.emit(point)

    def set_label(self, label: int) -> None:
        """Choose the class with which a label-conditioned model decodes."""
        if label != self._label:
            self._label = label
            self.label_changed.emit(label)

    def set_path(self, path: LatentPath) -> None:
        """Replace the path; the slider is held between 0 and 1."""
        path = replace(path, position=min(max(path.position, 0.0), 1.0))
        if path != self._path:
            self._path = path
            self.path_changed.emit(path)

    def set_start(self, point: LatentPoint | None) -> None:
        """Choose where the path starts."""
        self.set_path(replace(self._path, start=point))

    def set_end(self, point: LatentPoint | None) -> None:
        """Choose where the path ends."""
        self.set_path(replace(self._path, end=point))

    def add_way_point(self, point: LatentPoint) -> None:
        """Let the path pass through a point, before its end."""
        self.set_path(replace(self._path, way_points=(*self._path.way_points, point)))

    def move_way_point(self, index: int, point: LatentPoint) -> None:
        """Replace a way point."""
        way = list(self._path.way_points)
        way[index] = point
        self.set_path(replace(self._path, way_points=tuple(way)))

    def remove_way_point(self, index: int) -> None:
        """Take a way point out of the path."""
        way = list(self._path.way_points)
        del way[index]
        self.set_path(replace(self._path, way_points=tuple(way)))

    def clear_path(self) -> None:
        """Take away both ends and all way points; method and frames stay."""
        self.set_path(replace(self._path, start=None, end=None, way_points=(), position=0.0))

    def reverse_path(self) -> None:
        """Walk the path from its end to its start."""
        path = self._path
        way = tuple(reversed(path.way_points))
        self.set_path(replace(path, start=path.end, end=path.start, way_points=way, position=1.0 - path.position))

    def set_path_method(self, name: str) -> None:
        """Choose the interpolation by its name."""
        self.set_path(replace(self._path, method=name))

    def set_path_position(self, position: float) -> None:
        """Move the slider, from 0 at the start to 1 at the end."""
        self.set_path(replace(self._path, position=float(position)))

    def set_path_frames(self, frames: int) -> None:
        """Choose the number of pictures in the film strip."""
        self.set_path(replace(self._path, frames=max(2, frames)))

    def forget_samples(self) -> None:
        """Keep all places on the plane but not which samples they were: the data have changed."""
        pin, path = self._pin, self._path
        self.hover(None)
        self.pin_point(_without_sample(pin))
        way = tuple(replace(point, sample=None) for point in path.way_points)
        start, end = _without_sample(path.start), _without_sample(path.end)
        self.set_path(replace(path, start=start, way_points=way, end=end))

    def carry_samples(self, points: PointCloud) -> None:
        """Move the pin and the points of the path that are samples to where their pictures are encoded now."""
        path = self._path
        chosen = [point for point in (self._pin, *path.points) if point is not None and point.sample is not None]
        if not chosen:
            return
        places: dict[int | None, Point | None] = {
            point.sample: points.place_of(point.sample) for point in chosen if point.sample is not None
        }

        def moved(point: LatentPoint) -> LatentPoint:
            place = places.get(point.sample)
            return point if place is None else replace(point, z=place)

        if self._pin is not None:
            self.pin_point(moved(self._pin))
        start, end = (None if point is None else moved(point) for point in (path.start, path.end))
        self.set_path(replace(path, start=start, end=end, way_points=tuple(map(moved, path.way_points))))


def _without_sample(point: LatentPoint | None) -> LatentPoint | None:
    return None if point is None else replace(point, sample=None)
