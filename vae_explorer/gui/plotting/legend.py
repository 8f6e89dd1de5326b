"""The legend of the points: what colours them, a button for each class that hides and shows it, or a colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from vae_explorer.gui.plotting.colour_bar import ColourBar
from vae_explorer.gui.plotting.colour_choice import ColourChoice
from vae_explorer.gui.plotting.value_scale import NEUTRAL
from vae_explorer.gui.theme import SMALL_SPACING, class_colour
from vae_explorer.language import tr

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent

    from vae_explorer.gui.plotting.value_scale import ValueRange
    from vae_explorer.gui.theme import Theme

_SWATCH = 14
_LONGEST_NAME = 14
_LOW = "QToolButton, QToolButton:focus { border-width: 1px; padding: 0px 4px; }"  # untranslated: Qt's style sheet
"""So low that ten classes are seen at once in the smallest window."""
_NOTE_WIDTH = 96


def class_palette(classes: int) -> NDArray[np.uint8]:
    """Return the colours of classes, uint8 [K, 3]; at least one."""
    colours = [class_colour(label) for label in range(max(1, classes))]
    return np.array([[colour.red(), colour.green(), colour.blue()] for colour in colours], dtype=np.uint8)


class ClassButton(QToolButton):
    """A class of the legend: pressed in while it is shown; a double click shows it alone."""

    isolated = Signal(int)

    def __init__(self, label: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = label
        self.setObjectName(f"class-{label}")
        self.setCheckable(True)
        self.setChecked(True)
        self.setText(name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(_SWATCH, _SWATCH))
        self.setProperty("role", "flat")
        self.setStyleSheet(_LOW)
        self.setAccessibleName(tr("Show class {name}", name=name))
        self.setToolTip(tr("Class {name}: click to hide or show its points, double-click to show it alone.", name=name))
        self.toggled.connect(self.draw_swatch)
        self.draw_swatch(True)

    @Slot(bool)
    def draw_swatch(self, shown: bool) -> None:
        """Draw the colour, full or as an empty ring."""
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(_SWATCH * ratio), round(_SWATCH * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = class_colour(self.label)
        painter.setPen(colour)
        painter.setBrush(colour if shown else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(2, 2, _SWATCH - 4, _SWATCH - 4))
        painter.end()
        self.setIcon(QIcon(pixmap))
        font = self.font()
        font.setStrikeOut(not shown)
        self.setFont(font)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show this class alone."""
        event.accept()
        self.isolated.emit(self.label)


class Legend(QScrollArea):
    """What the colours of the points mean."""

    shown_changed = Signal()
    """Other classes are shown than before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("legend")
        self.setAccessibleName(tr("Legend of the encodings"))
        self.setProperty("role", "panel")
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._buttons: list[ClassButton] = []
        self._names: tuple[str, ...] = ()
        self._content = QWidget()
        self._layout = QVBoxLayout(self._content)
        self._layout.setContentsMargins(0, SMALL_SPACING, SMALL_SPACING, SMALL_SPACING)
        self._layout.setSpacing(0)
        caption = QLabel(tr("Colour by"))
        caption.setProperty("role", "muted")
        caption.setIndent(SMALL_SPACING)
        self.choice = ColourChoice()
        self.choice.setStyleSheet(f"{self.choice.styleSheet()} {_LOW}")
        self.bar = ColourBar()
        self.note = QLabel()
        self.note.setProperty("role", "muted")
        self.note.setTextFormat(Qt.TextFormat.RichText)
        self.note.setWordWrap(True)
        self.note.setFixedWidth(_NOTE_WIDTH)
        self.note.setIndent(SMALL_SPACING)
        self._layout.addWidget(caption)
        self._layout.addWidget(self.choice, alignment=Qt.AlignmentFlag.AlignLeft)
        self._layout.addWidget(self.bar, 1)
        self._layout.addWidget(self.note)
        self._layout.addStretch()
        self.setWidget(self._content)
        self.verticalScrollBar().rangeChanged.connect(self._leave_room)
        self.hide()

    @property
    def buttons(self) -> tuple[ClassButton, ...]:
        """The classes."""
        return tuple(self._buttons)

    def shown(self) -> NDArray[np.bool_]:
        """Return which classes are shown, bool [K]."""
        return np.array([button.isChecked() for button in self._buttons], dtype=np.bool_)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.bar.set_theme(theme)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Offer these classes; classes of the same names stay hidden or shown as they are."""
        self.bar.hide()
        self.note.clear()
        self.note.hide()
        if names != self._names:
            self._names = names
            self._replace_buttons(names)
        for button in self._buttons:
            button.show()
        self._fit_width()

    def set_values(self, span: ValueRange, name: str, unit: str = "") -> None:
        """Show the colours of a value in place of the classes."""
        for button in self._buttons:
            button.hide()
        self.bar.set_range(span, name, unit)
        self.bar.show()
        self._fit_width()

    def set_note(self, lines: tuple[str, ...], neutral: str = "", *, dark: bool = False) -> None:
        """Say more under the colour bar: plain lines, and one on what is drawn in the neutral colour of the ground."""
        swatch = f'<span style="color:#{_hexadecimal(NEUTRAL[dark])}">●</span> '
        text = "<br>".join((*lines, *((swatch + neutral,) if neutral else ())))
        if text == self.note.text():
            return  # Told anew with all points of a training: nothing is laid out for the same words.
        self.note.setText(text)
        self.note.setVisible(bool(text))
        self._fit_width()

    def show_only(self, label: int) -> None:
        """Show one class alone."""
        self._show([button.label == label for button in self._buttons])

    def show_all(self) -> None:
        """Show every class."""
        self._show([True] * len(self._buttons))

    def show_without(self, hidden: frozenset[int]) -> None:
        """Show every class but these."""
        shown = [button.label not in hidden for button in self._buttons]
        if shown != self.shown().tolist():
            self._show(shown)

    @Slot(int)
    def isolate(self, label: int) -> None:
        """Show one class alone; all of them if it is alone already."""
        if self.shown().sum() == 1 and self._buttons[label].isChecked():
            self.show_all()
        else:
            self.show_only(label)

    def _show(self, shown: list[bool]) -> None:
        for button, is_shown in zip(self._buttons, shown, strict=True):
            button.blockSignals(True)
            button.setChecked(is_shown)
            button.blockSignals(False)
            button.draw_swatch(is_shown)
        self.shown_changed.emit()

    def _replace_buttons(self, names: tuple[str, ...]) -> None:
        for button in self._buttons:
            self._layout.removeWidget(button)
            button.deleteLater()
        self._buttons = [ClassButton(label, name) for label, name in enumerate(names)]
        for index, button in enumerate(self._buttons):
            button.toggled.connect(self.shown_changed)
            button.isolated.connect(self.isolate)
            self._layout.insertWidget(2 + index, button)

    def _fit_width(self) -> None:
        self._content.adjustSize()
        self._leave_room()

    @Slot()
    def _leave_room(self) -> None:
        """Be as wide as the content, and the scroll bar where there is one."""
        is_too_high = self._content.minimumSizeHint().height() > self.height()
        room = self.verticalScrollBar().sizeHint().width() if is_too_high else 0
        width = self._content.sizeHint().width() + room + SMALL_SPACING
        if width != self.minimumWidth():
            self.setFixedWidth(width)


def _hexadecimal(colour: tuple[int, int, int]) -> str:
    return "".join(f"{channel:02x}" for channel in colour)
