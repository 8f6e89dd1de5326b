"""A picture or an exported file that the program is started with, as a desktop does when one is opened with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from vae_explorer.app.state import RunState

if TYPE_CHECKING:
    from vae_explorer.gui.main_window import MainWindow


def begin_with(window: MainWindow, source: str, *, fresh: bool) -> None:
    """Begin the session with what was named at the start.

    Parameters
    ----------
    window
        The window, with its panels.
    source
        A run's folder or its header, data by name, file or folder, or a picture or exported file, which is taken as if
        it were dropped on the window as it was left; "" for none.
    fresh
        Whether the last session stays closed.
    """
    if source and window.dropping.looks_into(Path(source)):
        StartingFile(window, Path(source))
        source = ""
    window.keeper.begin(source, fresh=fresh)


class StartingFile(QObject):
    """Hands a file over as soon as the session is at rest and it is known how its pictures are framed.

    Parameters
    ----------
    window
        The window that takes it.
    path
        The file.
    """

    def __init__(self, window: MainWindow, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._path: Path | None = path
        self._rests = (window.session.state_changed, window.session.drawing.framing_changed, window.keeper.reopened)
        for rest in self._rests:
            rest.connect(self._wait)

    @Slot()
    def _wait(self) -> None:
        QTimer.singleShot(0, self, self._hand_over)  # whoever else waits for that comes first

    @Slot()
    def _hand_over(self) -> None:
        session, path = self._window.session, self._path
        is_measuring = session.dataset is not None and session.drawing.framing is None
        if path is None or is_measuring or session.state is RunState.LOADING or self._window.keeper.is_reopening:
            return
        self._path = None
        for rest in self._rests:
            rest.disconnect(self._wait)
        self._window.dropping.take_path(path)
        self.deleteLater()
