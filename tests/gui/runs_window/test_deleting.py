"""Runs taken to the bin from the list, and back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from tests.gui.runs_window.driver import CONTROL, NAMES, answer, choose, opened, shown_names, wait_for_change
from vae_explorer.errors import printable
from vae_explorer.gui.dialogs.runs import RunsWindow
from vae_explorer.gui.dialogs.runs_words import STATE
from vae_explorer.runs.lock import RunLock

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def test_that_several_runs_go_to_the_bin_with_their_size_told_and_come_back(
    listing: RunsWindow, runs: Path, qtbot: QtBot
) -> None:
    listing.view.setFocus()
    QTest.keyClick(listing.view, Qt.Key.Key_A, CONTROL)
    assert "3 runs chosen" in listing.summary.text()
    QTest.keyClick(listing.view, Qt.Key.Key_Delete)
    box = listing.findChild(QMessageBox, "delete-runs")
    assert box is not None
    assert box.text().startswith("Move 3 runs (")
    assert all(name in box.informativeText() for name in NAMES)
    answer(listing, "delete-runs", "Move to bin", qtbot)
    qtbot.waitUntil(lambda: not shown_names(listing))
    assert "No runs yet" in listing.empty.text()
    wait_for_change(listing, qtbot)
    QTest.keyClick(listing, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: sorted(shown_names(listing)) == list(NAMES))


def test_that_delete_in_the_search_line_deletes_letters_and_no_runs(listing: RunsWindow, runs: Path) -> None:
    choose(listing, runs / "beta")
    listing.search.setFocus()
    listing.search.setText("beta")
    listing.search.setCursorPosition(0)
    QTest.keyClick(listing.search, Qt.Key.Key_Delete)
    assert listing.search.text() == "eta"
    assert listing.findChild(QMessageBox, "delete-runs") is None


def test_that_without_a_bin_only_a_second_answer_deletes(
    listing: RunsWindow, runs: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("vae_explorer.app.run_bin.QFile.supportsMoveToTrash", lambda: False)
    for reply, is_there in (("Keep", True), ("Delete for good", False)):
        choose(listing, runs / "beta")
        QTest.keyClick(listing.view, Qt.Key.Key_Delete)
        answer(listing, "delete-runs", "Move to bin", qtbot)
        qtbot.waitUntil(lambda: listing.findChild(QMessageBox, "delete-for-good") is not None)
        assert (runs / "beta").is_dir()
        wait_for_change(listing, qtbot)
        answer(listing, "delete-for-good", reply, qtbot)
        qtbot.waitUntil(lambda: listing.findChild(QMessageBox, "delete-for-good") is None)
        wait_for_change(listing, qtbot)
        assert (runs / "beta").exists() is is_there
    assert not listing.acts.actions["undo"].isEnabled()


def test_that_a_run_that_is_trained_is_neither_renamed_nor_deleted(
    listing: RunsWindow, runs: Path, qtbot: QtBot
) -> None:
    lock = RunLock(runs / "beta")
    lock.tell_begun()
    try:
        with qtbot.waitSignal(listing.list.looked):
            QTest.keyClick(listing, Qt.Key.Key_F5)
        choose(listing, runs / "beta")
        assert listing.found.index(listing.view.currentIndex().row(), STATE).data() == "Training now"
        assert not listing.acts.actions["rename"].isEnabled()
        assert "It is being trained by process" in listing.acts.actions["rename"].toolTip()
        assert "It is being trained by process" in listing.footer.reason.text()
        QTest.keyClick(listing.view, Qt.Key.Key_Delete)
        answer(listing, "delete-runs", "Move to bin", qtbot)
        qtbot.waitUntil(lambda: "being trained" in listing.footer.news.text())
        wait_for_change(listing, qtbot)
        assert (runs / "beta").is_dir()
    finally:
        lock.close()


def test_that_delete_takes_a_run_whose_folder_is_gone_off_the_list(
    window: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    elsewhere = shutil.copytree(trained, tmp_path / "elsewhere")
    window.session.recent.set_opened([elsewhere])
    shutil.rmtree(elsewhere)
    listing = opened(window, qtbot)
    choose(listing, elsewhere)
    assert shown_names(listing) == [f"elsewhere (in {printable(tmp_path.name, 40)})"]
    assert listing.view.currentIndex().siblingAtColumn(STATE).data() == "Folder is gone"
    assert not listing.acts.actions["open"].isEnabled()
    QTest.keyClick(listing.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not shown_names(listing))
    assert window.session.recent.opened == ()
    assert listing.findChild(QMessageBox, "delete-runs") is None
