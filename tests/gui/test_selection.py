"""Points selected on the plane of the real window with mouse and keys, and what the Selection panel does with them."""

from __future__ import annotations

import csv
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from tests.gui.plane_driver import place, settle, train
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.panels.selection import SelectionPanel
from vae_explorer.gui.plotting.plane_menu import plane_menu
from vae_explorer.gui.plotting.plane_strokes import Shape, Stroke, Tool, inside
from vae_explorer.gui.plotting.plane_view import PlaneView
from vae_explorer.gui.plotting.point_parts import Part
from vae_explorer.gui.plotting.scene import Scene

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.state import PointCloud
    from vae_explorer.gui.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def plane(window: MainWindow, qtbot: QtBot) -> PlanePanel:
    """The plane of the window with all sixty pictures on it."""
    train(window.session, qtbot)
    panel = window.panel("plane")
    assert isinstance(panel, PlanePanel)
    panel.controls.part_box.setCurrentIndex(list(Part).index(Part.ALL))
    panel.view.fit((-5.0, -5.0), (5.0, 5.0))
    settle(panel, qtbot)
    panel.view.setFocus()
    return panel


@pytest.fixture
def side(window: MainWindow, plane: PlanePanel) -> SelectionPanel:
    """The Selection panel, in front."""
    window.reveal("selection")
    panel = window.panel("selection")
    assert isinstance(panel, SelectionPanel)
    plane.view.setFocus()
    return panel


def cloud_of(plane: PlanePanel) -> PointCloud:
    cloud = plane.session.points
    assert cloud is not None
    return cloud


def draw(plane: PlanePanel, corners: list[tuple[float, float]], keys: Qt.KeyboardModifier = NONE) -> None:
    """Drag the left button along straight lines."""
    pixels = [place(plane.view, corner) for corner in corners]
    QTest.mousePress(plane.view, LEFT, keys, pixels[0])
    for first, last in itertools.pairwise(pixels):
        for share in (0.25, 0.5, 0.75, 1.0):
            moved = first + QPoint(int((last - first).x() * share), int((last - first).y() * share))
            QTest.mouseMove(plane.view, moved)
    QTest.mouseRelease(plane.view, LEFT, keys, pixels[-1])


def selected(plane: PlanePanel) -> set[int]:
    return set(plane.session.choices.selected.array().tolist())


def rows_within(plane: PlanePanel, low: tuple[float, float], high: tuple[float, float]) -> set[int]:
    cloud = cloud_of(plane)
    kept = np.all((cloud.z > low) & (cloud.z < high), axis=1)
    return set(cloud.rows[kept].tolist())


def test_that_the_lasso_selects_the_points_inside_its_outline_and_undo_gives_them_back(plane: PlanePanel) -> None:
    QTest.keyClick(plane.view, Qt.Key.Key_L)
    assert plane.view.tool is Tool.LASSO
    draw(plane, [(-4.2, -4.2), (0.2, -4.2), (0.2, 0.2), (-4.2, 0.2)])
    wanted = rows_within(plane, (-4.2, -4.2), (0.2, 0.2))
    assert wanted
    assert selected(plane) == wanted
    assert plane.session.pinned is None
    plane.session.undo()
    assert selected(plane) == set()
    plane.session.redo()
    assert selected(plane) == wanted


def test_that_shift_and_drag_select_a_rectangle_and_ctrl_adds_another(plane: PlanePanel) -> None:
    draw(plane, [(-4.2, -4.2), (-1.2, 4.2)], SHIFT)
    first = rows_within(plane, (-4.2, -4.2), (-1.2, 4.2))
    assert selected(plane) == first
    draw(plane, [(1.2, -4.2), (4.2, 4.2)], SHIFT | CONTROL)
    assert selected(plane) == first | rows_within(plane, (1.2, -4.2), (4.2, 4.2))
    draw(plane, [(1.2, -4.2), (4.2, 4.2)], SHIFT)
    assert selected(plane) == rows_within(plane, (1.2, -4.2), (4.2, 4.2))


def test_that_ctrl_and_click_turn_one_point_over_and_pin_nothing(plane: PlanePanel) -> None:
    cloud = cloud_of(plane)
    z1, z2 = cloud.z[0].tolist()
    at = place(plane.view, (z1, z2))
    QTest.mouseClick(plane.view, LEFT, CONTROL, at)
    assert len(selected(plane)) == 1
    row = selected(plane).pop()
    assert cloud.z[cloud.rows == row][0] == pytest.approx((z1, z2))
    QTest.mouseClick(plane.view, LEFT, CONTROL, at)
    assert selected(plane) == set()
    assert plane.session.pinned is None


def test_that_a_click_with_the_lasso_selects_one_point_and_one_beside_all_points_selects_none(
    plane: PlanePanel,
) -> None:
    plane.session.select((1, 2, 3))
    QTest.keyClick(plane.view, Qt.Key.Key_L)
    z1, z2 = cloud_of(plane).z[5].tolist()
    QTest.mouseClick(plane.view, LEFT, NONE, place(plane.view, (z1, z2)))
    assert len(selected(plane)) == 1
    QTest.mouseClick(plane.view, LEFT, NONE, place(plane.view, (0.0, 4.6)))
    assert selected(plane) == set()


def test_that_enter_turns_the_pinned_sample_over(plane: PlanePanel) -> None:
    plane.session.pin((0.3, 0.4))
    QTest.keyClick(plane.view, Qt.Key.Key_Return)
    pin = plane.session.pinned
    assert pin is not None
    assert pin.sample is not None, "the first Enter chooses the nearest sample"
    QTest.keyClick(plane.view, Qt.Key.Key_Return)
    assert selected(plane) == {pin.sample}
    QTest.keyClick(plane.view, Qt.Key.Key_Return)
    assert selected(plane) == set()


def test_that_escape_gives_up_the_stroke_then_the_tool_then_the_selection(plane: PlanePanel) -> None:
    plane.session.select((1, 2))
    QTest.keyClick(plane.view, Qt.Key.Key_L)
    QTest.mousePress(plane.view, LEFT, NONE, place(plane.view, (-3.0, -3.0)))
    QTest.mouseMove(plane.view, place(plane.view, (3.0, 3.0)))
    QTest.keyClick(plane.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(plane.view, LEFT, NONE, place(plane.view, (3.0, 3.0)))
    assert (plane.view.tool, selected(plane)) == (Tool.LASSO, {1, 2})
    QTest.keyClick(plane.view, Qt.Key.Key_Escape)
    assert (plane.view.tool, selected(plane)) == (Tool.PIN, {1, 2})
    QTest.keyClick(plane.view, Qt.Key.Key_Escape)
    assert selected(plane) == set()


def test_that_selected_points_are_drawn_over_the_others(plane: PlanePanel, qtbot: QtBot) -> None:
    cloud = cloud_of(plane)
    row, (z1, z2) = int(cloud.rows[0]), cloud.z[0].tolist()
    plane.controls.toggle("tiles").setChecked(False)
    settle(plane, qtbot)
    before = plane.view.grab().toImage()
    plane.session.select((row,))
    qtbot.waitUntil(lambda: plane.selection.marks.is_complete)
    after = plane.view.grab().toImage()
    at = place(plane.view, (z1, z2))
    changed = [(x, y) for x in range(-6, 7) for y in range(-6, 7)
               if before.pixel(at + QPoint(x, y)) != after.pixel(at + QPoint(x, y))]  # fmt: skip
    assert changed


def test_that_hidden_points_can_neither_be_seen_nor_selected_until_all_are_shown_again(
    plane: PlanePanel, side: SelectionPanel
) -> None:
    draw(plane, [(-4.2, -4.2), (-0.2, 4.2)], SHIFT)
    gone = selected(plane)
    assert gone
    QTest.mouseClick(side.buttons["Hide"], LEFT)
    assert selected(plane) == set()
    draw(plane, [(-4.6, -4.6), (4.6, 4.6)], SHIFT)
    assert selected(plane) == set(range(60)) - gone
    assert "Hidden: " in side.hidden.text()
    QTest.mouseClick(side.buttons["Show all"], LEFT)
    draw(plane, [(-4.6, -4.6), (4.6, 4.6)], SHIFT)
    assert selected(plane) == set(range(60))
    assert side.hidden.text() == ""


def test_that_show_only_hides_the_rest_and_undo_brings_it_back(plane: PlanePanel, side: SelectionPanel) -> None:
    plane.session.select((3, 4, 5))
    QTest.mouseClick(side.buttons["Show only"], LEFT)
    assert set(plane.session.choices.hidden.array().tolist()) == set(range(60)) - {3, 4, 5}
    assert selected(plane) == {3, 4, 5}
    plane.session.undo()
    assert not len(plane.session.choices.hidden)


def test_that_the_panel_counts_classes_and_shows_the_pictures_and_their_mean(
    plane: PlanePanel, side: SelectionPanel, qtbot: QtBot
) -> None:
    plane.session.select((0, 1, 3))
    assert side.heading.text() == "3 points selected"
    assert "class&nbsp;0:&nbsp;2" in side.counts.text()
    assert "class&nbsp;1:&nbsp;1" in side.counts.text()
    assert side.wall.count == 3
    qtbot.waitUntil(lambda: side.mean.image is not None)
    dataset = plane.session.dataset
    assert dataset is not None
    image = side.mean.image
    assert image is not None
    expected = dataset.images[[0, 1, 3]].mean(axis=0).round()[0]
    assert [image.pixelColor(0, y).red() for y in range(4)] == expected[:4, 0].astype(int).tolist()


def test_that_a_picture_of_the_wall_pins_its_sample_and_arrows_go_on(plane: PlanePanel, side: SelectionPanel) -> None:
    plane.session.select((2, 9, 30))
    QTest.mouseClick(side.wall.viewport(), LEFT, NONE, side.wall.rectangle_of(1).center())
    assert plane.session.pinned is not None
    assert plane.session.pinned.sample == 9
    QTest.keyClick(side.wall, Qt.Key.Key_Right)
    assert plane.session.pinned.sample == 30
    assert selected(plane) == {2, 9, 30}


def test_that_a_class_can_be_selected_from_the_menu_and_the_selection_inverted(
    plane: PlanePanel, side: SelectionPanel
) -> None:
    side.classes.menu().actions()[1].trigger()
    assert selected(plane) == set(range(1, 60, 3))
    QTest.mouseClick(side.buttons["Invert"], LEFT)
    assert selected(plane) == set(range(60)) - set(range(1, 60, 3))
    QTest.mouseClick(side.buttons["Clear"], LEFT)
    assert selected(plane) == set()
    assert not side.hint.isHidden()
    assert not side.buttons["Invert"].isEnabled()
    assert side.classes.isEnabled()


def test_that_the_export_holds_the_selected_rows_and_where_they_lie(
    plane: PlanePanel, side: SelectionPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    plane.session.select((7, 50))
    QTest.mouseClick(side.export, LEFT)
    dialog = side.findChild(QFileDialog, "selection-file")
    assert dialog is not None
    path = tmp_path / "some.csv"
    with qtbot.waitSignal(plane.session.noticed):
        dialog.fileSelected.emit(str(path))
    dialog.reject()
    with path.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [int(line["row"]) for line in lines] == [7, 50]
    cloud = cloud_of(plane)
    assert [float(line["z1"]) for line in lines] == pytest.approx([cloud.place_of(row)[0] for row in (7, 50)])  # type: ignore[index]
    assert [line["split"] for line in lines] == ["train", "test"]


def test_that_a_line_drawn_with_the_d_key_becomes_the_path(plane: PlanePanel) -> None:
    QTest.keyClick(plane.view, Qt.Key.Key_D)
    draw(plane, [(-3.0, -3.0), (0.0, 3.0), (3.0, -3.0)])
    path = plane.session.path
    assert path.start is not None
    assert path.end is not None
    assert path.start.z == pytest.approx((-3.0, -3.0), abs=0.1)
    assert path.end.z == pytest.approx((3.0, -3.0), abs=0.1)
    assert any(point.z[1] > 2.5 for point in path.way_points)
    plane.session.undo()
    assert plane.session.path.start is None


def test_that_points_inside_an_outline_follow_the_even_odd_rule() -> None:
    bow = np.array([[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]])
    z = np.array([[0.5, 2.0], [3.5, 2.0], [2.0, 0.5], [2.0, 3.5], [9.0, 9.0], [np.nan, 1.0]], dtype=np.float32)
    assert inside(bow, z).tolist() == [True, True, False, False, False, False]
    assert not inside(bow[:2], z).any()


def test_that_an_outline_of_many_corners_agrees_with_the_circle_it_follows() -> None:
    turns = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    z = np.random.default_rng(0).uniform(-1.5, 1.5, (5_000, 2)).astype(np.float32)
    radius = np.hypot(z[:, 0], z[:, 1])
    clear = np.abs(radius - 1.0) > 1e-3
    assert np.array_equal(inside(circle, z)[clear], (radius < 1.0)[clear])


def test_that_a_rectangle_is_between_its_first_and_its_last_point() -> None:
    stroke = Stroke(Shape.RECTANGLE, (1.0, 2.0), adds=False)
    stroke.move((5.0, 5.0), 100.0)
    stroke.move((3.0, 0.0), 100.0)
    assert stroke.points().min(axis=0).tolist() == [1.0, 0.0]
    assert stroke.points().max(axis=0).tolist() == [3.0, 2.0]


def test_that_the_menu_of_the_plane_hides_what_is_selected(plane: PlanePanel) -> None:
    plane.session.select((3, 4))
    menu = plane_menu(plane.session, plane.view, LatentPoint((0.0, 0.0)), None, plane)
    actions = {action.text(): action for action in menu.actions()}
    assert not actions["Show all points"].isEnabled()
    actions["Hide selected points"].trigger()
    assert set(plane.session.choices.hidden.array().tolist()) == {3, 4}
    assert selected(plane) == set()
    menu.deleteLater()


def test_that_the_select_menu_takes_up_the_lasso_and_selects_what_is_shown(
    window: MainWindow, plane: PlanePanel
) -> None:
    window.commands["select.lasso"].trigger()
    assert plane.view.tool.value == "lasso"
    assert plane.controls.tools.button(Tool.LASSO).isChecked()
    QTest.mouseClick(plane.controls.tools.button(Tool.LASSO), LEFT)
    assert plane.view.tool.value == "pin"
    plane.legend.buttons[0].click()
    QTest.keyClick(window, Qt.Key.Key_A, CONTROL | SHIFT)
    assert selected(plane) == {row for row in range(60) if row % 3}
    QTest.keyClick(window, Qt.Key.Key_H, CONTROL)
    assert selected(plane) == set()
    window.commands["select.show-all"].trigger()
    assert plane.legend.shown().all()


def test_that_a_plane_where_nothing_can_be_selected_has_no_tools(plane: PlanePanel, qtbot: QtBot) -> None:
    view = PlaneView(plane.tiles, plane.points)
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.set_scene(Scene(pin=(0.5, 0.5)))
    chosen: list[tuple[float, float]] = []
    pinned: list[tuple[float, float]] = []
    view.chosen.connect(lambda z, _reach: chosen.append(z))
    view.pinned.connect(pinned.append)
    QTest.keyClick(view, Qt.Key.Key_L)
    assert view.tool is Tool.PIN
    QTest.mouseClick(view, LEFT, SHIFT, QPoint(150, 150))
    assert len(pinned) == 1
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen == [(0.5, 0.5)]
