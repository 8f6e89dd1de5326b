"""A dialog for what files may ask for: how much memory, how many pixels, how many files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QScrollArea, QVBoxLayout, QWidget

from vae_explorer.data.allowance import Allowance, keep_allowance, kept_allowance
from vae_explorer.errors import StorageError
from vae_explorer.gui.forms import ConfigForm
from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.theme import LARGE_SPACING, SPACING
from vae_explorer.language import marked, tr
from vae_explorer.resources import config_folder

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.gui.theme import Theme

_WORDS = marked(
    "Files beyond these limits are refused, with a message that names the limit, before any memory "
    "is taken. The limits count for all windows and commands."
)
_SIZE = (460, 340)


class LimitsDialog(QDialog):
    """Edits the limits of files; they are kept, and in force, when it is closed with Save.

    Parameters
    ----------
    session
        Told where they can't be kept.
    theme
        Colours.
    parent
        The program's window.
    """

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        HelpKey(self, "data")
        self._session = session
        self.setWindowTitle(tr("Limits of files"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(*_SIZE)
        words = QLabel(tr(_WORDS), self)
        words.setWordWrap(True)
        self.form = ConfigForm(kept_allowance(config_folder())[0], parent=self)
        self.form.set_theme(theme)
        self.form.line_up_units()
        self.buttons = QDialogButtonBox(self)
        for button in (
            QDialogButtonBox.StandardButton.Save,
            QDialogButtonBox.StandardButton.Cancel,
            QDialogButtonBox.StandardButton.RestoreDefaults,
        ):
            self.buttons.addButton(button)
        save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        save.setProperty("role", "primary")
        # The box has asked for its size, and so for the rules of a button without a role: a new icon forgets that size.
        save.style().unpolish(save)
        save.style().polish(save)
        save.setIcon(save.icon())
        self.buttons.accepted.connect(self.save)
        self.buttons.rejected.connect(self.reject)
        defaults = self.buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        defaults.setText(tr("Restore defaults"))  # Qt writes it in title case, unlike the rest of the window
        defaults.clicked.connect(self.restore)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(LARGE_SPACING, LARGE_SPACING, LARGE_SPACING, LARGE_SPACING)
        layout.setSpacing(SPACING)
        layout.addWidget(words)
        layout.addWidget(self._scrolled(), 1)
        layout.addWidget(self.buttons)

    def _scrolled(self) -> QScrollArea:
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, SPACING, 0)
        column.addWidget(self.form)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidget(inner)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    @Slot()
    def restore(self) -> None:
        """Show the limits as they are at first."""
        self.form.set_config(Allowance())

    @Slot()
    def save(self) -> None:
        """Keep the limits and close; a value that is wrong as typed keeps the dialog open, where its row says why."""
        if not self.form.is_valid:
            return
        allowance = self.form.config
        assert isinstance(allowance, Allowance)
        try:
            keep_allowance(config_folder(), allowance)
        except (OSError, StorageError) as error:
            self._session.notify("error", tr("The limits of files can't be kept: {error}", error=error))
        self.accept()
