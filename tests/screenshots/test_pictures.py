"""The command that pictures the window shows what each picture names, and tells what is clipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel, QScrollArea, QTabBar, QVBoxLayout, QWidget

from tests.screenshots import pictures
from tests.screenshots._camera import Order, Picture, check, take
from tests.screenshots._clipping import unreadable
from tests.screenshots._gallery import write_gallery
from tests.screenshots._sameness import alike
from tests.screenshots._stage import Stage, View
from tests.screenshots._states import STATES
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.panels.experiment import ExperimentPanel
from vae_explorer.gui.vertical_area import VerticalArea

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_that_a_state_is_pictured_from_the_real_window(tmp_path: Path, qtbot: QtBot) -> None:
    del qtbot
    (tmp_path / "runs").mkdir()
    (state,) = pictures.chosen(["window-loading"])
    found: list[Picture] = []
    failed = take(
        Order((state,), ("en",), ("dark",), 1.0), tmp_path / "runs", tmp_path, found.append, lambda _line: None
    )
    assert failed == ()
    (picture,) = found
    assert picture.path == "en-dark-1x/window-loading.png"
    assert (tmp_path / picture.path).stat().st_size > 1000
    assert picture.clipped == ()


def test_that_a_state_leaves_nothing_to_the_next(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    del qtbot
    monkeypatch.setenv("VAE_EXPLORER_LANGUAGE", "en")  # put back afterwards: a stage sets it
    stage = Stage(tmp_path, "en")
    stage.backend.go.clear()
    try:
        stage.open()
        stage.settle()
        size, data = stage.window.size(), stage.panel_of(ExperimentPanel).data
        stage.session.downloads.ask("fashion-mnist")
        stage.session.set_start(LatentPoint((0.5, 0.5)))
        stage.scroll_to(data.form)
        stage.window.resize(size.width(), size.height() + 20)
        stage.tidy()
        assert (data.offer.asking, data.source.currentData()) == ("", stage.session.experiment.data.source)
        assert stage.session.path.start is None
        assert not stage.session.steps.can_undo
        assert stage.window.size() == size
        assert {area.verticalScrollBar().value() for area in stage.window.findChildren(VerticalArea)} == {0}
    finally:
        stage.close()


def test_that_every_state_has_a_name_of_its_own() -> None:
    names = [state.name for state in STATES]
    assert len(names) == len(set(names))
    with pytest.raises(LookupError, match="There is no state nowhere-"):
        pictures.chosen(["nowhere-*"])


def test_that_a_picture_without_what_it_names_is_refused(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    part = QLabel("here", window)
    window.show()
    check(View(window, (part,)))
    part.hide()
    with pytest.raises(AssertionError, match="isn't seen"):
        check(View(window, (part,)))


def test_that_words_without_room_are_told(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    label = QLabel("several words that take more than a line in a narrow place", window)
    label.setWordWrap(True)
    tabs = QTabBar()
    tabs.addTab("The first of the tabs")
    column.addWidget(label)
    column.addWidget(tabs)
    window.resize(600, 120)
    window.show()
    assert unreadable(window) == []
    label.setFixedSize(80, 12)
    tabs.setFixedWidth(60)
    qtbot.waitUntil(lambda: any("QTabBar" in sentence for sentence in unreadable(window)))
    assert any("pixels of height" in sentence for sentence in unreadable(window))


@pytest.mark.parametrize("text", ["one\ntwo\nthree", "<p>one</p><p>two</p>", "one<br>two<br>three"])
@pytest.mark.parametrize("wraps", [True, False])
def test_that_a_label_of_several_lines_is_told_where_one_of_them_is_cut(qtbot: QtBot, text: str, wraps: bool) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label = QLabel(text, window)
    label.setWordWrap(wraps)
    label.setGeometry(0, 0, 100, label.heightForWidth(100))
    window.resize(200, 200)
    window.show()
    assert unreadable(window) == []
    label.setFixedHeight(label.height() - 5)
    assert any("pixels of height" in sentence for sentence in unreadable(window))


def test_that_a_label_is_told_that_lies_across_the_lower_rim_of_its_window_but_not_one_to_scroll_to(
    qtbot: QtBot,
) -> None:
    window, area = QWidget(), QScrollArea()
    label, listed = QLabel("one\ntwo\nthree", window), QLabel("one\ntwo\nthree")
    label.adjustSize()
    window.resize(200, label.height())
    area.setWidget(listed)
    area.resize(200, listed.height() // 2)
    for widget in (window, area):
        qtbot.addWidget(widget)
        widget.show()
    assert unreadable(window) == []
    assert unreadable(area) == []
    label.move(0, 5)
    assert any("pixels of height" in sentence for sentence in unreadable(window))


def test_that_pictures_of_different_states_that_are_the_same_are_told(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2"), ("d", b"2")):
        (tmp_path / f"{name}.png").write_bytes(content)
    states = {"a": "panel-path", "b": "panel-draw", "c": "palette", "d": "palette"}  # the last two in two languages
    found = [Picture(state, "en", "light", 1.0, f"{name}.png", ()) for name, state in states.items()]
    assert alike(found, tmp_path) == [(found[0], found[1])]


def test_that_the_page_shows_every_picture_with_what_is_clipped_in_it(tmp_path: Path) -> None:
    found = [Picture("panel-path", "en", "light", 2.0, "en-light-2x/panel-path.png", ("<b> is cut off",))]
    write_gallery(tmp_path / "index.html", found)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<img src="en-light-2x/panel-path.png"' in text
    assert "en, light, scale 2" in text
    assert "&lt;b&gt; is cut off" in text
