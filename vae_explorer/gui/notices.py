"""The notice bar: what happened, in the window and not in the way, with details to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from vae_explorer.gui.flow_layout import FlowLayout
from vae_explorer.gui.icons import icon, pixmap
from vae_explorer.gui.theme import ICON_SIZE, LIGHT, RADIUS, SMALL_SPACING, SPACING, Theme
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vae_explorer.app.state import Notice, NoticeAction

MOST_SHOWN = 3
INFO_MILLISECONDS = 9_000
"""How long an info stays; warnings and errors stay until they are dismissed."""

_DETAILS_HEIGHT = 110
_TOKENS = {"info": "accent", "warning": "warning", "error": "error"}
_LEVELS = {"info": marked("info"), "warning": marked("warning"), "error": marked("error")}


class NoticeBar(QWidget):
    """A short stack of notices, the newest at the bottom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self._theme = LIGHT
        self._cards: list[NoticeCard] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SMALL_SPACING)
        self.hide()

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
        self._cards.append(card)
        self._layout.addWidget(card)
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

    def _remove(self, card: NoticeCard) -> None:
        if card in self._cards:
            self._cards.remove(card)
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.setVisible(bool(self._cards))


class NoticeCard(QFrame):
    """One notice."""

    dismissed = Signal(object)
    """The card itself."""

    def __init__(self, notice: Notice, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = notice
        self._symbol = QLabel(self)
        self._symbol.setFixedSize(ICON_SIZE, ICON_SIZE)
        self.text = QLabel(notice.text, self)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.details = QPlainTextEdit(notice.details, self)
        self.details.setReadOnly(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setFixedHeight(_DETAILS_HEIGHT)
        self.details.setAccessibleName(tr("Details of the notice"))
        self.details.hide()
        self.details_button = self._button(tr("Details"), tr("Show what lies behind this notice"))
        self.details_button.setCheckable(True)
        self.details_button.setVisible(bool(notice.details))
        self.details_button.toggled.connect(self.details.setVisible)
        self.copy_button = self._button("", tr("Copy this notice with its details"))
        self.copy_button.clicked.connect(self.copy)
        self.close_button = self._button("", tr("Dismiss this notice"))
        self.close_button.clicked.connect(self._dismiss)
        self.action_buttons = tuple(self._action_button(action) for action in notice.actions)
        self._arrange()
        self.setAccessibleName(tr("{name}: {text}", name=tr(_LEVELS[notice.level]), text=notice.text))
        self.set_theme(theme)
        if notice.level == "info" and not notice.actions:
            # A timer of its own: `QTimer.singleShot` would keep a card for ever that was dismissed before.
            timer = QTimer(self, singleShot=True, interval=INFO_MILLISECONDS)
            timer.timeout.connect(self._dismiss)
            timer.start()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        colour = str(getattr(theme, _TOKENS[self.notice.level]))
        self.setStyleSheet(
            f"NoticeCard {{ background: {theme.raised}; border: 1px solid {theme.border};"
            f" border-left: 4px solid {colour}; border-radius: {RADIUS}px; }}"
        )
        self._symbol.setPixmap(pixmap(self.notice.level, colour, self.devicePixelRatioF()))
        self.copy_button.setIcon(icon("copy", theme, "muted"))
        self.close_button.setIcon(icon("close", theme, "muted"))

    @Slot()
    def copy(self) -> None:
        """Put text and details on the clipboard."""
        QGuiApplication.clipboard().setText(f"{self.notice.text}\n\n{self.notice.details}".strip())

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACING, SMALL_SPACING, SMALL_SPACING, SMALL_SPACING)
        layout.setSpacing(SMALL_SPACING)
        line = QHBoxLayout()
        line.setSpacing(SPACING)
        line.addWidget(self._symbol)
        line.addWidget(self.text, 1)
        for button in (self.details_button, self.copy_button, self.close_button):
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(line)
        if self.action_buttons:
            layout.addLayout(self._action_line())
        layout.addWidget(self.details)

    def _action_line(self) -> QHBoxLayout:
        """Return the buttons of what can be done, below the text and flush with it, in lines as narrow as the card."""
        holder = QWidget(self)
        lines = FlowLayout(holder, SMALL_SPACING)
        lines.setContentsMargins(0, 0, 0, 0)
        for button in self.action_buttons:
            lines.addWidget(button)
        row = QHBoxLayout()
        row.setContentsMargins(ICON_SIZE + SPACING, 0, 0, SMALL_SPACING)
        row.addWidget(holder, 1)
        return row

    def _action_button(self, action: NoticeAction) -> QPushButton:
        button = QPushButton(action.title, self)
        button.setToolTip(action.tip)
        button.setAccessibleName(action.title)
        button.setAccessibleDescription(action.tip)
        button.clicked.connect(self._act)
        return button

    @Slot()
    def _act(self) -> None:
        """Do what the button says; the notice has served then."""
        button = self.sender()
        action = self.notice.actions[[each is button for each in self.action_buttons].index(True)]
        self.dismissed.emit(self)
        action.run()

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setProperty("role", "flat")
        return button

    @Slot()
    def _dismiss(self) -> None:
        self.dismissed.emit(self)


def _owners(item: QObject) -> Iterator[QObject]:
    owner: QObject | None = item
    while owner is not None:
        yield owner
        owner = owner.parent()
