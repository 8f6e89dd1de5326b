"""What can go wrong with a run that is followed: a training that is killed, a folder that is gone or doesn't answer."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtTest import QTest

from tests.cli.commands import write_data
from tests.gui.following.writing import Killable, Writing, followed, shown_step
from tests.training.tiny import tiny_experiment
from vae_explorer.app.state import Notice, RunState
from vae_explorer.gui import follow_words
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.runs.folder import open_run
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.runs.writer import LOCK_FILE
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.backend import Follower
    from vae_explorer.runs.following import RunNews
    from vae_explorer.training.experiment import Experiment

LEFT = Qt.MouseButton.LeftButton


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


def test_that_a_folder_that_goes_away_is_told_and_found_again(
    window: MainWindow, writing: Writing, qtbot: QtBot
) -> None:
    session, strip = window.session, window.follow_strip
    writing.steps(4)
    followed(window, writing.folder, qtbot)
    away = writing.folder.rename(writing.folder.with_name("away"))
    qtbot.waitUntil(lambda: "is gone, or can't be reached just now." in strip.words.text())
    assert strip.words.text().endswith("It is tried again.")
    assert session.state is RunState.FINISHED
    away.rename(writing.folder)
    qtbot.waitUntil(lambda: strip.words.text().startswith("Following"))
    step = shown_step(window)
    writing.steps(8)
    qtbot.waitUntil(lambda: shown_step(window) > step)


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
