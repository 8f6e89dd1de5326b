"""The main job without a mouse: each key goes to whatever has the focus, as from a keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider, QApplication, QLineEdit, QWidget

from tests.gui.plane_driver import train
from vae_explorer.app.state import RunState
from vae_explorer.gui.commands import command
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.gui.panels.path import PathPanel
from vae_explorer.gui.panels.plane import PlanePanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow

MOST_TABS = 400
"""Presses of the Tab key after which what is sought can't be reached."""


def press(key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is."""
    focus = QApplication.focusWidget() or QApplication.activeWindow()
    assert focus is not None
    QTest.keyClick(focus, key, modifiers)


def press_command(name: str) -> None:
    """Press the key that the menu shows for a command."""
    combination = QKeySequence(command(name).keys[0])[0]  # type: ignore[index]  # the stubs leave it out
    press(combination.key(), combination.keyboardModifiers())


def tab_to(wanted: QWidget) -> None:
    """Press Tab until a widget has the focus."""
    for _ in range(MOST_TABS):
        if QApplication.focusWidget() is wanted:
            return
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab never comes to {wanted!r}")


def test_that_one_trains_walks_and_takes_a_grid_home_without_a_mouse(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    session = window.session
    plane, path = window.panel("plane"), window.panel("path")
    assert isinstance(plane, PlanePanel)
    assert isinstance(path, PathPanel)

    # Train has the focus when the window opens: Space presses it.
    tab_to(window.run_bar.toggle_button)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED and session.points is not None)

    # Arrows move the pin on the plane.
    tab_to(plane.view)
    press(Qt.Key.Key_Right)
    press(Qt.Key.Key_Right)
    assert session.pinned is not None
    first = session.pinned.z
    press_command("explore.set-start")
    for _ in range(5):
        press(Qt.Key.Key_Up)
    press_command("explore.set-end")
    assert session.path.start is not None
    assert session.path.start.z == first
    assert session.path.end is not None
    assert session.path.end.z[1] > first[1]

    # The slider walks.
    tab_to(path.parts.slider)
    assert isinstance(path.parts.slider, QAbstractSlider)
    with qtbot.waitSignal(session.decode.decoded, check_params_cb=lambda reply: reply.key == "path.position"):
        press(Qt.Key.Key_PageUp)
    assert session.path.position > 0

    # The grid goes home.
    press_command("file.export")
    qtbot.waitUntil(lambda: isinstance(QApplication.activeWindow(), ExportDialog))
    dialog = QApplication.activeWindow()
    assert isinstance(dialog, ExportDialog)
    line = dialog.target.line
    assert isinstance(line, QLineEdit)
    tab_to(line)
    press(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    target = tmp_path / "grid.png"
    QTest.keyClicks(line, str(target))
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(target.is_file)
    qtbot.waitUntil(lambda: dialog._job is None)
    with Image.open(target) as picture:
        assert np.asarray(picture).size > 0
    press(Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not dialog.isVisible())


def test_that_every_dock_and_tab_is_reached_by_its_key(window: MainWindow, qtbot: QtBot) -> None:
    for name, host in window.hosts.items():
        window.enter(name)
        focus = QApplication.focusWidget()
        assert focus is not None
        assert host.isAncestorOf(focus) or focus is host, name


def test_that_tab_goes_round_the_window_and_back(window: MainWindow, qtbot: QtBot) -> None:
    train(window.session, qtbot)
    first = QApplication.focusWidget()
    seen: list[QWidget | None] = []
    for _ in range(MOST_TABS):
        press(Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is first:
            break
        assert focus is not None
        assert focus.isVisible()
        docks = [dock for dock in window.docks if dock.isAncestorOf(focus)]
        assert not any(dock.visibleRegion().isEmpty() for dock in docks), f"{focus!r} lies behind another dock"
        assert focus not in seen, f"Tab is caught at {focus!r}"
        seen.append(focus)
    assert QApplication.focusWidget() is first
    assert window.run_bar.toggle_button in [*seen, first]
    for name in ("experiment", "plane", "inspector", "curves", "path"):
        host = window.hosts[name]
        assert any(widget is not None and host.isAncestorOf(widget) for widget in [*seen, first]), name
