"""A session that ends the program when it is reopened: after two times the program starts without it.

Each start is a process of its own, killed as a crash kills it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.test_reopening import ROOT, opened, train
from vae_explorer.app.choices import PlaneChoices
from vae_explorer.app.frozen_json import Json
from vae_explorer.app.saved_session import LONGEST_ATTEMPT, SavedSession, SessionFile
from vae_explorer.app.session import Session
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.main_window import MainWindow

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

PIN = LatentPoint((1.0, 2.0))
# The window over stand-ins for data and training; at a moment that is named the process kills itself.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from tests.app.fake_backends import FakeBackend
from vae_explorer.app.session import Session
from vae_explorer.gui.main_window import MainWindow

folder, when = Path(sys.argv[1]), sys.argv[2]
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
app = QApplication([])
session = Session(folder / "runs", FakeBackend())
window = MainWindow(session, folder / "config")
if when == "restoring":
    Session.restore_choices = die
window.show()
window.begin()
if when == "opened":
    window.keeper.settled.connect(die)
if when == "changed":
    def change():
        session.pin((-1.0, -2.0))
        window.keeper.autosave()
        watch = QTimer(window, interval=10)
        watch.timeout.connect(lambda: window.keeper.is_writing or die())
        watch.start()
    window.keeper.settled.connect(change)
app.exec()
"""


def run(folder: Path, when: str) -> int:
    """Start the program, which dies at a moment, and return how it ended."""
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"}
    words = [sys.executable, "-c", PROGRAM, str(folder), when]
    return subprocess.run(words, env=variables, cwd=ROOT, timeout=180, check=False).returncode


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    """A session with a pin."""
    kept = SessionFile(tmp_path / "config")
    kept.write(SavedSession(choices=PlaneChoices(pin=PIN)))
    return kept


def dead_process() -> int:
    """Return the number of a process that is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def mark(file: SessionFile, process: int, began: float) -> None:
    with (file.path.parent / "session.reopening").open("a", encoding="ascii") as marker:
        marker.write(f"{process} {began:.0f}\n")


@pytest.mark.slow
def test_that_a_session_that_kills_the_program_twice_is_left_out_and_can_be_tried_again(
    tmp_path: Path, file: SessionFile, qtbot: QtBot
) -> None:
    for failures in (1, 2):
        assert run(tmp_path, "restoring") == -signal.SIGKILL
        assert file.failures == failures
    with opened(tmp_path, qtbot) as (window, notices):
        assert window.session.pinned is None
        assert any("Reopen the last session" in notice.text for notice in notices)
        assert window.commands["file.reopen-last"].isEnabled()
        card = next(card for card in window.notices.cards if "Reopen the last session" in card.notice.text)
        QTest.mouseClick(card.action_buttons[0], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.session.pinned == PIN)
        qtbot.waitUntil(lambda: not window.keeper.is_reopening)
    assert file.failures == 0


@pytest.mark.slow
def test_that_a_program_killed_after_it_had_reopened_is_no_failure_and_loses_nothing_kept(
    tmp_path: Path, file: SessionFile, qtbot: QtBot
) -> None:
    assert run(tmp_path, "opened") == -signal.SIGKILL
    assert file.failures == 0
    assert run(tmp_path, "changed") == -signal.SIGKILL
    assert file.failures == 0
    with opened(tmp_path, qtbot) as (window, _):
        assert window.session.pinned == LatentPoint((-1.0, -2.0))


def test_that_only_attempts_of_processes_that_are_gone_are_failures(file: SessionFile) -> None:
    import time

    now = time.time()
    mark(file, os.getppid(), now)
    assert (file.attempts, file.failures) == (1, 0)
    mark(file, dead_process(), now)
    assert (file.attempts, file.failures) == (2, 1)
    mark(file, os.getppid(), now - 2 * LONGEST_ATTEMPT)
    assert file.failures == 2
    (file.path.parent / "session.reopening").write_bytes(b"\xff\0nonsense\n" * 3)
    assert file.failures == 3
    file.unmark()
    assert (file.attempts, file.failures) == (0, 0)


def test_that_an_error_while_reopening_leaves_a_window_that_works_and_the_session_to_be_tried_again(
    tmp_path: Path, file: SessionFile, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_session: Session, _choices: PlaneChoices) -> None:
        raise RuntimeError("no such thing")

    with monkeypatch.context() as broken:
        broken.setattr(Session, "restore_choices", fail)
        with opened(tmp_path, qtbot) as (window, notices):
            assert any("no such thing" in notice.details for notice in notices)
            assert not window.keeper.is_reopening
    assert file.has_last
    assert file.failures == 0
    with opened(tmp_path, qtbot) as (window, _):
        window.commands["file.reopen-last"].trigger()
        qtbot.waitUntil(lambda: window.session.pinned == PIN)


def test_that_a_fresh_start_keeps_the_session_before_it(tmp_path: Path, file: SessionFile, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot, fresh=True) as (window, _):
        window.session.pin((0.0, 0.5))
        assert window.commands["file.reopen-last"].isEnabled()
    last = file.take_last()
    assert last is not None
    assert last.choices.pin == PIN


def test_that_without_a_session_before_it_there_is_none_to_reopen(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        assert not window.commands["file.reopen-last"].isEnabled()


def test_that_a_last_session_that_is_damaged_is_told(tmp_path: Path, file: SessionFile, qtbot: QtBot) -> None:
    file.put_by()
    file.last.write_text("[" * 100_000)
    with opened(tmp_path, qtbot) as (window, notices):
        window.commands["file.reopen-last"].trigger()
        assert any("can't be reopened" in notice.text for notice in notices)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"schema_version": 99}).encode(),
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
        json.dumps({"schema_version": 1, "experiment": {}, "panels": {"curves": 3}}).encode(),
        json.dumps({"schema_version": 1, "experiment": {}, "panels": {"curves": {"a": "x" * 100_000}}}).encode(),
        json.dumps({"schema_version": 1, "experiment": {}, "windows": {"runs": 3}}).encode(),
    ],
)
def test_that_a_session_of_a_stranger_is_set_aside_and_told_once(
    tmp_path: Path, file: SessionFile, content: bytes, qtbot: QtBot
) -> None:
    file.path.write_bytes(content)
    with opened(tmp_path, qtbot) as (window, notices):
        assert window.session.pinned is None
        assert len([notice for notice in notices if "can't be reopened" in notice.text]) == 1
    assert file.path.with_suffix(".aside.json").read_bytes() == content
    with opened(tmp_path, qtbot) as (_, notices):
        assert not [notice for notice in notices if "can't be reopened" in notice.text]


def test_that_a_session_that_is_no_file_is_told_and_harms_nothing(
    tmp_path: Path, file: SessionFile, qtbot: QtBot
) -> None:
    file.path.unlink()
    os.mkfifo(file.path)
    with opened(tmp_path, qtbot) as (_, notices):
        assert any("no ordinary file" in notice.text for notice in notices)


def test_that_a_crowd_of_windows_and_panels_from_elsewhere_harms_nothing(tmp_path: Path, qtbot: QtBot) -> None:
    file = SessionFile(tmp_path / "config")
    wild: dict[str, dict[str, Json]] = {
        "curves": {"axis": 3, "smoothing": "no such", "shown quantities": [1]},
        "nobody": {"x": 1},
        "path": {"pace": 1e300},
        "inspector": {"section 0": "yes", "section 99": True},
    }
    file.write(replace(SavedSession(), panels=wild, windows={"nobody": "", "runs": "no place"}))
    with opened(tmp_path, qtbot) as (window, notices):
        assert isinstance(window, MainWindow)
        assert not [notice for notice in notices if notice.level != "info"]


def test_that_the_last_session_takes_the_place_of_a_run_that_is_open(
    tmp_path: Path, file: SessionFile, qtbot: QtBot
) -> None:
    with opened(tmp_path, qtbot, fresh=True) as (window, _):
        train(window, qtbot)
        assert window.session.run is not None
        window.commands["file.reopen-last"].trigger()
        qtbot.waitUntil(lambda: window.session.pinned == PIN)
        assert window.session.run is None
        assert window.session.experiment.training.epochs == SavedSession().experiment.training.epochs
    assert file.has_last
