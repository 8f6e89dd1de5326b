"""A window beside the program's: opened once, dressed like the program, and closed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QWidget

from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from vae_explorer.gui.theme import Theme

WindowT = TypeVar("WindowT", bound=QWidget)


class OpenedOnce(QObject, Generic[WindowT]):
    """Opens one window beside the program's; asked again, it brings it to the front.

    A derived class says what the window is called, makes it and dresses it. It imports it only to make it: nobody waits
    for what isn't opened.

    Parameters
    ----------
    window
        The program's window, with which it closes.
    """

    name: ClassVar[str]
    """Object name of the window that is opened."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._beside = window
        self._theme = LIGHT

    @property
    def opened(self) -> WindowT | None:
        """The window, while it is open."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        # One that was closed is there until Qt has time to delete it.
        shown = (found for found in self._beside.findChildren(QWidget, self.name, direct) if found.isVisible())
        return cast("WindowT | None", next(shown, None))

    @Slot()
    def open(self) -> None:
        """Open the window, or bring it to the front."""
        shown = self.opened
        if shown is None:
            shown = self._make()
            shown.setObjectName(self.name)
            self._dress(shown, self._theme)
        shown.setWindowState(shown.windowState() & ~Qt.WindowState.WindowMinimized)
        shown.show()
        shown.activateWindow()

    def set_theme(self, theme: Theme) -> None:
        """Dress the window if it is open, and when it opens."""
        self._theme = theme
        if self.opened is not None:
            self._dress(self.opened, theme)

    def close(self) -> None:
        """Close the window, so that it doesn't outlive the program's."""
        if self.opened is not None:
            self.opened.close()

    def _make(self) -> WindowT:
        """Make the window, a child of the program's."""
        raise NotImplementedError

    def _dress(self, shown: WindowT, theme: Theme) -> None:
        """Let the window take the colours of a theme."""
        raise NotImplementedError
