"""The notice bar: what happened, in the window and not in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

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
    """A short stack of notices, the newest at the bottom.

    Where they would crowd what is below them, a line says how many more there are, and shows them when it is pressed:
    those whose details are read and those with buttons stay in sight, then the newest. They scroll where even so they
    have less room than they need.
    """

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
        self._room = self._comfort = _NO_LIMIT
        self._cards: list[NoticeCard] = []
        self._sought: NoticeCard | None = None
        column = QWidget(self)
        column.setAutoFillBackground(False)
        self._layout = QVBoxLayout(column)
        self._layout.setContentsMargins(0, SMALL_SPACING, 0, 0)  # as far from the bar above as from the tabs below
        self._layout.setSpacing(SMALL_SPACING)
        self.more = self._make_more()
        self.setWidget(column)
        self.viewport().setAutoFillBackground(False)
        # Queued: the notices take their new places after the range has changed.
        self.verticalScrollBar().rangeChanged.connect(self._seek, Qt.ConnectionType.QueuedConnection)
        self.hide()

    def set_room(self, height: int, comfort: int) -> None:
        """Be no higher than so many device-independent pixels, and show what fits into `comfort` of them at first."""
        if (height, comfort) != (self._room, self._comfort):
            self._room, self._comfort = height, comfort
            self._fold()
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
            self._fold()
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
        said = notice.again()  # it may have been made, and be shown, in different languages
        if any(card.said == said for card in self._cards):
            return
        while len(self._cards) >= MOST_SHOWN:
            self._remove(self._cards[0])
        card = NoticeCard(notice, self._theme, self)
        card.dismissed.connect(self._dismiss)
        card.unfolded.connect(self._bring)
        self._cards.append(card)
        self._layout.addWidget(card)
        self._sought = card
        self._fold()
        self.show()

    @Slot(object)
    def withdraw(self, notice: Notice) -> None:
        """Take a notice away that is no longer true; nothing happens where it was dismissed."""
        for card in self.cards:
            if card.notice is notice:
                self._remove(card)

    def take_over(self, old: NoticeBar) -> None:
        """Show the notices of another window as they are, but for those with buttons that belong to it."""
        for card in old.cards:
            owners = (getattr(action.run, "__self__", None) for action in card.notice.actions)
            if not any(isinstance(owner, QObject) and old.window() in _owners(owner) for owner in owners):
                self.add(card.notice)
        unfolded = {card.notice for card in old.cards if card.details_button.isChecked()}
        for card in self.cards:
            card.details_button.setChecked(card.notice in unfolded)

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

    def _make_more(self) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "link")
        button.setCheckable(True)
        button.setToolTip(tr("Show all notices, or fewer, so that what is below has room"))
        button.toggled.connect(self._fold)
        button.hide()
        self._layout.addWidget(button)
        return button

    @Slot()
    def _fold(self) -> None:
        """Show what fits, or all; the others are counted."""
        fitting = self._fitting()
        folded = len(self._cards) - len(fitting)
        if folded == 0:
            self.more.setChecked(False)
        is_open = self.more.isChecked()
        count = tr("1 more notice") if folded == 1 else tr("{count} more notices", count=folded)
        self.more.setText(tr("Fewer notices") if is_open else count)
        self.more.setVisible(folded > 0)
        for card in self._cards:
            card.setVisible(is_open or card in fitting)

    def _fitting(self) -> list[NoticeCard]:
        """Return the notices that are in sight in any case: the most important one, and what has room beside it."""
        newest_first = self._cards[::-1]
        by_rank = sorted(newest_first, key=lambda card: (not card.details_button.isChecked(), not card.notice.actions))
        width = max(self.viewport().width(), 1)
        heights = [card.heightForWidth(width) + SMALL_SPACING for card in by_rank]
        if sum(heights) <= self._comfort:
            return by_rank
        room = self._comfort - self.more.sizeHint().height()
        return [card for index, card in enumerate(by_rank) if index == 0 or sum(heights[: index + 1]) <= room]

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
        self._fold()
        self.setVisible(bool(self._cards))


def _owners(item: QObject) -> Iterator[QObject]:
    owner: QObject | None = item
    while owner is not None:
        yield owner
        owner = owner.parent()
