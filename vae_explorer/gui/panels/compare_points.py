"""The encodings of both models: the same images in the same colours, the same ones hidden and selected on both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from vae_explorer.gui.panels.plane_colours import ColouredPoints
from vae_explorer.gui.panels.plane_selection import PlaneSelection
from vae_explorer.gui.plotting.point_colours import class_colours, class_names, lifted
from vae_explorer.gui.plotting.points import PointStyle
from vae_explorer.gui.theme import LIGHT, Theme

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import PointCloud
    from vae_explorer.gui.plotting.plane_view import PlaneView
    from vae_explorer.gui.plotting.point_layer import PointLayer

_RADIUS = 2.5
_RIM_ON_MAP = (8, 10, 16)


class ComparePoints(QObject):
    """Colours the points of both planes by class, and marks on both what is selected on either.

    Parameters
    ----------
    session
        Whose model is A, and whose comparison has B.
    views, layers
        The planes of A and B, and the points on them.
    parent
        Owner.
    """

    def __init__(
        self,
        session: Session,
        views: tuple[PlaneView, PlaneView],
        layers: tuple[PointLayer, PointLayer],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._layers = session, layers
        self._theme: Theme = LIGHT
        self._drawn: list[tuple[object, ...] | None] = [None, None]
        self.selections = (
            PlaneSelection(session, views[0], self._shown_by_first, self),
            PlaneSelection(session, views[1], self._shown_by_second, self),
        )

    @property
    def clouds(self) -> tuple[PointCloud | None, PointCloud | None]:
        """Where both models put the images, in the coordinates that both planes share."""
        return self._session.points, self._session.comparison.points

    @property
    def labels(self) -> tuple[int | None, int | None]:
        """The class that each model is told; its plane shows the points of that class alone."""
        info = self._session.model_info
        return (self._session.label if info is not None and info.needs_label else None), self._session.comparison.label

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme

    def set_active(self, active: bool) -> None:
        """Draw only while someone can see it."""
        for layer, selection in zip(self._layers, self.selections, strict=True):
            layer.set_active(active)
            selection.set_active(active)

    def draw(self, on_map: tuple[bool, bool], *, marks: bool) -> None:
        """Draw the points anew.

        Parameters
        ----------
        on_map
            Whether each plane shows pictures under its points.
        marks
            Whether selected points stand out; on a divided plane they would do so on the wrong side too.
        """
        for index, (cloud, layer, selection) in enumerate(zip(self.clouds, self._layers, self.selections, strict=True)):
            choices = self._session.choices
            chosen = (choices.hidden_classes, choices.hidden, choices.selected, self.labels[index])
            asked = (cloud, self._theme, on_map[index], marks, chosen)
            # While A trains its points move all the time, and those of B don't.
            if _is_same(self._drawn[index], asked):
                continue
            self._drawn[index] = asked
            if cloud is None:
                layer.clear()
                selection.marks.clear()
                continue
            rows, palette = self._coloured(index, cloud)
            style = self._style(palette, on_map=on_map[index])
            layer.set_points(cloud.z, rows, style)
            if marks:
                coloured = ColouredPoints(rows, style.palette, None, 0)
                selection.mark(cloud, coloured, style, dark=on_map[index] or self._theme.dark)
            else:
                selection.marks.clear()

    def _style(self, palette: NDArray[np.uint8], *, on_map: bool) -> PointStyle:
        if on_map:
            return PointStyle(lifted(palette), _RADIUS, _RIM_ON_MAP)
        ground = self._theme.colour("plot")
        return PointStyle(palette, _RADIUS, (ground.red(), ground.green(), ground.blue()))

    def _coloured(self, index: int, cloud: PointCloud) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return the palette row of each point, -1 for one that isn't shown, and the palette."""
        dataset, choices, label = self._session.dataset, self._session.choices, self.labels[index]
        names = () if dataset is None else class_names(dataset)
        shown = np.array([label in {None, one} and one not in choices.hidden_classes for one in range(len(names))])
        rows, palette = class_colours(cloud.labels, len(cloud.z), shown.astype(np.bool_))
        hidden = np.isin(cloud.rows, choices.hidden.array())
        return np.where(hidden, -1, rows), palette

    def _shown_by_first(self) -> PointCloud | None:
        return self._shown(0)

    def _shown_by_second(self) -> PointCloud | None:
        return self._shown(1)

    def _shown(self, index: int) -> PointCloud | None:
        """Return the encodings that one plane shows, which alone can be selected on it."""
        cloud = self.clouds[index]
        if cloud is None:
            return None
        kept = self._coloured(index, cloud)[0] >= 0
        labels = None if cloud.labels is None else cloud.labels[kept]
        correlation = None if cloud.correlation is None else cloud.correlation[kept]
        return replace(
            cloud,
            z=cloud.z[kept],
            log_var=cloud.log_var[kept],
            rows=cloud.rows[kept],
            labels=labels,
            correlation=correlation,
        )


def _is_same(one: tuple[object, ...] | None, other: tuple[object, ...]) -> bool:
    """Whether two wishes are for the same picture; encodings are the same only if they are one object."""
    return one is not None and one[0] is other[0] and one[1:] == other[1:]
