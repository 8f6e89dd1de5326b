"""The window that lists all runs, driven with mouse and keys."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox, QPushButton, QWidget

from tests.gui.compare_driver import make_run
from tests.gui.plane_driver import train
from tests.runs.recorded import recorded
from vae_explorer.app.run_list_changes import RunChange
from vae_explorer.app.state import RunState
from vae_explorer.errors import printable
from vae_explorer.gui.dialogs.runs import RunsWindow
from vae_explorer.gui.dialogs.runs_words import BEGAN, NAME, STATE
from vae_explorer.runs.housekeeping import write_note
from vae_explorer.runs.lock import RunLock

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier
NAMES = ("alpha", "beta", "gamma")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("runs") / "a run").path


@pytest.fixture
def runs(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in NAMES:
        shutil.copytree(trained, tmp_path / "runs" / name)
    return tmp_path / "runs"


def opened(window: MainWindow, qtbot: QtBot) -> RunsWindow:
    """Open the list by its key, and wait until all runs are known."""
    QTest.keyClick(window, Qt.Key.Key_L, CONTROL)
    shown = window.runs.opened
    assert shown is not None
    qtbot.waitUntil(lambda: shown.list.has_looked)
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)
    return shown


@pytest.fixture
def listing(window: MainWindow, runs: Path, qtbot: QtBot) -> RunsWindow:
    del runs
    return opened(window, qtbot)


def shown_names(listing: RunsWindow) -> list[str]:
    return [listing.found.index(row, NAME).data() for row in range(listing.found.rowCount())]


def choose(listing: RunsWindow, path: Path) -> None:
    listing.choose(path)
    listing.view.setFocus()
    assert [entry.path for entry in listing.chosen] == [path]


def wait_for_change(listing: RunsWindow, qtbot: QtBot) -> None:
    changes = listing._session.run_changes
    qtbot.waitUntil(lambda: not changes.is_busy)


def answer(listing: RunsWindow, name: str, text: str, qtbot: QtBot) -> None:
    """Press a button of a question; without a window manager nobody else brings the list to the front again."""
    box = listing.findChild(QMessageBox, name)
    assert box is not None
    button = next(button for button in box.findChildren(QPushButton) if button.text().replace("&", "") == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    listing.activateWindow()
    qtbot.waitUntil(listing.isActiveWindow)


def test_that_the_list_shows_what_each_run_came_to(listing: RunsWindow, runs: Path) -> None:
    assert sorted(shown_names(listing)) == list(NAMES)
    row = [listing.found.index(0, column).data() for column in range(listing.found.columnCount())]
    assert row[1] == "VAE"
    assert row[3].endswith(" nats")
    assert row[STATE] == "Finished"
    assert "3 runs, " in listing.summary.text()
    tip = listing.model.index(0, 3).data(Qt.ItemDataRole.ToolTipRole)
    assert "Loss of VAE" in tip
    for widget in (listing.view, listing.search, listing.footer.note):
        assert widget.accessibleName()
        assert widget.toolTip() or widget is listing.view


def test_that_a_picture_comes_for_each_run_that_is_on_screen(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: all(listing.pictures.picture(runs / name) is not None for name in NAMES))


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


def test_that_a_search_finds_words_of_names_data_and_notes(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    write_note(runs / "gamma", "the odd Sevens")
    with qtbot.waitSignal(listing.list.looked):
        QTest.keyClick(listing, Qt.Key.Key_F5)
    QTest.keyClick(listing, Qt.Key.Key_F, CONTROL)
    QTest.keyClicks(listing.search, "sevens ODD")
    assert shown_names(listing) == ["gamma"]
    assert "1 of 3 runs" in listing.summary.text()
    listing.search.setText("<b>nothing")
    assert shown_names(listing) == []
    assert "<b>nothing" in listing.empty.text()
    assert listing.empty.isVisible()
    listing.search.clear()
    assert len(shown_names(listing)) == 3


def test_that_a_heading_sorts_and_unknown_values_stay_at_the_end(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    (runs / "beta" / "run.json").write_text("{}")
    with qtbot.waitSignal(listing.list.looked):
        QTest.keyClick(listing, Qt.Key.Key_F5)
    header = listing.view.horizontalHeader()
    for column in (NAME, BEGAN, BEGAN):
        place = QPoint(header.sectionViewportPosition(column) + 10, header.height() // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        if column == BEGAN:
            assert shown_names(listing)[-1] == "beta"
        else:
            assert shown_names(listing) == list(NAMES)


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


def test_that_hostile_names_are_plain_text_on_one_line(
    window: MainWindow, trained: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    names = ["<b>bold<img src=x>", "two\nlines", "x" * 250, "\x1b[31mred", "\u202egnp.exe", "&amp; && &x"]
    for name in names:
        shutil.copytree(trained, tmp_path / "runs" / name)
    listing = opened(window, qtbot)
    listed = shown_names(listing)
    assert len(listed) == len(names)
    assert "<b>bold<img src=x>" in listed
    assert "two\\nlines" in listed
    assert all(name.isprintable() and len(name) <= 201 for name in listed)
    choose(listing, tmp_path / "runs" / names[0])
    tip = listing.view.currentIndex().data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;bold" in tip
    QTest.keyClick(listing.view, Qt.Key.Key_Delete)
    box = listing.findChild(QMessageBox, "delete-runs")
    assert box is not None
    assert box.textFormat() is Qt.TextFormat.PlainText
    answer(listing, "delete-runs", "Keep", qtbot)


def test_that_damaged_and_newer_runs_say_why_they_cannot_be_opened(
    window: MainWindow, runs: Path, qtbot: QtBot
) -> None:
    (runs / "alpha" / "run.json").write_text("{")
    (runs / "beta" / "run.json").write_text('{"schema_version": 99}')
    listing = opened(window, qtbot)
    for name, state, reason in (("alpha", "Damaged", "JSON"), ("beta", "Newer format", "newer version")):
        choose(listing, runs / name)
        assert listing.found.index(listing.view.currentIndex().row(), STATE).data() == state
        assert reason in listing.footer.reason.text()
        assert not listing.acts.actions["open"].isEnabled()
        assert not listing.footer.note.isEnabled()


def test_that_a_new_run_appears_while_one_looks(
    window: MainWindow, listing: RunsWindow, trained: Path, runs: Path, qtbot: QtBot
) -> None:
    shutil.copytree(trained, runs / "late")
    qtbot.waitUntil(lambda: "late" in shown_names(listing))
    shutil.rmtree(runs / "late")
    qtbot.waitUntil(lambda: "late" not in shown_names(listing))
    listing.close()
    assert not window.session.run_list._timer.isActive()


def test_that_the_list_closes_with_the_window_and_opens_once(window: MainWindow, listing: RunsWindow) -> None:
    window.runs.open()
    assert window.runs.opened is listing
    assert len(window.findChildren(QWidget, "runs-window")) == 1


def test_that_two_runs_are_compared_from_the_list(window: MainWindow, tmp_path: Path, runs: Path, qtbot: QtBot) -> None:
    train(window.session, qtbot)
    listing = opened(window, qtbot)
    choose(listing, runs / "beta")
    QTest.keyClick(listing, Qt.Key.Key_B, CONTROL)
    assert window.session.choices.comparison.run == str(runs / "beta")
    assert window.comparing.opened is not None


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
