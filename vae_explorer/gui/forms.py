"""Forms made from settings: one row for each field of a config, with its label, unit, range and help."""

from __future__ import annotations

import dataclasses
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from vae_explorer.config import Config, Setting, settings_of
from vae_explorer.errors import SettingError
from vae_explorer.gui.editors import ChoiceEdit, SwitchEdit, editor_for
from vae_explorer.gui.icons import icon
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, SPACING, Theme

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LABEL_WIDTH = 96
"""Width of the labels' column, in device-independent pixels, so that forms under one another line up."""


class ConfigForm(QWidget):
    """Edits one config.

    Rows that don't apply beside the other values are hidden; advanced rows wait behind a button. While a text is no
    value of its setting the row says why, and the config keeps its last good value.

    Parameters
    ----------
    config
        What to show first.
    hidden
        Names of settings that are edited elsewhere.
    on_commit
        Whether a change counts only when the editor is left or Return is pressed, for settings that cost time.
    choices
        Values of whole-number settings with their words, by name of the setting, where only these make sense here.
    """

    config_changed = Signal(object)
    """The new `Config`, after a person changed a value."""

    def __init__(
        self,
        config: Config,
        *,
        hidden: Collection[str] = (),
        on_commit: bool = False,
        choices: Mapping[str, Mapping[int, str]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._config = config
        self._on_commit = on_commit
        self._choices = choices or {}
        self._rows: dict[str, FormRow] = {}
        self._unused: Collection[str] = ()
        self._theme = LIGHT
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SMALL_SPACING)
        shown = [item for item in settings_of(type(config)) if item.name not in hidden]
        for item in shown:
            if not item.declaration.advanced:
                layout.addWidget(self._make_row(item))
        self._advanced = QWidget(self)
        self._more = self._make_more_button()
        advanced_layout = QVBoxLayout(self._advanced)
        advanced_layout.setContentsMargins(0, 0, 0, 0)
        advanced_layout.setSpacing(SMALL_SPACING)
        for item in shown:
            if item.declaration.advanced:
                advanced_layout.addWidget(self._make_row(item))
        layout.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._advanced)
        self._advanced.hide()
        self._line_up()
        self._show_config()

    @property
    def config(self) -> Config:
        """The config as edited; values that are wrong as typed keep their last good value."""
        return self._config

    @property
    def is_valid(self) -> bool:
        """Whether all texts are values of their settings."""
        return not any(row.has_error for row in self._rows.values())

    def row(self, name: str) -> FormRow:
        """Return the row of a setting."""
        return self._rows[name]

    def set_config(self, config: Config) -> None:
        """Show another config of the same type; no signal."""
        self._config = config
        self._show_config()

    def set_unused(self, names: Collection[str]) -> None:
        """Leave out the settings of these names: they have no effect beside what is chosen in other sections."""
        if set(names) != set(self._unused):
            self._unused = frozenset(names)
            self._show_config()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._show_arrow()

    def _line_up(self) -> None:
        """Give all rows one column of labels, as wide as the widest needs."""
        width = max((row.label_width for row in self._rows.values()), default=LABEL_WIDTH)
        for row in self._rows.values():
            row.set_label_width(max(width, LABEL_WIDTH))

    def _make_row(self, item: Setting) -> FormRow:
        row = FormRow(item, type(self._config).section, self, choices=self._choices.get(item.name))
        signal = row.committed if self._on_commit else row.changed
        signal.connect(self._take)
        self._rows[item.name] = row
        return row

    def _make_more_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setText("Advanced")
        button.setProperty("role", "flat")
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(f"Advanced settings of {type(self._config).section}")
        button.toggled.connect(self._show_advanced)
        return button

    @Slot(bool)
    def _show_advanced(self, shown: bool) -> None:
        self._advanced.setVisible(shown)
        self._show_arrow()

    def _show_arrow(self) -> None:
        self._more.setIcon(icon("expanded" if self._more.isChecked() else "collapsed", self._theme, "muted"))

    def _show_config(self) -> None:
        advanced_applies = False
        for name, row in self._rows.items():
            row.show_value(getattr(self._config, name))
            applies = name not in self._unused and row.setting.applies(self._config)
            row.setVisible(applies)
            advanced_applies |= applies and row.setting.declaration.advanced
        self._more.setVisible(advanced_applies)

    @Slot(str, object)
    def _take(self, name: str, value: object) -> None:
        if getattr(self._config, name) == value:
            return
        self._config = dataclasses.replace(self._config, **{name: value})  # type: ignore[type-var]
        self._show_config()
        self.config_changed.emit(self._config)


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
        unit += f", or {word}"
    if low is not None and high is not None:
        parts.append(f"From {_number(low)} to {_number(high)}{unit}.")
    elif low is not None:
        parts.append(f"At least {_number(low)}{unit}.")
    elif high is not None:
        parts.append(f"At most {_number(high)}{unit}.")
    if shown != "":
        parts.append(f"Default: {shown}.")
    return " ".join(parts)


def _number(value: float) -> str:
    """Return a number as people write it: 2,147,483,647, not 2.1e+09."""
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"
