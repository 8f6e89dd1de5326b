"""Opening the window that compares two models, and dressing it with the rest of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.gui.dialogs.compare import CompareWindow
    from vae_explorer.gui.theme import Theme

NAME = "compare-window"


class Comparing(QObject):
    """Opens that window, once, and dresses it with the rest of the program.

    Parameters
    ----------
    session
        Whose model is A.
    window
        The program's window, with which it closes.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._theme = LIGHT

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"explore.compare": self.open}

    @property
    def opened(self) -> CompareWindow | None:
        """The window, while it is open."""
        found = self._window.findChild(QWidget, NAME)
        if found is None:
            return None
        from vae_explorer.gui.dialogs.compare import CompareWindow

        return found if isinstance(found, CompareWindow) else None

    @Slot()
    def open(self) -> None:
        """Open the window, or bring it to the front."""
        from vae_explorer.gui.dialogs.compare import CompareWindow

        shown = self.opened
        if shown is None:
            shown = CompareWindow(self._session, self._window)
            # The program's keys work here too.
            shown.addActions(self._window.actions())
            shown.panel.set_theme(self._theme)
        shown.setWindowState(shown.windowState() & ~Qt.WindowState.WindowMinimized)
        shown.show()
        shown.activateWindow()
        shown.panel.setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Dress the window if it is open, and when it opens."""
        self._theme = theme
        if self.opened is not None:
            self.opened.panel.set_theme(theme)

    def close(self) -> None:
        """Close the window, so that it doesn't outlive the program's."""
        if self.opened is not None:
            self.opened.close()
