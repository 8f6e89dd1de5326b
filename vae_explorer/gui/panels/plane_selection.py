"""Selecting points of the plane with the mouse and by keys, and drawing them so that they stand out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from vae_explorer.gui.plotting.plane_strokes import inside
from vae_explorer.gui.plotting.point_layer import PointLayer
from vae_explorer.gui.plotting.points import PointStyle
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import Point, PointCloud
    from vae_explorer.gui.panels.plane_colours import ColouredPoints
    from vae_explorer.gui.plotting.plane_view import PlaneView

_RIM = 1.6
_LEAST_RADIUS = 3.5
_DARK_RIM, _LIGHT_RIM = (20, 22, 30), (255, 255, 255)


class PlaneSelection(QObject):
    """Turns outlines and clicks on the plane into a selection of rows, and draws what is selected.

    Parameters
    ----------
    session
        Keeps the selection.
    view
        Where one points.
    shown
        Returns the encodings that are drawn, which alone can be selected; None without any.
    parent
        Owner.
    """

    begun = Signal()
    """An outline has selected points where none were selected before."""

    def __init__(
        self, session: Session, view: PlaneView, shown: Callable[[], PointCloud | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._view, self._shown = session, view, shown
        self.marks = PointLayer(self, session.latest_work(tr("sort the selected points")))
        view.add_over_points(self.marks)
        view.offer_tools()
        view.outlined.connect(self._take_outline)
        view.picked.connect(self._take_click)
        view.entered.connect(self._take_enter)
        view.left.connect(self._leave)
        view.path_drawn.connect(session.draw_path)

    def set_active(self, active: bool) -> None:
        """Draw only while someone can see it."""
        self.marks.set_active(active)

    def mark(self, cloud: PointCloud, coloured: ColouredPoints, style: PointStyle, *, dark: bool) -> None:
        """Draw the points of a cloud that are selected and shown, larger and with a rim, over all others.

        Parameters
        ----------
        cloud, coloured, style
            The points with their colours, and how those that aren't selected are drawn.
        dark
            Whether the ground is dark.
        """
        selected = self._session.choices.selected
        if not len(selected):
            self.marks.clear()
            return
        rows = selected.array()
        marked = np.zeros(max(int(rows[-1]), int(cloud.rows.max(initial=0))) + 1, dtype=np.bool_)
        marked[rows] = True
        chosen = np.flatnonzero(marked[cloud.rows] & (coloured.rows >= 0))
        rim = _LIGHT_RIM if dark else _DARK_RIM
        look = PointStyle(coloured.palette, max(_LEAST_RADIUS, style.radius), rim, 1.0, _RIM)
        self.marks.set_points(cloud.z[chosen], coloured.rows[chosen], look)

    @Slot(object, bool)
    def _take_outline(self, outline: NDArray[np.float64], adds: bool) -> None:
        cloud = self._shown()
        if cloud is None:
            return
        rows, before = cloud.rows[inside(outline, cloud.z)], self._session.choices.selected
        if adds:
            self._session.select(np.union1d(before.array(), rows), tr("Select more points"))
        else:
            self._session.select(rows)
        if len(rows) and not len(before):
            self.begun.emit()

    @Slot(object, float, bool)
    def _take_click(self, z: Point, max_distance: float, turns_over: bool) -> None:
        """Select the encoding nearest to a click; or turn only that one over."""
        cloud = self._shown()
        index = None if cloud is None else cloud.nearest_within(z, max_distance)
        if cloud is None or index is None:
            if not turns_over:
                self._session.select(())
            return
        row = int(cloud.rows[index])
        if turns_over:
            self.turn_over(row)
        else:
            self._session.select((row,))

    def turn_over(self, row: int) -> None:
        """Select a row beside the others, or no longer."""
        rows = self._session.choices.selected.array()
        place = int(np.searchsorted(rows, row))
        if place < len(rows) and int(rows[place]) == row:
            self._session.select(np.delete(rows, place), tr("Select one point less"))
        else:
            self._session.select(np.insert(rows, place, row), tr("Select one point more"))

    @Slot()
    def _take_enter(self) -> None:
        """Turn the pinned sample over; where only a place is pinned, choose the sample nearest to it."""
        pin = self._session.pinned
        if pin is None:
            return
        if pin.sample is not None:
            self.turn_over(pin.sample)
        else:
            self._view.chosen.emit(pin.z, math.inf)

    @Slot()
    def _leave(self) -> None:
        self._session.select(())
