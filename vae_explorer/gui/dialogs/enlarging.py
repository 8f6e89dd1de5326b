"""Opening the window of the large curves, once, and dressing it with the rest of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.gui.dialogs.curves import CurvesWindow
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.panels.curves import CurvesPanel
    from vae_explorer.gui.theme import Theme

NAME = "curves-window"


class Enlarging(QObject):
    """Opens that window; asked again, it brings it to the front.

    Parameters
    ----------
    session
        Whose run is drawn.
    window
        The program's window, with which it closes.
    """

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._theme = LIGHT

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"view.enlarge-curves": self.open}

    @property
    def opened(self) -> CurvesWindow | None:
        """The window, while it is open."""
        if self._window.findChild(QWidget, NAME) is None:
            return None
        from vae_explorer.gui.dialogs.curves import CurvesWindow

        return next((found for found in self._window.findChildren(CurvesWindow) if found.isVisible()), None)

    @Slot()
    def open(self) -> None:
        """Open the window, or bring it to the front."""
        from vae_explorer.gui.panels.curves import CurvesPanel

        panel = self._window.panel("curves")
        if not isinstance(panel, CurvesPanel):
            return
        shown = self.opened or self._make(panel)
        shown.setWindowState(shown.windowState() & ~Qt.WindowState.WindowMinimized)
        shown.show()
        shown.activateWindow()
        shown.plots.widget.setFocus()

    def _make(self, panel: CurvesPanel) -> CurvesWindow:
        # pyqtgraph takes half a second to import, which nobody waits for who doesn't open this.
        from vae_explorer.gui.dialogs.curves import CurvesWindow

        made = CurvesWindow(self._session, panel.history, panel.view, self._window)
        # The program's keys work here too.
        made.addActions(self._window.actions())
        made.set_theme(self._theme)
        return made

    def set_theme(self, theme: Theme) -> None:
        """Dress the window if it is open, and when it opens."""
        self._theme = theme
        if self.opened is not None:
            self.opened.set_theme(theme)

    def close(self) -> None:
        """Close the window, so that it doesn't outlive the program's."""
        if self.opened is not None:
            self.opened.close()
