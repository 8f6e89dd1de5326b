"""One row of a form: label, editor and unit of a setting, its help, and what is wrong with the text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from vae_explorer.errors import SettingError
from vae_explorer.gui.editors import ChoiceEdit, SwitchEdit, editor_for
from vae_explorer.gui.theme import SMALL_SPACING, SPACING
from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_explorer.config import Setting


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

    def _arrange(self) -> None:
        layout = self._grid
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACING)
        layout.setVerticalSpacing(2)
        layout.setColumnStretch(1, 1)
        if not isinstance(self.editor, SwitchEdit):
            self._label = QLabel(self.setting.declaration.label, self)
            self._label.setBuddy(self.editor)
            layout.addWidget(self._label, 0, 0)
        field = QHBoxLayout()
        field.setSpacing(SMALL_SPACING)
        field.addWidget(self.editor, 1)
        if self.setting.declaration.unit:
            self._unit.setText(self.setting.declaration.unit)
            self._unit.setProperty("role", "muted")
            field.addWidget(self._unit)
        layout.addLayout(field, 0, 1)
        layout.addWidget(self.error, 1, 0, 1, 2)

    def _show_unit(self) -> None:
        """Let no unit stand behind a word."""
        self._unit.setVisible(bool(self.setting.declaration.unit) and not self.setting.word(self._value))

    def _describe(self) -> None:
        declaration = self.setting.declaration
        text = f"<p>{escape(declaration.help)}</p>"
        if self._allowed:
            text += f"<p>{escape(self._allowed)}</p>"
        self.setToolTip(text)
        self.editor.setWhatsThis(text)
        self.editor.setAccessibleName(declaration.label)
        self.editor.setAccessibleDescription(declaration.help)

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
    declaration = setting.declaration
    low, high = declaration.minimum, declaration.maximum
    unit = f" {declaration.unit}" if declaration.unit else ""
    default = setting.default
    shown = (
        ", ".join(map(str, default)) if isinstance(default, tuple) else declaration.choices.get(str(default), default)
    )
    if isinstance(default, bool):
        shown = "yes" if default else "no"
    shown = setting.word(default) or shown
    parts = []
    if word := setting.word(low):
        low = None if low is None else low + 1
        unit += tr(", or {word}", word=word)
    if low is not None and high is not None:
        parts.append(tr("From {low} to {high}{unit}.", low=_number(low), high=_number(high), unit=unit))
    elif low is not None:
        parts.append(tr("At least {low}{unit}.", low=_number(low), unit=unit))
    elif high is not None:
        parts.append(tr("At most {high}{unit}.", high=_number(high), unit=unit))
    if shown != "":
        parts.append(tr("Default: {shown}.", shown=shown))
    return " ".join(parts)


def _number(value: float) -> str:
    """Return a number as people write it: 2,147,483,647, not 2.1e+09."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
