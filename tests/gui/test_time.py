"""The time slider, its film, the curves and the keys travel to any kept moment, and everything shown follows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from vae_explorer.app.state import RunState
from vae_explorer.gui.panels.curves import CurvesPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.plotting.time_bar import TimeBar


@pytest.fixture
def opened(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> MainWindow:
    """The window with a run of seven steps in it, which kept a moment for each."""
    backend.keeps_moments = True
    backend.model = replace(backend.model, epoch=1.4)
    session = window.session
    folder = session.runs_folder / "kept"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps(session.experiment.to_dict()), encoding="utf-8")
    session.open_run(folder)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED and session.points is not None)
    return window


def curves(window: MainWindow) -> CurvesPanel:
    panel = window.panel("curves")
    assert isinstance(panel, CurvesPanel)
    return panel


def bar(window: MainWindow) -> TimeBar:
    return curves(window).time


def wait_for_step(window: MainWindow, qtbot: QtBot, step: int) -> None:
    def arrived() -> bool:
        info, points = window.session.model_info, window.session.points
        return info is not None and points is not None and info.step == points.step == step

    qtbot.waitUntil(arrived)


def test_that_the_slider_stands_at_the_newest_moment_at_first(opened: MainWindow) -> None:
    time = bar(opened)
    assert (time.slider.minimum(), time.slider.maximum(), time.slider.value()) == (0, 7, 7)
    assert time.words.text() == "newest"
    assert not time.newest.isEnabled()
    assert opened.status.moment.isHidden()


def test_that_dragging_the_slider_shows_an_earlier_moment_everywhere(opened: MainWindow, qtbot: QtBot) -> None:
    time = bar(opened)
    time.slider.setFocus()
    QTest.keyClick(time.slider, Qt.Key.Key_Home)
    wait_for_step(opened, qtbot, 0)
    assert time.words.text() == "epoch 0.00"
    assert time.words.toolTip() == "epoch 0.00 · step 0"
    QTest.keyClick(time.slider, Qt.Key.Key_Right)
    wait_for_step(opened, qtbot, 1)

    assert time.words.toolTip() == "epoch 0.20 · step 1"
    assert opened.status.moment.text() == "shows epoch 0.20, not the newest"
    assert not opened.status.moment.isHidden()
    qtbot.waitUntil(lambda: curves(opened).loss_plot.marks.moment == pytest.approx(0.2))
    qtbot.waitUntil(lambda: curves(opened).loss_plot.marks.moment == pytest.approx(0.2))
    assert [plot.marks.moment for plot in curves(opened).plots.shown] == [pytest.approx(0.2)] * 2
    assert opened.run_bar.epoch.toolTip() == "step 7"
    QTest.mouseClick(time.newest, Qt.MouseButton.LeftButton)
    wait_for_step(opened, qtbot, 7)
    assert time.slider.value() == 7
    qtbot.waitUntil(lambda: curves(opened).loss_plot.marks.moment is None)
    assert opened.status.moment.isHidden()


def test_that_keys_travel_from_anywhere_in_the_window(opened: MainWindow, qtbot: QtBot) -> None:
    opened.run_bar.toggle_button.setFocus()
    for key, step in ((Qt.Key.Key_Left, 6), (Qt.Key.Key_Left, 5), (Qt.Key.Key_Right, 6), (Qt.Key.Key_End, 7)):
        QTest.keyClick(opened, key, Qt.KeyboardModifier.AltModifier)
        wait_for_step(opened, qtbot, step)
    assert not opened.commands["explore.later-moment"].isEnabled()
    assert opened.commands["explore.earlier-moment"].isEnabled()


def test_that_the_training_plays_as_a_film_to_its_newest_moment(opened: MainWindow, qtbot: QtBot) -> None:
    seen: list[int] = []
    opened.session.model_changed.connect(lambda info: seen.append(info.step))
    time = bar(opened)
    time.pace.setCurrentIndex(time.pace.count() - 1)
    QTest.mouseClick(time.play, Qt.MouseButton.LeftButton)
    assert time.is_playing
    qtbot.waitUntil(lambda: not time.is_playing)
    wait_for_step(opened, qtbot, 7)

    assert seen == [0, 1, 2, 3, 4, 5, 6, 7]


def test_that_the_film_pauses_by_key_and_by_a_hand_on_the_slider(opened: MainWindow, qtbot: QtBot) -> None:
    time = bar(opened)
    control = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(opened, Qt.Key.Key_P, control)
    assert time.is_playing
    QTest.keyClick(opened, Qt.Key.Key_P, control)
    assert not time.is_playing
    QTest.mouseClick(time.play, Qt.MouseButton.LeftButton)
    time.slider.setFocus()
    QTest.keyClick(time.slider, Qt.Key.Key_Right)
    assert not time.is_playing
    qtbot.waitUntil(lambda: not opened.session.moments.is_loading)


def test_that_a_click_on_the_curves_travels_there_and_two_clicks_only_fit(opened: MainWindow, qtbot: QtBot) -> None:
    panel = curves(opened)
    panel.refresh()
    plot = panel.loss_plot

    def at(epoch: float) -> QPoint:
        return QPointF(plot.column(epoch), plot.place.center().y()).toPoint()

    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at(0.41))
    wait_for_step(opened, qtbot, 2)
    assert bar(opened).slider.value() == 2

    QTest.qWait(10)
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at(0.81))
    QTest.mouseDClick(plot, Qt.MouseButton.LeftButton, pos=at(0.81))
    wait_for_step(opened, qtbot, 2)
    assert bar(opened).slider.value() == 2


def test_that_a_run_without_history_says_so(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_setting("training.epochs", "1")
    window.session.train()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    time = bar(window)

    assert not time.slider.isEnabled()
    assert not time.play.isEnabled()
    assert "no earlier moments" in time.slider.toolTip()


def test_that_a_moment_stays_while_training_goes_on_behind_it(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.keeps_moments = True
    backend.step_seconds = 0.02
    window.session.set_setting("training.epochs", "50")
    QTest.mouseClick(window.run_bar.toggle_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.session.moments.kept) > 4)
    time = bar(window)
    qtbot.waitUntil(lambda: time.slider.maximum() > 4)
    time.slider.setFocus()
    QTest.keyClick(time.slider, Qt.Key.Key_Home)
    wait_for_step(window, qtbot, 1)
    newest = window.session.moments.newest
    qtbot.waitUntil(lambda: window.session.moments.newest is not newest)
    assert time.slider.value() == 0
    assert window.session.model_info is not None
    assert window.session.model_info.step == 1
    QTest.keyClick(window, Qt.Key.Key_End, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: window.session.model_info is not None and window.session.model_info.step > 4)
    assert time.slider.value() == time.slider.maximum()
    window.session.stop()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
