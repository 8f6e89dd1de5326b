"""One row of a form: label, editor and unit of a setting, its help, and what is wrong with the text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from vae_explorer.errors import SettingError
from vae_explorer.gui.editors import ChoiceEdit, SwitchEdit, editor_for
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import marked, sentences, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_explorer.config import Setting

ONE_OF = {
    marked("epochs"): marked("epoch"),
    marked("times"): marked("time"),
    marked("images"): marked("image"),
    marked("moments"): marked("moment"),
    marked("pixels"): marked("pixel"),
    marked("samples"): marked("sample"),
    marked("seconds"): marked("second"),
}
"""Units, and what they are called behind a one."""


class FormRow(QWidget):
    """Label, editor and unit of one setting, and what is wrong with the text, if anything."""

    changed = Signal(str, object)
    """Name and value, at each keystroke that gives one."""

    committed = Signal(str, object)
    """Name and value, when the editor is left or Return is pressed."""

    def __init__(
        self,
        setting: Setting,
        section: str,
        parent: QWidget | None = None,
        *,
        choices: Mapping[int, str] | None = None,
    ) -> None:
        super().__init__(parent)
        self.setting = setting
        self._allowed = "" if choices else allowed_values(setting)
        self._section = section
        self._value: object = setting.default
        self.setObjectName(f"{section}.{setting.name}")
        self.editor = ChoiceEdit(choices, self) if choices else editor_for(setting, self)
        self.editor.setObjectName(f"{section}.{setting.name}.editor")
        self._label: QLabel | None = None
        self._unit = QLabel(self)
        self._grid = QGridLayout(self)
        self.error = QLabel(self)
        self.error.setProperty("role", "error")
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.hide()
        self._arrange()
        self._describe()
        self.editor.edited.connect(self._edit)
        self.editor.committed.connect(self._commit)

    @property
    def has_error(self) -> bool:
        """Whether the text is no value of the setting."""
        return not self.error.isHidden()

    def show_value(self, value: object) -> None:
        """Show a value from elsewhere; a text that is wrong as typed stays until the value changes."""
        if self.has_error and value == self._value:
            return
        self._value = value
        self.error.hide()
        self.editor.show_value(value)  # type: ignore[arg-type]
        self._show_unit()

    @property
    def label_width(self) -> int:
        """Width in pixels that the label needs, 0 without one."""
        return 0 if self._label is None else self._label.sizeHint().width()

    def set_label_width(self, width: int) -> None:
        """Let the editor begin after this many pixels."""
        self._grid.setColumnMinimumWidth(0, width)

    @property
    def unit_width(self) -> int:
        """Width in pixels that the unit needs, 0 without one."""
        unit = self.setting.declaration.unit
        words = (tr(unit), tr(ONE_OF.get(unit, unit)))  # also the one that isn't shown now
        measure = self._unit.fontMetrics().horizontalAdvance
        around = self._unit.sizeHint().width() - measure(self._unit.text())
        return around + max(map(measure, words)) if unit else 0

    def set_unit_width(self, width: int) -> None:
        """Let the editor end this many pixels before the row does, whether or not a unit stands there."""
        policy = self._unit.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._unit.setSizePolicy(policy)
        self._unit.setFixedWidth(width)

    def _arrange(self) -> None:
        layout = self._grid
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACING)
        layout.setVerticalSpacing(2)
        layout.setColumnStretch(1, 1)
        if not isinstance(self.editor, SwitchEdit):
            self._label = QLabel(tr(self.setting.declaration.label), self)
            self._label.setBuddy(self.editor)
            layout.addWidget(self._label, 0, 0)
        field = QHBoxLayout()
        field.setSpacing(SMALL_SPACING)
        field.addWidget(self.editor, 1)
        if self.setting.declaration.unit:
            self._unit.setProperty("role", "muted")
        field.addWidget(self._unit)
        layout.addLayout(field, 0, 1)
        layout.addWidget(self.error, 1, 0, 1, 2)

    def _show_unit(self) -> None:
        """Let no unit stand behind a word, and no plural behind a one."""
        unit = self.setting.declaration.unit
        self._unit.setText(tr(ONE_OF.get(unit, unit) if self._value == 1 else unit))
        self._unit.setVisible(bool(unit) and not self.setting.word(self._value))

    def _describe(self) -> None:
        declaration = self.setting.declaration
        text = f"<p>{escape(tr(declaration.help))}</p>"
        if self._allowed:
            text += f"<p>{escape(self._allowed)}</p>"
        self.setToolTip(text)
        self.editor.setWhatsThis(text)
        self.editor.setAccessibleName(tr(declaration.label))
        self.editor.setAccessibleDescription(tr(declaration.help))

    @Slot(str)
    def _edit(self, text: str) -> None:
        try:
            value = self.setting.parse(text, section=self._section)
        except SettingError as error:
            self.error.setText(str(error))
            self.error.show()
            return
        self.error.hide()
        self._value = value
        self._show_unit()
        self.changed.emit(self.setting.name, value)

    @Slot()
    def _commit(self) -> None:
        if not self.has_error:
            self.committed.emit(self.setting.name, self._value)


def allowed_values(setting: Setting) -> str:
    """Return a sentence with range and default of a setting."""
    shown = _default(setting)
    return sentences(_range(setting), tr("Default: {default}.", default=shown) if shown else "")


def _default(setting: Setting) -> str:
    """Return the default of a setting as it is shown, "" where that is an empty text."""
    default = setting.default
    if isinstance(default, bool):
        return tr("yes") if default else tr("no")
    if isinstance(default, tuple):
        return ", ".join(map(str, default))
    label = setting.word(default) or setting.declaration.choices.get(str(default))
    return str(default) if label is None else tr(label)


def _range(setting: Setting) -> str:
    """Return the range of a setting as a sentence, "" for one without bounds."""
    low, high = setting.declaration.minimum, setting.declaration.maximum
    word = tr(setting.word(low))
    if low is not None and word:
        low += 1
    if low is not None and high is not None:
        least, most = _number(low), _measured(high, setting)
        if word:
            return tr("From {least} to {most}, or {word}.", least=least, most=most, word=word)
        return tr("From {least} to {most}.", least=least, most=most)
    if low is not None:
        least = _measured(low, setting)
        return (
            tr("At least {least}, or {word}.", least=least, word=word) if word else tr("At least {least}.", least=least)
        )
    return "" if high is None else tr("At most {most}.", most=_measured(high, setting))


def _measured(value: float, setting: Setting) -> str:
    """Return a number with the unit of its setting."""
    unit = setting.declaration.unit
    return tr("{number} {unit}", number=_number(value), unit=tr(unit)) if unit else _number(value)


def _number(value: float) -> str:
    """Return a number as people write it: 2,147,483,647, not 2.1e+09."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
