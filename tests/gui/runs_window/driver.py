"""Hands for the list of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton

from vae_explorer.gui.dialogs.runs import RunsWindow
from vae_explorer.gui.dialogs.runs_words import NAME

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = ("alpha", "beta", "gamma")


def opened(window: MainWindow, qtbot: QtBot) -> RunsWindow:
    """Open the list by its key, and wait until all runs are known."""
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL)
    shown = window.runs.opened
    assert shown is not None
    qtbot.waitUntil(lambda: shown.list.has_looked)
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)
    return shown


def shown_names(listing: RunsWindow) -> list[str]:
    return [listing.found.index(row, NAME).data() for row in range(listing.found.rowCount())]


def choose(listing: RunsWindow, path: Path) -> None:
    listing.choose(path)
    listing.view.setFocus()
    assert [entry.path for entry in listing.chosen] == [path]


def wait_for_change(listing: RunsWindow, qtbot: QtBot) -> None:
    changes = listing._session.run_changes
    qtbot.waitUntil(lambda: not changes.is_busy)


def answer(listing: RunsWindow, name: str, text: str, qtbot: QtBot) -> None:
    """Press a button of a question; without a window manager nobody else brings the list to the front again."""
    box = listing.findChild(QMessageBox, name)
    assert box is not None
    button = next(button for button in box.findChildren(QPushButton) if button.text().replace("&", "") == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    listing.activateWindow()
    qtbot.waitUntil(listing.isActiveWindow)
