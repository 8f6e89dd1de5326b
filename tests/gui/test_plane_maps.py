"""The maps between tiles and points: decision regions, q(z), true posteriors, and what each family can show."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.app.fakes import FakeModel
from tests.gui.plane_driver import train
from vae_explorer.app.densities import DensityMap, mismatch
from vae_explorer.app.state import LatentPoint, PointCloud
from vae_explorer.gui.panels.inspector import InspectorPanel
from vae_explorer.gui.panels.manifold import ManifoldPanel
from vae_explorer.gui.panels.path import PathPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.heat import density_image, region_image
from vae_explorer.gui.plotting.legend import class_palette
from vae_explorer.gui.plotting.markers import principal_axes
from vae_explorer.gui.plotting.plane_menu import plane_menu
from vae_explorer.gui.plotting.plane_scene import ellipse
from vae_explorer.gui.plotting.scene import Ellipse

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fakes import FakeBackend
    from vae_explorer.app.session import Session

CLASSIFIER = FakeModel(can_decode=False, can_classify=True, has_likelihood=False)
COMPLETER = FakeModel(conditioning="image", band=(5, 3), can_regress=True)


def trained(model: FakeModel, session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    backend.model = model
    session.set_setting("training.epochs", "1")
    session.train()
    has_points = model.can_encode
    qtbot.waitUntil(
        lambda: not session.state.is_active and session.run is not None and (session.points is not None) is has_points,
        timeout=10_000,
    )


def plane(session: Session, qtbot: QtBot) -> PlanePanel:
    panel = PlanePanel(session)
    qtbot.addWidget(panel)
    panel.resize(560, 460)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def choose_sample(session: Session, index: int = 0) -> int:
    cloud = session.points
    assert cloud is not None
    row = int(cloud.rows[index])
    z1, z2 = cloud.z[index].tolist()
    session.pin((z1, z2), row, None if cloud.labels is None else int(cloud.labels[index]))
    return row


def test_that_a_classifier_shows_its_decision_regions_at_once(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    panel.controls.toggle("points").setChecked(False)
    panel.controls.toggle("prior").setChecked(False)
    qtbot.waitUntil(lambda: panel.maps.regions.is_complete)
    image = panel.view.grab().toImage()
    place = [panel.view.position_of((z1, -2.0)).toPoint() for z1 in (-2.0, 2.0)]
    left, right = (image.pixelColor(point).name() for point in place)
    assert left != right
    assert "Likeliest class" in panel.view.keys[0].title
    panel.hide()


def test_that_a_classifier_without_a_decoder_says_why_there_are_no_pictures(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel, manifold, path = plane(loaded_session, qtbot), ManifoldPanel(loaded_session), PathPanel(loaded_session)
    for other in (manifold, path):
        qtbot.addWidget(other)
        other.show()
    assert not panel.controls.is_shown("tiles")
    assert "no decoder" in panel.controls.toggle("tiles").toolTip()
    assert "makes no pictures" in manifold.view.hint
    assert not panel.controls.toggle("exact").isVisibleTo(panel)
    for shown in (panel, manifold, path):
        shown.hide()


def test_that_averaging_softens_the_regions(loaded_session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    answers: list[float] = []
    loaded_session.decode.classified.connect(lambda reply: answers.append(float(reply.confidence.mean())))
    panel = plane(loaded_session, qtbot)
    qtbot.waitUntil(lambda: panel.maps.regions.is_complete)
    sharp = answers[-1]
    QTest.mouseClick(panel.controls.toggle("averaged"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.maps.regions.is_complete)
    assert answers[-1] < sharp
    assert any("12 samples" in note for note in panel.view.keys[0].notes)
    panel.hide()


def test_that_regions_follow_new_weights_and_the_view(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    qtbot.waitUntil(lambda: panel.maps.regions.is_complete)
    panel.view.zoom(3.0)
    assert not panel.maps.regions.is_complete
    qtbot.waitUntil(lambda: panel.maps.regions.is_complete)
    panel.maps.regions.set_model(loaded_session.model_info)
    assert not panel.maps.regions.is_complete
    qtbot.waitUntil(lambda: panel.maps.regions.is_complete)
    panel.hide()


def test_that_the_inspector_reads_the_classes_at_the_point_and_averaged_over_a_samples_noise(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel = InspectorPanel(loaded_session)
    qtbot.addWidget(panel)
    panel.show()
    loaded_session.pin((2.0, 0.0))
    bars = panel.class_reading.bars
    qtbot.waitUntil(lambda: len(bars.here) == 3 and bars.here[1] > 0.9)
    assert bars.averaged == ()
    choose_sample(loaded_session)
    qtbot.waitUntil(lambda: len(bars.averaged) == 3)
    assert sum(bars.averaged) == pytest.approx(1.0, abs=1e-3)
    assert panel.pictures.decoded.isHidden()
    panel.hide()


def test_that_without_an_encoder_points_are_off_with_a_reason(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(FakeModel(can_encode=False), loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    for layer in ("points", "aggregate", "posterior", "exact"):
        assert not panel.controls.toggle(layer).isEnabled()
        assert "no encoder" in panel.controls.toggle(layer).toolTip()
    panel.hide()


def test_that_a_model_without_points_has_no_legend_of_them(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    panel = plane(loaded_session, qtbot)
    assert panel.legend.isVisible()
    trained(FakeModel(can_encode=False), loaded_session, backend, qtbot)
    assert not panel.legend.isVisible()
    trained(FakeModel(), loaded_session, backend, qtbot)
    assert panel.legend.isVisible()
    panel.hide()


def test_that_a_switch_comes_back_when_a_model_can_show_its_layer_again(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(FakeModel(can_encode=False), loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    assert not panel.controls.is_shown("points")
    trained(FakeModel(), loaded_session, backend, qtbot)
    assert panel.controls.is_shown("points")
    assert "reason" not in panel.controls.toggle("points").toolTip()
    panel.hide()


def test_that_an_encoder_without_noise_has_no_ellipse() -> None:
    silent = np.full((1, 2), -np.inf, dtype=np.float32)
    cloud = PointCloud(np.zeros((1, 2), np.float32), silent, np.array([4]), None, 1, np.zeros(1, np.float32))
    assert ellipse(cloud, LatentPoint((0.0, 0.0), 4)) is None
    noisy = replace(cloud, log_var=np.zeros((1, 2), np.float32))
    assert ellipse(noisy, LatentPoint((0.0, 0.0), 4)) == Ellipse((0.0, 0.0), (1.0, 1.0))


def test_that_an_ellipse_tilts_with_the_correlation() -> None:
    (large, small), turn = principal_axes(Ellipse((0.0, 0.0), (1.0, 1.0), 0.6))
    assert (large, small) == pytest.approx((math.sqrt(1.6), math.sqrt(0.4)))
    assert turn % 180 == pytest.approx(45.0)
    assert principal_axes(Ellipse((0.0, 0.0), (1.0, 1.0), -0.6))[1] % 180 == pytest.approx(135.0)


def test_that_the_cloud_carries_the_correlation(loaded_session: Session, qtbot: QtBot) -> None:
    train(loaded_session, qtbot)
    assert loaded_session.points is not None
    assert loaded_session.points.correlation == pytest.approx(0.5)


def test_that_q_of_z_is_measured_for_the_view_and_named_with_its_unit(loaded_session: Session, qtbot: QtBot) -> None:
    train(loaded_session, qtbot)
    panel = plane(loaded_session, qtbot)
    assert panel.maps.aggregate.density is None
    QTest.mouseClick(panel.controls.toggle("aggregate"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.maps.aggregate.density is not None and panel.maps.aggregate.is_complete)
    density = panel.maps.aggregate.density
    assert density is not None
    assert density.low[0] == pytest.approx(panel.view.viewport.bounds[0])
    key = panel.view.keys[0]
    assert "q(z)" in key.title
    assert "per unit area" in key.high
    panel.hide()


def test_that_the_true_posterior_follows_the_sample_and_z_zooms_to_it(loaded_session: Session, qtbot: QtBot) -> None:
    train(loaded_session, qtbot)
    panel = plane(loaded_session, qtbot)
    QTest.mouseClick(panel.controls.toggle("exact"), Qt.MouseButton.LeftButton)
    assert any("choose a sample" in note for note in panel.view.keys[0].notes)
    row = choose_sample(loaded_session)
    qtbot.waitUntil(lambda: panel.maps.posterior.density is not None)
    QTest.keyClick(panel.view, Qt.Key.Key_Z)
    ring = panel.view.scene.ellipse
    assert ring is not None
    left, right, *_ = panel.view.viewport.bounds
    assert right - left < 20 * max(ring.deviations)
    qtbot.waitUntil(lambda: any("nats" in note for note in panel.view.keys[0].notes))
    assert panel.maps.posterior.density is not None
    assert panel.maps.posterior.density.sample == row
    loaded_session.pin((0.0, 0.0))
    assert panel.maps.posterior.density is None
    panel.hide()


def test_that_the_mismatch_of_an_exact_encoder_is_nothing() -> None:
    log_var = np.full((1, 2), -2.0, dtype=np.float32)
    cloud = PointCloud(np.zeros((1, 2), np.float32), log_var, np.array([7]), None, 1, np.full(1, 0.5, np.float32))
    axis = (np.arange(200) + 0.5) / 50 - 2
    z1, z2 = axis[None, :], -axis[:, None]
    variance = math.exp(-2.0)
    square = (z1**2 - z1 * z2 + z2**2) / (0.75 * variance)
    values = np.exp(-0.5 * square) / (2 * math.pi * variance * math.sqrt(0.75))
    exact = DensityMap("posterior", (-2.0, -2.0), (2.0, 2.0), values, 7)
    assert mismatch(exact, cloud) == pytest.approx(0.0, abs=1e-4)
    wide = DensityMap("posterior", (-2.0, -2.0), (2.0, 2.0), np.full((200, 200), 1 / 16), 7)
    entropy = 1.0 + math.log(2 * math.pi * variance * math.sqrt(0.75))
    assert mismatch(wide, cloud) == pytest.approx(math.log(16) - entropy, abs=1e-3)
    elsewhere = DensityMap("posterior", (1.0, 1.0), (2.0, 2.0), np.ones((50, 50)), 7)
    assert mismatch(elsewhere, cloud) is None


def test_that_a_region_is_the_stronger_the_surer_and_ends_in_a_line() -> None:
    labels = np.array([[0, 0, 1, 1]] * 2)
    confidence = np.array([[0.5, 0.99, 0.99, 0.99]] * 2, dtype=np.float32)
    image = region_image(labels, confidence, class_palette(2), 2, (1, 2, 3))
    assert image.pixelColor(0, 0).alpha() < image.pixelColor(3, 0).alpha()
    assert image.pixelColor(1, 0).name() == "#010203"


def test_that_nothing_is_painted_where_a_density_is_nothing() -> None:
    image = density_image(np.array([[0.0, 2.0]]), 2.0, ((0, 0, 0), (250, 240, 110)))
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 0).alpha() > 200


def test_that_a_completing_model_begins_with_the_first_test_image(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(COMPLETER, loaded_session, backend, qtbot)
    assert loaded_session.dataset is not None
    assert loaded_session.condition == loaded_session.dataset.train_count


def test_that_complete_this_picture_binds_the_whole_plane_to_the_sample(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(COMPLETER, loaded_session, backend, qtbot)
    panel = InspectorPanel(loaded_session)
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.completion.button.isEnabled()
    row = choose_sample(loaded_session, 3)
    QTest.mouseClick(panel.completion.button, Qt.MouseButton.LeftButton)
    assert loaded_session.condition == row
    model = loaded_session.model
    assert isinstance(model, FakeModel)
    assert model.condition is not None
    assert np.array_equal(model.condition, loaded_session.sample_image(row))
    pictures = panel.completion.pictures
    qtbot.waitUntil(lambda: pictures["regressed"].image is not None and pictures["completed"].image is not None)
    regressed = pictures["regressed"].image
    assert regressed is not None
    assert regressed.pixelColor(5, 5).red() == 77
    panel.hide()


def test_that_the_menu_of_the_plane_completes_the_pinned_sample(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(COMPLETER, loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    row = choose_sample(loaded_session, 2)
    menu = plane_menu(loaded_session, panel.view, LatentPoint((0.0, 0.0)), None, panel)
    next(action for action in menu.actions() if action.text() == "Complete this picture").trigger()
    assert loaded_session.condition == row
    menu.deleteLater()
    panel.hide()


def test_that_the_reconstruction_of_a_sample_uses_its_own_band(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(COMPLETER, loaded_session, backend, qtbot)
    panel = InspectorPanel(loaded_session)
    qtbot.addWidget(panel)
    panel.show()
    row = choose_sample(loaded_session, 5)
    own = loaded_session.sample_image(row)[0, :, 5:]
    assert not np.array_equal(own, loaded_session.sample_image(loaded_session.condition or 0)[0, :, 5:])

    def band() -> list[list[int]] | None:
        image = panel.pictures.decoded.image
        return None if image is None else [[image.pixelColor(x, y).red() for x in range(5, 8)] for y in range(8)]

    qtbot.waitUntil(lambda: band() == own.tolist())
    panel.hide()
