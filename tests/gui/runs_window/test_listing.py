"""What the list of runs shows, and how a run is found in it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from tests.gui.runs_window.driver import CONTROL, NAMES, answer, choose, opened, shown_names
from vae_explorer import language
from vae_explorer.app import run_list
from vae_explorer.data.catalogue import SOURCES
from vae_explorer.gui.dialogs.runs import RunsWindow
from vae_explorer.gui.dialogs.runs_model import PICTURE, framed
from vae_explorer.gui.dialogs.runs_table import PADDING
from vae_explorer.gui.dialogs.runs_words import BEGAN, DATA, NAME, OBJECTIVE, STATE
from vae_explorer.gui.theme import LIGHT
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.housekeeping import write_note

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


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


@pytest.mark.parametrize("code", ["en", "zh_CN"])
def test_that_no_name_of_an_objective_or_of_the_program_s_data_is_shortened(
    window: MainWindow, runs: Path, qtbot: QtBot, code: str
) -> None:
    language.use(code)
    try:
        listing = opened(window, qtbot)
        entry = listing.model.entry(0)
        entries = [replace(entry, path=runs / name, objective=name) for name in OBJECTIVES.names()]
        entries += [replace(entry, path=runs / name, source=name) for name in SOURCES.names()]
        listing.model.take(entries)
        for column, names in ((OBJECTIVE, OBJECTIVES.names()), (DATA, SOURCES.names())):
            cells = [listing.found.index(row, column) for row in range(listing.found.rowCount())]
            wanted = {str(cell.data()): listing.view.sizeHintForIndex(cell).width() + 2 * PADDING for cell in cells}
            assert len(wanted) >= len(names)
            width = listing.view.columnWidth(column)
            assert {title: room for title, room in wanted.items() if room > width} == {}
    finally:
        language.use("en")


def test_that_the_main_button_is_the_last_and_a_button_closes_the_window(listing: RunsWindow) -> None:
    buttons = {button.text(): button for button in listing.findChildren(QAbstractButton) if button.isVisible()}
    rightmost = max(buttons, key=lambda text: buttons[text].x())
    assert rightmost == "&Open"
    assert buttons[rightmost].property("role") == "primary"
    assert all("&" in text for text in buttons if text), "each shows the letter that presses it"
    buttons["&Close"].click()
    assert not listing.isVisible()


def test_that_a_picture_comes_for_each_run_that_is_on_screen(listing: RunsWindow, runs: Path, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: all(listing.pictures.picture(runs / name) is not None for name in NAMES))


def test_that_a_run_that_cannot_have_a_picture_says_so_in_its_place(
    window: MainWindow, runs: Path, qtbot: QtBot
) -> None:
    (runs / "alpha" / "run.json").write_text("{")
    listing = opened(window, qtbot)
    row = listing.model.row_of(runs / "alpha")
    assert row is not None
    shown = listing.model.index(row, NAME).data(Qt.ItemDataRole.DecorationRole).pixmap(PICTURE, PICTURE).toImage()
    waiting = framed(None, LIGHT).toImage()
    assert listing.pictures.has_none(listing.model.entry(row))
    assert colours(shown) > 3, "nothing is written"
    assert colours(waiting) == 2


def colours(image: QImage) -> int:
    """Return how many colours an image has."""
    return len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())})


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


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look into the folder of runs twenty times a second, so that nobody waits for the next look."""
    monkeypatch.setattr(run_list, "LOOK_MILLISECONDS", 50)


@pytest.mark.usefixtures("looks_often")
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
