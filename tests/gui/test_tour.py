"""The tour on the real window: each stop points at something, knows when it is done, and stays out of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtTest import QTest

from vae_explorer.app.state import LatentPoint, RunState
from vae_explorer.gui.tour.bubble import TourBubble, TourFrame
from vae_explorer.gui.tour.steps import STEPS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


def bubble_of(window: MainWindow) -> TourBubble:
    bubble = window.tour.bubble
    assert bubble is not None
    return bubble


def go_to(window: MainWindow, title: str) -> TourBubble:
    bubble = bubble_of(window)
    while window.tour.step.title != title:
        QTest.mouseClick(bubble.forward_button, Qt.MouseButton.LeftButton)
    return bubble


def test_that_the_tour_leads_through_all_stops_and_ends(window: MainWindow) -> None:
    window.commands["help.tour"].trigger()
    titles = []
    while window.tour.bubble is not None:
        titles.append(window.tour.step.title)
        bubble = window.tour.bubble
        assert bubble.isVisible()
        assert bubble.text.text() == window.tour.step.text
        QTest.keyClick(bubble.forward_button, Qt.Key.Key_Space)
    assert titles == [step.title for step in STEPS]
    assert not [widget for widget in window.findChildren(TourBubble) if widget.isVisible()]


@pytest.mark.parametrize("size", [QSize(1000, 650), QSize(1280, 800), QSize(1920, 1080)])
def test_that_the_bubble_lies_in_the_window_and_its_words_fit(window: MainWindow, size: QSize) -> None:
    window.resize(size)
    window.commands["help.tour"].trigger()
    for _ in STEPS:
        bubble = bubble_of(window)
        target = window.tour.step.target(window)
        assert target is not None
        assert target.isVisible(), window.tour.step.title
        assert window.rect().contains(bubble.geometry()), window.tour.step.title
        bar = window.run_bar
        assert not bubble.geometry().intersects(QRect(bar.mapTo(window, QPoint(0, 0)), bar.size()))
        assert bubble.text.height() >= bubble.text.heightForWidth(bubble.text.width()), window.tour.step.title
        QTest.mouseClick(bubble.forward_button, Qt.MouseButton.LeftButton)


def test_that_the_bubble_leaves_a_button_free_that_it_points_at(window: MainWindow) -> None:
    window.commands["help.tour"].trigger()
    bubble = go_to(window, "Train")
    button = window.run_bar.toggle_button
    assert not bubble.geometry().intersects(QRect(button.mapTo(window, QPoint(0, 0)), button.size()))


def test_that_a_stop_sees_when_its_task_is_done(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["help.tour"].trigger()
    bubble = go_to(window, "Train")
    assert "Done" not in bubble.task.text()
    QTest.mouseClick(window.run_bar.toggle_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Done" in bubble.task.text())
    session = window.session
    go_to(window, "The plane")
    assert "Done" not in bubble.task.text()
    session.pin((0.5, 0.5))
    qtbot.waitUntil(lambda: "Done" in bubble.task.text())
    go_to(window, "Encodings")
    assert "Done" not in bubble.task.text()
    session.pin((0.5, 0.5), 50)
    qtbot.waitUntil(lambda: "Done" in bubble.task.text())
    go_to(window, "A path")
    session.set_start(LatentPoint((-1.0, 0.0)))
    session.set_end(LatentPoint((1.0, 0.0)))
    qtbot.waitUntil(lambda: "Done" in bubble.task.text())
    go_to(window, "Walk along it")
    assert "Done" not in bubble.task.text()
    session.set_path_position(0.5)
    qtbot.waitUntil(lambda: "Done" in bubble.task.text())
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)


def test_that_escape_ends_the_tour_and_back_goes_back(window: MainWindow) -> None:
    window.commands["help.tour"].trigger()
    bubble = go_to(window, "Train")
    QTest.mouseClick(bubble.back_button, Qt.MouseButton.LeftButton)
    assert window.tour.step is STEPS[1]
    bubble.forward_button.setFocus()
    QTest.keyClick(bubble.forward_button, Qt.Key.Key_Escape)
    assert window.tour.bubble is None


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_that_the_key_that_presses_buttons_goes_on(key: Qt.Key, window: MainWindow) -> None:
    window.commands["help.tour"].trigger()
    QTest.keyClick(bubble_of(window).forward_button, key)
    assert window.tour.step is STEPS[1]


def test_that_the_bubble_follows_the_window(window: MainWindow) -> None:
    window.resize(1280, 800)
    window.commands["help.tour"].trigger()
    go_to(window, "The inspector")
    window.resize(1000, 650)
    assert window.rect().contains(bubble_of(window).geometry())


def test_that_the_tour_begins_anew_when_asked_again(window: MainWindow) -> None:
    window.commands["help.tour"].trigger()
    bubble = go_to(window, "Train")
    window.commands["help.tour"].trigger()
    assert window.tour.bubble is bubble
    assert window.tour.step is STEPS[0]


def test_that_the_list_of_experiments_opens_ready_for_the_keyboard(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["help.experiments"].trigger()
    host = window.hosts["learn"]
    qtbot.waitUntil(host.isVisible)
    focus = window.focusWidget()
    assert focus is not None
    assert host.isAncestorOf(focus)


def test_that_a_stop_says_that_there_is_nothing_to_see_before_a_training(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["help.tour"].trigger()
    bubble = go_to(window, "What will be trained")
    assert not bubble.lack.isVisible()
    go_to(window, "Watch it learn")
    assert bubble.lack.isVisible()
    QTest.mouseClick(window.run_bar.toggle_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not bubble.lack.isVisible())
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)


def test_that_every_stop_that_shows_what_was_learned_says_when_there_is_little(window: MainWindow) -> None:
    window.commands["help.tour"].trigger()
    told = set()
    for step in STEPS:
        bubble = bubble_of(window)
        if bubble.lack.isVisible():
            told.add(step.title)
        assert bubble.task.isVisible() == (step.is_done is not None), step.title
        QTest.mouseClick(bubble.forward_button, Qt.MouseButton.LeftButton)
    assert told == {step.title for step in STEPS[3:11]}


def test_that_the_last_stop_has_one_button_that_ends_the_tour(window: MainWindow) -> None:
    window.commands["help.tour"].trigger()
    assert bubble_of(window).end_button.isVisible()
    bubble = go_to(window, STEPS[-1].title)
    assert not bubble.end_button.isVisible()
    QTest.mouseClick(bubble.back_button, Qt.MouseButton.LeftButton)
    assert bubble.end_button.isVisible()


def test_that_nothing_invites_to_take_the_tour_while_it_is_on(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "take the tour" in window.status.message.text())
    window.commands["help.tour"].trigger()
    assert "tour" not in window.status.message.text()


def test_that_the_last_but_one_stop_frames_the_file_menu_alone(window: MainWindow) -> None:
    window.commands["help.tour"].trigger()
    go_to(window, "Take it home")
    frame = window.findChild(TourFrame)
    assert frame is not None
    assert frame.geometry().right() < window.menuBar().actionGeometry(window.menuBar().actions()[1]).right()
