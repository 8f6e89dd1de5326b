"""Measuring and zooming to a posterior from the menu: what they do, and what they say where they can't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from tests.app.fake_models import FakeModel
from tests.gui.plane_driver import train
from tests.gui.test_point_values import plane_of, ten_of_fifteen
from vae_explorer.gui.panel_commands import MEASURE, ZOOM

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_that_measuring_by_key_shows_the_metrics(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    train(session, qtbot)
    session.evaluation.work = ten_of_fifteen
    dock = next(dock for dock in window.docks if dock.objectName() == "dock.metrics")
    dock.close()
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL | SHIFT)
    assert session.evaluation.is_running
    assert not window.commands[MEASURE].isEnabled()
    assert "already" in window.commands[MEASURE].toolTip()
    qtbot.waitUntil(lambda: session.evaluation.result is not None and not session.evaluation.is_running)
    assert window.commands[MEASURE].isEnabled()
    qtbot.waitUntil(lambda: not dock.visibleRegion().isEmpty())


def test_that_zooming_to_a_posterior_by_key_brings_the_plane_and_fills_it(window: MainWindow, qtbot: QtBot) -> None:
    session, view = window.session, plane_of(window).view
    train(session, qtbot)
    QTest.keyClick(window, Qt.Key.Key_D, CONTROL)
    assert session.pinned is not None
    window.reveal("manifold")
    QTest.keyClick(window, Qt.Key.Key_J, CONTROL)
    assert window.tabs.currentWidget() is window.hosts["plane"]
    left, right, bottom, top = view.viewport.bounds
    middle = ((left + right) / 2, (bottom + top) / 2)
    assert abs(middle[0] - session.pinned.z[0]) + abs(middle[1] - session.pinned.z[1]) < 1e-6
    assert top - bottom < 6.0, "the posterior has a deviation of 0.37, of which six to each side are shown"


def test_that_zooming_says_what_it_waits_for(window: MainWindow, qtbot: QtBot) -> None:
    action = window.commands[ZOOM]
    session = window.session
    train(session, qtbot)
    session.pin((0.5, 0.5))
    assert not action.isEnabled()
    assert action.toolTip().startswith("Choose a sample first")
    QTest.keyClick(window, Qt.Key.Key_D, CONTROL)
    assert action.isEnabled()
    assert action.toolTip().startswith("Show the plane")
    session.pin(None)
    assert not action.isEnabled()
    explore = next(menu for menu in window.menuBar().findChildren(QMenu) if action in menu.actions())
    assert explore.toolTipsVisible()


def test_that_models_without_posteriors_say_so(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    session = window.session
    for model, words in (
        (FakeModel(is_stochastic=False), "single points"),
        (FakeModel(can_encode=False, has_likelihood=False), "no encoder"),
    ):
        backend.model = model
        session.set_setting("training.epochs", "1")
        session.train()
        qtbot.waitUntil(lambda: not session.state.is_active)
        assert not window.commands[ZOOM].isEnabled()
        assert words in window.commands[ZOOM].toolTip()


def test_that_without_data_nothing_can_be_measured_and_the_menu_says_so(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    qtbot.waitUntil(lambda: session.model_info is not None)
    session._set_dataset(None)
    assert not window.commands[MEASURE].isEnabled()
    assert "open data" in window.commands[MEASURE].toolTip()
