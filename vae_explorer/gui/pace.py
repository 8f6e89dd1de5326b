"""Doing something at once, and again no more often than it is of use."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot


class Pace(QObject):
    """Lets the first of many wishes through at once and the last of them when its time has come.

    Parameters
    ----------
    milliseconds
        Least time between two.
    parent
        Owner.
    """

    due = Signal()
    """Do it now."""

    def __init__(self, milliseconds: int, parent: QObject) -> None:
        super().__init__(parent)
        self._waits = False
        self._timer = QTimer(self, singleShot=True, interval=milliseconds)
        self._timer.timeout.connect(self._end)

    def ask(self) -> None:
        """Wish for it."""
        if self._timer.isActive():
            self._waits = True
        else:
            self._timer.start()
            self.due.emit()

    @Slot()
    def _end(self) -> None:
        if self._waits:
            self._waits = False
            self._timer.start()
            self.due.emit()
