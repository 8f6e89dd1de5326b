"""A panel on the screen by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from vae_explorer.gui.panels.base import Panel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session

PanelT = TypeVar("PanelT", bound=Panel)


def shown_panel(kind: type[PanelT], session: Session, qtbot: QtBot, size: tuple[int, int]) -> PanelT:
    """Return a panel of a session on the screen, of a width and height."""
    panel = kind(session)
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.show()
    qtbot.waitExposed(panel)
    return panel
