"""Editors for single settings: each shows a value as text or choice and says when a person changes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

from vae_explorer.gui.calm import CalmComboBox, typed
from vae_explorer.gui.theme import SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QPaintEvent, QWheelEvent

    from vae_explorer.config import Setting
    from vae_explorer.values import Value

_LEAST_CHOICE_WIDTH = 110
_NO_LIMIT = (1 << 24) - 1
"""The largest height that Qt gives a widget, in device-independent pixels."""
_LARGE = 100_000
"""A count that is as large by default is shown with commas between its thousands."""
_RATIOS = (1.0, 2.0, 5.0, 10.0)


class ChoiceEdit(CalmComboBox):
    """One of a few named values."""

    edited = Signal(str)
    """The value that was chosen, as text."""

    committed = Signal()

    def __init__(self, choices: Mapping[str, str] | Mapping[int, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for value, label in choices.items():
            self.addItem(label, value)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.activated.connect(self._choose)

    def minimumSizeHint(self) -> QSize:
        """Return a width in which the longest words may end in an ellipsis: a small window stays usable."""
        return super().minimumSizeHint().boundedTo(QSize(_LEAST_CHOICE_WIDTH, _NO_LIMIT))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw words that don't fit with an ellipsis: Qt would cut them off within a letter."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(control, option, field, self).width() - 2  # its own margins
        painter = QStylePainter(self)
        painter.drawComplexControl(control, option)
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()

    def showPopup(self) -> None:
        """List the choices in full where the box itself is narrower."""
        self.view().setMinimumWidth(super().minimumSizeHint().width())
        super().showPopup()

    def show_value(self, value: Value) -> None:
        """Show a value."""
        self.setCurrentIndex(self.findData(value))

    @Slot(int)
    def _choose(self, index: int) -> None:
        self.edited.emit(str(self.itemData(index)))
        self.committed.emit()


class SwitchEdit(QCheckBox):
    """Yes or no."""

    edited = Signal(str)
    committed = Signal()

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(tr(setting.declaration.label), parent)
        self.clicked.connect(self._choose)

    def show_value(self, value: Value) -> None:
        """Show a value."""
        self.setChecked(bool(value))

    @Slot(bool)
    def _choose(self, checked: bool) -> None:
        self.edited.emit("yes" if checked else "no")
        self.committed.emit()


class TextEdit(QLineEdit):
    """A text, or whole numbers separated by commas."""

    edited = Signal(str)
    committed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.textEdited.connect(self.edited)
        self.editingFinished.connect(self.committed)

    def show_value(self, value: Value) -> None:
        """Show a value; the text stays as typed where it already stands for it."""
        text = ", ".join(str(item) for item in value) if isinstance(value, tuple) else str(value)
        if self.text() != text:
            self.setText(text)


class NumberEdit(QAbstractSpinBox):
    """A number; arrows step evenly, or by ratios where the setting is logarithmic.

    Text that isn't a number in range stays as typed: the form says what is wrong with it.
    """

    edited = Signal(str)
    committed = Signal()

    def __init__(self, setting: Setting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setting = setting
        default = setting.default
        self._is_grouped = setting.type is int and isinstance(default, int) and default >= _LARGE
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(64)
        self.setMinimumHeight(self.fontMetrics().height() + SPACING)
        self.lineEdit().textEdited.connect(self._edit)
        self.editingFinished.connect(self.committed)

    def show_value(self, value: Value) -> None:
        """Show a value; the text stays as typed where it already stands for it."""
        if isinstance(value, (int, float)) and self._number() != value:
            self.lineEdit().setText(tr(self._setting.word(value)) or self._shown(value))

    def validate(self, text: str, position: int) -> object:
        """Accept any text: the setting itself checks it."""
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both arrows, as long as there is a number and it isn't at its bound."""
        number, declaration = self._number(), self._setting.declaration
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if number is None:
            return flags
        if declaration.maximum is None or number < declaration.maximum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if declaration.minimum is None or number > declaration.minimum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def stepBy(self, steps: int) -> None:
        """Move by steps that suit the setting, within its range."""
        number = self._number()
        if number is None:
            return
        for _ in range(abs(steps)):
            number = self._stepped(number, up=steps > 0)
        low, high = self._setting.declaration.minimum, self._setting.declaration.maximum
        number = max(number, low) if low is not None else number
        number = min(number, high) if high is not None else number
        text = tr(self._setting.word(number)) or self._shown(int(number) if self._setting.type is int else number)
        self.lineEdit().setText(text)
        self._edit(text)
        self.committed.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the scroll area unless the editor was chosen."""
        super().wheelEvent(event) if self.hasFocus() else event.ignore()

    @Slot(str)
    def _edit(self, text: str) -> None:
        self.edited.emit(self._plain(text))

    def _shown(self, number: float) -> str:
        return f"{number:,}" if self._is_grouped else _as_text(number)

    def _plain(self, text: str) -> str:
        """Return a number as it is parsed: without the commas between its thousands."""
        return typed(text).replace(",", "") if self._is_grouped else typed(text)

    def _number(self) -> float | None:
        special = self._setting.declaration.special
        if special is not None and self._setting.is_special(self.lineEdit().text()):
            return special[0]
        try:
            number = float(self._plain(self.lineEdit().text()))
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    def _stepped(self, number: float, *, up: bool) -> float:
        if self._setting.type is int:
            if self._setting.declaration.logarithmic:
                return 2 * number if up else number // 2
            return number + 1 if up else number - 1
        if self._setting.declaration.logarithmic and number > 0:
            return _next_round(number) if up else 1.0 / _next_round(1.0 / number)
        step = self._even_step()
        return round((round(number / step, 6) + (1 if up else -1)) * step, 10)

    def _even_step(self) -> float:
        low, high = self._setting.declaration.minimum, self._setting.declaration.maximum
        if low is None or high is None:
            return 0.1
        return float(min(0.1, 10.0 ** math.floor(math.log10((high - low) / 10.0))))


def editor_for(setting: Setting, parent: QWidget | None = None) -> ChoiceEdit | SwitchEdit | TextEdit | NumberEdit:
    """Return an editor that suits a setting."""
    if setting.declaration.choices:
        return ChoiceEdit({value: tr(label) for value, label in setting.declaration.choices.items()}, parent)
    if setting.type is bool:
        return SwitchEdit(setting, parent)
    if setting.type in {int, float}:
        return NumberEdit(setting, parent)
    return TextEdit(parent)


def _as_text(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.6g}"


def _next_round(number: float) -> float:
    decade = 10.0 ** math.floor(math.log10(number) + 1e-9)
    ratio = next((ratio for ratio in _RATIOS if ratio * decade > number * (1 + 1e-6)), 10.0)
    return ratio * decade
