"""What is done with a run that is chosen in the list: opened, compared, shown in its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest

from tests.gui.compare_driver import make_run
from tests.gui.plane_driver import train
from tests.gui.runs_window.driver import CONTROL, choose, opened
from vae_explorer.app.state import RunState
from vae_explorer.gui.dialogs.runs import RunsWindow
from vae_explorer.gui.dialogs.runs_words import STATE

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def test_that_enter_opens_a_run_and_the_list_marks_it(
    window: MainWindow, listing: RunsWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    path = make_run(tmp_path / "runs", "for the stand-in")
    (path / "metrics.jsonl").touch()
    with qtbot.waitSignal(listing.list.looked):
        QTest.keyClick(listing, Qt.Key.Key_F5)
    window.session.open_run(path)
    qtbot.waitUntil(lambda: window.session.run is not None and window.session.state is RunState.FINISHED)
    row = listing.model.row_of(path)
    assert row is not None
    assert "open here" in listing.model.index(row, STATE).data()
    choose(listing, tmp_path / "runs" / "beta")
    with qtbot.waitSignal(listing.acts.open_wanted) as wanted:
        QTest.keyClick(listing.view, Qt.Key.Key_Return)
    assert wanted.args == [tmp_path / "runs" / "beta"]


def test_that_the_open_run_is_chosen_as_the_list_opens(window: MainWindow, runs: Path, qtbot: QtBot) -> None:
    path = make_run(runs, "for the stand-in")
    (path / "metrics.jsonl").touch()
    window.session.open_run(path)
    qtbot.waitUntil(lambda: window.session.run is not None and window.session.state is RunState.FINISHED)
    listing = opened(window, qtbot)
    qtbot.waitUntil(lambda: [entry.path for entry in listing.chosen] == [path])


def test_that_two_runs_are_compared_from_the_list(window: MainWindow, tmp_path: Path, runs: Path, qtbot: QtBot) -> None:
    train(window.session, qtbot)
    listing = opened(window, qtbot)
    choose(listing, runs / "beta")
    QTest.keyClick(listing, Qt.Key.Key_B, CONTROL)
    assert window.session.choices.comparison.run == str(runs / "beta")
    assert window.comparing.opened is not None


def test_that_the_folder_is_shown_in_the_file_manager(
    listing: RunsWindow, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    def open_url(url: QUrl) -> bool:
        shown.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    choose(listing, runs / "beta")
    listing.acts.actions["folder"].trigger()
    assert shown == [str(runs / "beta")]
