"""A panel of loss curves, and the session whose records it draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gui.curves.driver import shown_curves
from vae_explorer.app.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.panels.curves import CurvesPanel


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """A session that has nothing to do: the tests say what is recorded."""
    return Session(runs_folder=tmp_path)


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> CurvesPanel:
    """The panel on the screen, with nothing recorded yet."""
    return shown_curves(session, qtbot)
