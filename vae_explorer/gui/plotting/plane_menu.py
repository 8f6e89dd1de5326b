"""What a right click on the plane offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from vae_explorer.gui.plotting.plane_strokes import Tool
from vae_explorer.gui.plotting.viewport import format_point
from vae_explorer.gui.selection_acts import SelectionActs
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.session import Session
    from vae_explorer.app.state import LatentPoint
    from vae_explorer.gui.plotting.plane_view import PlaneView
    from vae_explorer.gui.plotting.scene import Handle


def plane_menu(session: Session, view: PlaneView, point: LatentPoint, handle: Handle | None, parent: QWidget) -> QMenu:
    """Return the menu for a point of the plane, with the waypoint under it if there is one."""
    menu = QMenu(parent)
    menu.setObjectName("plane-menu")
    title = menu.addAction(f"z = {format_point(point.z, view.viewport.scale)}")
    title.setEnabled(False)
    menu.addSeparator()
    menu.addAction(tr("Set as start"), lambda: session.set_start(point))
    menu.addAction(tr("Set as end"), lambda: session.set_end(point))
    add = menu.addAction(tr("Add waypoint"), lambda: session.add_way_point(point))
    add.setEnabled(session.path.is_complete)
    if handle is not None and handle.index >= 0:
        menu.addAction(tr("Remove this waypoint"), lambda: session.remove_way_point(handle.index))
    clear = menu.addAction(tr("Clear path"), session.clear_path)
    clear.setEnabled(bool(session.path.points))
    menu.addSeparator()
    menu.addAction(tr("Pin here"), lambda: session.pin_point(point))
    unpin = menu.addAction(tr("Remove pin"), lambda: session.pin_point(None))
    unpin.setEnabled(session.pinned is not None)
    pin = session.pinned
    if session.model_info is not None and session.model_info.completes:
        complete = menu.addAction(tr("Complete this picture"))
        complete.setEnabled(pin is not None and pin.sample is not None and pin.sample != session.condition)
        complete.triggered.connect(lambda: complete_picture(session))
    menu.addAction(tr("Copy coordinates"), lambda: copy_coordinates(point))
    menu.addSeparator()
    _add_selecting(menu, session, view)
    menu.addSeparator()
    menu.addAction(tr("Centre here"), lambda: view.centre_on(point.z))
    zoom = menu.addAction(tr("Zoom to posterior\tZ"), view.zoom_to_ellipse)
    zoom.setEnabled(view.scene.ellipse is not None)
    menu.addAction(tr("Fit encodings"), view.fit_requested.emit).setEnabled(session.points is not None)
    menu.addAction(tr("Reset view"), view.reset_view)
    return menu


def _add_selecting(menu: QMenu, session: Session, view: PlaneView) -> None:
    acts, choices = SelectionActs(session, menu), session.choices
    menu.addAction(tr("Lasso\tL"), lambda: view.set_tool(Tool.LASSO)).setEnabled(session.points is not None)
    some = len(choices.selected) > 0
    for text, act, offered in (
        (tr("Hide selected points"), acts.hide_selected, some),
        (tr("Show only selected points"), acts.show_only_selected, some),
        (tr("Show all points"), acts.show_all, bool(len(choices.hidden) or choices.hidden_classes)),
        (tr("Select nothing"), acts.clear, some),
    ):
        menu.addAction(text, act).setEnabled(offered)


def complete_picture(session: Session) -> None:
    """Let the model complete the band of the pinned sample, on the whole plane."""
    pin = session.pinned
    if pin is not None and pin.sample is not None:
        session.set_condition(pin.sample)


def copy_coordinates(point: LatentPoint) -> None:
    """Put z on the clipboard as it is typed on the command line."""
    QGuiApplication.clipboard().setText(f"{point.z[0]:.6g},{point.z[1]:.6g}")
