"""The window in another language while its session goes on: a new window takes over, and the old one goes.

All words are made with the widgets, so that none can be forgotten; panels show what the session holds when they are
made, so that nothing is lost but what an open dialog held.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal, Slot

from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panel_views import open_again, open_windows, panel_views, show_panels
from vae_explorer.gui.whereabouts import go_to, whereabouts


class OneWindow(QObject):
    """Holds the program's window, and replaces it when another language is chosen.

    Parameters
    ----------
    window
        The first one.
    """

    replaced = Signal(object)
    """The `MainWindow` that is there now."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.window = window
        self._watch()

    def _watch(self) -> None:
        # Queued: the menu that was clicked belongs to the window that goes.
        self.window.language_changed.connect(self._replace, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def close(self) -> None:
        """Close the window that is there."""
        self.window.close()

    @Slot()
    def _replace(self) -> None:
        self.window = renewed(self.window)
        self._watch()
        self.replaced.emit(self.window)


def renewed(old: MainWindow) -> MainWindow:
    """Return a window like an old one, in the language that is preferred now, with its session; the old one goes."""
    views, windows, tab, place = panel_views(old), open_windows(old), old.tab, whereabouts(old)
    old.canvas_keeper.close()
    old.put_away()
    new = MainWindow(old.session, old.config_folder, old.preferences)
    if not old.isMaximized() and not old.isFullScreen():
        new.setGeometry(old.geometry())
    new.fill()
    show_panels(new, views)
    new.show_tab(tab)
    new.show()
    go_to(new, place)
    new.activateWindow()
    new.take_over(old)
    open_again(new, windows)
    old.hide()
    old.deleteLater()
    return new
