"""Forms made from settings: one row for each field of a config, with its label, unit, range and help."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from vae_explorer.config import Config, Setting, settings_of
from vae_explorer.gui.form_row import FormRow
from vae_explorer.gui.help_pages import OBJECTIVE_PAGE, set_help_page
from vae_explorer.gui.icons import icon
from vae_explorer.gui.panel_views import remember
from vae_explorer.gui.theme import LIGHT, SMALL_SPACING, Theme
from vae_explorer.language import marked, tr

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_PAGES = {"data": "data", "objective": OBJECTIVE_PAGE}
_SECTIONS = {
    "animation": marked("animation"),
    "comparison": marked("comparison"),
    "curves": marked("curves"),
    "data": marked("data"),
    "evaluation": marked("evaluation"),
    "grid": marked("grid"),
    "limits": marked("limits"),
    "measures": marked("measures"),
    "model": marked("model"),
    "network": marked("network"),
    "objective": marked("objective"),
    "paper": marked("paper"),
    "path-table": marked("path-table"),
    "plane": marked("plane"),
    "strip": marked("strip"),
    "training": marked("the training"),
    "training-film": marked("training-film"),
}
"""Names of the sections of settings, as they stand within a sentence."""

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
        set_help_page(self, _PAGES.get(type(config).section, "training"))
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

    @property
    def rows(self) -> tuple[FormRow, ...]:
        """The rows of the settings that have an effect beside what else is chosen."""
        return tuple(row for row in self._rows.values() if not row.isHidden())

    def reveal(self, row: FormRow) -> None:
        """Bring a row into view, among the advanced ones too, and give its editor the focus."""
        if row.setting.declaration.advanced:
            self._more.setChecked(True)
        row.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

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

    def line_up_units(self) -> None:
        """Let all editors end where those do that stand before the widest unit."""
        width = max((row.unit_width for row in self._rows.values()), default=0)
        for row in self._rows.values():
            row.set_unit_width(width)

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
        button.setText(tr("Advanced"))
        button.setProperty("role", "flat")
        button.setCheckable(True)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(
            tr("Advanced settings of {section}", section=tr(_SECTIONS.get(type(self._config).section, "")))
        )
        button.toggled.connect(self._show_advanced)
        remember(button, f"Advanced settings of {type(self._config).section}")  # a key: the same in every language
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
