"""The manifold: a grid in one request, sharp, to point at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QTest

from tests.app.fake_models import FakeModel
from tests.gui.panel_driver import shown_panel
from tests.gui.plane_driver import train
from vae_explorer.app.encoding import encoded
from vae_explorer.export.options import GridOptions
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.gui.panels.manifold import ManifoldPanel
from vae_explorer.latent.grids import latent_grid, plane_grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.app.session import Session

LEFT = Qt.MouseButton.LeftButton


def shown(session: Session, qtbot: QtBot) -> ManifoldPanel:
    return shown_panel(ManifoldPanel, session, qtbot, (640, 600))


def wait_for_grid(panel: ManifoldPanel, size: int, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.view.size_of_grid == size)


@pytest.fixture
def panel(loaded_session: Session, qtbot: QtBot) -> Iterator[ManifoldPanel]:
    made = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    wait_for_grid(made, 20, qtbot)
    yield made
    made.hide()


def test_that_without_a_model_the_grid_says_what_to_do_and_cannot_be_exported(
    modelless_session: Session, qtbot: QtBot
) -> None:
    panel = shown(modelless_session, qtbot)
    assert panel.view.size_of_grid == 0
    assert not panel.controls.export_button.isEnabled()
    panel.hide()


def test_that_a_click_pins_the_place_of_the_picture(panel: ManifoldPanel) -> None:
    QTest.mouseClick(panel.view, LEFT, pos=panel.view.rectangle_of((2, 15)).center().toPoint())
    pin = panel.session.pinned
    assert pin is not None
    assert pin.z == pytest.approx(tuple(latent_grid("quantile", 20)[2, 15]))
    assert panel.view.chosen == (2, 15)


def test_that_hovering_previews_and_leaving_ends_the_preview(panel: ManifoldPanel) -> None:
    QTest.mouseMove(panel.view, panel.view.rectangle_of((0, 0)).center().toPoint())
    hovered = panel.session.hovered
    assert hovered is not None
    assert hovered.z[0] < 0 < hovered.z[1], "row 0 is the top and column 0 the left"
    QTest.mouseMove(panel.view, QPoint(1, 1))
    assert panel.session.hovered is None


def test_that_the_pictures_lie_where_their_z_is(panel: ManifoldPanel) -> None:
    image = panel.view.grab().toImage()
    for column in (4, 10, 16):
        centre = panel.view.rectangle_of((9, column)).center().toPoint()
        expected = 128 + 32 * latent_grid("quantile", 20)[9, column, 0]
        assert image.pixelColor(centre).red() == pytest.approx(expected, abs=2)


def test_that_size_and_spacing_are_decoded_anew_in_one_request(panel: ManifoldPanel, qtbot: QtBot) -> None:
    replies: list[DecodeReply] = []
    panel.session.decode.decoded.connect(replies.append)
    panel.controls.spacing_box.setCurrentIndex(1)
    panel.controls.size_box.setValue(7)
    wait_for_grid(panel, 7, qtbot)
    assert panel.controls.range_box.isVisible()
    assert replies[-1].z == pytest.approx(latent_grid("uniform", 7, 3.0).reshape(-1, 2), abs=1e-6)


def test_that_arrow_keys_walk_from_picture_to_picture(panel: ManifoldPanel) -> None:
    QTest.mouseClick(panel.view, LEFT, pos=panel.view.rectangle_of((5, 5)).center().toPoint())
    QTest.keyClick(panel.view, Qt.Key.Key_Up)
    assert panel.view.chosen == (4, 5)


def test_that_a_pin_from_elsewhere_is_marked_in_the_grid_and_one_outside_is_not(panel: ManifoldPanel) -> None:
    z1, z2 = latent_grid("quantile", 20)[12, 3]
    panel.session.pin((float(z1), float(z2)))
    assert panel.view.chosen == (12, 3)
    panel.session.pin((50.0, 0.0))
    assert panel.view.chosen is None


def test_that_enlarged_pictures_have_pixels_of_one_size(panel: ManifoldPanel) -> None:
    assert panel.view.place().width() % (20 * 8) == 0


def test_that_a_class_mean_model_shows_all_islands_or_one(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    means = np.array([[5.0, 0.0], [-5.0, 0.0], [0.0, 5.0]], dtype=np.float32)
    backend.model = FakeModel(conditioning="class-mean", class_means=means)
    panel = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    wait_for_grid(panel, 20, qtbot)
    replies: list[DecodeReply] = []
    loaded_session.decode.decoded.connect(replies.append)
    panel.controls.class_box.setFocus()
    QTest.keyClick(panel.controls.class_box, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: len(replies) > 0)
    assert replies[-1].z.mean(axis=0) == pytest.approx((5.0, 0.0), abs=1e-5)
    assert panel.grid_options(GridOptions()).label == 0
    panel.hide()


def test_that_a_model_that_completes_pictures_names_the_one_it_completes(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(conditioning="image", band=(3, 2))
    panel = shown(loaded_session, qtbot)
    assert panel.controls.condition.text().startswith("This model isn't trained yet")
    train(loaded_session, qtbot)
    wait_for_grid(panel, 20, qtbot)
    assert panel.controls.condition.text().startswith("Completions of sample ")
    dataset = loaded_session.dataset
    assert dataset is not None
    assert dataset.labels is not None
    loaded_session.set_condition(7)
    name = dataset.class_names[int(dataset.labels[7])]
    assert (
        panel.controls.condition.text() == f"Completions of sample 7 ({name}); choose another picture in the inspector."
    )
    panel.hide()


def test_that_the_button_opens_the_export_dialog_with_this_grid(panel: ManifoldPanel, qtbot: QtBot) -> None:
    panel.controls.size_box.setValue(9)
    panel.controls.export_button.click()
    dialog = panel.window().findChild(ExportDialog)
    assert dialog is not None
    options = dialog.options
    assert isinstance(options, GridOptions)
    assert options.size == 9
    dialog.close()


def test_that_a_grid_can_follow_the_encodings_and_undo_brings_the_one_before_back(
    panel: ManifoldPanel, qtbot: QtBot
) -> None:
    box, before = panel.controls.spacing_box, len(panel.session.steps)
    box.setCurrentIndex(box.findData("aggregate"))
    cloud = panel.session.points
    assert cloud is not None
    wanted = plane_grid("aggregate", panel.controls.size_chosen, encoded=encoded(cloud))
    qtbot.waitUntil(lambda: np.array_equal(panel._grid, wanted))
    assert len(panel.session.steps) == before + 1
    z1, z2 = panel._grid[3, 4].tolist()
    panel.session.pin((z1, z2))
    assert panel.view.chosen == (3, 4)
    panel.session.undo()
    panel.session.undo()
    assert panel.controls.spacing == "quantile"
    qtbot.waitUntil(lambda: np.array_equal(panel._grid, plane_grid("quantile", panel.controls.size_chosen)))


def test_that_spacings_that_follow_images_are_offered_only_where_there_are_encodings(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    panel = shown(loaded_session, qtbot)
    backend.model = replace(backend.model, can_encode=False)
    loaded_session.train()
    qtbot.waitUntil(lambda: not loaded_session.state.is_active)
    box = panel.controls.spacing_box
    model = box.model()
    assert isinstance(model, QStandardItemModel)
    offered = {str(box.itemData(index)): model.item(index).isEnabled() for index in range(box.count())}
    assert offered == {"quantile": True, "uniform": True, "class-mean": False, "aggregate": False}
    panel.hide()
