"""What nobody caught: shown in the window instead of ending it."""

from __future__ import annotations

import sys
import threading
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from vae_explorer.errors import VaeExplorerError

if TYPE_CHECKING:
    from types import TracebackType

    from vae_explorer.app.session import Session


class FaultReporter(QObject):
    """Turns exceptions that nobody caught, in any thread, into notices."""

    _caught = Signal(str, str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._caught.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over the hooks for exceptions."""
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if isinstance(error, VaeExplorerError):
            # A sentence for the user, such as that a file has shrunk whose pictures were to be shown.
            self._caught.emit(str(error), "")
            return
        details = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(details)
        self._caught.emit(f"Something went wrong in the program: {kind.__name__}: {error}", details)

    def _thread_hook(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self._hook(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    @Slot(str, str)
    def _tell(self, message: str, details: str) -> None:
        self._session.notify("error", message, details)
