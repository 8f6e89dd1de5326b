"""What the bars over planes share: signals of the buttons that move the view."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

_ZOOM = 1.5
"""How much larger a press shows everything."""


class ViewBar(QWidget):
    """A bar whose buttons zoom the plane below it, fit the encodings, and show the prior."""

    zoom_pressed = Signal(float)
    fit_pressed = Signal()
    reset_pressed = Signal()

    @Slot()
    def _zoom_in(self) -> None:
        self.zoom_pressed.emit(_ZOOM)

    @Slot()
    def _zoom_out(self) -> None:
        self.zoom_pressed.emit(1 / _ZOOM)
