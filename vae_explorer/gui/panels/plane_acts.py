"""What a person does on any plane, whichever panel shows it: pins, handles of the path, and the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Slot

from vae_explorer.app.state import LatentPoint, Point
from vae_explorer.gui.plotting.plane_menu import plane_menu

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.gui.plotting.plane_view import PlaneView
    from vae_explorer.gui.plotting.scene import Handle


class PlaneActs(QObject):
    """Turns what is done on one plane into choices of the session.

    Parameters
    ----------
    session
        Keeps the choices.
    view
        The plane.
    parent
        Owner.
    """

    def __init__(self, session: Session, view: PlaneView, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._view = session, view
        view.hovered.connect(session.hover)
        view.pinned.connect(self._pin)
        view.handle_moved.connect(self._move_handle)
        view.menu_requested.connect(self._open_menu)

    def _point(self, z: Point) -> LatentPoint:
        model = self._session.model_info
        return LatentPoint(z, label=self._session.label if model is not None and model.needs_label else None)

    @Slot(object)
    def _pin(self, z: Point) -> None:
        self._session.pin_point(self._point(z))

    @Slot(object, object)
    def _move_handle(self, handle: Handle, z: Point) -> None:
        self._session.move_path_point(handle.role, handle.index, self._point(z))

    @Slot(object, QPoint)
    def _open_menu(self, z: Point, place: QPoint) -> None:
        view = self._view
        menu = plane_menu(self._session, view, self._point(z), view.handle_under(z), view)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)
