"""What the views of the window that compares have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from vae_explorer.app.session import Session


class ComparePart(QWidget):
    """A view of two models, A and B.

    Parameters
    ----------
    session
        Whose model is A, and whose comparison has B.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.comparison = session, session.comparison
