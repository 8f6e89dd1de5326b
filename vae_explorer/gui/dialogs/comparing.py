"""Opening the window that compares two models, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Slot

from vae_explorer.gui.dialogs.opened_once import OpenedOnce

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from vae_explorer.app.session import Session
    from vae_explorer.gui.dialogs.compare import CompareWindow
    from vae_explorer.gui.theme import Theme


class Comparing(OpenedOnce["CompareWindow"]):
    """Opens that window.

    Parameters
    ----------
    session
        Whose model is A.
    window
        The program's window, with which it closes.
    """

    name: ClassVar[str] = "compare-window"

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"explore.compare": self.open}

    @Slot()
    def open(self) -> None:
        """Open the window, or bring it to the front."""
        super().open()
        if self.opened is not None:
            self.opened.panel.setFocus()

    def _make(self) -> CompareWindow:
        from vae_explorer.gui.dialogs.compare import CompareWindow

        made = CompareWindow(self._session, self._window)
        # The program's keys work here too.
        made.addActions(self._window.actions())
        return made

    def _dress(self, shown: CompareWindow, theme: Theme) -> None:
        shown.panel.set_theme(theme)
