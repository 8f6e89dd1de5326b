"""What all panels share: a session to follow, a title, and a theme to wear."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QWidget

from vae_explorer.app.state import RunState
from vae_explorer.gui.theme import LIGHT
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme


class Panel(QWidget):
    """A view of the session that lives in a dock or a tab.

    A panel connects its own slots to the session's signals, asks the session for everything it shows, and changes
    nothing but through the session's methods. Heavy work belongs into `refresh`, which is called only while the panel
    is on screen: a panel that hears of news calls `mark_stale`, and draws when it is looked at.

    Parameters
    ----------
    session
        The session to follow.
    parent
        The widget that owns the panel.
    """

    name: ClassVar[str] = ""
    """Stable name, by which layouts and tests find the panel."""

    title: ClassVar[str] = ""
    """Words on its dock or tab."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.theme: Theme = LIGHT
        self._stale = True
        self._own_turn = QTimer(self, singleShot=True)
        self._own_turn.timeout.connect(self._catch_up)
        self._next_theme: Theme | None = None
        self.setObjectName(self.name)
        self.setAccessibleName(tr(self.title))
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme; panels that paint by themselves extend this."""
        self.theme, self._next_theme = theme, None
        self.update()

    def wear(self, theme: Theme) -> None:
        """Take the colours of a theme at once if visible, else when next shown."""
        if self.isVisible():
            self.set_theme(theme)
        else:
            self._next_theme = theme

    def refresh(self) -> None:
        """Bring everything shown up to date; called only while the panel is visible."""

    def mark_stale(self) -> None:
        """Say that what is shown is out of date: refresh at once if visible, else when next shown.

        While a model trains, each panel takes a turn of its own: the news of one model would else fill a frame.
        """
        self._stale = True
        if self.isVisible():
            if self.session.state is RunState.TRAINING:
                self._own_turn.start()
            else:
                self._catch_up()

    @Slot()
    def _catch_up(self) -> None:
        if self._stale and self.isVisible():
            self._stale = False
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what has changed while the panel was hidden."""
        super().showEvent(event)
        if self._next_theme is not None:
            self.set_theme(self._next_theme)
        self._catch_up()
