"""The window that compares two models, open beside the program's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from vae_explorer.gui.help_pages import HelpKey
from vae_explorer.gui.panels.compare import ComparePanel
from vae_explorer.language import tr

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from vae_explorer.app.session import Session

_SIZE = QSize(1180, 760)


class CompareWindow(QWidget):
    """A window of its own that blocks nothing; the program's keys work in it too.

    Parameters
    ----------
    session
        Whose model is A.
    parent
        The program's window.
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        HelpKey(self, "comparing")
        self.setWindowTitle(tr("Compare two models"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.panel = ComparePanel(session, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.panel)
        self.resize(_SIZE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
