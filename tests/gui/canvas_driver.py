"""Hands for the canvas: strokes by mouse, what is dropped on the window, and what was copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from vae_explorer.gui.panels.draw import DrawPanel

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.plotting.drawing_canvas import DrawingCanvas

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


def open_canvas(window: MainWindow, qtbot: QtBot) -> DrawPanel:
    """Return the panel in front, ready to draw on."""
    window.reveal("draw")
    panel = window.panel("draw")
    assert isinstance(panel, DrawPanel)
    qtbot.waitUntil(lambda: panel.isVisible() and panel.isEnabled())
    qtbot.waitUntil(lambda: panel.canvas.width() > 100)
    return panel


def press(canvas: DrawingCanvas, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
    """Set the pen down at a place in pixels of the data."""
    QTest.mousePress(canvas, button, NO_KEYS, canvas.position_of(x, y).toPoint())


def move(canvas: DrawingCanvas, x: float, y: float) -> None:
    """Move the pen to a place in pixels of the data."""
    QTest.mouseMove(canvas, canvas.position_of(x, y).toPoint())


def release(canvas: DrawingCanvas, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
    """Lift the pen."""
    QTest.mouseRelease(canvas, button, NO_KEYS, canvas.position_of(x, y).toPoint())


def stroke(canvas: DrawingCanvas, *places: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    """Draw through some places in pixels of the data."""
    press(canvas, *places[0], button)
    for place in places[1:]:
        move(canvas, *place)
    release(canvas, *places[-1], button)


def grey_at(canvas: DrawingCanvas, x: float, y: float) -> int:
    """Return the grey level on the sheet at a place in pixels of the data."""
    factor = canvas.paper.factor
    return canvas.sheet.pixelColor(int(x * factor), int(y * factor)).red()


def drop_data(widget: QWidget, data: QMimeData) -> bool:
    """Drop something on a window; return whether it was welcome."""
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(widget, QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, NO_KEYS))
    return True


def drop_file(widget: QWidget, path: Path) -> bool:
    """Drop a file or folder on a window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    return drop_data(widget, data)


def draw_dot(panel: DrawPanel, qtbot: QtBot) -> None:
    """Draw something and wait until it is read."""
    stroke(panel.canvas, (3.0, 4.0), (4.0, 4.0))
    qtbot.waitUntil(lambda: panel.session.drawing.reading is not None)
