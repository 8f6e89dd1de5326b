"""The moment when a window is first on the screen, after which everything else can be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

HIDDEN_MILLISECONDS = 25
"""How long a window that isn't shown waits for its paint."""
MOST_MILLISECONDS = 500
"""How long one that is shown waits: one behind others, say, is never painted."""


class FirstPaint(QObject):
    """Tells once that a window has been painted, however long a busy machine takes for it, or that it won't be.

    Parameters
    ----------
    window
        Shown before; the owner of this.
    """

    came = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._has_come = False
        window.installEventFilter(self)
        window.update()  # it may have been painted before
        patience = MOST_MILLISECONDS if window.isVisible() else HIDDEN_MILLISECONDS
        QTimer.singleShot(patience, self, self._tell)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look out for the paint, and let it take place."""
        if watched is self._window and event.type() is QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._tell)
        return False

    @Slot()
    def _tell(self) -> None:
        if not self._has_come:
            self._has_come = True
            self._window.removeEventFilter(self)
            self.came.emit()
