"""The notice bar: what happened, in the window and not in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from vae_explorer.gui.notice_card import NoticeCard
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, Theme
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QResizeEvent

    from vae_explorer.app.state import Notice

MOST_SHOWN = 3
_NO_LIMIT = (1 << 24) - 1
"""The largest height that Qt gives a widget, in device-independent pixels."""


class NoticeBar(QScrollArea):
    """A short stack of notices, the newest at the bottom; they scroll where they have less room than they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self.setAccessibleName(tr("Notices"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._theme = LIGHT
        self._room = _NO_LIMIT
        self._cards: list[NoticeCard] = []
        self._sought: NoticeCard | None = None
        column = QWidget(self)
        column.setAutoFillBackground(False)
        self._layout = QVBoxLayout(column)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SMALL_SPACING)
        self.setWidget(column)
        self.viewport().setAutoFillBackground(False)
        # Queued: the notices take their new places after the range has changed.
        self.verticalScrollBar().rangeChanged.connect(self._seek, Qt.ConnectionType.QueuedConnection)
        self.hide()

    def set_room(self, height: int) -> None:
        """Be no higher than so many device-independent pixels."""
        if height != self._room:
            self._room = height
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the height of all notices as wide as the bar is, as far as there is room."""
        needed = self._layout.totalMinimumSize()
        high = self._layout.totalHeightForWidth(max(self.width(), needed.width()))
        return QSize(needed.width(), min(high, self._room))

    def minimumSizeHint(self) -> QSize:
        """Return what makes nothing of a notice be cut off at its sides."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew, which takes another height."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take another height when the notices need one."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    @property
    def cards(self) -> tuple[NoticeCard, ...]:
        """What is shown, oldest first."""
        return tuple(self._cards)

    @Slot(object)
    def add(self, notice: Notice) -> None:
        """Show a notice, unless the same one is shown already; the oldest makes room."""
        if any(card.notice == notice for card in self._cards):
            return
        while len(self._cards) >= MOST_SHOWN:
            self._remove(self._cards[0])
        card = NoticeCard(notice, self._theme, self)
        card.dismissed.connect(self._dismiss)
        card.unfolded.connect(self._bring)
        self._cards.append(card)
        self._layout.addWidget(card)
        self._sought = card
        self.show()

    @Slot(object)
    def withdraw(self, notice: Notice) -> None:
        """Take a notice away that is no longer true; nothing happens where it was dismissed."""
        for card in self.cards:
            if card.notice is notice:
                self._remove(card)

    def take_over(self, old: NoticeBar) -> None:
        """Show the notices of another window, but for those with buttons that belong to it."""
        for card in old.cards:
            owners = (getattr(action.run, "__self__", None) for action in card.notice.actions)
            if not any(isinstance(owner, QObject) and old.window() in _owners(owner) for owner in owners):
                self.add(card.notice)

    def dismiss_all(self) -> None:
        """Take all notices away."""
        for card in self.cards:
            self._remove(card)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for card in self._cards:
            card.set_theme(theme)

    @Slot(object)
    def _dismiss(self, card: NoticeCard) -> None:
        self._remove(card)

    @Slot(object)
    def _bring(self, card: NoticeCard) -> None:
        self._sought = card

    @Slot()
    def _seek(self) -> None:
        """Scroll to the notice that came or was unfolded last: to its end, or to its beginning where it is too high."""
        if self._sought is not None:
            place = self._sought.geometry()
            self.verticalScrollBar().setValue(min(place.top(), place.bottom() + 1 - self.viewport().height()))

    def _remove(self, card: NoticeCard) -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._sought = None
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.setVisible(bool(self._cards))


def _owners(item: QObject) -> Iterator[QObject]:
    owner: QObject | None = item
    while owner is not None:
        yield owner
        owner = owner.parent()
