"""The strip under the run bar while the run that is shown is trained elsewhere: what is known of it, and the switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from vae_explorer.gui.follow_words import follow_words
from vae_explorer.gui.icons import pixmap
from vae_explorer.gui.one_line import OneLine
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING, Theme
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from vae_explorer.app.session import Session

_TICK_MILLISECONDS = 1000


class FollowStrip(QWidget):
    """Says how far the training elsewhere is and when it was heard of last; hidden where there is none.

    Parameters
    ----------
    session
        Whose run is followed.
    follow
        The command that follows, or no longer.
    parent
        Owner.
    """

    def __init__(self, session: Session, follow: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("follow-strip")
        self.setProperty("role", "bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._session = session
        self._follow = follow
        self._theme = LIGHT
        self._symbol = QLabel(self)
        self.words = OneLine("", self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName(tr("Training elsewhere"))
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = QToolButton(self)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.clicked.connect(follow.trigger)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACING, SMALL_SPACING, SPACING, SMALL_SPACING)
        row.setSpacing(SPACING)
        row.addWidget(self._symbol)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self._timer = QTimer(self, interval=_TICK_MILLISECONDS)
        self._timer.timeout.connect(self.tell)
        session.following.changed.connect(self.tell)
        session.following.came.connect(self.tell)
        session.state_changed.connect(self.tell)
        session.run_changed.connect(self.tell)
        self.tell()

    def set_theme(self, theme: Theme) -> None:
        """Tint the symbol."""
        self._theme = theme
        self.tell()

    @Slot()
    def tell(self) -> None:
        """Show what is known now."""
        session, following = self._session, self._session.following
        words = follow_words(following, session.why_not_on)
        self._follow.setChecked(following.is_on)
        self._follow.setEnabled(session.run is not None and not session.state.is_active)
        self.setVisible(bool(words))
        if not words:
            self._timer.stop()
            return
        if not self._timer.isActive():
            self._timer.start()
        if words != self.words.text():
            self.words.setText(words)
        self.button.setText(tr("Stop following") if following.is_on else tr("Follow"))
        self.button.setToolTip(
            tr("Let the window stay as it is, while the training goes on elsewhere; then a run can be trained here")
            if following.is_on
            else tr("Show what the training elsewhere adds, as it is written")
        )
        self.button.setAccessibleName(tr("Stop following this run") if following.is_on else tr("Follow this run"))
        self._tint()

    def _tint(self) -> None:
        following = self._session.following
        if following.is_live and not following.problem:
            name, colour = "follow", self._theme.accent
        elif following.is_on:
            name, colour = "warning", self._theme.warning
        else:
            name, colour = "follow", self._theme.muted
        key = f"{name} {colour}"
        if self._symbol.property("shown") != key:
            self._symbol.setProperty("shown", key)
            self._symbol.setPixmap(pixmap(name, colour, self.devicePixelRatioF()))
