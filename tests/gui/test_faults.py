"""What nobody caught, and sessions that were cut off, as a person sees them in the window."""

from __future__ import annotations

import functools
import json
import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, QRunnable, Qt, QThread, QThreadPool, QTimer, QUrl, Slot, qWarning
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest

from tests.gui.compare_driver import make_run
from tests.patience import has_settled
from vae_explorer.app.crashes import Crash
from vae_explorer.app.state import RunState
from vae_explorer.errors import DataError
from vae_explorer.gui.dialogs.crash import FaultDialog, RecoveryDialog
from vae_explorer.gui.faults import FaultReporter
from vae_explorer.logbook import LOGGER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


@pytest.fixture
def reporter(window: MainWindow) -> Iterator[FaultReporter]:
    made = FaultReporter()
    made.install()
    window.crash_care.listen(made)
    window.crash_care.watch.begin(catch_faults=False)
    yield made
    made.uninstall()
    for dialog in window.findChildren(FaultDialog):
        dialog.close()
    window.crash_care.watch.close()


def raise_in_depth(text: str = "out of paint") -> None:
    raise ValueError(text)


def report(text: str = "out of paint") -> None:
    try:
        raise_in_depth(text)
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def fault_dialog(window: MainWindow, qtbot: QtBot) -> FaultDialog:
    qtbot.waitUntil(lambda: window.findChild(FaultDialog) is not None)
    dialog = window.findChild(FaultDialog)
    assert isinstance(dialog, FaultDialog)
    return dialog


class Failing(QObject):
    @Slot()
    def fail(self) -> None:
        raise_in_depth("in a slot")


class FailingRunnable(QRunnable):
    def run(self) -> None:
        raise_in_depth("in a pool")


class FailingThread(QThread):
    def run(self) -> None:
        raise_in_depth("in a thread of Qt's")


def in_a_slot() -> None:
    failing = Failing(QGuiApplication.instance())
    QTimer.singleShot(0, failing, failing.fail)


def in_a_pool() -> None:
    QThreadPool.globalInstance().start(FailingRunnable())


def in_a_thread() -> None:
    thread = threading.Thread(target=raise_in_depth, args=("in a thread",))
    thread.start()
    thread.join()


def in_a_thread_of_qt() -> None:
    thread = FailingThread()
    thread.start()
    assert thread.wait(5000)


@pytest.mark.parametrize("fail", [in_a_slot, in_a_pool, in_a_thread, in_a_thread_of_qt])
def test_that_an_exception_anywhere_opens_a_dialog_while_the_window_lives(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot, fail: Callable[[], None]
) -> None:
    fail()
    dialog = fault_dialog(window, qtbot)
    assert "ValueError: in a" in dialog.heading.text()
    assert "raise_in_depth" in dialog.details.toPlainText()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    assert window.isVisible()


def test_that_the_details_hold_traceback_versions_and_the_end_of_the_log_and_are_copied(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot
) -> None:
    report()
    dialog = fault_dialog(window, qtbot)
    QTest.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("Something went wrong that the program didn't expect: ValueError: out of paint")
    for part in ("raise_in_depth", "\nQt ", "\nPython ", "The end of ", "started: VAE Explorer"):
        assert part in copied


def test_that_the_same_fault_a_hundred_times_opens_one_dialog_that_counts(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot
) -> None:
    for _ in range(100):
        report()
    dialog = fault_dialog(window, qtbot)
    qtbot.waitUntil(lambda: dialog.count.text() == "It has come up 100 times.")
    assert window.findChildren(FaultDialog) == [dialog]
    path = window.crash_care.watch.path
    assert path is not None
    assert path.read_text().count("Traceback") == 1


def test_that_a_fault_that_comes_again_after_go_on_is_a_notice(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot
) -> None:
    report()
    fault_dialog(window, qtbot).close()
    report()
    report()
    qtbot.waitUntil(lambda: len(window.notices.cards) == 1)
    assert "out of paint" in window.notices.cards[0].text.text()
    assert not [dialog for dialog in window.findChildren(FaultDialog) if dialog.isVisible()]


def test_that_another_fault_beside_an_open_dialog_is_a_notice(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot
) -> None:
    report()
    dialog = fault_dialog(window, qtbot)
    in_a_thread()
    try:
        json.loads("{")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    qtbot.waitUntil(lambda: len(window.notices.cards) == 1)
    assert "JSONDecodeError" in window.notices.cards[0].text.text()
    assert dialog.isVisible()


def test_that_an_error_written_for_the_user_is_a_notice_without_details(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot
) -> None:
    error = DataError("The file has shrunk: choose another one.")
    sys.excepthook(DataError, error, None)
    qtbot.waitUntil(lambda: len(window.notices.cards) == 1)
    assert window.notices.cards[0].notice.text == str(error)
    assert window.findChild(FaultDialog) is None


def test_that_qt_s_warnings_go_to_the_log_once_and_no_handler_hears_itself(
    window: MainWindow, reporter: FaultReporter, qtlog: object
) -> None:
    class Complaining(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            qWarning("This plugin does not support recursion, and propagateSizeHints")

    reporter.uninstall()
    heard: list[str] = []
    complaining = Complaining()
    logging.getLogger(LOGGER).addHandler(complaining)
    from PySide6.QtCore import qInstallMessageHandler

    before = qInstallMessageHandler(lambda kind, context, message: heard.append(message))
    reporter.install()
    for _ in range(3):
        qWarning("a complaint")
    reporter.uninstall()
    qInstallMessageHandler(before)
    logging.getLogger(LOGGER).removeHandler(complaining)
    assert heard == ["a complaint"] * 3
    path = window.crash_care.watch.path
    assert path is not None
    assert path.read_text().count("WARNING Qt default: a complaint") == 1


def test_that_what_an_object_s_end_raises_is_only_logged(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot
) -> None:
    class Ending:
        def __del__(self) -> None:
            raise ValueError("at the end")

    Ending()
    QGuiApplication.processEvents()
    path = window.crash_care.watch.path
    assert path is not None
    assert "ValueError: at the end" in path.read_text()
    assert window.findChild(FaultDialog) is None


def test_that_log_and_folder_open_in_the_system_s_programs(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.fileName())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    report()
    dialog = fault_dialog(window, qtbot)
    QTest.mouseClick(dialog.log_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(dialog.folder_button, Qt.MouseButton.LeftButton)
    window.commands["help.log-folder"].trigger()
    assert opened == ["window-1.log", "logs", "logs"]


def test_that_a_system_that_opens_nothing_is_told_where_the_logs_are(
    window: MainWindow, reporter: FaultReporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    window.commands["help.log-folder"].trigger()
    assert str(window.crash_care.watch.folder) in window.notices.cards[-1].text.text()


def test_that_restart_saves_closes_and_opens_the_program_again(
    window: MainWindow, reporter: FaultReporter, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: started.append(command))
    report()
    dialog = fault_dialog(window, qtbot)
    restart = next(button for button in dialog.findChildren(type(dialog.copy_button)) if button.text() == "&Restart")
    QTest.mouseClick(restart, Qt.MouseButton.LeftButton)
    assert not window.isVisible()
    assert window.crash_care.restarts
    window.crash_care.start_again()
    assert started == [[sys.executable, "-m", "vae_explorer", "--runs", str(window.session.runs_folder)]]


def test_that_a_log_that_can_not_be_kept_is_told(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VAE_EXPLORER_LOGS", str(tmp_path / "file"))
    window.crash_care.begin()
    assert "No log can be kept" in window.notices.cards[0].text.text()


def recovery(window: MainWindow, run: Path | None, *, was_training: bool = True) -> RecoveryDialog:
    window.crash_care.offer(Crash("The session ended without warning.", run, was_training, "details"))
    dialog = window.findChild(RecoveryDialog)
    assert isinstance(dialog, RecoveryDialog)
    return dialog


def press(dialog: RecoveryDialog, text: str) -> None:
    buttons = {button.text(): button for button in dialog.findChildren(type(dialog.copy_button))}
    QTest.mouseClick(buttons[text], Qt.MouseButton.LeftButton)


def test_that_after_a_crash_the_run_goes_on_from_its_last_checkpoint(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    run = make_run(tmp_path / "runs", "the one that was trained")
    (run / "checkpoints" / "step-00000003").mkdir(parents=True)
    dialog = recovery(window, run)
    assert "being trained" in dialog.advice.text()
    press(dialog, "&Go on training")
    session = window.session
    qtbot.waitUntil(lambda: session.run is not None and session.run.path == run and session.state is RunState.FINISHED)
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > 7)
    assert session.state is RunState.FINISHED


def test_that_after_a_crash_the_run_can_just_be_opened(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    run = make_run(tmp_path / "runs", "the one that was open")
    press(recovery(window, run, was_training=False), "&Open the run")
    session = window.session
    qtbot.waitUntil(lambda: session.run is not None and session.run.path == run and has_settled(session))
    assert session.progress is None


def test_that_not_now_leaves_everything_as_it_is(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    dialog = recovery(window, make_run(tmp_path / "runs", "left alone"), was_training=False)
    press(dialog, "&Not now")
    assert not dialog.isVisible()
    assert window.session.run is None


def test_that_a_training_of_which_nothing_was_saved_is_not_offered(window: MainWindow, tmp_path: Path) -> None:
    dialog = recovery(window, make_run(tmp_path / "runs", "only just begun"))
    assert [button.text() for button in dialog.findChildren(type(dialog.copy_button))][3:] == ["&Close"]
    assert "“only just begun” had only just begun" in dialog.advice.text()
    dialog.close()


def test_that_a_run_that_is_gone_is_not_offered(window: MainWindow, tmp_path: Path) -> None:
    dialog = recovery(window, tmp_path / "gone")
    assert [button.text() for button in dialog.findChildren(type(dialog.copy_button))][3:] == ["&Close"]
    assert "no longer" in dialog.advice.text()
    dialog.close()


def test_that_the_next_start_tells_of_a_session_that_was_killed(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "runs", "cut off")
    (run / "checkpoints" / "step-00000003").mkdir(parents=True)
    (tmp_path / "logs").mkdir()
    for number, path in ((1, None), (2, str(run))):
        note = {"run": path, "training": path is not None}
        (tmp_path / "logs" / f"window-{number}.state").write_text(json.dumps(note))
    begin = window.crash_care.watch.begin
    monkeypatch.setattr(window.crash_care.watch, "begin", functools.partial(begin, catch_faults=False))
    window.crash_care.begin()
    dialog = window.findChild(RecoveryDialog)
    assert isinstance(dialog, RecoveryDialog)
    assert "“cut off” was being trained" in dialog.advice.text()
    dialog.close()
    window.crash_care.watch.close()
