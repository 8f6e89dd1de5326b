"""What a person does on two planes at once: pins, samples, handles of the path, the view, the divider."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from vae_explorer.app.state import ModelInfo, Point, PointCloud
from vae_explorer.gui.panels.plane_acts import PlaneActs
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.gui.plotting.compare_wipe import WipeDivider
    from vae_explorer.gui.plotting.plane_view import PlaneView


class PlaneHands(QObject):
    """Turns what is done on either plane into choices of the session, in the coordinates that both planes share.

    Parameters
    ----------
    session
        Keeps the choices.
    views
        The planes of A and B.
    divider
        Of the wipe, which lies on the plane of A.
    """

    def __init__(
        self, session: Session, views: tuple[PlaneView, PlaneView], divider: WipeDivider, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.session, self.comparison = session, session.comparison
        self._views, self._divider = views, divider
        for view in views:
            PlaneActs(session, view, self)
            view.chosen.connect(self._choose_sample)
            view.viewport_changed.connect(self._keep_part)
        divider.moved.connect(self._move_divider)

    @property
    def _infos(self) -> tuple[ModelInfo | None, ModelInfo | None]:
        return self.session.model_info, self.comparison.shown_info

    @property
    def _pressed(self) -> PlaneView:
        return self._views[1] if self.sender() is self._views[1] else self._views[0]

    def _cloud_under(self, view: PlaneView, z: Point) -> PointCloud | None:
        """Return the encodings that are shown at a place of a plane, which may be divided."""
        right = view.position_of(z).x() > self._divider.geometry().center().x()
        divided = self._divider.isVisibleTo(view) and right
        return self.comparison.points if view is self._views[1] or divided else self.session.points

    @Slot(object, float)
    def _choose_sample(self, z: Point, max_distance: float) -> None:
        """Pin the sample whose encoding is nearest on the plane that was pressed, where A puts it."""
        cloud = self._cloud_under(self._pressed, z)
        index = None if cloud is None else cloud.nearest_within(z, max_distance)
        if cloud is None or index is None:
            return
        row = int(cloud.rows[index])
        label = None if cloud.labels is None else int(cloud.labels[index])
        first = None if self.session.points is None else self.session.points.place_of(row)
        z1, z2 = cloud.z[index].tolist() if first is None else first
        with self.session.one_step(tr("Pin sample")):
            if label is not None and any(info is not None and info.needs_label for info in self._infos):
                self.session.set_label(label)
            self.session.pin((z1, z2), row, label)

    @Slot()
    def _keep_part(self) -> None:
        view = self._pressed
        if view.isVisible():
            self.session.set_view(view.shown_part)

    @Slot(float)
    def _move_divider(self, share: float) -> None:
        choice = replace(self.comparison.choice, divider=share)
        self.session.set_comparison(choice, tr("Move divider"), "comparison.divider")
