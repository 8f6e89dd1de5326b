"""The place of a panel before and after it is made: the first window shows before plots are loaded."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from vae_explorer.gui.help_pages import set_help_page
from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.session import Session
    from vae_explorer.gui.panels import PanelEntry
    from vae_explorer.gui.panels.base import Panel
    from vae_explorer.gui.theme import Theme


class PanelHost(QWidget):
    """Keeps a panel's place: empty in the panel's colours until the panel is made."""

    def __init__(self, entry: PanelEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self.panel: Panel | None = None
        self.setProperty("role", "panel")
        set_help_page(self, entry.page)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)

    def fill(self, session: Session, theme: Theme) -> None:
        """Make the panel; where that fails the place says so, and the window lives on without it."""
        try:
            panel = self.entry.factory(session, self)
        except Exception as error:
            self._layout.addWidget(_empty(tr("The panel {title} could not be made.", title=tr(self.entry.title))))
            session.notify(
                "error",
                tr("The panel {title} could not be made: {error}", title=tr(self.entry.title), error=error),
                traceback.format_exc(),
            )
            return
        panel.set_theme(theme)
        self._layout.addWidget(panel)
        self.panel = panel


def _empty(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "empty")
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label
