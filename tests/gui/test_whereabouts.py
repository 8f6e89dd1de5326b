"""Where a person is in the window stays as another language is chosen: scrolled columns, focus, what is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit

from tests.gui.plane_driver import train
from tests.gui.spoken import choose
from vae_explorer.gui.form_row import FormRow
from vae_explorer.gui.section import Section
from vae_explorer.gui.vertical_area import VerticalArea

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.renewal import OneWindow


def column(window: MainWindow) -> VerticalArea:
    """Return the column of the experiment panel."""
    return window.hosts["experiment"].findChildren(VerticalArea)[0]


def row(window: MainWindow, name: str) -> FormRow:
    """Return the row of a setting."""
    return next(each for each in window.hosts["experiment"].findChildren(FormRow) if each.objectName() == name)


def height_of(window: MainWindow, name: str) -> int:
    """Return how far the row of a setting is below the upper rim of the panel."""
    return row(window, name).mapTo(column(window).viewport(), QPoint(0, 0)).y()


def line(window: MainWindow, name: str) -> QLineEdit:
    """Return the line in which a setting is typed."""
    return row(window, name).editor.findChildren(QLineEdit)[0]


def test_that_the_settings_stay_where_they_were_scrolled_to(holder: OneWindow, qtbot: QtBot) -> None:
    window = holder.window
    window.resize(1000, 600)
    window.reveal("experiment")
    qtbot.waitUntil(lambda: column(window).verticalScrollBar().maximum() > 200)
    bar = column(window).verticalScrollBar()
    bar.setValue(bar.value() + height_of(window, "model.hidden") - 30)
    before = height_of(window, "model.hidden")
    assert before == 30
    for code in ("zh_CN", "en"):
        choose(holder, code, qtbot)
        # What was seen first is where it was; what follows may be a line of words higher or lower.
        qtbot.waitUntil(lambda: abs(height_of(holder.window, "model.hidden") - before) <= 8)
    qtbot.wait(500)
    assert abs(height_of(holder.window, "model.hidden") - before) <= 8


def test_that_a_panel_behind_another_is_scrolled_as_it_was_when_it_is_looked_at(
    holder: OneWindow, qtbot: QtBot
) -> None:
    window = holder.window
    window.resize(1000, 600)
    window.reveal("experiment")
    qtbot.waitUntil(lambda: column(window).verticalScrollBar().maximum() > 200)
    column(window).verticalScrollBar().setValue(150)
    window.reveal("learn")
    new = choose(holder, "zh_CN", qtbot)
    new.reveal("experiment")
    qtbot.waitUntil(lambda: column(new).isVisible() and column(new).verticalScrollBar().value() > 100)


def test_that_the_focus_stays_with_what_is_being_typed(holder: OneWindow, qtbot: QtBot) -> None:
    window = holder.window
    window.reveal("experiment")
    editor = row(window, "training.epochs").editor
    editor.setFocus()
    typing = line(window, "training.epochs")
    typing.selectAll()
    QTest.keyClicks(typing, "12x")
    QTest.keyClick(typing, Qt.Key.Key_Left)
    new = choose(holder, "zh_CN", qtbot)
    assert new.focusWidget() is row(new, "training.epochs").editor
    assert line(new, "training.epochs").text() == "12x"
    assert line(new, "training.epochs").cursorPosition() == 2
    assert row(new, "training.epochs").has_error
    QTest.keyClick(line(new, "training.epochs"), Qt.Key.Key_Delete)
    assert new.session.experiment.training.epochs == 12


def test_that_a_wrong_text_stays_where_the_focus_is_no_more(holder: OneWindow, qtbot: QtBot) -> None:
    window = holder.window
    window.reveal("experiment")
    QTest.keyClicks(line(window, "training.batch_size"), "wide")
    window.tabs.setFocus()
    assert row(window, "training.batch_size").has_error
    new = choose(holder, "zh_CN", qtbot)
    assert line(new, "training.batch_size").text().endswith("wide")
    assert row(new, "training.batch_size").has_error


def test_that_half_a_coordinate_is_not_pinned(holder: OneWindow, qtbot: QtBot) -> None:
    window, session = holder.window, holder.window.session
    train(session, qtbot)
    session.pin((0.5, -0.5))
    window.reveal("inspector")
    box = window.hosts["inspector"].findChildren(QDoubleSpinBox, "z1")[0]
    box.setFocus()
    box.lineEdit().selectAll()
    QTest.keyClicks(box.lineEdit(), "1.")
    new = choose(holder, "zh_CN", qtbot)
    assert session.pinned is not None
    assert session.pinned.z == (0.5, -0.5)
    again = new.hosts["inspector"].findChildren(QDoubleSpinBox, "z1")[0]
    assert again.lineEdit().text() == "1."
    QTest.keyClicks(again.lineEdit(), "25")
    QTest.keyClick(again, Qt.Key.Key_Return)
    assert session.pinned.z == (1.25, -0.5)


def test_that_folded_parts_stay_folded(holder: OneWindow, qtbot: QtBot) -> None:
    holder.window.hosts["inspector"].findChildren(Section)[1].button.toggle()
    before = [part.button.isChecked() for part in holder.window.hosts["inspector"].findChildren(Section)]
    assert len(set(before)) == 2
    after = choose(holder, "zh_CN", qtbot).hosts["inspector"].findChildren(Section)
    assert [part.button.isChecked() for part in after] == before
