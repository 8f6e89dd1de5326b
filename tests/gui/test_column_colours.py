"""Points coloured by a column of a user's own table, through the real window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog

from tests.gui.canvas_driver import drop_file
from tests.gui.plane_driver import settle, train
from tests.gui.test_reopening import opened
from vae_explorer.gui.panels.plane import PlanePanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.state import Notice
    from vae_explorer.gui.main_window import MainWindow


@pytest.fixture
def plane(window: MainWindow, qtbot: QtBot) -> PlanePanel:
    """The plane of the window with points on it."""
    train(window.session, qtbot)
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    settle(panel, qtbot)
    return panel


def open_table(plane: PlanePanel, path: Path, text: str) -> None:
    """Choose a file in the dialog that the menu of colours opens."""
    path.write_text(text, encoding="utf-8")
    action = next(each for each in plane.legend.choice.menu().actions() if each.text().startswith("A column"))
    action.trigger()
    dialog = plane.findChild(QFileDialog, "column-file")
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.reject()


def entry(plane: PlanePanel, title: str) -> None:
    next(each for each in plane.legend.choice.entries if each.text() == title).trigger()


def test_that_a_dropped_table_colours_the_points_in_a_step_that_is_taken_back(
    window: MainWindow, plane: PlanePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    table = tmp_path / "mine.CSV"
    table.write_text("row,width\n" + "\n".join(f"{row},{row * 2.5}" for row in range(60)), encoding="utf-8")
    assert drop_file(window, table)
    qtbot.waitUntil(lambda: plane.colours.colouring.column == "width")
    window.session.undo()
    assert window.session.choices.column_file == ""
    assert plane.colours.colouring.column != "width"


def test_that_numbers_of_a_table_give_a_colour_bar_and_words_give_classes(
    plane: PlanePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    lines = "\n".join(f"{row},{row * 2.5},{'round' if row % 4 else 'square'}" for row in range(60))
    open_table(plane, tmp_path / "mine.csv", f"row,width,shape\n{lines}\n")
    qtbot.waitUntil(lambda: plane.colours.colouring.column == "width")
    assert plane.legend.bar.isVisible()
    assert plane.legend.bar.toolTip().startswith("width:")
    entry(plane, "shape")
    assert [button.text() for button in plane.legend.buttons] == ["round", "square"]
    assert not plane.legend.bar.isVisible()


def test_that_a_word_of_a_table_is_hidden_by_its_button_and_comes_back_with_the_classes(
    plane: PlanePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    lines = "\n".join("round" if row % 4 else "square" for row in range(60))
    open_table(plane, tmp_path / "mine.csv", f"shape\n{lines}\n")
    qtbot.waitUntil(lambda: plane.colours.colouring.column == "shape")
    cloud, dataset = plane.session.points, plane.session.dataset
    assert cloud is not None
    assert dataset is not None
    plane.legend.buttons[1].click()
    kept = cloud.rows[plane.colours.of(cloud, dataset).rows >= 0]
    assert set(kept.tolist()) == {row for row in range(45, 60) if row % 4}
    entry(plane, "Class")
    assert plane.session.choices.hidden_classes == frozenset()
    assert len(plane.legend.buttons) == 3
    plane.session.undo()
    assert plane.session.choices.hidden_classes == {1}
    assert plane.colours.colouring.column == "shape"


def test_that_opening_a_table_is_one_step_to_undo(plane: PlanePanel, qtbot: QtBot, tmp_path: Path) -> None:
    before = len(plane.session.steps)
    open_table(plane, tmp_path / "mine.csv", "v\n" + "\n".join(map(str, range(60))))
    qtbot.waitUntil(lambda: plane.colours.colouring.column == "v")
    assert len(plane.session.steps) == before + 1
    plane.session.undo()
    assert plane.colours.columns.table is None
    assert plane.colours.colouring.title == "Class"


def test_that_a_table_that_does_not_fit_is_refused_in_a_sentence_and_changes_nothing(
    plane: PlanePanel, qtbot: QtBot, tmp_path: Path
) -> None:
    told: list[Notice] = []
    plane.session.noticed.connect(told.append)
    open_table(plane, tmp_path / "mine.csv", "v\n1\n2\n")
    qtbot.waitUntil(lambda: bool(told))
    assert "has 2 rows, and the data have 60 images" in told[0].text
    assert plane.colours.colouring.title == "Class"
    assert plane.session.choices.column_file == ""


def test_that_a_reopened_session_colours_by_the_same_column_and_selects_the_same_points(
    tmp_path: Path, qtbot: QtBot
) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("v,w\n" + "\n".join(f"{row},{'even' if row % 2 == 0 else 'odd'}" for row in range(60)), "utf-8")
    with opened(tmp_path, qtbot) as (first, _):
        train(first.session, qtbot)
        panel = first.panel("plane")
        assert isinstance(panel, PlanePanel)
        panel.colours.columns.open(str(table))
        qtbot.waitUntil(lambda: panel.colours.colouring.column == "v")
        entry(panel, "w")
        first.session.select((50, 51))
    with opened(tmp_path, qtbot) as (again, notices):
        reopened = again.panel("plane")
        assert isinstance(reopened, PlanePanel)
        qtbot.waitUntil(lambda: reopened.colours.colouring.column == "w")
        assert [button.text() for button in reopened.legend.buttons] == ["even", "odd"]
        assert again.session.choices.selected.array().tolist() == [50, 51]
        assert not [notice for notice in notices if notice.level == "error"]
