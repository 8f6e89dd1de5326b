"""Presses are watched in the whole program, but not where nobody could press."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication

from vae_explorer.app.session import Session
from vae_explorer.gui.gestures import Gestures
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panel_host import PanelHost

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.theme import Theme


def test_that_nobody_watches_for_presses_while_panels_are_made(
    backend: FakeBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    watched: list[QEvent.Type] = []
    during = []
    fill = PanelHost.fill

    def watch(_self: Gestures, _of: QObject, event: QEvent) -> bool:
        watched.append(event.type())
        return False

    def counted(host: PanelHost, session: Session, theme: Theme) -> None:
        before = len(watched)
        fill(host, session, theme)
        during.append(len(watched) - before)

    monkeypatch.setattr(Gestures, "eventFilter", watch)
    monkeypatch.setattr(PanelHost, "fill", counted)
    made = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(made)
    made.fill()
    assert during == [0] * len(made.hosts)
    QApplication.sendEvent(made, QEvent(QEvent.Type.User))
    assert watched[-1] is QEvent.Type.User
    made.close()
