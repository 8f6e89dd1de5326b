"""The bubble of the tour, and the frame round what it points at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeySequence, QPainter, QPen, QRegion, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vae_explorer.gui.theme import RADIUS, SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from vae_explorer.gui.tour.steps import TourStep

_WIDTH = 330
_LINE = 3


class TourFrame(QWidget):
    """A line round a part of the window; the pointer goes through it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._colour = QColor()

    def set_colour(self, colour: QColor) -> None:
        """Draw in another colour."""
        self._colour = colour
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the inside free, so that nothing below needs to be painted again."""
        super().resizeEvent(event)
        inside = self.rect().adjusted(2 * _LINE, 2 * _LINE, -2 * _LINE, -2 * _LINE)
        self.setMask(QRegion(self.rect()).subtracted(QRegion(inside)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._colour, _LINE))
        painter.drawRoundedRect(self.rect().adjusted(_LINE, _LINE, -_LINE, -_LINE), RADIUS, RADIUS)
        painter.end()


class TourBubble(QFrame):
    """Title, text, and buttons to go on, back, and to end; Escape ends it as well.

    Parameters
    ----------
    window
        The window that it lies on.
    """

    forward_wanted = Signal()
    back_wanted = Signal()
    end_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("tour")
        self.setAccessibleName(tr("Tour"))
        self.setProperty("role", "card")
        self.setAutoFillBackground(True)
        self.setFixedWidth(_WIDTH)
        self.place = QLabel()
        self.place.setProperty("role", "muted")
        self.heading = QLabel()
        self.heading.setProperty("role", "heading")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.task, self.lack = QLabel(), QLabel(tr("There is little to see here before training."))
        self.lack.setProperty("role", "muted")
        self.end_button = QPushButton(tr("End tour"))
        self.end_button.setProperty("role", "link")
        self.back_button = QPushButton(tr("Back"))
        self.forward_button = QPushButton(tr("Next"))
        self.forward_button.setProperty("role", "primary")
        self._build()
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.end_wanted)
        self.forward_button.clicked.connect(self.forward_wanted)
        self.back_button.clicked.connect(self.back_wanted)
        self.end_button.clicked.connect(self.end_wanted)
        for button in (self.end_button, self.back_button, self.forward_button):
            button.setAutoDefault(True)  # else Enter presses nothing outside of a dialog

    def show_step(self, step: TourStep, number: int, count: int) -> None:
        """Show a stop, by its number from 1 on."""
        self.place.setText(tr("Tour, {number} of {count}", number=number, count=count))
        self.heading.setText(tr(step.title))
        self.text.setText(tr(step.text))
        self.setAccessibleDescription(tr("{title}. {text}", title=tr(step.title), text=tr(step.text)))
        self.back_button.setEnabled(number > 1)
        self.forward_button.setText(tr("Finish") if number == count else tr("Next"))
        self.end_button.setVisible(number < count)  # it would do what the other one does
        self.task.setVisible(step.is_done is not None)
        self.set_lacking(False)
        self.set_done(False)

    @Slot(bool)
    def set_lacking(self, lacking: bool) -> None:
        """Say whether there is little to see yet, because nothing was trained."""
        self.lack.setVisible(lacking)

    @Slot(bool)
    def set_done(self, done: bool) -> None:
        """Say whether a person has done what the text asks for."""
        self.task.setText(tr("✓ Done") if done else tr("Try it now, or go on without."))
        self.task.setProperty("role", "done" if done else "muted")
        self.task.style().polish(self.task)

    def place_beside(self, target: QRect, bar: QRect, middle: QRect) -> None:
        """Lie beside a part of the window where there is room, else over its lower edge.

        Parameters
        ----------
        target
            The part, in the window.
        bar
            What must stay free, with all above it: the buttons of the run.
        middle
            What stays as free as may be: the plane with its legend.
        """
        size = QSize(_WIDTH, self.heightForWidth(_WIDTH) if self.hasHeightForWidth() else self.sizeHint().height())
        self.resize(size)
        free = self._window.rect().adjusted(SPACING, bar.bottom() + SPACING, -SPACING, -SPACING)
        low, high = free.topLeft(), free.bottomRight() - QPoint(size.width(), size.height())
        centre = target.center() - QPoint(size.width() // 2, size.height() // 2)
        wishes = (
            QPoint(target.left(), target.bottom() + SPACING),
            QPoint(target.right() + SPACING, target.top()),
            QPoint(target.left() - SPACING - size.width(), target.top()),
            QPoint(centre.x(), target.top() - SPACING - size.height()),
        )
        spots = [QPoint(_within(spot.x(), low.x(), high.x()), _within(spot.y(), low.y(), high.y())) for spot in wishes]
        if target.bottom() <= bar.bottom():
            self.move(spots[0])  # below what it points at, however much of the plane that takes
            return
        beside = [spot for spot in spots if not QRect(spot, size).intersects(target)]
        inside = QPoint(_within(centre.x(), low.x(), high.x()), target.bottom() - SPACING - size.height())
        self.move(min(beside, key=lambda spot: _area(QRect(spot, size).intersected(middle)), default=inside))

    def _build(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.end_button)
        buttons.addStretch(1)
        buttons.addWidget(self.back_button)
        buttons.addWidget(self.forward_button)
        column = QVBoxLayout(self)
        column.setSpacing(SPACING)
        for widget in (self.place, self.heading, self.text, self.lack, self.task):
            column.addWidget(widget)
        column.addLayout(buttons)


def _area(rectangle: QRect) -> int:
    return 0 if rectangle.isEmpty() else rectangle.width() * rectangle.height()


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))
