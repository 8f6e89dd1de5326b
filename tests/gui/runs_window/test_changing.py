"""Runs renamed, copied and noted from the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from tests.gui.plane_driver import train
from tests.gui.runs_window.driver import CONTROL, NAMES, choose, shown_names, wait_for_change
from vae_explorer.app.run_list_changes import RunChange
from vae_explorer.app.state import RunState
from vae_explorer.gui.dialogs.runs import RunsWindow
from vae_explorer.gui.dialogs.runs_words import NAME

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def test_that_f2_renames_in_place_and_undo_takes_it_back(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    choose(listing, runs / "beta")
    QTest.keyClick(listing, Qt.Key.Key_F2)
    editor = listing.view.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "beta"
    editor.selectAll()
    QTest.keyClicks(editor, "the best")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "the best" in shown_names(listing) and "beta" not in shown_names(listing))
    assert (runs / "the best" / "run.json").is_file()
    assert listing.footer.news.text() == "beta is called the best now."
    wait_for_change(listing, qtbot)
    QTest.mouseClick(listing.footer.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "beta" in shown_names(listing))
    assert not (runs / "the best").exists()


def test_that_a_name_that_is_taken_is_refused_in_a_sentence(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    listing.model.setData(listing.model.index(listing.model.row_of(runs / "beta") or 0, NAME), "gamma")
    qtbot.waitUntil(lambda: "already" in listing.footer.news.text())
    wait_for_change(listing, qtbot)
    assert sorted(shown_names(listing)) == list(NAMES)


def test_that_the_run_that_is_open_stays_open_under_its_new_name(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    train(window.session, qtbot)
    run = window.session.run
    assert run is not None
    window.session.pin((0.5, 0.25))
    window.session.set_setting("training.epochs", "7")
    window.session.run_changes.rename(run.path, "other name")
    qtbot.waitUntil(lambda: window.session.run is not None and window.session.run.name == "other name")
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED and not window.keeper.is_reopening)
    assert window.session.pinned is not None
    assert window.session.pinned.z == (0.5, 0.25)
    assert window.session.experiment.training.epochs == 7
    assert window.session.recent.opened[0].name == "other name"


def test_that_a_copy_appears_and_is_chosen(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    choose(listing, runs / "beta")
    QTest.keyClick(listing, Qt.Key.Key_D, CONTROL)
    qtbot.waitUntil(lambda: [entry.name for entry in listing.chosen] == ["beta copy"])
    assert (runs / "beta copy" / "run.json").is_file()


def test_that_a_note_is_written_when_the_line_is_left(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    choose(listing, runs / "beta")
    listing.footer.note.setFocus()
    QTest.keyClicks(listing.footer.note, "keep this one")
    QTest.keyClick(listing.footer.note, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: (entry := listing.list.entry(runs / "beta")) is not None and entry.note == "keep this one")
    choose(listing, runs / "gamma")
    assert listing.footer.note.text() == ""
    choose(listing, runs / "beta")
    assert listing.footer.note.text() == "keep this one"


def test_that_a_cancelled_copy_is_told_and_leaves_nothing(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    changes = listing._session.run_changes
    changes.duplicate(runs / "beta")
    assert listing.footer.cancel.isVisible()
    QTest.mouseClick(listing.footer.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not changes.is_busy)
    assert listing.footer.news.text() in {"Cancelled: nothing was changed.", "beta copy was made."}
    assert not list(runs.glob(".vae-explorer*"))


def test_that_a_change_that_nothing_takes_back_says_so() -> None:
    assert not RunChange("copy", "made").can_be_undone
