"""Commands on pin, path, class and selection: greyed while there is nothing for them to act on, with what they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from tests.app.fake_models import FakeModel
from tests.gui.plane_driver import train
from vae_explorer.app.state import LatentPoint

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow

ON_PIN = {"explore.set-start", "explore.add-way-point", "explore.set-end", "explore.unpin"}
ON_PATH = {"explore.reverse-path", "explore.clear-path"}
ON_CLASS = {"explore.previous-class", "explore.next-class"}
ON_POINTS = {"select.all", "select.invert"}
ON_SELECTION = {"select.none", "select.hide", "select.show-only"}


def enabled(window: MainWindow, names: set[str]) -> set[str]:
    return {name for name in names if window.commands[name].isEnabled()}


def test_that_commands_on_a_pin_and_a_path_wait_for_them(window: MainWindow) -> None:
    session = window.session
    assert enabled(window, ON_PIN | ON_PATH) == set()
    assert window.commands["explore.set-start"].toolTip().startswith("Pin a point first")
    assert window.commands["explore.clear-path"].statusTip().startswith("There is no path")
    session.pin((0.5, 0.5))
    assert enabled(window, ON_PIN | ON_PATH) == ON_PIN
    assert window.commands["explore.set-start"].toolTip().startswith("Start the path at the pin")
    session.set_start(LatentPoint((0.0, 1.0)))
    session.pin(None)
    assert enabled(window, ON_PIN | ON_PATH) == ON_PATH
    session.clear_path()
    assert enabled(window, ON_PIN | ON_PATH) == set()


def test_that_commands_on_a_selection_wait_for_one(window: MainWindow, qtbot: QtBot) -> None:
    session, everything = window.session, ON_POINTS | ON_SELECTION | {"select.show-all"}
    train(session, qtbot)
    assert enabled(window, everything) == ON_POINTS
    session.select([1, 2])
    assert enabled(window, everything) == ON_POINTS | ON_SELECTION
    session.hide([1, 2])
    assert enabled(window, everything) == ON_POINTS | {"select.show-all"}
    session.show_all()
    assert enabled(window, everything) == ON_POINTS
    session.hide_classes([0])
    assert enabled(window, everything) == ON_POINTS | {"select.show-all"}
    session.show_all()
    session._set_dataset(None)
    assert enabled(window, everything) == set()
    assert "no points" in window.commands["select.all"].toolTip()


def test_that_classes_turn_only_where_pictures_depend_on_one(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    session = window.session
    train(session, qtbot)
    assert enabled(window, ON_CLASS) == set()
    assert "don't depend on a class" in window.commands["explore.next-class"].toolTip()
    backend.model = FakeModel(conditioning="label")
    session.train()
    qtbot.waitUntil(lambda: not session.state.is_active)
    assert enabled(window, ON_CLASS) == ON_CLASS
    QTest.keyClick(window, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier)
    assert session.label == 1


def test_that_the_menu_says_what_is_missing(window: MainWindow) -> None:
    action = window.commands["select.hide"]
    menu = next(menu for menu in window.menuBar().findChildren(QMenu) if action in menu.actions())
    assert menu.toolTipsVisible()
    assert action.toolTip().startswith("Nothing is selected")


@pytest.mark.parametrize("key", [Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4, Qt.Key.Key_0, Qt.Key.Key_H])
def test_that_a_key_without_anything_to_act_on_leaves_no_step(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    assert not window.session.steps.can_undo
