"""Opening the window of the large curves, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Slot

from vae_explorer.gui.dialogs.opened_once import OpenedOnce

if TYPE_CHECKING:
    from collections.abc import Callable

    from vae_explorer.app.session import Session
    from vae_explorer.gui.dialogs.curves import CurvesWindow
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.theme import Theme


class Enlarging(OpenedOnce["CurvesWindow"]):
    """Opens that window.

    Parameters
    ----------
    session
        Whose run is drawn.
    window
        The program's window, whose panel of curves knows what is recorded.
    """

    name: ClassVar[str] = "curves-window"

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__(window)
        self._session, self._window = session, window

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Return what each command does, by its name."""
        return {"view.enlarge-curves": self.open}

    @Slot()
    def open(self) -> None:
        """Open the window, or bring it to the front, for the keys to read the curves with."""
        super().open()
        if self.opened is not None:
            self.opened.plots.widget.setFocus()

    def _make(self) -> CurvesWindow:
        # pyqtgraph takes half a second to import, which nobody waits for who doesn't open this.
        from vae_explorer.gui.dialogs.curves import CurvesWindow
        from vae_explorer.gui.panels.curves import CurvesPanel

        panel = self._window.panel("curves")
        if not isinstance(panel, CurvesPanel):
            raise TypeError("the window has no curves")
        made = CurvesWindow(self._session, panel.history, panel.view, self._window)
        # The program's keys work here too.
        made.addActions(self._window.actions())
        return made

    def _dress(self, shown: CurvesWindow, theme: Theme) -> None:
        shown.set_theme(theme)
