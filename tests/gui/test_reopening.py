"""A session that is closed and reopened: everything is as it was left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.app.fake_backends import FakeBackend
from tests.gui.plane_driver import place, wheel
from vae_explorer.app.choices import Appearance, GridChoices, PlaneChoices, PlaneView, Rows
from vae_explorer.app.saved_session import SavedSession, SessionFile
from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPath, LatentPoint, Notice, RunState
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

ROOT = Path(__file__).resolve().parents[2]
CONTROL = Qt.KeyboardModifier.ControlModifier


@contextmanager
def opened(
    folder: Path, qtbot: QtBot, *, fresh: bool = False, backend: FakeBackend | None = None
) -> Iterator[tuple[MainWindow, list[Notice]]]:
    """Open a window, wait until it is at rest, and close it."""
    notices: list[Notice] = []
    session = Session(folder / "runs", backend or FakeBackend())
    session.noticed.connect(notices.append)
    window = MainWindow(session, folder / "config")
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    window.begin(fresh=fresh)
    qtbot.waitUntil(
        lambda: (
            session.dataset is not None
            and session.state is not RunState.LOADING
            and session.model_info is not None
            and not window.keeper.is_reopening
        ),
        timeout=30_000,
    )
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window, notices
    window.close()
    assert window.stopped_in_time


def plane(window: MainWindow) -> PlanePanel:
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    return panel


def train(window: MainWindow, qtbot: QtBot) -> None:
    window.session.set_setting("training.epochs", "2")
    QTest.keyClick(window, Qt.Key.Key_R, CONTROL)
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED and window.session.points is not None)


def kept(folder: Path) -> SavedSession:
    saved = SessionFile(folder / "config").read()
    assert saved is not None
    return saved


def test_that_a_closed_session_reopens_as_it_was_left(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        train(window, qtbot)
        session, panel = window.session, plane(window)
        run = session.run
        QTest.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=place(panel.view, (1.0, 0.5)))
        QTest.keyClick(window, Qt.Key.Key_1, CONTROL)
        QTest.keyClick(window, Qt.Key.Key_D, CONTROL)
        QTest.keyClick(window, Qt.Key.Key_3, CONTROL)
        wheel(panel.view, place(panel.view, (0.5, 0.5)), 3)
        panel.controls.switches.action("prior").trigger()
        panel.legend.buttons[1].click()
        session.select([3, 4])
        session.hide([5])
        session.set_path_method("linear")
        session.set_path_position(0.25)
        session.set_setting("training.epochs", "9")
        choices, part = session.choices, panel.view.shown_part
        assert choices.pin is not None
        assert choices.path.is_complete
        window.show_tab("samples")
    with opened(tmp_path, qtbot) as (window, notices):
        session = window.session
        assert session.run == run
        assert session.state is RunState.FINISHED
        assert session.experiment.training.epochs == 9
        qtbot.waitUntil(lambda: session.points is not None)
        assert session.choices == choices
        assert not session.steps.can_undo
        assert window.tab == "samples"
        window.show_tab("plane")
        panel = plane(window)
        assert panel.view.shown_part is not None
        assert part is not None
        assert panel.view.shown_part.reach == pytest.approx(part.reach)
        assert panel.view.shown_part.centre == pytest.approx(part.centre)
        assert not panel.controls.is_shown("prior")
        assert not panel.legend.buttons[1].isChecked()
        assert [notice.text for notice in notices if notice.level != "info"] == []


def test_that_the_moment_that_was_looked_at_is_shown_again(tmp_path: Path, qtbot: QtBot) -> None:
    backend = FakeBackend()
    backend.keeps_moments = True
    with opened(tmp_path, qtbot, backend=backend) as (window, _):
        train(window, qtbot)
        session = window.session
        assert session.run is not None
        session.open_run(session.run.path)
        qtbot.waitUntil(lambda: session.state is RunState.FINISHED and len(session.moments.kept) > 1)
        session.moments.travel_to_place(1)
        qtbot.waitUntil(lambda: session.moments.shown is not None)
        moment = session.moments.shown
    with opened(tmp_path, qtbot, backend=backend) as (window, _):
        assert moment is not None
        qtbot.waitUntil(lambda: window.session.moments.shown == moment)


def test_that_a_session_without_a_run_reopens_with_its_data_and_settings(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        window.session.load_data("shapes")
        qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == "shapes")
        window.session.set_setting("training.batch_size", "50")
        window.session.pin((1.0, 2.0))
    with opened(tmp_path, qtbot) as (window, _):
        dataset = window.session.dataset
        assert dataset is not None
        assert dataset.name == "shapes"
        assert window.session.run is None
        assert window.session.experiment.training.batch_size == 50
        assert window.session.pinned == LatentPoint((1.0, 2.0))


def test_that_a_run_that_is_gone_is_told_and_the_rest_is_kept(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        train(window, qtbot)
        window.session.pin((1.0, 2.0))
        assert window.session.run is not None
        run = window.session.run
    shutil.rmtree(run.path)
    with opened(tmp_path, qtbot) as (window, notices):
        assert window.session.run is None
        assert window.session.experiment.training.epochs == 2
        assert window.session.pinned == LatentPoint((1.0, 2.0))
        assert any(run.name in notice.text and "no longer" in notice.text for notice in notices)


def test_that_a_run_that_is_damaged_is_told_and_the_rest_is_kept(tmp_path: Path, qtbot: QtBot) -> None:
    run = tmp_path / "runs" / "broken run"
    run.mkdir(parents=True)
    file = SessionFile(tmp_path / "config")
    experiment = Experiment().with_setting("training.epochs", "3")
    file.write(SavedSession(experiment, run, 60, PlaneChoices(pin=LatentPoint((1.0, 2.0), sample=4))))
    with opened(tmp_path, qtbot) as (window, notices):
        assert window.session.run is None
        assert window.session.experiment.training.epochs == 3
        assert window.session.pinned is not None
        assert any("damaged" in notice.text for notice in notices)


def test_that_data_that_are_gone_give_way_to_the_usual_ones(tmp_path: Path, qtbot: QtBot) -> None:
    file = SessionFile(tmp_path / "config")
    experiment = Experiment().with_setting("data.source", "missing.npz").with_setting("training.epochs", "3")
    file.write(SavedSession(experiment, None, 60, PlaneChoices(pin=LatentPoint((1.0, 2.0), sample=4))))
    with opened(tmp_path, qtbot) as (window, notices):
        assert window.session.experiment.data == Experiment().data
        assert window.session.experiment.training.epochs == 3
        assert window.session.pinned == LatentPoint((1.0, 2.0))
        assert any("missing.npz" in notice.text for notice in notices)


def test_that_choices_that_make_no_sense_here_harm_nothing(tmp_path: Path, qtbot: QtBot) -> None:
    choices = PlaneChoices(
        pin=LatentPoint((9e5, -9e5), sample=10**8, label=77),
        path=LatentPath(start=LatentPoint((1e-9, 0.0), sample=10**8), end=LatentPoint((1e-9, 0.0)), frames=900),
        label=99,
        selected=Rows.of([3, 10**6]),
        hidden=Rows.of([10**6]),
        hidden_classes=frozenset({1, 99}),
        completed=10**8,
        colour="nonsense",
        layers=frozenset({"nonsense"}),
        view=PlaneView((9e5, 9e5), 1e-12),
        grid=GridChoices(10**6, "nonsense", 9e5),
        appearance=Appearance("NOBODY", 10**6, -5, 10**6),
    )
    file = SessionFile(tmp_path / "config")
    file.write(SavedSession(Experiment(), None, 60, choices, 10**9, "nonsense"))
    with opened(tmp_path, qtbot) as (window, notices):
        for name in ("plane", "manifold", "samples"):
            window.show_tab(name)
            qtbot.wait(50)
        for name in ("selection", "metrics", "inspector"):
            window.reveal(name)
            qtbot.wait(50)
        assert window.session.label == 0
        assert window.session.choices.completed is None
        assert [notice.text for notice in notices if notice.level == "error"] == []
        window.session.undo()
        window.session.clear_path()


def test_that_new_begins_afresh_and_so_does_a_person_who_prefers_it(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        window.session.pin((1.0, 2.0))
        assert window.commands["file.reopen"].isChecked()
    with opened(tmp_path, qtbot, fresh=True) as (window, _):
        assert window.session.pinned is None
        window.session.pin((2.0, 2.0))
        window.commands["file.reopen"].trigger()
    with opened(tmp_path, qtbot) as (window, _):
        assert window.session.pinned is None
        assert not window.commands["file.reopen"].isChecked()


def test_that_after_two_attempts_that_broke_off_the_session_is_set_aside(tmp_path: Path, qtbot: QtBot) -> None:
    file = SessionFile(tmp_path / "config")
    file.write(SavedSession(choices=PlaneChoices(pin=LatentPoint((1.0, 2.0)))))
    file.mark()
    with opened(tmp_path, qtbot) as (window, _):
        assert window.session.pinned is not None
    assert file.attempts == 0
    file.mark()
    file.mark()
    with opened(tmp_path, qtbot) as (window, notices):
        assert window.session.pinned is None
        assert any("fresh one begins" in notice.text for notice in notices)
    assert json.loads(file.last.read_bytes())["choices"]["pin"]["z"] == [1.0, 2.0]
    assert file.attempts == 0


def test_that_closing_before_the_session_is_reopened_leaves_it_as_it_was(tmp_path: Path, qtbot: QtBot) -> None:
    file = SessionFile(tmp_path / "config")
    file.write(SavedSession(choices=PlaneChoices(pin=LatentPoint((1.0, 2.0)))))
    before = file.path.read_bytes()
    backend = FakeBackend()
    backend.hold_loading.clear()
    window = MainWindow(Session(tmp_path / "runs", backend), tmp_path / "config")
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.filled):
        window.begin()
    assert window.keeper.is_reopening
    backend.hold_loading.set()
    window.close()
    assert file.path.read_bytes() == before
    assert file.attempts == 0


def test_that_what_changes_is_kept_while_the_window_is_open(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        window.session.pin((1.0, 2.0))
        window.keeper.autosave()
        path = tmp_path / "config" / "session.json"
        qtbot.waitUntil(path.is_file)
        qtbot.waitUntil(lambda: not window.keeper.is_writing)
        assert kept(tmp_path).choices.pin == LatentPoint((1.0, 2.0))
        stamp = path.stat().st_mtime_ns
        window.keeper.autosave()
        qtbot.waitUntil(lambda: not window.keeper.is_writing)
        assert path.stat().st_mtime_ns == stamp


def test_that_a_session_that_cannot_be_kept_is_told_once(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, notices):
        (tmp_path / "config" / "session.json").mkdir(parents=True)
        for z1 in (1.0, 2.0):
            window.session.pin((z1, 0.0))
            window.keeper.autosave()
            qtbot.waitUntil(lambda: not window.keeper.is_writing)
        assert len([notice for notice in notices if "can't be kept" in notice.text]) == 1


def test_that_a_new_session_forgets_run_settings_and_choices(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        train(window, qtbot)
        window.session.pin((1.0, 2.0))
        QTest.keyClick(window, Qt.Key.Key_N, CONTROL)
        qtbot.waitUntil(lambda: window.session.run is None and window.session.state is RunState.READY)
        assert window.session.experiment == Experiment()
        assert window.session.choices == PlaneChoices()


def test_that_a_new_session_asks_first_while_a_training_is_under_way(tmp_path: Path, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QMessageBox

    with opened(tmp_path, qtbot) as (window, _):
        window.session.set_setting("training.epochs", "100000")
        QTest.keyClick(window, Qt.Key.Key_R, CONTROL)
        qtbot.waitUntil(lambda: window.session.progress is not None and window.session.progress.step > 0)
        QTest.keyClick(window, Qt.Key.Key_N, CONTROL)
        box = window.findChild(QMessageBox, "stop-training")
        assert box is not None
        assert window.session.state is RunState.TRAINING
        stop = next(button for button in box.buttons() if box.buttonRole(button) is QMessageBox.ButtonRole.AcceptRole)
        QTest.keyClick(stop, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda: window.session.run is None and window.session.state is RunState.READY)
        assert window.session.experiment == Experiment()
        assert len(list((tmp_path / "runs").glob("*/run.json"))) == 1


def test_that_a_process_reopens_what_was_kept_and_keeps_it_when_it_is_ended(tmp_path: Path) -> None:
    config = tmp_path / "config"
    file = SessionFile(config)
    choices = replace(PlaneChoices(pin=LatentPoint((0.5, -0.5))), layers=frozenset({"tiles"}))
    experiment = Experiment().with_setting("data.source", "shapes").with_setting("training.epochs", "3")
    file.write(SavedSession(experiment, None, 0, choices, None, "manifold"))
    stamp = file.path.stat().st_mtime_ns
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "VAE_EXPLORER_CONFIG": str(config), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "vae_explorer.gui.launch", "--runs", str(tmp_path / "runs")]
    process = subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: file.attempts == 1, process)
        wait_until(lambda: file.attempts == 0, process)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert file.path.stat().st_mtime_ns > stamp
    saved = file.read()
    assert saved is not None
    assert saved.images > 0
    assert replace(saved, images=0, panels={}) == SavedSession(experiment, None, 0, choices, None, "manifold")


def wait_until(condition: object, process: subprocess.Popen[str]) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 180
    while not condition():
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        assert time.monotonic() < deadline
        time.sleep(0.02)
