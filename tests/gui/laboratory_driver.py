"""Hands for the laboratories: handles that are dragged, and a descent run to its end."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from vae_explorer.gui.laboratories.bell_plot import Hold
from vae_explorer.gui.laboratories.fit_window import FitWindow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.laboratories.bell_plot import BellPlot
    from vae_explorer.gui.laboratories.window import LaboratoryWindow


LaboratoryT = TypeVar("LaboratoryT", bound="LaboratoryWindow")

PIXEL = 0.05
"""Somewhat more than a pixel of x in the windows of these tests."""


@contextmanager
def shown(laboratory: LaboratoryT, qtbot: QtBot) -> Iterator[LaboratoryT]:
    """Give a laboratory on the screen, in front; it is closed at the end."""
    laboratory.show()
    qtbot.waitExposed(laboratory)
    laboratory.activateWindow()
    yield laboratory
    laboratory.close()


def send(widget: QWidget, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    """Send a widget what the mouse does."""
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def drag(widget: QWidget, start: QPointF, end: QPointF) -> None:
    """Drag from one place to another."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(widget, QEvent.Type.MouseButtonPress, start, left, left)
    send(widget, QEvent.Type.MouseMove, QPointF((start.x() + end.x()) / 2, start.y()), none, left)
    send(widget, QEvent.Type.MouseMove, end, none, left)
    send(widget, QEvent.Type.MouseButtonRelease, end, left, none)


def drag_handle(plot: BellPlot, hold: Hold, x: float, y: float | None = None) -> None:
    """Drag a handle to x, and to the height y where one is given."""
    start = plot.handle(hold)
    frame = plot.frame()
    end = frame.pixel(x, frame.value(start)[1] if y is None else y)
    drag(plot, start, end)


def run_to_the_end(fitting: FitWindow) -> None:
    """Take steps until the descent has arrived."""
    while not fitting.run.arrived:
        fitting.step.click()
