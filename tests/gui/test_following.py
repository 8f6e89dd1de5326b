"""A run that is trained elsewhere is followed by the window while it is written: with a real training beside it."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtTest import QTest

from tests.cli.commands import write_data
from tests.gui.test_time import curves
from tests.gui.writing import Killable, Writing
from tests.training.tiny import tiny_experiment
from vae_explorer.app import following
from vae_explorer.app.session import Session
from vae_explorer.app.state import Notice, RunState
from vae_explorer.gui import follow_words
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.run_words import TRAINED_NOW
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.runs.writer import LOCK_FILE
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.backend import Follower
    from vae_explorer.runs.following import RunNews
    from vae_explorer.training.experiment import Experiment

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a run ten times as often, and wait less for what comes late."""
    for name, seconds in (("SHORTEST_SECONDS", 0.05), ("LONGEST_SECONDS", 0.1), ("LONGEST_AFTER_ERRORS", 0.2)):
        monkeypatch.setattr(following, name, seconds)


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    """Sixty pictures of 8x8 and a tiny VAE, with four steps an epoch."""
    data = write_data(tmp_path / "tiny.npz")
    return tiny_experiment(epochs=40).with_setting("data.source", str(data))


@pytest.fixture
def writing(tmp_path: Path, experiment: Experiment) -> Iterator[Writing]:
    """A training elsewhere that waits before its first step."""
    made = Writing(experiment, tmp_path / "elsewhere")
    yield made
    made.stop()


@pytest.fixture
def window(tmp_path: Path, experiment: Experiment, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window as a user gets it, at rest with the same data."""
    made = MainWindow(Session(tmp_path / "runs"), tmp_path / "config")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.begin(experiment.data.source)
    qtbot.waitUntil(lambda: made.session.state is RunState.READY and made.session.model_info is not None)
    yield made
    made.close()
    assert made.stopped_in_time


def followed(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    window.opening.open_path(folder)
    qtbot.waitUntil(lambda: window.session.run is not None and window.session.state is RunState.FINISHED)


def shown_step(window: MainWindow) -> int:
    return -1 if window.session.model_info is None else window.session.model_info.step


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
    qtbot.waitUntil(lambda: not session.following.is_looking)
    records, step = session.metrics, shown_step(window)
    writing.steps(8)
    qtbot.wait(200)
    assert (session.metrics, shown_step(window)) == (records, step)
    QTest.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.commands["train.follow"].isChecked()
    qtbot.waitUntil(lambda: shown_step(window) > step)
    assert strip.words.text().startswith("Following")


def test_that_going_on_with_a_run_that_somebody_trains_is_refused_with_a_name(
    window: MainWindow, writing: Writing, qtbot: QtBot
) -> None:
    writing.run()
    more = tiny_experiment(epochs=80)
    window.opening.open_path(writing.folder)
    session = window.session
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert not session.following.is_on
    session.set_setting("training.epochs", str(more.training.epochs))
    lock = RunLock(writing.folder)
    lock.tell_begun()
    notices: list[Notice] = []
    session.noticed.connect(notices.append)
    window.commands["train.go-on"].trigger()
    qtbot.waitUntil(lambda: session.state is RunState.FAILED)
    assert f"being trained already, by process {os.getpid()} on" in notices[-1].text
    lock.close()


def test_that_what_a_killed_training_left_can_be_taken_over(
    window: MainWindow, experiment: Experiment, tmp_path: Path, qtbot: QtBot
) -> None:
    session, strip, folder = window.session, window.follow_strip, tmp_path / "elsewhere"
    killed = Killable(experiment, folder)
    try:
        followed(window, folder, qtbot)
        assert session.following.is_live
        process = killed.process.pid
        assert f"by process {process} on" in strip.words.text()
        notices: list[Notice] = []
        session.noticed.connect(notices.append)
    finally:
        killed.kill()
    qtbot.waitUntil(lambda: bool(notices))
    assert "broke off" in notices[-1].text
    assert "its process is gone, perhaps killed. Go on takes over." in strip.words.text()
    qtbot.waitUntil(window.commands["train.go-on"].isEnabled)
    assert window.run_bar.toggle_button.text() == "Go on"
    qtbot.waitUntil(lambda: session.metrics == open_run(folder).metrics)
    QTest.mouseClick(window.run_bar.toggle_button, LEFT)
    assert not strip.isVisible()
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.seconds > 0)
    session.stop()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert not session.following.is_on
    assert [record.values for record in session.metrics] == [record.values for record in open_run(folder).metrics]


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


def test_that_a_folder_that_goes_away_is_told_and_found_again(
    window: MainWindow, writing: Writing, qtbot: QtBot
) -> None:
    session, strip = window.session, window.follow_strip
    writing.steps(4)
    followed(window, writing.folder, qtbot)
    away = writing.folder.rename(writing.folder.with_name("away"))
    qtbot.waitUntil(lambda: "There is no run folder" in strip.words.text())
    assert strip.words.text().endswith("It is tried again.")
    assert session.state is RunState.FINISHED
    away.rename(writing.folder)
    qtbot.waitUntil(lambda: strip.words.text().startswith("Following"))
    step = shown_step(window)
    writing.steps(8)
    qtbot.waitUntil(lambda: shown_step(window) > step)


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


def test_that_missing_data_are_told_once_and_the_rest_is_followed(
    window: MainWindow, writing: Writing, experiment: Experiment, tmp_path: Path, qtbot: QtBot
) -> None:
    session = window.session
    session.load_data(str(write_data(tmp_path / "other.npz", seed=1)))
    qtbot.waitUntil(lambda: session.state is RunState.READY and session.model_info is not None)
    Path(experiment.data.source).rename(tmp_path / "hidden.npz")
    notices: list[Notice] = []
    session.noticed.connect(notices.append)
    writing.steps(4)
    followed(window, writing.folder, qtbot)
    writing.steps(8)
    qtbot.waitUntil(lambda: shown_step(window) >= 10)
    assert session.dataset is None
    assert ["its data could not be loaded" in notice.text for notice in notices] == [True]
    assert session.metrics != ()


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


def test_that_a_server_that_has_gone_quiet_can_be_taken_over_until_it_writes_again(
    window: MainWindow, writing: Writing, qtbot: QtBot
) -> None:
    session, strip = window.session, window.follow_strip
    writing.steps(10)
    run = writing.stop()
    note = {"process": 77, "host": "a-server", "began": "2026-01-01T00:00:00+00:00", "paused": False, "ended": False}
    (run.path / LOCK_FILE).write_text(json.dumps(note))
    for name in ("run.json", "metrics.jsonl", LOCK_FILE):
        then = (run.path / name).stat().st_mtime - 120
        os.utime(run.path / name, (then, then))
    followed(window, run.path, qtbot)
    assert session.following.is_on
    assert "by process 77 on a-server · nothing new for 2 min: it may have ended." in strip.words.text()
    qtbot.waitUntil(lambda: strip.words.text().endswith("Go on takes over."))
    assert window.commands["train.go-on"].isEnabled()
    log = MetricsLog(run.path / "metrics.jsonl", goes_on=True)
    log.append([MetricRecord(99, 20.0, "train", 1.0, {"loss": 1.0})])
    log.close()
    qtbot.waitUntil(lambda: session.following.is_live)
    assert not window.commands["train.go-on"].isEnabled()
    assert "step 99 · last written just now · by process 77 on a-server" in strip.words.text()


class Waiting:
    """A folder on a server that has gone quiet, until it is let go."""

    def __init__(self, real: Follower) -> None:
        self.answers = threading.Event()
        self._real = real

    def look(self) -> RunNews:
        assert self.answers.wait(60)
        return self._real.look()


def test_that_a_folder_that_does_not_answer_is_told_and_the_window_lives(
    window: MainWindow, writing: Writing, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_words, "_PATIENCE", 0.05)
    session, strip = window.session, window.follow_strip
    writing.steps(4)
    followed(window, writing.folder, qtbot)
    waiting = Waiting(session_follower(window))
    session.following.forget()
    session.following.begin(waiting)
    qtbot.waitUntil(lambda: "hasn't answered for" in strip.words.text())
    session.pin((1.0, 1.0))
    assert session.pinned is not None
    waiting.answers.set()
    qtbot.waitUntil(lambda: strip.words.text().startswith("Following"))


def test_that_closing_waits_for_the_look_that_is_under_way(window: MainWindow, writing: Writing, qtbot: QtBot) -> None:
    followed(window, writing.folder, qtbot)
    waiting = Waiting(session_follower(window))
    window.session.following.forget()
    window.session.following.begin(waiting)
    qtbot.waitUntil(lambda: window.session.following.is_looking)
    threading.Timer(0.2, waiting.answers.set).start()
    window.close()
    assert window.stopped_in_time
    assert not window.session.following.is_on


def test_that_following_again_and_again_leaves_nothing_behind(
    window: MainWindow, writing: Writing, qtbot: QtBot
) -> None:
    session, counts = window.session, []
    writing.steps(4)
    followed(window, writing.folder, qtbot)
    for _ in range(6):
        session.following.end()
        qtbot.waitUntil(lambda: not session.following.is_looking)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        counts.append(len(session.findChildren(QObject)))
        with qtbot.waitSignal(session.following.came):
            session.follow()
    assert counts[-1] <= counts[1]


def session_follower(window: MainWindow) -> Follower:
    follower = window.session.following.follower
    assert follower is not None
    return follower


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
