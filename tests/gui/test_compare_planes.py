"""Both planes of the window that compares: one cursor, one path, one selection, and a wipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.app.fake_backends import FakeBackend
from tests.app.test_comparison import QuarterModel
from tests.gui.compare_driver import LEFT, NO_KEYS, choose_other
from tests.gui.plane_driver import place, wheel
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.dialogs.compare import CompareWindow

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_that_hovering_over_either_plane_shows_one_cursor_on_both(compared: CompareWindow) -> None:
    planes = compared.panel.planes
    for view in planes.views:
        QTest.mouseMove(view, place(view, (1.0, 0.5)))
        assert planes.cursors[0].z == planes.cursors[1].z
        assert planes.cursors[0].z == pytest.approx((1.0, 0.5), abs=0.02)
        QTest.mouseMove(view, QPoint(2, 2))
        assert planes.cursors[0].z is None
        assert planes.cursors[1].z is None


def test_that_both_pictures_and_their_difference_are_shown_at_the_pin(
    compared: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    del backend
    view = compared.panel.planes.views[1]
    QTest.mouseClick(view, LEFT, NO_KEYS, place(view, (1.0, 0.0)))
    pictures = compared.panel.pictures
    qtbot.waitUntil(lambda: "Mean absolute difference 0.0" in pictures.amount.text())
    greys = [pictures.views[index].image.pixelColor(0, 0).value() for index in range(2)]
    assert greys[0] == greys[1]
    assert abs(greys[0] - 160) <= 2
    assert not pictures.views[2].image.isNull()
    assert compared.panel.session.pinned is not None


def test_that_a_difference_is_signed_and_its_scale_can_be_chosen(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    session, pictures = comparing.panel.session, comparing.panel.pictures
    session.pin((0.5, 0.0))
    qtbot.waitUntil(lambda: "Mean absolute difference 16.0 grey" in pictures.amount.text())
    faint = pictures.views[2].image.pixelColor(3, 3)
    assert faint.red() > faint.blue()
    QTest.keyClicks(pictures.reach_box, "±16")
    strong = pictures.views[2].image.pixelColor(3, 3)
    assert pictures.reach == 16
    assert strong.red() - strong.blue() > faint.red() - faint.blue() + 50
    session.pin((-0.5, 0.0))
    qtbot.waitUntil(lambda: pictures.views[2].image.pixelColor(3, 3).blue() > 100)
    assert pictures.views[2].image.pixelColor(3, 3).red() < 50


def test_that_panning_and_zooming_one_plane_moves_the_other(compared: CompareWindow, qtbot: QtBot) -> None:
    first, second = compared.panel.planes.views
    wheel(first, place(first, (0.0, 0.0)), 3)
    assert first.viewport.scale == pytest.approx(second.viewport.scale)
    QTest.mousePress(second, Qt.MouseButton.MiddleButton, NO_KEYS, QPoint(200, 150))
    QTest.mouseMove(second, QPoint(240, 150))
    QTest.mouseRelease(second, Qt.MouseButton.MiddleButton, NO_KEYS, QPoint(240, 150))
    qtbot.waitUntil(lambda: first.viewport.centre[0] < -0.01)
    assert first.viewport.centre == pytest.approx(second.viewport.centre)
    compared.panel.session.undo()
    assert first.viewport.centre[0] == pytest.approx(0.0, abs=1e-6)
    assert second.viewport.centre[0] == pytest.approx(0.0, abs=1e-6)


def test_that_alignment_turns_the_second_plane_and_says_how_well_it_fits(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    panel, session = comparing.panel, comparing.panel.session
    qtbot.waitUntil(lambda: session.comparison.points is not None)
    QTest.mouseClick(panel.bar.align, LEFT)
    assert session.comparison.alignment is not None
    assert "turned by \N{MINUS SIGN}90\N{DEGREE SIGN}" in panel.remarks.text()
    assert "100%" in panel.remarks.text()
    session.pin((0.5, 0.0))
    qtbot.waitUntil(lambda: "Mean absolute difference 0.0" in panel.pictures.amount.text())
    assert "on B's own plane (0.00, 0.50)" in panel.pictures.place.text()
    session.undo()
    session.undo()
    assert session.comparison.alignment is None
    assert not panel.bar.align.isChecked()


def test_that_an_encoding_chosen_on_the_second_plane_is_the_same_image_on_the_first(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    session = comparing.panel.session
    qtbot.waitUntil(lambda: session.comparison.points is not None)
    cloud = session.comparison.points
    assert cloud is not None
    assert session.points is not None
    z = tuple(map(float, cloud.z[10]))
    view = comparing.panel.planes.views[1]
    QTest.mouseDClick(view, LEFT, NO_KEYS, place(view, (z[0], z[1])))
    pin = session.pinned
    assert pin is not None
    assert pin.sample is not None
    assert cloud.place_of(pin.sample) == pytest.approx(z)
    assert pin.z == session.points.place_of(pin.sample)
    ellipse = view.scene.ellipse
    assert ellipse is not None
    assert ellipse.mean == pytest.approx(z)


def test_that_one_path_is_drawn_on_both_planes_with_three_strips(compared: CompareWindow, qtbot: QtBot) -> None:
    session, panel = compared.panel.session, compared.panel
    session.set_path_method("linear")
    session.set_start(LatentPoint((-2.0, 0.0)))
    session.set_end(LatentPoint((2.0, 0.0)))
    qtbot.waitUntil(lambda: [strip.count for strip in panel.path.strips] == [11, 11, 11])
    curves = [view.scene.curve for view in panel.planes.views]
    assert curves[0] is not None
    np.testing.assert_array_equal(curves[0], curves[1])
    assert "0.0 grey levels" in panel.path.words.text()
    QTest.mouseClick(panel.path.strips[1], LEFT, NO_KEYS, panel.path.strips[1].frame_rect(10).center())
    assert session.path.position == 1.0
    assert panel.path.slider.value() == panel.path.slider.maximum()
    QTest.keyClick(panel.path.slider, Qt.Key.Key_Home)
    assert session.path.position == 0.0


def test_that_a_handle_dragged_on_the_second_plane_moves_the_path_of_both(compared: CompareWindow) -> None:
    session = compared.panel.session
    session.set_start(LatentPoint((-1.0, 0.0)))
    view = compared.panel.planes.views[1]
    start = place(view, (-1.0, 0.0))
    QTest.mousePress(view, LEFT, NO_KEYS, start)
    QTest.mouseMove(view, start + QPoint(30, -20))
    QTest.mouseRelease(view, LEFT, NO_KEYS, start + QPoint(30, -20))
    moved = session.path.start
    assert moved is not None
    assert moved.z[0] > -1.0
    for plane in compared.panel.planes.views:
        assert plane.scene.handles[0].z == moved.z


def test_that_the_wipe_shows_both_models_on_one_plane(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    panel = comparing.panel
    panel.bar.layers["points"].click()
    panel.bar.layers["prior"].click()
    QTest.mouseClick(panel.bar.wipes, LEFT)
    first, second = panel.planes.views
    assert not second.isVisible()
    assert panel.planes.divider.isVisible()
    qtbot.waitUntil(lambda: all(tiles.is_complete for tiles in panel.planes.tiles))

    def grey(z: tuple[float, float]) -> int:
        return first.grab().toImage().pixelColor(place(first, z)).value()

    # A's grey level grows with z1 alone, B's with z2 alone.
    qtbot.waitUntil(lambda: abs(grey((-1.5, 1.5)) - grey((-1.5, -1.5))) < 12)
    assert grey((1.5, 1.5)) > grey((1.5, -1.5)) + 40
    panel.bar.wipes.click()
    assert second.isVisible()
    assert not panel.planes.divider.isVisible()


def test_that_the_divider_is_dragged_and_moved_by_keys_and_undone(compared: CompareWindow) -> None:
    panel, session = compared.panel, compared.panel.session
    panel.bar.wipes.click()
    divider = panel.planes.divider
    x = divider.x()
    QTest.mousePress(divider, LEFT, NO_KEYS, divider.rect().center())
    QTest.mouseMove(divider, divider.rect().center() + QPoint(120, 0))
    QTest.mouseRelease(divider, LEFT, NO_KEYS, divider.rect().center())
    assert divider.x() > x + 60
    dragged = session.comparison.choice.divider
    assert dragged > 0.55
    assert session.pinned is None
    divider.setFocus()
    QTest.keyClick(divider, Qt.Key.Key_Left)
    assert session.comparison.choice.divider == pytest.approx(dragged - 0.05)
    QTest.keyClick(divider, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert session.comparison.choice.divider == pytest.approx(dragged - 0.055)
    QTest.keyClick(divider, Qt.Key.Key_Home)
    assert session.comparison.choice.divider == 0.0
    QTest.keyClick(divider, Qt.Key.Key_End)
    assert session.comparison.choice.divider == 1.0
    QTest.mouseDClick(divider, LEFT)
    assert session.comparison.choice.divider == 0.5
    while session.comparison.choice.divider != dragged:
        session.undo()
    session.undo()
    assert session.comparison.choice.divider == 0.5
    assert panel.planes.wipe.divider == 0.5


def test_that_points_selected_on_one_plane_stand_out_on_both(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    session, planes = comparing.panel.session, comparing.panel.planes
    qtbot.waitUntil(lambda: session.comparison.points is not None)
    cloud = session.comparison.points
    assert cloud is not None
    view = planes.views[1]
    centre = cloud.z[10]
    QTest.keyClick(view, Qt.Key.Key_L)
    corners = [(-0.3, -0.3), (0.3, -0.3), (0.3, 0.3), (-0.3, 0.3), (-0.3, -0.3)]
    places = [place(view, (float(centre[0] + dx), float(centre[1] + dy))) for dx, dy in corners]
    QTest.mousePress(view, LEFT, NO_KEYS, places[0])
    for at in places[1:]:
        QTest.mouseMove(view, at)
    QTest.mouseRelease(view, LEFT, NO_KEYS, places[-1])
    selected = session.choices.selected
    assert int(cloud.rows[10]) in selected
    assert len(selected) < len(cloud.rows) / 2
    for selection in planes.drawing.selections:
        assert selection.marks.count_on_screen() == len(selected)
    session.undo()
    assert len(session.choices.selected) == 0
    for selection in planes.drawing.selections:
        assert selection.marks.count_on_screen() == 0


def test_that_hidden_points_are_hidden_on_both_planes(compared: CompareWindow) -> None:
    session, planes = compared.panel.session, compared.panel.planes
    counts = [layer.count_on_screen() for layer in planes.points]
    assert session.points is not None
    session.hide(session.points.rows[:5])
    session.hide_classes([0])
    for layer, before in zip(planes.points, counts, strict=True):
        assert layer.count_on_screen() < before - 15
    session.show_all()
    assert [layer.count_on_screen() for layer in planes.points] == counts


def test_that_the_planes_say_which_colour_is_which_class(compared: CompareWindow) -> None:
    planes, session = compared.panel.planes, compared.panel.session
    dataset = session.dataset
    assert dataset is not None
    assert planes.legend.isVisible()
    assert planes.legend.text().count("●") == dataset.classes
    session.hide_classes((0,))
    assert planes.legend.text().count("●") == dataset.classes - 1
    planes.set_layer("points", False)
    assert not planes.legend.isVisible()
