"""Encodings, legend, path and classes on the latent plane, driven with mouse and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.app.fake_models import FakeModel
from tests.gui.plane_driver import LEFT, choose_part, pinned, place, settle, shown_plane, train, trained_plane, wheel
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.plane_menu import plane_menu
from vae_explorer.gui.plotting.point_parts import Part
from vae_explorer.gui.theme import class_colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.session import Session


@pytest.fixture
def panel(loaded_session: Session, qtbot: QtBot) -> Iterator[PlanePanel]:
    """A plane of a model that was trained for a few steps."""
    made = trained_plane(loaded_session, qtbot)
    yield made
    made.hide()


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
    next(action for action in menu.actions() if action.text() == "Remove this waypoint").trigger()
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
    panel = shown_plane(loaded_session, qtbot)
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
    panel = shown_plane(loaded_session, qtbot)
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
    panel = shown_plane(loaded_session, qtbot)
    train(loaded_session, qtbot)
    assert [ring.centre for ring in panel.view.scene.rings] == [(5.0, 0.0), (-5.0, 0.0), (0.0, 5.0)]
    assert panel.view.viewport.contains((8.0, 0.0))
    assert not panel.controls.class_box.isVisible()
    panel.hide()
