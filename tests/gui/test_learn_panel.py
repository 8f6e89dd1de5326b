"""Learning in the window: choose an experiment, guess, watch, look, conclude."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from vae_explorer.app.lesson_player import Stage
from vae_explorer.app.state import RunState
from vae_explorer.gui.panels.learn import LearnPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> LearnPanel:
    window.reveal("learn")
    found = window.panel("learn")
    assert isinstance(found, LearnPanel)
    qtbot.waitUntil(found.isVisible)
    return found


def begin(panel: LearnPanel, name: str) -> None:
    names = [lesson.name for lesson in panel.lessons]
    panel.list.setCurrentRow(names.index(name))
    QTest.mouseClick(panel.begin_button, Qt.MouseButton.LeftButton)


def test_that_the_list_says_what_each_experiment_is_about(panel: LearnPanel) -> None:
    for row, lesson in enumerate(panel.lessons):
        panel.list.setCurrentRow(row)
        assert panel.summary.text() == lesson.summary
    assert panel.list.count() == len(panel.lessons)


def test_that_training_waits_for_a_guess(panel: LearnPanel, backend: FakeBackend) -> None:
    begin(panel, "beta")
    assert not panel.forward_button.isEnabled()
    QTest.mouseClick(panel.choices.buttons[1], Qt.MouseButton.LeftButton)
    assert panel.player.guess == 1
    assert panel.forward_button.isEnabled()
    assert not backend.trainings


def test_that_an_experiment_leads_from_guess_to_conclusion(
    panel: LearnPanel, window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.step_seconds = 0.0
    begin(panel, "autoencoder")
    QTest.mouseClick(panel.choices.buttons[0], Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.forward_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.player.stage is Stage.LOOKING)
    assert len(backend.trainings) == 2
    assert panel.step.text() == "Look 1 of 5"
    QTest.keyClick(panel.forward_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.tabs.currentWidget() is window.hosts["manifold"])
    while panel.player.stage is Stage.LOOKING:
        qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
        QTest.keyClick(panel.forward_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.comparing.opened is not None)
    assert "You guessed" in panel.page.text()
    assert "| Reconstruction" in panel.page.text()
    assert "seed 0" in panel.page.text()
    QTest.mouseClick(panel.leave_button, Qt.MouseButton.LeftButton)
    assert panel.stack.currentIndex() == 0
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)


def test_that_answers_are_chosen_by_keyboard(panel: LearnPanel) -> None:
    begin(panel, "spherical")
    button = panel.choices.buttons[2]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert panel.player.guess == 2


def test_that_the_words_of_an_answer_choose_it(panel: LearnPanel) -> None:
    begin(panel, "spherical")
    words = panel.choices.buttons[1].parentWidget()
    assert words is not None
    QTest.mouseClick(words, Qt.MouseButton.LeftButton, pos=words.rect().center())
    assert panel.player.guess == 1
