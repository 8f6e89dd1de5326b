"""Settings are turned while a run trains, the curves mark where, and a run is forked from the moment that is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.test_time import curves, wait_for_step
from vae_explorer.app.state import Notice, RunState
from vae_explorer.training.changes import SettingChange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow


@pytest.fixture
def training(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window while it trains a beta-VAE, slowly."""
    backend.step_seconds = 0.02
    window.session.set_experiment(window.session.experiment.with_objective("beta-vae"))
    window.session.set_setting("training.epochs", "100")
    QTest.mouseClick(window.run_bar.toggle_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.session.metrics) > 2)
    yield window
    window.session.stop()
    qtbot.waitUntil(lambda: not window.session.state.is_active)


def finish(window: MainWindow, qtbot: QtBot) -> None:
    window.session.stop()
    qtbot.waitUntil(lambda: not window.session.state.is_active)


def type_into(window: MainWindow, setting: str, text: str) -> None:
    """Open the sheet by keyboard and type a value."""
    button = curves(window).turn
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    editor = button.sheet.editors[setting]
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def test_that_there_is_nothing_to_turn_before_a_training(window: MainWindow) -> None:
    button = curves(window).turn
    assert not button.isEnabled()
    assert "while a run trains" in button.toolTip()


def test_that_beta_is_turned_while_it_trains_and_marked_on_the_curves(
    training: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    type_into(training, "objective.beta", "9")
    qtbot.waitUntil(lambda: backend.turned == [("objective.beta", 9.0)])
    qtbot.waitUntil(lambda: len(training.session.steering.changes) == 1)
    (change,) = training.session.steering.changes
    panel = curves(training)
    panel.refresh()

    (mark,) = panel.loss_plot.marks.marks
    assert mark.words == "beta 4 \N{RIGHTWARDS ARROW} 9"
    assert mark.position == pytest.approx(change.epoch)
    assert training.session.steering.value("objective.beta") == 9.0
    assert training.session.trained_experiment is not None
    assert training.session.steering.value("training.learning_rate") == pytest.approx(2e-3)


def test_that_arrows_in_the_sheet_turn_the_learning_rate(
    training: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    button = curves(training).turn
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.sheet.isVisible()
    editor = button.sheet.editors["training.learning_rate"]
    QTest.keyClick(editor, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: backend.turned == [("training.learning_rate", 0.005)])
    QTest.keyClick(button.sheet, Qt.Key.Key_Escape)
    assert not button.sheet.isVisible()


def test_that_a_key_opens_the_sheet_from_anywhere_while_a_run_trains(training: MainWindow, qtbot: QtBot) -> None:
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    sheet = curves(training).turn.sheet
    QTest.keyClick(training, Qt.Key.Key_J, keys)
    assert sheet.isVisible()
    sheet.hide()
    finish(training, qtbot)
    assert not training.commands["train.adjust"].isEnabled()


def test_that_a_value_out_of_range_is_said_in_the_sheet_and_changes_nothing(
    training: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    type_into(training, "objective.beta", "-3")
    sheet = curves(training).turn.sheet
    assert "must be between 0 and 1000" in sheet._problem.text()
    assert not sheet._problem.isHidden()
    assert backend.turned == []
    sheet.hide()


def test_that_the_sheet_closes_with_the_training(training: MainWindow, qtbot: QtBot) -> None:
    button = curves(training).turn
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    finish(training, qtbot)
    assert not button.sheet.isVisible()
    assert not button.isEnabled()


def opened(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> MainWindow:
    backend.keeps_moments = True
    backend.model = replace(backend.model, epoch=1.4)
    session = window.session
    folder = session.runs_folder / "kept"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps(session.experiment.to_dict()), encoding="utf-8")
    session.open_run(folder)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED and session.points is not None)
    return window


def test_that_changes_of_a_run_that_is_opened_are_marked(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.changes = (SettingChange(3, 0.6, 1.0, "training.learning_rate", 2e-3, 1e-3),)
    opened(window, backend, qtbot)
    panel = curves(window)
    panel.refresh()
    assert [mark.words for mark in panel.loss_plot.marks.marks] == ["Learning rate 0.002 \N{RIGHTWARDS ARROW} 0.001"]
    panel.tools._axis.setCurrentIndex(1)
    assert [mark.position for mark in panel.loss_plot.marks.marks] == [3.0]


def test_that_a_fork_starts_from_the_moment_that_is_shown_with_the_settings_of_the_form(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    opened(window, backend, qtbot)
    window.session.moments.travel_to_place(2)
    wait_for_step(window, qtbot, 2)
    window.session.set_setting("training.epochs", "1")
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_T, keys)
    qtbot.waitUntil(lambda: bool(backend.trainings) and window.session.state is RunState.FINISHED)

    (fork,) = backend.forks
    assert fork is not None
    assert (fork.path.name, fork.words) == ("kept", "kept at epoch 0.4")
    assert fork.moment is not None
    assert fork.moment.step == 2
    assert backend.trainings[0].training.epochs == 1
    assert window.session.run is not None
    assert window.session.run.name != "kept"
    assert "Forked from kept at epoch 0.4" in window.run_bar.name_button.toolTip()
    assert window.session.moments.shown is None


def test_that_a_fork_that_is_refused_says_why_and_shows_its_parent_again(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    opened(window, backend, qtbot)
    backend.refuses_forks = True
    notices: list[Notice] = []
    window.session.noticed.connect(notices.append)
    window.commands["train.fork"].trigger()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED and bool(notices))

    assert notices[0].text == "The run can't be forked with these settings."
    assert window.session.run is not None
    assert window.session.run.name == "kept"


def test_that_nothing_is_forked_without_a_run_or_while_one_trains(training: MainWindow) -> None:
    action = training.commands["train.fork"]
    assert not action.isEnabled()
    assert "stop it" in action.toolTip()
