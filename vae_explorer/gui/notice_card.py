"""One notice of the bar: its sentence, what can be done about it, and details to copy."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication, QPainter, QPainterPath
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
from vae_explorer.gui.theme import ICON_SIZE, RADIUS, SMALL_SPACING, SPACING, Theme
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from vae_explorer.app.state import Notice, NoticeAction

INFO_MILLISECONDS = 9_000
"""How long an info stays; warnings and errors stay until they are dismissed."""

_FEWEST_LINES, _MOST_LINES = 2, 8
"""Of the details that are seen at once."""
_RIM = 4
_LONG_WORD = re.compile(r"[^\s/\\\-\u2e80-\uffef]{41,}")
"""Letters between which no line is broken: a name of a file that would make the window wider."""
_KEPT = 24, 15
"""Letters of such a name that are shown, at its beginning and its end."""
_TOKENS = {"info": "accent", "warning": "warning", "error": "error"}
_LEVELS = {"info": marked("info"), "warning": marked("warning"), "error": marked("error")}


class NoticeCard(QFrame):
    """One notice, in the language that was chosen when the card was made."""

    dismissed = Signal(object)
    """The card itself."""
    unfolded = Signal(object)
    """The card whose details were shown."""

    def __init__(self, notice: Notice, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = notice
        self._symbol = QLabel(self)
        self._symbol.setFixedSize(ICON_SIZE, ICON_SIZE)
        self._colour = QColor()
        self.said = said = notice.again()
        self.text = QLabel(_LONG_WORD.sub(_shortened, said.text), self)
        self.text.setToolTip(said.text if self.text.text() != said.text else "")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.details = QPlainTextEdit(said.details, self)
        self.details.setReadOnly(True)
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setAccessibleName(tr("Details of the notice"))
        self.details.hide()
        self.details.document().documentLayout().documentSizeChanged.connect(self._fit_details)
        self._fit_details()
        self.details_button = self._button(tr("Details"), tr("Show what lies behind this notice"))
        self.details_button.setCheckable(True)
        self.details_button.setVisible(bool(notice.details))
        self.details_button.toggled.connect(self._unfold)
        self.copy_button = self._button("", tr("Copy this notice with its details"))
        self.copy_button.clicked.connect(self.copy)
        self.close_button = self._button("", tr("Dismiss this notice"))
        self.close_button.clicked.connect(self._dismiss)
        self.action_buttons = tuple(self._action_button(action) for action in said.actions)
        self._arrange()
        self.setAccessibleName(tr("{name}: {text}", name=tr(_LEVELS[notice.level]), text=said.text))
        self.set_theme(theme)
        if notice.level == "info" and not notice.actions:
            # A timer of its own: `QTimer.singleShot` would keep a card for ever that was dismissed before.
            timer = QTimer(self, singleShot=True, interval=INFO_MILLISECONDS)
            timer.timeout.connect(self._dismiss)
            timer.start()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        colour = str(getattr(theme, _TOKENS[self.notice.level]))
        self._colour = QColor(colour)
        self.setStyleSheet(
            f"NoticeCard {{ background: {theme.raised}; border: 1px solid {theme.border}; border-radius: {RADIUS}px; }}"
        )
        self._symbol.setPixmap(pixmap(self.notice.level, colour, self.devicePixelRatioF()))
        self.copy_button.setIcon(icon("copy", theme, "muted"))
        self.close_button.setIcon(icon("close", theme, "muted"))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the coloured rim at the left, which follows the round corners."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        card, rim = QPainterPath(), QPainterPath()
        card.addRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        rim.addRect(QRectF(0, 0, _RIM, self.height()))
        painter.fillPath(card.intersected(rim), self._colour)
        painter.end()

    @Slot()
    def copy(self) -> None:
        """Put text and details on the clipboard."""
        QGuiApplication.clipboard().setText(f"{self.said.text}\n\n{self.said.details}".strip())

    def _arrange(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_RIM + SPACING, SMALL_SPACING, SMALL_SPACING, SMALL_SPACING)
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

    @Slot(bool)
    def _unfold(self, shown: bool) -> None:
        self.details.setVisible(shown)
        self.details_button.setText(tr("Hide details") if shown else tr("Details"))
        if shown:
            self.unfolded.emit(self)

    @Slot()
    def _fit_details(self) -> None:
        """Be as high as the lines of the details, or as many as are seen at once."""
        shown = min(max(round(self.details.document().size().height()), _FEWEST_LINES), _MOST_LINES)
        # One more: a line that just fits isn't taken for a whole one, and a scroll bar comes.
        around = 2 * (self.details.frameWidth() + round(self.details.document().documentMargin())) + 1
        self.details.setFixedHeight(shown * self.details.fontMetrics().lineSpacing() + around)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setProperty("role", "link" if text else "flat")
        return button

    @Slot()
    def _dismiss(self) -> None:
        self.dismissed.emit(self)


def _shortened(word: re.Match[str]) -> str:
    first, last = _KEPT
    return f"{word[0][:first]}…{word[0][-last:]}"
