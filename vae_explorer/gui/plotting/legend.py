"""The legend of the points: a button for each class that hides and shows it, or a colour bar for a factor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QLinearGradient, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from vae_explorer.gui.plotting.viewport import format_number
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING, class_colour

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent

    from vae_explorer.gui.theme import Theme

_SWATCH = 14
_LONGEST_NAME = 14
FACTOR_SHADES = 64
_FACTOR_ANCHORS = ((53, 42, 135), (19, 117, 190), (38, 168, 150), (160, 190, 80), (250, 220, 60))
"""From dark blue to yellow, brighter all the way: the order can be read without telling hues apart."""


def factor_palette() -> NDArray[np.uint8]:
    """Return the colours of a continuous factor from its smallest to its largest value, uint8 [FACTOR_SHADES, 3]."""
    places = np.linspace(0, 1, len(_FACTOR_ANCHORS))
    shades = np.linspace(0, 1, FACTOR_SHADES)
    channels = [np.interp(shades, places, [anchor[c] for anchor in _FACTOR_ANCHORS]) for c in range(3)]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)


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
        self.setAccessibleName(f"Show class {name}")
        self.setToolTip(f"Class {name}: click to hide or show its points, double-click to show it alone.")
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


class ColourBar(QWidget):
    """The colours of a factor with its smallest and largest value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high = 0.0, 1.0
        self._theme: Theme = LIGHT
        self.setMinimumSize(64, 180)

    def set_range(self, low: float, high: float, name: str) -> None:
        """Show the range of a factor."""
        self._low, self._high = low, high
        first, last = self._words(low), self._words(high)
        self.setAccessibleName(f"Colours of {name} from {first} to {last}")
        self.setToolTip(f"{name}: {first} (dark blue) to {last} (yellow)")
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

    def _words(self, value: float) -> str:
        """Return a value with as many decimals as a hundredth of the range has."""
        hundredth = max(1e-9, (self._high - self._low) / 100)
        return format_number(value, max(0, math.ceil(-math.log10(hundredth))))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar, largest value on top."""
        painter = QPainter(self)
        painter.setClipRegion(event.region())
        bar = QRectF(SPACING, SPACING, 14, min(self.height(), 220) - 2 * SPACING)
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        palette = factor_palette()
        for index, (red, green, blue) in enumerate(palette.tolist()):
            gradient.setColorAt(index / (FACTOR_SHADES - 1), QColor(red, green, blue))
        painter.fillRect(bar, gradient)
        painter.setPen(self._theme.colour("muted"))
        middle = (self._low + self._high) / 2
        for value, y in ((self._high, bar.top() + 8), (middle, bar.center().y()), (self._low, bar.bottom() - 8)):
            painter.drawText(QRectF(bar.right() + 6, y - 8, 60, 16), Qt.AlignmentFlag.AlignVCenter, self._words(value))
        painter.end()


class Legend(QScrollArea):
    """What the colours of the points mean."""

    shown_changed = Signal()
    """Other classes are shown than before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("legend")
        self.setAccessibleName("Legend of the encodings")
        self.setProperty("role", "panel")
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._buttons: list[ClassButton] = []
        self._names: tuple[str, ...] = ()
        self._content = QWidget()
        self._layout = QVBoxLayout(self._content)
        self._layout.setContentsMargins(0, SPACING, SMALL_SPACING, SPACING)
        self._layout.setSpacing(1)
        self._heading = QLabel()
        self._heading.setProperty("role", "muted")
        self._bar = ColourBar()
        self._layout.addWidget(self._heading)
        self._layout.addWidget(self._bar)
        self._layout.addStretch(1)
        self.setWidget(self._content)
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
        self._bar.set_theme(theme)

    def set_classes(self, names: tuple[str, ...]) -> None:
        """Offer these classes; classes of the same names stay hidden or shown as they are."""
        self._bar.hide()
        self._heading.setText("Class")
        if names != self._names:
            self._names = names
            self._replace_buttons(names)
        for button in self._buttons:
            button.show()
        self.setVisible(bool(names))
        self._fit_width()

    def set_factor(self, name: str, low: float, high: float) -> None:
        """Show the colours of a factor."""
        for button in self._buttons:
            button.hide()
        self._heading.setText(name)
        self._bar.set_range(low, high, name)
        self._bar.show()
        self.show()
        self._fit_width()

    def show_only(self, label: int) -> None:
        """Show one class alone."""
        self._show([button.label == label for button in self._buttons])

    def show_all(self) -> None:
        """Show every class."""
        self._show([True] * len(self._buttons))

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
            self._layout.insertWidget(1 + index, button)

    def _fit_width(self) -> None:
        content = self._content
        content.adjustSize()
        room = self.verticalScrollBar().sizeHint().width() if content.sizeHint().height() > self.height() else 0
        self.setFixedWidth(content.sizeHint().width() + room + SMALL_SPACING)
