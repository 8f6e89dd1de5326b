"""Notices in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from vae_explorer.app.state import Notice
from vae_explorer.gui import notices
from vae_explorer.gui.notices import NoticeBar

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


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
    monkeypatch.setattr(notices, "INFO_MILLISECONDS", 20)
    bar.add(Notice("error", "stays"))
    bar.add(Notice("info", "goes"))
    qtbot.waitUntil(lambda: len(bar.cards) == 1)
    assert bar.cards[0].notice.text == "stays"


def test_that_mark_up_in_a_file_name_is_shown_as_text(bar: NoticeBar) -> None:
    bar.add(Notice("error", "The file <b>x</b> is empty."))
    assert bar.cards[0].text.textFormat() == Qt.TextFormat.PlainText
