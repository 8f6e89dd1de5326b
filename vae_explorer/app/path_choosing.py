"""Choices of the path: its ends, waypoints, method, and how far along it the slider stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vae_explorer.app.choosing import Choosing
from vae_explorer.app.state import LatentPath, LatentPoint, Point
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterable


class PathChoosing(Choosing):
    """Changes the path, each change as one step."""

    @property
    def path(self) -> LatentPath:
        """The path with its method and slider."""
        return self._choices.path

    def set_path(self, path: LatentPath, text: str = "", key: str = "") -> None:
        """Replace the path; the slider is held between 0 and 1."""
        self._change(text or tr("Change path"), key, path=replace(path, position=min(max(path.position, 0.0), 1.0)))

    def set_start(self, point: LatentPoint | None) -> None:
        """Choose where the path starts."""
        self.set_path(replace(self.path, start=point), tr("Set start") if point is not None else tr("Remove start"))

    def set_end(self, point: LatentPoint | None) -> None:
        """Choose where the path ends."""
        self.set_path(replace(self.path, end=point), tr("Set end") if point is not None else tr("Remove end"))

    def add_way_point(self, point: LatentPoint) -> None:
        """Let the path pass through a point, before its end."""
        self.set_path(replace(self.path, way_points=(*self.path.way_points, point)), tr("Add waypoint"))

    def move_way_point(self, index: int, point: LatentPoint) -> None:
        """Replace a waypoint."""
        way = list(self.path.way_points)
        way[index] = point
        self.set_path(replace(self.path, way_points=tuple(way)), tr("Move waypoint"), f"path.{index}")

    def move_path_point(self, role: str, index: int, point: LatentPoint) -> None:
        """Replace the ``start``, the ``end`` or a waypoint by its number; nothing where there is none of them."""
        path = self.path
        if role == "start" and path.start is not None:
            self.set_start(point)
        elif role == "end" and path.end is not None:
            self.set_end(point)
        elif 0 <= index < len(path.way_points):
            self.move_way_point(index, point)

    def remove_way_point(self, index: int) -> None:
        """Take a waypoint out of the path."""
        way = list(self.path.way_points)
        del way[index]
        self.set_path(replace(self.path, way_points=tuple(way)), tr("Remove waypoint"))

    def clear_path(self) -> None:
        """Take away both ends and all waypoints; method and frames stay."""
        self.set_path(replace(self.path, start=None, end=None, way_points=(), position=0.0), tr("Clear path"))

    def reverse_path(self) -> None:
        """Walk the path from its end to its start."""
        path = self.path
        way = tuple(reversed(path.way_points))
        turned = replace(path, start=path.end, end=path.start, way_points=way, position=1.0 - path.position)
        self.set_path(turned, tr("Reverse path"))

    def set_path_method(self, name: str) -> None:
        """Choose the interpolation by its name."""
        self.set_path(replace(self.path, method=name), tr("Change method of the path"), "path.method")

    def draw_path(self, points: Iterable[Point]) -> None:
        """Let the path follow a line drawn by hand, [N, 2]; a line without extent changes nothing."""
        from vae_explorer.latent.simplifying import simplified_drawing

        way = [LatentPoint((float(z1), float(z2))) for z1, z2 in simplified_drawing(list(points))]
        if len({point.z for point in way}) > 1:
            drawn = replace(self.path, start=way[0], way_points=tuple(way[1:-1]), end=way[-1], position=0.0)
            self.set_path(replace(drawn, method="hand-drawn"), tr("Draw path"))

    def set_path_metric(self, name: str) -> None:
        """Choose what a geodesic is measured by."""
        self.set_path(replace(self.path, metric=name), tr("Change metric of the path"))

    def set_path_equal_speed(self, equal: bool) -> None:
        """Choose whether equal times cover equal lengths on the plane."""
        self.set_path(replace(self.path, equal_speed=equal), tr("Change speed of the path"))

    def set_path_position(self, position: float) -> None:
        """Move the slider, from 0 at the start to 1 at the end."""
        self.set_path(replace(self.path, position=float(position)), tr("Move along the path"), "path.position")

    def play_path_position(self, position: float) -> None:
        """Move the slider while the path plays: no step."""
        with self.unrecorded():
            self.set_path_position(position)

    def set_path_frames(self, frames: int) -> None:
        """Choose the number of pictures in the film strip."""
        self.set_path(replace(self.path, frames=max(2, frames)), tr("Change frames of the path"), "path.frames")
