"""Time with the real trainer: adjust while it trains, travel back, open the run again, fork it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.real_driver import PATIENCE, real_window
from tests.gui.test_time import curves
from tests.gui.test_turning import type_into
from vae_explorer.app.export_source import Source
from vae_explorer.app.state import Notice, RunState
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.runs.folder import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def tiny_window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window as a user gets it, with sixty pictures of 8x8 and a small beta-VAE to train on them."""
    with real_window(tmp_path, qtbot, epochs=2000) as window:
        window.session.set_experiment(window.session.experiment.with_objective("beta-vae"))
        yield window


def shown_step(window: MainWindow) -> int | None:
    return None if window.session.model_info is None else window.session.model_info.step


def train_and_adjust(window: MainWindow, qtbot: QtBot) -> Path:
    session = window.session
    QTest.mouseClick(window.run_bar.toggle_button, LEFT)
    qtbot.waitUntil(lambda: len(session.moments.kept) > 3, timeout=PATIENCE)
    type_into(window, "objective.beta", "0.5")
    qtbot.waitUntil(lambda: len(session.steering.changes) == 1, timeout=PATIENCE)
    slider = curves(window).time.slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: shown_step(window) == 0, timeout=PATIENCE)
    steps = session.progress.step if session.progress is not None else 0
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > steps, timeout=PATIENCE)
    assert shown_step(window) == 0
    QTest.mouseClick(window.run_bar.stop_button, LEFT)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=PATIENCE)
    assert session.run is not None
    return session.run.path


def test_that_time_works_from_the_first_step_to_a_fork(tiny_window: MainWindow, qtbot: QtBot) -> None:
    window, session = tiny_window, tiny_window.session
    folder = train_and_adjust(window, qtbot)
    run = open_run(folder)
    assert [(change.setting, change.after) for change in run.changes] == [("objective.beta", 0.5)]

    # Opened again, the run has its moments and its change.
    session.open_run(folder)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED and not session.moments.is_under_way, timeout=PATIENCE)
    assert [moment.step for moment in session.moments.kept] == [moment.step for moment in run.moments[:-1]]
    assert session.steering.changes == run.changes
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    moment = run.moments[-2]
    qtbot.waitUntil(lambda: shown_step(window) == moment.step, timeout=PATIENCE)
    assert session.model is not None
    assert session.model.weight_hash == run.load_moment(moment).weight_hash
    qtbot.waitUntil(lambda: session.points is not None and session.points.step == moment.step, timeout=PATIENCE)

    # The moment before the last may be from before the change or after it.
    (change,) = run.changes
    beta = change.after if change.step < moment.step else change.before
    assert Source.of(session).experiment["objective"] == {**run.experiment.to_dict()["objective"], "beta": beta}

    # Forked, it says where it came from.
    session.set_setting("training.epochs", "2")
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_T, keys)
    assert session.run is not None
    assert session.run.path != folder
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=PATIENCE)
    fork = open_run(session.run.path)
    assert fork.parent is not None
    assert (fork.parent.run, fork.parent.step) == (run.name, moment.step)
    assert fork.load_moment(fork.moments[0]).weight_hash == run.load_moment(moment).weight_hash

    # What can't be forked says so, and leaves the window where it was.
    notices: list[Notice] = []
    session.noticed.connect(notices.append)
    session.set_setting("model.hidden", "13")
    window.commands["train.fork"].trigger()
    qtbot.waitUntil(
        lambda: session.state is RunState.FINISHED and any("can't be forked" in notice.text for notice in notices),
        timeout=PATIENCE,
    )
    assert session.run is not None
    assert session.run.path == fork.path
