"""The latent plane, driven with mouse and keys through a real session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.app.fakes import FakeModel
from tests.gui.plane_driver import place, settle, train, wheel
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.plane_menu import plane_menu
from vae_explorer.gui.plotting.point_parts import Part
from vae_explorer.gui.theme import DARK, LIGHT, class_colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from tests.app.fakes import FakeBackend
    from vae_explorer.app.session import Session

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton


def shown(session: Session, qtbot: QtBot) -> PlanePanel:
    panel = PlanePanel(session)
    qtbot.addWidget(panel)
    panel.resize(700, 600)
    panel.show()
    qtbot.waitExposed(panel)
    panel.view.setFocus()
    return panel


@pytest.fixture
def panel(loaded_session: Session, qtbot: QtBot) -> Iterator[PlanePanel]:
    """A plane of a model that was trained for a few steps."""
    made = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    settle(made, qtbot)
    yield made
    made.hide()


def choose_part(panel: PlanePanel, part: Part) -> None:
    panel.controls.part_box.setCurrentIndex(list(Part).index(part))


def pinned(panel: PlanePanel) -> tuple[float, float]:
    pin = panel.session.pinned
    assert pin is not None
    return pin.z


def test_that_an_untrained_plane_says_to_press_train_and_a_trained_one_says_nothing(
    loaded_session: Session, qtbot: QtBot
) -> None:
    panel = shown(loaded_session, qtbot)
    assert "Press Train" in panel.view.scene.hint
    train(loaded_session, qtbot)
    assert panel.view.scene.hint == ""
    panel.hide()


def test_that_a_click_pins_the_point_under_the_pointer(panel: PlanePanel) -> None:
    QTest.mouseClick(panel.view, LEFT, pos=place(panel.view, (1.0, 0.5)))
    assert pinned(panel) == pytest.approx((1.0, 0.5), abs=1.0 / panel.view.viewport.scale)


def test_that_up_on_the_screen_is_up_in_z2(panel: PlanePanel) -> None:
    centre = place(panel.view, (0.0, 0.0))
    QTest.mouseClick(panel.view, LEFT, pos=centre - QPoint(0, 80))
    assert pinned(panel)[1] == pytest.approx(80 / panel.view.viewport.scale, rel=0.02)


def test_that_a_drag_moves_the_pin_all_the_way(panel: PlanePanel) -> None:
    visited: list[LatentPoint] = []
    panel.session.pin_changed.connect(visited.append)
    QTest.mousePress(panel.view, LEFT, pos=place(panel.view, (0.0, 0.0)))
    for z1 in (0.2, 0.4, 0.6):
        QTest.mouseMove(panel.view, place(panel.view, (z1, 0.0)))
    QTest.mouseRelease(panel.view, LEFT, pos=place(panel.view, (0.6, 0.0)))
    assert len(visited) >= 4
    assert pinned(panel)[0] == pytest.approx(0.6, abs=0.02)


def test_that_the_pin_stays_after_the_button_is_released(panel: PlanePanel) -> None:
    QTest.mouseClick(panel.view, LEFT, pos=place(panel.view, (0.5, 0.5)))
    before = pinned(panel)
    QTest.mouseMove(panel.view, place(panel.view, (-1.0, -1.0)))
    assert pinned(panel) == before


def test_that_hovering_previews_and_leaving_ends_the_preview(panel: PlanePanel) -> None:
    QTest.mouseMove(panel.view, place(panel.view, (-1.0, 1.0)))
    hovered = panel.session.hovered
    assert hovered is not None
    assert hovered.z == pytest.approx((-1.0, 1.0), abs=0.02)
    QTest.mouseMove(panel.view, QPoint(3, 3))
    assert panel.session.hovered is None


def test_that_the_wheel_keeps_the_point_under_the_pointer(panel: PlanePanel) -> None:
    position = place(panel.view, (1.7, -1.1))
    before, scale = panel.view.z_at(position.toPointF()), panel.view.viewport.scale
    wheel(panel.view, position, 5)
    assert panel.view.viewport.scale > 2 * scale
    assert panel.view.z_at(position.toPointF()) == pytest.approx(before)


def test_that_zooming_in_decodes_finer_pictures(panel: PlanePanel, qtbot: QtBot) -> None:
    level = panel.tiles.level
    wheel(panel.view, place(panel.view, (0.0, 0.0)), 8)
    assert panel.tiles.level > level
    assert not panel.tiles.is_complete
    settle(panel, qtbot)
    assert panel.tiles.is_complete


def test_that_the_map_keeps_its_pictures_while_finer_ones_are_decoded(panel: PlanePanel) -> None:
    panel.tiles.set_active(False)
    wheel(panel.view, place(panel.view, (0.0, 0.0)), 8)
    picture = panel.tiles.picture()
    corners = [(1, 1), (picture.width() - 2, 1), (1, picture.height() - 2), (picture.width() // 2, 5)]
    assert all(picture.pixelColor(x, y).alpha() == 255 for x, y in corners)


def test_that_the_map_shows_the_decoded_picture_of_each_place(panel: PlanePanel) -> None:
    picture, viewport = panel.tiles.picture(), panel.view.viewport
    for z1 in (-1.5, 0.0, 2.0):
        x, y = viewport.to_pixel((z1, 0.0))
        grey = picture.pixelColor(int(x), int(y)).red()
        cell = 32 * 2.0**-panel.tiles.level
        assert grey == pytest.approx(128 + 32 * z1, abs=cell)


def test_that_new_weights_replace_the_map(panel: PlanePanel, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.model = replace(backend.model, step=50)
    train(panel.session, qtbot)
    settle(panel, qtbot)
    assert panel.tiles.is_complete


def test_that_panning_with_the_middle_button_takes_the_plane_along(panel: PlanePanel) -> None:
    position = place(panel.view, (0.0, 0.0))
    z = panel.view.z_at(position.toPointF())
    QTest.mousePress(panel.view, MIDDLE, pos=position)
    QTest.mouseMove(panel.view, position + QPoint(60, 25))
    QTest.mouseRelease(panel.view, MIDDLE, pos=position + QPoint(60, 25))
    assert panel.view.z_at((position + QPoint(60, 25)).toPointF()) == pytest.approx(z)
    assert panel.session.pinned is None


def test_that_space_and_drag_pan_and_do_not_pin(panel: PlanePanel) -> None:
    centre = panel.view.viewport.centre
    QTest.keyPress(panel.view, Qt.Key.Key_Space)
    QTest.mousePress(panel.view, LEFT, pos=QPoint(300, 300))
    QTest.mouseMove(panel.view, QPoint(340, 300))
    QTest.mouseRelease(panel.view, LEFT, pos=QPoint(340, 300))
    QTest.keyRelease(panel.view, Qt.Key.Key_Space)
    assert panel.view.viewport.centre[0] == pytest.approx(centre[0] - 40 / panel.view.viewport.scale)
    assert panel.session.pinned is None


def test_that_arrow_keys_move_the_pin_and_shift_makes_the_step_small(panel: PlanePanel) -> None:
    panel.session.pin((0.0, 0.0))
    QTest.keyClick(panel.view, Qt.Key.Key_Right)
    large = pinned(panel)[0]
    QTest.keyClick(panel.view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    z1, z2 = pinned(panel)
    assert z1 == large > 0
    assert z2 == pytest.approx(large / 10)


def test_that_home_brings_back_the_whole_prior(panel: PlanePanel) -> None:
    home = panel.view.viewport
    wheel(panel.view, QPoint(200, 200), 6)
    QTest.keyClick(panel.view, Qt.Key.Key_Home)
    assert panel.view.viewport == home


def test_that_f_fits_all_encodings(panel: PlanePanel) -> None:
    choose_part(panel, Part.ALL)
    wheel(panel.view, QPoint(200, 200), 10)
    QTest.keyClick(panel.view, Qt.Key.Key_F)
    cloud = panel.session.points
    assert cloud is not None
    assert all(panel.view.viewport.contains((z1, z2)) for z1, z2 in cloud.z.tolist())


@pytest.mark.parametrize(("part", "rows"), [(Part.TEST, range(45, 60)), (Part.TRAIN, range(45)), (Part.ALL, range(60))])
def test_that_the_chosen_part_of_the_data_is_shown_and_can_be_chosen_from(
    panel: PlanePanel, part: Part, rows: range
) -> None:
    choose_part(panel, part)
    cloud = panel.session.points
    assert cloud is not None
    wheel(panel.view, QPoint(200, 200), -10)
    assert panel.points.count_on_screen() == len(rows)
    chosen = []
    for z in cloud.z.tolist():
        QTest.mouseDClick(panel.view, LEFT, pos=place(panel.view, (z[0], z[1])))
        pin = panel.session.pinned
        chosen += [pin.sample] if pin is not None else []
    assert set(chosen) <= set(rows)


def test_that_the_test_images_are_shown_first(panel: PlanePanel) -> None:
    assert panel.controls.part is Part.TEST


def test_that_the_map_is_dimmed_by_darkness_in_a_light_theme_too(panel: PlanePanel, qtbot: QtBot) -> None:
    panel.set_theme(LIGHT)
    panel.controls.tile_opacity.setValue(10)
    panel.controls.toggle("points").click()
    settle(panel, qtbot)
    corner = place(panel.view, (3.3, 3.3))
    assert panel.view.grab().toImage().pixelColor(corner).lightness() < 60
    panel.controls.toggle("tiles").click()
    assert panel.view.grab().toImage().pixelColor(corner).lightness() > 200


def test_that_plus_and_minus_zoom(panel: PlanePanel) -> None:
    scale = panel.view.viewport.scale
    QTest.keyClick(panel.view, Qt.Key.Key_Plus)
    assert panel.view.viewport.scale > scale
    QTest.keyClick(panel.view, Qt.Key.Key_Minus)
    assert panel.view.viewport.scale == pytest.approx(scale)


def test_that_a_double_click_on_an_encoding_chooses_its_sample_and_shows_its_posterior(panel: PlanePanel) -> None:
    cloud = panel.session.points
    assert cloud is not None
    z1, z2 = cloud.z[3].tolist()
    QTest.mouseDClick(panel.view, LEFT, pos=place(panel.view, (z1, z2)))
    pin, ellipse = panel.session.pinned, panel.view.scene.ellipse
    assert pin is not None
    assert pin.sample is not None
    assert pin.z == pytest.approx((z1, z2))
    assert ellipse is not None
    assert ellipse.deviations == pytest.approx((np.exp(-1.0), np.exp(-1.0)))


def test_that_a_double_click_far_from_any_encoding_chooses_none(panel: PlanePanel) -> None:
    panel.view.centre_on((30.0, 30.0))
    QTest.mouseDClick(panel.view, LEFT, pos=place(panel.view, (30.0, 30.0)))
    assert panel.session.pinned is None or panel.session.pinned.sample is None


def test_that_a_double_click_never_chooses_a_hidden_sample(panel: PlanePanel) -> None:
    cloud = panel.session.points
    assert cloud is not None
    assert cloud.labels is not None
    hidden = int(cloud.labels[3])
    panel.legend.buttons[hidden].click()
    QTest.mouseDClick(panel.view, LEFT, pos=place(panel.view, tuple(cloud.z[3].tolist())))
    pin = panel.session.pinned
    assert pin is None or pin.label != hidden


def test_that_a_click_in_the_legend_hides_the_points_of_its_class_and_another_shows_them(
    panel: PlanePanel, qtbot: QtBot
) -> None:
    cloud = panel.session.points
    assert cloud is not None
    assert cloud.labels is not None
    index = int(np.flatnonzero(cloud.labels == 0)[0])
    position = place(panel.view, (float(cloud.z[index, 0]), float(cloud.z[index, 1])))
    panel.controls.toggle("tiles").click()

    def colour() -> str:
        settle(panel, qtbot)
        return panel.view.grab().toImage().pixelColor(position).name()

    assert colour() == class_colour(0).name()
    QTest.mouseClick(panel.legend.buttons[0], LEFT)
    assert colour() != class_colour(0).name()
    panel.legend.buttons[0].setFocus()
    QTest.keyClick(panel.legend.buttons[0], Qt.Key.Key_Space)
    assert colour() == class_colour(0).name()


def test_that_a_double_click_in_the_legend_shows_one_class_alone(panel: PlanePanel) -> None:
    QTest.mouseDClick(panel.legend.buttons[1], LEFT)
    assert panel.legend.shown().tolist() == [False, True, False]


def test_that_a_handle_of_the_path_is_dragged_and_nothing_is_pinned(panel: PlanePanel) -> None:
    panel.session.set_start(LatentPoint((-1.0, 0.0)))
    panel.session.set_end(LatentPoint((1.0, 1.0)))
    QTest.mousePress(panel.view, LEFT, pos=place(panel.view, (-1.0, 0.0)))
    QTest.mouseMove(panel.view, place(panel.view, (-2.0, 1.5)))
    QTest.mouseRelease(panel.view, LEFT, pos=place(panel.view, (-2.0, 1.5)))
    start = panel.session.path.start
    assert start is not None
    assert start.z == pytest.approx((-2.0, 1.5), abs=0.02)
    assert panel.session.pinned is None


def test_that_the_path_is_drawn_from_end_to_end_and_the_slider_stands_on_it(panel: PlanePanel) -> None:
    panel.session.set_start(LatentPoint((-1.0, 0.0)))
    panel.session.set_end(LatentPoint((1.0, 1.0)))
    panel.session.set_path_position(1.0)
    scene = panel.view.scene
    assert scene.curve is not None
    assert scene.curve[0] == pytest.approx((-1.0, 0.0))
    assert scene.position == pytest.approx((1.0, 1.0))


def test_that_the_menu_sets_ends_and_copies_coordinates(panel: PlanePanel) -> None:
    menu = plane_menu(panel.session, panel.view, LatentPoint((0.25, -0.5)), None, panel)
    actions = {action.text(): action for action in menu.actions()}
    actions["Set as start"].trigger()
    actions["Copy coordinates"].trigger()
    assert panel.session.path.start == LatentPoint((0.25, -0.5))
    assert QGuiApplication.clipboard().text() == "0.25,-0.5"


def test_that_a_way_point_is_taken_away_by_the_menu_over_it(panel: PlanePanel) -> None:
    for choose, z in (
        (panel.session.set_start, -1.0),
        (panel.session.add_way_point, 0.0),
        (panel.session.set_end, 1.0),
    ):
        choose(LatentPoint((z, 0.5)))
    handle = panel.view.handle_under((0.0, 0.5))
    menu = plane_menu(panel.session, panel.view, LatentPoint((0.0, 0.5)), handle, panel)
    next(action for action in menu.actions() if action.text() == "Remove this way point").trigger()
    assert panel.session.path.way_points == ()


def test_that_the_pin_follows_its_sample_when_training_moves_it(panel: PlanePanel, qtbot: QtBot) -> None:
    cloud = panel.session.points
    assert cloud is not None
    panel.session.pin((9.0, 9.0), int(cloud.rows[0]), 0)
    train(panel.session, qtbot)
    qtbot.waitUntil(lambda: pinned(panel) != (9.0, 9.0))
    assert pinned(panel) == pytest.approx(tuple(cloud.z[0].tolist()))


def test_that_a_label_conditioned_model_has_a_plane_for_each_class(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(conditioning="label")
    panel = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    settle(panel, qtbot)
    assert panel.controls.class_box.isVisible()
    panel.controls.class_box.setFocus()
    QTest.keyClick(panel.controls.class_box, Qt.Key.Key_Down)
    assert loaded_session.label == 1
    assert panel.legend.shown().tolist() == [False, True, False]
    settle(panel, qtbot)
    panel.hide()


def test_that_all_classes_come_back_after_a_label_conditioned_model(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    panel = shown(loaded_session, qtbot)
    backend.model = FakeModel(conditioning="label")
    train(loaded_session, qtbot)
    assert panel.legend.shown().tolist() == [True, False, False]
    panel.legend.buttons[2].click()
    train(loaded_session, qtbot)
    assert panel.legend.shown().tolist() == [True, False, True], "a further run leaves the legend as it was set"
    backend.model = FakeModel()
    train(loaded_session, qtbot)
    assert panel.legend.shown().all()
    panel.hide()


def test_that_a_class_mean_model_has_rings_round_every_mean(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    means = np.array([[5.0, 0.0], [-5.0, 0.0], [0.0, 5.0]], dtype=np.float32)
    backend.model = FakeModel(conditioning="class-mean", class_means=means)
    panel = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    assert [ring.centre for ring in panel.view.scene.rings] == [(5.0, 0.0), (-5.0, 0.0), (0.0, 5.0)]
    assert panel.view.viewport.contains((8.0, 0.0))
    assert not panel.controls.class_box.isVisible()
    panel.hide()


def test_that_nothing_is_decoded_while_the_plane_is_hidden(panel: PlanePanel, qtbot: QtBot) -> None:
    asked: list[str] = []
    panel.session.decode.decoded.connect(lambda reply: asked.append(reply.key))
    panel.hide()
    train(panel.session, qtbot)
    assert "tiles" not in asked


def test_that_a_theme_changes_the_ground(panel: PlanePanel) -> None:
    panel.set_theme(DARK)
    assert panel.view.grab().toImage().pixelColor(2, 2).name() == DARK.panel


def test_that_everything_of_the_plane_has_a_name_for_screen_readers(panel: PlanePanel) -> None:
    panel.session.pin((0.5, 0.25))
    assert panel.view.accessibleName() == "Latent plane"
    assert "0.5" in panel.view.accessibleDescription()
    assert all(button.accessibleName() for button in panel.legend.buttons)
