"""Notices in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from vae_explorer.app.state import Notice, NoticeAction
from vae_explorer.gui import notice_card
from vae_explorer.gui.notices import NoticeBar
from vae_explorer.gui.plotting.plane_controls import PlaneControls

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


@pytest.fixture
def bar(qtbot: QtBot) -> NoticeBar:
    made = NoticeBar()
    qtbot.addWidget(made)
    return made


def test_that_the_bar_takes_no_room_until_there_is_a_notice(bar: NoticeBar) -> None:
    assert not bar.isVisible()
    bar.add(Notice("warning", "Something."))
    assert bar.isVisible()


def test_that_details_unfold_and_are_copied_with_the_text(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.add(Notice("error", "It failed.", "line 1\nline 2"))
    card = bar.cards[0]
    assert not card.details.isVisible()
    QTest.mouseClick(card.details_button, Qt.MouseButton.LeftButton)
    assert card.details.isVisible()
    QTest.mouseClick(card.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "It failed.\n\nline 1\nline 2"


def test_that_a_notice_whose_details_are_read_stays_in_sight(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.add(Notice("error", "It failed.", "line 1\nline 2"))
    bar.add(Notice("info", "Something newer."))
    card = bar.cards[0]
    QTest.mouseClick(card.details_button, Qt.MouseButton.LeftButton)
    bar.set_room(400, 60)
    assert bar.more.isVisible()
    assert card.details.isVisible()


def test_that_a_dismissed_notice_is_gone(bar: NoticeBar, qtbot: QtBot) -> None:
    bar.add(Notice("error", "It failed."))
    QTest.mouseClick(bar.cards[0].close_button, Qt.MouseButton.LeftButton)
    assert bar.cards == ()
    assert not bar.isVisible()


def test_that_the_same_notice_is_shown_once_and_the_oldest_makes_room(bar: NoticeBar) -> None:
    for text in ("a", "a", "b", "c", "d"):
        bar.add(Notice("warning", text))
    assert [card.notice.text for card in bar.cards] == ["b", "c", "d"]


def test_that_an_info_goes_by_itself_and_an_error_stays(
    bar: NoticeBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notice_card, "INFO_MILLISECONDS", 20)
    bar.add(Notice("error", "stays"))
    bar.add(Notice("info", "goes"))
    qtbot.waitUntil(lambda: len(bar.cards) == 1)
    assert bar.cards[0].notice.text == "stays"


def test_that_mark_up_in_a_file_name_is_shown_as_text(bar: NoticeBar) -> None:
    bar.add(Notice("error", "The file <b>x</b> is empty."))
    assert bar.cards[0].text.textFormat() == Qt.TextFormat.PlainText


def test_that_notices_leave_the_window_as_it_is_and_scroll_to_the_newest(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(window.minimumSizeHint())
    size, least = window.size(), window.minimumSizeHint()
    for text in ("first", "second", "third"):
        window.notices.add(Notice("error", f"{text} {'words ' * 30}", "line\n" * 40))
    newest, bar = window.notices.cards[-1], window.notices.verticalScrollBar()
    qtbot.waitUntil(lambda: 0 < bar.value() == newest.y())
    QTest.mouseClick(newest.details_button, Qt.MouseButton.LeftButton)
    assert newest.details_button.text() == "Hide details"
    qtbot.waitUntil(lambda: newest.details.height() + newest.text.height() < newest.height())
    qtbot.waitUntil(lambda: 0 < bar.value() == newest.y())
    assert window.minimumSizeHint() == least
    assert window.size() == size
    assert window.notices.height() <= window.height() // 3
    QTest.mouseClick(newest.details_button, Qt.MouseButton.LeftButton)
    assert newest.details_button.text() == "Details"


def test_that_all_tools_of_the_plane_are_whole_below_notices_in_a_small_window(
    window: MainWindow, qtbot: QtBot
) -> None:
    window.resize(800, 600)
    controls = window.hosts["plane"].findChildren(PlaneControls)[0]
    for count in range(3):
        text = f"{count}: the disk is full, and what was trained until now stays in memory until there is room for it."
        window.session.notify("warning", text, "details")
    qtbot.waitUntil(lambda: window.size() == QSize(800, 600) and len(window.notices.cards) == 3)
    qtbot.wait(100)
    buttons = [button for button in controls.findChildren(QToolButton) if button.isVisible()]
    assert len(buttons) >= 10
    cut = [button.toolTip() for button in buttons if button.visibleRegion().boundingRect() != button.rect()]
    assert cut == []
    assert window.notices.viewport().height() >= 3 * window.fontMetrics().lineSpacing()


def test_that_details_are_as_high_as_their_lines(bar: NoticeBar) -> None:
    bar.resize(600, 400)
    heights, scrolling = [], []
    for lines in (1, 2, 5, 8, 60):
        bar.add(Notice("error", str(lines), "\n".join(["line"] * lines)))
        card = bar.cards[-1]
        card.details_button.click()
        QApplication.processEvents()
        heights.append(card.details.height())
        scrolling.append(card.details.verticalScrollBar().maximum() > 0)
    line = bar.cards[-1].details.fontMetrics().lineSpacing()
    assert [height - heights[0] for height in heights] == [0, 0, 3 * line, 6 * line, 6 * line]
    assert scrolling == [False, False, False, False, True]


def test_that_a_long_name_of_a_file_is_shortened_where_it_is_shown_alone(bar: NoticeBar) -> None:
    name = "a" * 200 + ".npz"
    bar.add(Notice("error", f"The file {name} is empty."))
    card = bar.cards[0]
    assert card.text.text() == f"The file {'a' * 24}…{'a' * 11}.npz is empty."
    assert card.text.toolTip() == f"The file {name} is empty."
    QTest.mouseClick(card.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == f"The file {name} is empty."


def shown(bar: NoticeBar) -> list[str]:
    return [card.notice.text for card in bar.cards if card.isVisible()]


def test_that_notices_that_would_crowd_the_plane_are_counted_and_shown_when_asked_for(
    bar: NoticeBar, qtbot: QtBot
) -> None:
    bar.resize(600, 400)
    for text in ("first", "second", "third"):
        bar.add(Notice("error", text))
    assert (shown(bar), bar.more.isVisible()) == (["first", "second", "third"], False)
    bar.set_room(400, 60)
    assert (shown(bar), bar.more.text()) == (["third"], "2 more notices")
    QTest.mouseClick(bar.more, Qt.MouseButton.LeftButton)
    assert (shown(bar), bar.more.text()) == (["first", "second", "third"], "Fewer notices")
    QTest.mouseClick(bar.more, Qt.MouseButton.LeftButton)
    assert shown(bar) == ["third"]
    QTest.mouseClick(bar.cards[-1].close_button, Qt.MouseButton.LeftButton)
    assert (shown(bar), bar.more.text()) == (["second"], "1 more notice")
    bar.set_room(400, 400)
    assert (shown(bar), bar.more.isVisible()) == (["first", "second"], False)


def test_that_a_notice_with_buttons_stays_in_sight(bar: NoticeBar) -> None:
    bar.resize(600, 400)
    bar.set_room(400, 0)
    bar.add(Notice("error", "asks", actions=(NoticeAction("Try again", "Write it again", lambda: None),)))
    bar.add(Notice("warning", "later"))
    assert (shown(bar), bar.more.text()) == (["asks"], "1 more notice")
