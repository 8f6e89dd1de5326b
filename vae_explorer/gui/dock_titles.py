"""The two buttons in the title of each dock, in a colour of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Slot
from PySide6.QtWidgets import QAbstractButton, QDockWidget

from vae_explorer.gui.icons import icon
from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme

_BUTTONS = {"qt_dockwidget_floatbutton": "detach", "qt_dockwidget_closebutton": "close"}
"""Names that Qt gives the buttons, and their drawings."""


class DockTitles(QObject):
    """Gives the buttons drawings of its own: those of Fusion are grey in every theme, and hardly seen on a dark one.

    Parameters
    ----------
    window
        The window with the docks, all of which are there already.
    """

    def __init__(self, window: QObject) -> None:
        super().__init__(window)
        self._theme = LIGHT
        self._docks = window.findChildren(QDockWidget)
        for dock in self._docks:
            dock.featuresChanged.connect(self._draw)
            dock.installEventFilter(self)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._draw()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Draw anew where Qt puts its own drawings back: as it takes a style, and as it moves a dock."""
        if event.type() in {QEvent.Type.StyleChange, QEvent.Type.Show}:
            QTimer.singleShot(0, self, self._draw)
        return super().eventFilter(watched, event)

    @Slot()
    def _draw(self) -> None:
        for name, drawing in _BUTTONS.items():
            drawn = icon(drawing, self._theme, "muted")
            for dock in self._docks:
                button = dock.findChild(QAbstractButton, name)
                if button is not None:
                    button.setIcon(drawn)
