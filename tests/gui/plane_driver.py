"""Hands for the plane: where z lies in the widget, and the wheel, which Qt's test module lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from tests.gui.panel_driver import shown_panel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.point_parts import Part

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session
    from vae_explorer.gui.plotting.plane_view import PlaneView

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


def train(session: Session, qtbot: QtBot) -> None:
    """Train the stand-in for a few steps, to the end."""
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: not session.state.is_active and session.points is not None)


def settle(panel: PlanePanel, qtbot: QtBot) -> None:
    """Wait until everything on the plane is drawn."""
    qtbot.waitUntil(lambda: panel.tiles.is_complete and panel.points.is_complete)


def place(view: PlaneView, z: tuple[float, float]) -> QPoint:
    """Return the pixel of the widget nearest to z."""
    return view.position_of(z).toPoint()


def wheel(view: QWidget, position: QPoint, notches: int) -> None:
    """Turn the wheel at a position."""
    at = QPointF(position)
    event = QWheelEvent(
        at,
        QPointF(view.mapToGlobal(position)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        NO_KEYS,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def shown_plane(session: Session, qtbot: QtBot) -> PlanePanel:
    """Return a plane on the screen, with the focus."""
    panel = shown_panel(PlanePanel, session, qtbot, (700, 600))
    panel.view.setFocus()
    return panel


def trained_plane(session: Session, qtbot: QtBot) -> PlanePanel:
    """Return a plane on the screen, of a model that was trained for a few steps."""
    panel = shown_plane(session, qtbot)
    train(session, qtbot)
    settle(panel, qtbot)
    return panel


def choose_part(panel: PlanePanel, part: Part) -> None:
    """Choose the part of the data whose encodings are shown."""
    panel.controls.part_box.setCurrentIndex(list(Part).index(part))


def pinned(panel: PlanePanel) -> tuple[float, float]:
    """Return where the pin is."""
    pin = panel.session.pinned
    assert pin is not None
    return pin.z
