"""Python's garbage collector, kept in the window's thread.

Python collects cycles in whichever thread happens to allocate. A training thread that releases a widget there waits in
Qt for the interpreter, while the window's thread, which has the interpreter, may wait for Qt's lock on the same
widgets: the window would stand still for ever. With the collector run by a timer of the window's thread nothing of
Qt's is released anywhere else.
"""

from __future__ import annotations

import gc
import sys
import time

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Slot

_MILLISECONDS = 500
_LONG_SECONDS = 0.02
"""A full collection that takes longer is felt; what survived it isn't looked at again."""


class GarbageCollection(QObject):
    """Collects cycles in the thread that made it, at a steady pace, instead of automatically in any thread.

    It lives as long as the application, because workers may outlive a window.

    Parameters
    ----------
    application
        The application, and owner of this.
    """

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        gc.disable()
        self._has_frozen = False
        self._timer = QTimer(self, interval=_MILLISECONDS)
        self._timer.timeout.connect(self.collect_if_due)
        self._timer.start()

    @classmethod
    def begin(cls) -> GarbageCollection | None:
        """Keep the collector in this thread from now on; None where there is no application to live in."""
        application = QCoreApplication.instance()
        if application is None:
            return None
        return next(iter(application.findChildren(cls)), None) or cls(application)

    @Slot()
    def set_aside(self) -> None:
        """Never look again at what is there now: call it when the large libraries are loaded.

        Their hundreds of thousands of objects live as long as the process, and walking them once takes many frames.
        """
        gc.freeze()

    @Slot()
    def collect_if_due(self) -> None:
        """Collect the oldest generation whose count has passed Python's own threshold, and all younger ones."""
        young, middle, old = (
            count > threshold > 0 for count, threshold in zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if old:
            self._collect_all()
        elif middle:
            gc.collect(1)
        elif young:
            gc.collect(0)

    def _collect_all(self) -> None:
        if not self._has_frozen and "torch" in sys.modules:
            # Hundreds of thousands of objects of imported modules, which live as long as the process: walking them
            # takes a sixth of a second.
            self._has_frozen = True
            gc.collect(1)
            gc.freeze()
            return
        began = time.perf_counter()
        gc.collect()
        if time.perf_counter() - began > _LONG_SECONDS:
            gc.freeze()
