"""The latent plane, driven with mouse and keys through a real session."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.gui.plane_driver import LEFT, MIDDLE, pinned, place, settle, shown_plane, train, trained_plane, wheel
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.theme import DARK, LIGHT

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


def test_that_an_untrained_plane_says_to_press_train_and_a_trained_one_says_nothing(
    loaded_session: Session, qtbot: QtBot
) -> None:
    panel = shown_plane(loaded_session, qtbot)
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
