"""A run that is trained elsewhere is followed by the window while it is written: with a real training beside it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.following.writing import Writing, followed, shown_step
from tests.gui.test_time import curves
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.run_words import TRAINED_NOW
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from vae_explorer.training.experiment import Experiment

LEFT = Qt.MouseButton.LeftButton


def test_that_a_run_that_is_trained_elsewhere_is_followed_to_its_end(
    window: MainWindow, writing: Writing, qtbot: QtBot
) -> None:
    session, strip = window.session, window.follow_strip
    assert not strip.isVisible()
    writing.steps(3)
    followed(window, writing.folder, qtbot)
    assert session.following.is_live
    assert strip.isVisible()
    assert strip.words.text().startswith("Following · ")
    assert " · paused · by process " in strip.words.text()
    assert window.run_bar.time_left.text() == "paused"
    for name in ("train.toggle", "train.go-on", "train.anew", "train.step", "train.fork", "train.adjust"):
        assert not window.commands[name].isEnabled(), name
        assert "trained elsewhere" in window.commands[name].toolTip(), name
    session.pin((0.5, -0.5))
    view, choices, undo = session.choices.view, session.choices, window.commands["edit.undo"].text()

    writing.steps(9)
    qtbot.waitUntil(lambda: shown_step(window) >= 11)
    qtbot.waitUntil(lambda: session.metrics == open_run(writing.folder).metrics != ())
    assert len(session.moments.kept) >= 5
    assert curves(window).time.slider.maximum() == len(session.moments.kept)
    assert (session.choices, session.choices.view) == (choices, view)
    assert window.commands["edit.undo"].text() == undo

    writing.run()
    qtbot.waitUntil(lambda: not session.following.is_on)
    run = open_run(writing.folder)
    qtbot.waitUntil(lambda: shown_step(window) == run.newest[0].step)
    assert session.metrics == run.metrics
    assert session.model is not None
    assert session.model.weight_hash == run.load_model().weight_hash
    assert not strip.isVisible()
    assert window.run_bar.time_left.text() == "finished"
    assert window.commands["train.anew"].isEnabled()


def test_that_an_earlier_moment_stays_while_the_run_grows(window: MainWindow, writing: Writing, qtbot: QtBot) -> None:
    session, time = window.session, curves(window).time
    writing.steps(4)
    followed(window, writing.folder, qtbot)
    qtbot.waitUntil(lambda: len(session.moments.kept) >= 2)
    time.slider.setFocus()
    QTest.keyClick(time.slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: shown_step(window) == 0)
    places = time.slider.maximum()
    writing.steps(8)
    qtbot.waitUntil(lambda: time.slider.maximum() >= places + 2)
    assert (shown_step(window), time.slider.value()) == (0, 0)
    assert session.moments.newest is not None
    newest = session.moments.newest.step
    assert newest > 4
    QTest.mouseClick(time.newest, LEFT)
    qtbot.waitUntil(lambda: shown_step(window) >= newest)
    assert time.slider.value() == time.slider.maximum()


def test_that_following_can_be_stopped_and_begun_again(window: MainWindow, writing: Writing, qtbot: QtBot) -> None:
    session, strip = window.session, window.follow_strip
    writing.steps(4)
    followed(window, writing.folder, qtbot)
    QTest.mouseClick(strip.button, LEFT)
    assert not session.following.is_on
    assert not window.commands["train.follow"].isChecked()
    assert strip.words.text().startswith("Not followed: this run is trained elsewhere by process")
    assert window.commands["train.anew"].isEnabled()
    assert window.run_bar.toggle_button.text() == "Train"
    assert not window.commands["train.go-on"].isEnabled()
    assert "follow it to see whether it still is" in window.commands["train.go-on"].toolTip()
    qtbot.waitUntil(lambda: not session.following.is_looking)
    records, step = session.metrics, shown_step(window)
    writing.steps(8)
    qtbot.wait(200)
    assert (session.metrics, shown_step(window)) == (records, step)
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.commands["train.follow"].isChecked()
    qtbot.waitUntil(lambda: shown_step(window) > step)
    assert strip.words.text().startswith("Following")


def test_that_a_run_that_goes_on_elsewhere_is_cut_and_grows_in_the_window(
    window: MainWindow, writing: Writing, experiment: Experiment, qtbot: QtBot
) -> None:
    session = window.session
    writing.steps(10)
    stopped = writing.stop().newest[0].step
    followed(window, writing.folder, qtbot)
    assert not session.following.is_on
    assert "stopped" in window.run_bar.time_left.text()
    window.commands["train.follow"].trigger()
    qtbot.waitUntil(lambda: session.following.news is not None)
    assert "nobody trains it now" in window.follow_strip.words.text()
    assert window.commands["train.go-on"].isEnabled()
    log = MetricsLog(writing.folder / "metrics.jsonl", goes_on=True)
    log.append([MetricRecord(10**6, 10.0**5, "train", 1.0, {"loss": 1.0})])
    log.close()
    qtbot.waitUntil(lambda: session.metrics[-1].step == 10**6)

    again = Writing(experiment, writing.folder, goes_on=True)
    try:
        qtbot.waitUntil(lambda: session.following.is_live)
        qtbot.waitUntil(lambda: session.metrics == open_run(writing.folder).metrics)
        assert not window.commands["train.go-on"].isEnabled()
        again.run()
        qtbot.waitUntil(lambda: not session.following.is_on)
    finally:
        again.stop()
    run = open_run(writing.folder)
    assert session.metrics == run.metrics
    assert session.model_info is not None
    assert session.model_info.step == run.newest[0].step > stopped
    assert [moment.step for moment in session.moments.kept] == [moment.step for moment in run.moments[:-1]]


def test_that_opening_something_else_ends_following(window: MainWindow, writing: Writing, qtbot: QtBot) -> None:
    session = window.session
    writing.steps(4)
    followed(window, writing.folder, qtbot)
    session.load_data(session.experiment.data.source)
    qtbot.waitUntil(lambda: session.run is None)
    assert not session.following.is_on
    assert not window.follow_strip.isVisible()
    assert not window.commands["train.follow"].isEnabled()
    writing.steps(8)
    qtbot.waitUntil(lambda: session.model_info is not None)
    assert session.metrics == ()


def test_that_a_run_without_weights_shows_its_curves_until_there_are_some(
    window: MainWindow, experiment: Experiment, tmp_path: Path, qtbot: QtBot
) -> None:
    session = window.session
    writing = Writing(experiment.with_setting("training.history", "0"), tmp_path / "bare")
    try:
        writing.steps(8)
        window.opening.open_path(writing.folder)
        qtbot.waitUntil(lambda: session.following.is_live and session.state is RunState.READY)
        qtbot.waitUntil(lambda: session.metrics != ())
        assert session.model_info is None
        assert "No weights of this run were saved yet" in session.obstacle
        writing.stop()
        qtbot.waitUntil(lambda: session.state is RunState.FINISHED and not session.following.is_on)
        assert shown_step(window) == 8
    finally:
        writing.stop()


def test_that_a_session_reopens_with_its_run_followed(
    experiment: Experiment, writing: Writing, tmp_path: Path, qtbot: QtBot
) -> None:
    writing.steps(4)
    with reopened(tmp_path, qtbot) as window:
        window.opening.open_path(writing.folder)
        qtbot.waitUntil(lambda: window.session.following.is_live and window.session.state is RunState.FINISHED)
    with reopened(tmp_path, qtbot) as window:
        qtbot.waitUntil(lambda: window.session.following.is_live)
        window.session.follow()
    with reopened(tmp_path, qtbot) as window:
        assert window.session.run is not None
        assert not window.session.following.is_on
        window.session.follow()
    writing.run()
    with reopened(tmp_path, qtbot) as window:
        qtbot.waitUntil(lambda: any("is complete" in card.notice.text for card in window.notices.cards))
        assert not window.session.following.is_on


@contextmanager
def reopened(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window as it is found after the last one was closed."""
    made = MainWindow(Session(tmp_path / "runs"), tmp_path / "config")
    qtbot.addWidget(made)
    made.show()
    with qtbot.waitSignal(made.filled):
        made.begin()
    qtbot.waitUntil(lambda: not made.keeper.is_reopening and made.session.state is not RunState.LOADING)
    yield made
    made.close()
    assert made.stopped_in_time


def test_that_the_menu_of_runs_tells_one_that_is_being_trained(
    window: MainWindow, writing: Writing, qtbot: QtBot
) -> None:
    followed(window, writing.folder, qtbot)
    menu = window.run_bar.run_menu
    with qtbot.waitSignal(window.session.recent.changed):
        menu.fill()
    assert TRAINED_NOW in next(action.text() for action in menu.actions() if action.data() == str(writing.folder))
    writing.stop()
    with qtbot.waitSignal(window.session.recent.changed):
        menu.fill()
    assert TRAINED_NOW not in next(action.text() for action in menu.actions() if action.data() == str(writing.folder))
