"""The window that compares two models, open beside the program's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.gui.panels.compare import ComparePanel
from vae_explorer.gui.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QAction, QKeyEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme

_SIZE = QSize(1180, 760)


class CompareWindow(QWidget):
    """A window of its own that blocks nothing; the program's keys work in it too.

    Parameters
    ----------
    session
        Whose model is A.
    parent
        The program's window.
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("compare-window")
        self.setWindowTitle("Compare two models")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.panel = ComparePanel(session, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panel)
        self.resize(_SIZE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


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
        found = self._window.findChild(CompareWindow)
        return found if isinstance(found, CompareWindow) else None

    @Slot()
    def open(self) -> None:
        """Open the window, or bring it to the front."""
        shown = self.opened
        if shown is None:
            shown = CompareWindow(self._session, self._window)
            shown.addActions(self._actions())
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

    def _actions(self) -> list[QAction]:
        """Return the program's commands, so that their keys work here too."""
        actions: Iterable[QAction] = self._window.actions()
        return list(actions)
