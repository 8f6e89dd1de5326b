"""The palette of commands: found by a few letters, chosen and carried out by keyboard alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from tests.gui.test_reopening import opened
from vae_explorer import language
from vae_explorer.app.state import RunState
from vae_explorer.data.catalogue import SOURCES
from vae_explorer.gui.commands import COMMANDS
from vae_explorer.gui.fuzzy import match
from vae_explorer.gui.palette import Palette
from vae_explorer.gui.palette_entries import Entry, search
from vae_explorer.gui.palette_sources import entries
from vae_explorer.gui.plotting.layer_switches import SWITCHES
from vae_explorer.objectives import OBJECTIVES

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow

NAMES = {"Export…": "导出…", "Open run": "打开实验"}
CHINESE = re.compile("[\u4e00-\u9fff]")
CONTROL = Qt.KeyboardModifier.ControlModifier


def open_palette(window: MainWindow) -> Palette:
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_K, CONTROL)
    palette = window.findChild(Palette)
    assert palette is not None
    assert palette.isVisible()
    return palette


def titles(palette: Palette) -> list[str]:
    return [str(palette.model.index(row, 0).data()) for row in range(palette.model.rowCount())]


def entry(title: str, place: str = "", tip: str = "", obstacle: str = "") -> Entry:
    return Entry(title, title, place, tip, lambda: None, "", obstacle)


@pytest.mark.parametrize(
    ("pattern", "text", "places"),
    [
        ("", "Reset layout", ()),
        ("res", "Reset layout", (0, 1, 2)),
        ("rl", "Reset layout", (0, 6)),
        ("LAYOUT", "Reset layout", (6, 7, 8, 9, 10, 11)),
        ("lay reset", "Reset layout", (0, 1, 2, 3, 4, 6, 7, 8)),
        ("xyz", "Reset layout", None),
        ("ter", "Reset layout", None),
        ("é", "Café", (3,)),
        ("path", "Interpolation that flies off", None),
        ("polat", "Interpolation", (5, 6, 7, 8, 9)),
        ("clpa", "Clear path", (0, 1, 6, 7)),
        ("rst", "Reset layout", (0, 2, 4)),
    ],
)
def test_that_letters_are_found_in_order(pattern: str, text: str, places: tuple[int, ...] | None) -> None:
    found = match(pattern, text)
    assert (None if found is None else found.places) == places


def test_that_beginnings_of_words_and_runs_of_letters_win() -> None:
    def score(pattern: str, text: str) -> int:
        found = match(pattern, text)
        assert found is not None
        return found.score

    assert score("sp", "Set pin") > score("sp", "Displayed")
    assert score("path", "Clear path") > score("path", "Pin a training hue")
    assert score("clear", "Clear path") > score("clear", "A nuclear path")


def test_that_titles_come_before_places_and_places_before_tips() -> None:
    offered = [entry("One", tip="about training"), entry("Two", "Training"), entry("Training"), entry("Three")]
    assert [found.entry.title for found in search("training", offered, ())] == ["Training", "Two", "One"]


def test_that_english_finds_it_in_a_window_of_another_language() -> None:
    offered = [Entry(name, title, "文件", "", lambda: None, english=name) for name, title in NAMES.items()]
    assert [found.entry.title for found in search("export", offered, ())] == ["导出…"]
    assert [found.entry.title for found in search("导出", offered, ())] == ["导出…"]
    assert search("export", offered, ())[0].places == ()


def test_that_all_that_is_offered_has_its_english_words(window: MainWindow) -> None:
    language.use("zh_CN")
    offered = entries(window)
    language.use("en")
    words = {entry.name: entry.english for entry in offered if not entry.name.startswith(("run.", "walk."))}
    assert [name for name, english in words.items() if not english or CHINESE.search(english)] == []
    assert words["file.export"] == "Export…"


def test_that_what_was_chosen_lately_comes_first_and_what_cannot_be_done_last() -> None:
    offered = [entry("Clear path"), entry("Clear pin", obstacle="There is no pin."), entry("Clear all"), entry("Other")]
    assert [found.entry.title for found in search("", offered, ["Other", "Clear all"])][:2] == ["Other", "Clear all"]
    assert [found.entry.title for found in search("clear", offered, ["Clear all"])] == [
        "Clear all",
        "Clear path",
        "Clear pin",
    ]


def test_that_everything_is_offered(window: MainWindow) -> None:
    offered = {item.name: item for item in entries(window)}
    assert len(offered) == len(entries(window))
    for command in COMMANDS:
        assert command.name in offered or command.name == "help.palette"
    for name in window.hosts:
        assert f"panel.{name}" in offered
    assert {f"objective.{item.name}" for item in OBJECTIVES} <= offered.keys()
    assert {f"data.{source.name}" for source in SOURCES} <= offered.keys()
    assert {f"page.{page}" for page in ("start", "keyboard")} <= offered.keys()
    assert "layer.tiles" in offered
    assert {f"layer.{switch.name}" for switch in SWITCHES} & offered.keys()
    for item in offered.values():
        assert item.title
        assert item.place
        assert item.tip


def test_that_a_command_is_found_and_carried_out_by_keyboard_alone(window: MainWindow) -> None:
    window.session.pin((1.0, 1.0))
    palette = open_palette(window)
    QTest.keyClicks(palette.line, "unpin")
    assert palette.current is None or palette.current.entry.name != "explore.unpin"
    palette.line.clear()
    QTest.keyClicks(palette.line, "remove pin")
    assert palette.current is not None
    assert palette.current.entry.name == "explore.unpin"
    assert palette.line.accessibleDescription().startswith("Remove the pin")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.session.pinned is None


def test_that_arrows_choose_and_go_round(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClicks(palette.line, "path")
    everything = titles(palette)
    assert len(everything) > 2
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    assert palette.current is not None
    assert palette.current.entry.title == everything[1]
    QTest.keyClick(palette.line, Qt.Key.Key_Up)
    QTest.keyClick(palette.line, Qt.Key.Key_Up)
    assert palette.current.entry.title == everything[-1]
    QTest.keyClick(palette.line, Qt.Key.Key_PageUp)
    assert palette.current.entry.title == everything[max(0, len(everything) - 9)]
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)


def test_that_escape_leaves_and_gives_the_focus_back(window: MainWindow) -> None:
    before = window.panel("plane")
    assert before is not None
    before.setFocus()
    focus = window.focusWidget()
    palette = open_palette(window)
    assert window.focusWidget() is palette.line
    QTest.keyClick(palette.line, Qt.Key.Key_Tab)
    assert window.focusWidget() is palette.line
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.focusWidget() is focus


def test_that_the_key_closes_it_again_and_so_does_a_click_beside_it(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClick(palette.line, Qt.Key.Key_K, CONTROL)
    assert not palette.isVisible()
    open_palette(window)
    QTest.mouseClick(palette, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert not palette.isVisible()


def test_that_the_palette_stays_above_what_comes_to_the_front(window: MainWindow, qtbot: QtBot) -> None:
    palette = open_palette(window)
    for part in (window.centralWidget(), *window.docks):
        part.raise_()
        qtbot.waitUntil(lambda: window.children()[-1] is palette)
    late = QWidget(window)
    late.show()
    qtbot.waitUntil(lambda: window.children()[-1] is palette)
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    window.centralWidget().raise_()
    QApplication.processEvents()
    assert window.children()[-1] is window.centralWidget()
    window.centralWidget().lower()
    late.deleteLater()


def test_that_a_click_carries_out_what_it_hits(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClicks(palette.line, "theme dark")
    index = palette.model.index(0, 0)
    place = palette.list.visualRect(index).center()
    QTest.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not palette.isVisible()
    assert window.theme.dark


@pytest.mark.parametrize("words", ["language", "chinese", "简体中文"])
def test_that_a_language_is_found_by_its_own_name_and_by_its_english_one(words: str, window: MainWindow) -> None:
    palette = open_palette(window)
    palette.line.setText(words)
    found = {palette.model.index(row, 0).data() for row in range(palette.model.rowCount())}
    assert any("简体中文" in str(title) for title in found)


def test_that_a_chosen_language_is_preferred_from_then_on(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClicks(palette.line, "chinese")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.preferences.language == "zh_CN"


def test_that_a_mouse_at_rest_chooses_nothing_while_keys_move_the_list_under_it(window: MainWindow) -> None:
    palette = open_palette(window)
    rows = palette.list.viewport()
    place = palette.list.visualRect(palette.model.index(2, 0)).center()
    QTest.mouseMove(rows, place)
    assert palette.list.currentIndex().row() == 2
    QTest.keyClick(palette.line, Qt.Key.Key_Down)
    palette.list.entered.emit(palette.model.index(2, 0))  # as the list does when it scrolls under the pointer
    assert palette.list.currentIndex().row() == 3
    QTest.mouseMove(rows, place + QPoint(5, 0))
    QTest.mouseMove(rows, palette.list.visualRect(palette.model.index(1, 0)).center())
    assert palette.list.currentIndex().row() == 1


def test_that_what_cannot_be_done_says_why_and_is_not_done(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClicks(palette.line, "zoom to posterior")
    assert palette.current is not None
    assert palette.current.entry.name == "explore.zoom-posterior"
    assert "sample first" in palette.current.entry.obstacle
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("There is no path yet.", "There is no path yet"),
        ("还没有路径。", "还没有路径"),
        ("Save tables", "Save tables"),
        ("First one. Then the other.", "First one. Then the other."),
        ("先一个。再一个。", "先一个。再一个。"),
    ],
)
def test_that_a_single_sentence_below_a_title_has_no_full_stop(text: str, note: str) -> None:
    assert Entry("name", "Title", "File", text, lambda: None).note == note
    assert Entry("name", "Title", "File", "what it does", lambda: None, "", text).note == note


def test_that_nothing_found_says_so(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClicks(palette.line, "qqqzzz")
    assert palette.current is None
    assert palette.nothing.isVisible()
    assert "qqqzzz" in palette.nothing.text()
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()
    QTest.keyClick(palette.line, Qt.Key.Key_Escape)


def test_that_data_objectives_layers_methods_and_panels_are_chosen_in_it(window: MainWindow, qtbot: QtBot) -> None:
    def do(words: str) -> None:
        palette = open_palette(window)
        QTest.keyClicks(palette.line, words)
        QTest.keyClick(palette.line, Qt.Key.Key_Return)
        assert not palette.isVisible()

    do("objective iwae")
    assert window.session.experiment.objective.name == "iwae"
    do("path method linear")
    assert window.session.path.method == "linear"
    do("hide layer tiles")
    layers = window.session.choices.layers
    assert layers is not None
    assert "tiles" not in layers
    do("go to samples")
    assert window.tab == "samples"
    do("data ring")
    qtbot.waitUntil(lambda: window.session.dataset is not None and window.session.dataset.name == "ring")


def test_that_a_setting_is_found_and_gets_the_focus_even_among_the_advanced_ones(window: MainWindow) -> None:
    palette = open_palette(window)
    QTest.keyClicks(palette.line, "setting resize to")
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    focus = window.focusWidget()
    assert focus is not None
    row = window.findChild(QWidget, "data.resize")
    assert row is not None
    assert row.isAncestorOf(focus)
    for name in ("test_fraction", "learning_rate"):
        palette = open_palette(window)
        found = next(item for item in entries(window) if item.name.endswith(name))
        QTest.keyClicks(palette.line, found.title)
        QTest.keyClick(palette.line, Qt.Key.Key_Return)
        focus = window.focusWidget()
        assert focus is not None
        assert focus.isVisible()
        assert window.hosts["experiment"].isAncestorOf(focus)


def test_that_runs_are_opened_from_it_and_it_remembers_what_was_chosen(tmp_path: Path, qtbot: QtBot) -> None:
    with opened(tmp_path, qtbot) as (window, _):
        window.session.set_setting("training.epochs", "1")
        window.session.train()
        qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
        run = window.session.run
        assert run is not None
        window.keeper.begin_anew()
        qtbot.waitUntil(lambda: window.session.run is None and window.session.state is RunState.READY)
        palette = open_palette(window)
        QTest.keyClicks(palette.line, f"run {run.name[:8]}")
        QTest.keyClick(palette.line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: window.session.run == run)
        palette = open_palette(window)
        assert titles(palette)[0] == f"Run: {run.name}"
        QTest.keyClick(palette.line, Qt.Key.Key_Escape)
    with opened(tmp_path, qtbot) as (window, _):
        palette = open_palette(window)
        assert titles(palette)[0] == f"Run: {run.name}"
        QTest.keyClick(palette.line, Qt.Key.Key_Escape)
