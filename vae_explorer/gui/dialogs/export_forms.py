"""The settings of each kind of export: a page each, made when it is first looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from vae_explorer.app.export_starts import hidden_settings, setting_choices, starting_options
from vae_explorer.gui.forms import ConfigForm
from vae_explorer.gui.theme import DARK, LIGHT, SPACING

if TYPE_CHECKING:
    from vae_explorer.app.exports import ExportKind
    from vae_explorer.app.session import Session
    from vae_explorer.config import Config

_DARK_BELOW = 128
"""Lightness of a window in which marks must be light."""


class ExportForms(QStackedWidget):
    """Edits the settings of one kind of export at a time and remembers those of the others."""

    changed = Signal()
    """A person changed a setting."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._forms: dict[str, ConfigForm | None] = {}
        self._pages: dict[str, QWidget] = {}
        self._name = ""

    @property
    def options(self) -> Config | None:
        """The settings of the kind that is shown; None where there is nothing to set."""
        form = self._forms.get(self._name)
        return None if form is None else form.config

    @property
    def form(self) -> ConfigForm | None:
        """The form that is shown."""
        return self._forms.get(self._name)

    def show_kind(self, kind: ExportKind) -> None:
        """Show the settings of a kind of export."""
        self._name = kind.name
        if kind.name not in self._pages:
            self._forms[kind.name] = form = self._make_form(kind.options)
            self._pages[kind.name] = page = _page(form)
            self.addWidget(page)
        self.setCurrentWidget(self._pages[kind.name])

    def set_options(self, options: Config) -> None:
        """Show other settings in the form that is shown, if it is for settings of this type."""
        form = self.form
        if form is not None and type(form.config) is type(options):
            form.set_config(options)

    def _make_form(self, options: Config | None) -> ConfigForm | None:
        if options is None:
            return None
        start = starting_options(self._session, options)
        hidden = hidden_settings(self._session, options)
        form = ConfigForm(start, hidden=hidden, choices=setting_choices(self._session))
        form.set_theme(DARK if self.palette().window().color().lightness() < _DARK_BELOW else LIGHT)
        form.line_up_units()
        form.config_changed.connect(self._tell)
        return form

    @Slot()
    def _tell(self) -> None:
        self.changed.emit()


def _page(form: QWidget | None) -> QWidget:
    """Return a page with a form at its top, scrolled where it is longer than the dialog."""
    inner = QWidget()
    layout = QVBoxLayout(inner)
    layout.setContentsMargins(0, SPACING, SPACING, 0)
    if form is not None:
        layout.addWidget(form)
    layout.addStretch(1)
    page = QScrollArea()
    page.setWidget(inner)
    page.setWidgetResizable(True)
    page.setFrameShape(QFrame.Shape.NoFrame)
    page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    page.viewport().setAutoFillBackground(False)
    inner.setAutoFillBackground(False)
    return page
