"""The maps between tiles and points: decision regions, q(z), true posteriors, and what each family can show."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap, QStandardItemModel
from PySide6.QtTest import QTest

from tests.app.fake_models import FakeModel
from tests.gui.family_driver import choose_sample, trained
from tests.gui.panel_driver import shown_panel
from tests.gui.plane_driver import train
from vae_explorer.app.state import LatentPoint, PointCloud
from vae_explorer.gui.panels.inspector import InspectorPanel
from vae_explorer.gui.panels.manifold import ManifoldPanel
from vae_explorer.gui.panels.path import PathPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.markers import principal_axes
from vae_explorer.gui.plotting.plane_keys import Key, _folded
from vae_explorer.gui.plotting.plane_scene import ellipse
from vae_explorer.gui.plotting.scene import Ellipse
from vae_explorer.latent.quadrature import encoder_mismatch

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.session import Session

CLASSIFIER = FakeModel(can_decode=False, can_classify=True, has_likelihood=False)


def plane(session: Session, qtbot: QtBot) -> PlanePanel:
    return shown_panel(PlanePanel, session, qtbot, (560, 460))


def switch_in_menu(panel: PlanePanel, layer: str, qtbot: QtBot) -> None:
    """Open the menu of layers and click on one, as a person does; it stays open until Escape."""
    switches = panel.controls.switches
    switches.menu.popup(panel.mapToGlobal(panel.rect().center()))
    qtbot.waitUntil(switches.menu.isVisible)
    place = switches.menu.actionGeometry(switches.action(layer)).center()
    QTest.mouseClick(switches.menu, Qt.MouseButton.LeftButton, pos=place)
    assert switches.menu.isVisible()
    QTest.keyClick(switches.menu, Qt.Key.Key_Escape)


def new_weights(session: Session) -> None:
    """Put a copy of the model in place of the one at hand, as a training does."""
    model = session.model
    assert isinstance(model, FakeModel)
    session._set_model(replace(model, step=model.step + 1))


def test_that_a_classifier_shows_its_decision_regions_at_once(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    panel.controls.toggle("points").setChecked(False)
    panel.controls.switches.action("prior").setChecked(False)
    qtbot.waitUntil(lambda: panel.maps.layers["regions"].is_complete)
    image = panel.view.grab().toImage()
    place = [panel.view.position_of((z1, -2.0)).toPoint() for z1 in (-2.0, 2.0)]
    left, right = (image.pixelColor(point).name() for point in place)
    assert left != right
    assert "Likeliest class" in panel.view.keys[0].title
    (reading,) = loaded_session.layers.readings.at((2.0, -2.0))
    assert re.fullmatch(r"Class class \d, \d+% sure", reading.words)
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
    assert not panel.controls.switches.action("exact").isVisible()
    for shown in (panel, manifold, path):
        shown.hide()


def test_that_the_path_of_a_classifier_has_places_and_a_length_but_no_empty_pictures(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    path = shown_panel(PathPanel, loaded_session, qtbot, (700, 230))
    loaded_session.set_start(LatentPoint((-1.0, 0.0)))
    loaded_session.set_end(LatentPoint((1.0, 0.0), 3, 0))
    words, beside = Qt.ToolButtonStyle.ToolButtonTextOnly, Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    assert [end.toolButtonStyle() for end in (path.parts.start, path.parts.end)] == [words, beside], "a sample has one"
    assert "1.00, 0.00" in path.parts.end.text()
    assert path.parts.way.length.text().startswith("length")
    loaded_session.set_end(LatentPoint((1.0, 0.0)))
    assert path.parts.end.toolButtonStyle() is words
    methods = path.parts.way.method.model()
    assert isinstance(methods, QStandardItemModel)
    offered = {path.parts.way.method.itemData(row): methods.item(row).isEnabled() for row in range(methods.rowCount())}
    assert offered["spherical"]
    assert not offered["geodesic"]
    path.hide()


def test_that_averaging_softens_the_regions(loaded_session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    regions, averaged = panel.maps.layers["regions"], panel.maps.layers["averaged"]
    qtbot.waitUntil(lambda: regions.is_complete)
    assert regions.picture.finest is not None
    sharp = float(regions.picture.finest.found.values.mean())
    switch_in_menu(panel, "averaged", qtbot)
    qtbot.waitUntil(lambda: averaged.is_complete and averaged.picture.finest is not None)
    assert averaged.picture.finest is not None
    assert float(averaged.picture.finest.found.values.mean()) < sharp
    assert not panel.controls.is_shown("regions")
    assert any("12 samples" in note for note in panel.view.keys[0].notes)
    panel.hide()


def test_that_regions_follow_new_weights_and_the_view(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    qtbot.waitUntil(lambda: panel.maps.layers["regions"].is_complete)
    panel.view.zoom(3.0)
    assert not panel.maps.layers["regions"].is_complete
    qtbot.waitUntil(lambda: panel.maps.layers["regions"].is_complete)
    new_weights(loaded_session)
    assert not panel.maps.layers["regions"].is_complete
    qtbot.waitUntil(lambda: panel.maps.layers["regions"].is_complete)
    panel.hide()


def test_that_the_inspector_reads_the_classes_at_the_point_and_averaged_over_a_samples_noise(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel = shown_panel(InspectorPanel, loaded_session, qtbot, (320, 640))
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
        assert not panel.controls.switches.action(layer).isEnabled()
        assert "no encoder" in panel.controls.switches.action(layer).toolTip()
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


def test_that_a_plane_with_nothing_to_show_says_why(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(FakeModel(), loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    assert not list(panel.view.keys)
    loaded_session.set_layers(frozenset({"regions"}))
    assert panel.view.keys[0].lines == ("Likeliest class by p(y|z)", "This model has no classifier.")
    panel.hide()


def test_that_nothing_is_said_of_a_layer_that_nobody_could_switch_off(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(FakeModel(), loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    loaded_session.set_layers(frozenset({"tiles", "averaged"}))
    assert not panel.controls.switches.action("averaged").isVisible()
    assert not list(panel.view.keys)
    panel.hide()


def test_that_regions_keep_their_legend_without_points(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(CLASSIFIER, loaded_session, backend, qtbot)
    panel = plane(loaded_session, qtbot)
    panel.controls.toggle("points").setChecked(False)
    assert panel.legend.isVisible()
    panel.controls.toggle("regions").setChecked(False)
    assert not panel.legend.isVisible()
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
    aggregate = panel.maps.layers["aggregate"]
    assert aggregate.picture.is_empty
    QTest.mouseClick(panel.controls.toggle("aggregate"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not aggregate.picture.is_empty and aggregate.is_complete)
    patch = aggregate.picture.finest
    assert patch is not None
    left, cell = panel.view.viewport.bounds[0], patch.lattice.cell
    assert left - cell < patch.lattice.corners[0] <= left
    key = panel.view.keys[0]
    assert "q(z)" in key.title
    assert key.low == "0"
    assert "per unit area" in key.notes
    panel.hide()


def test_that_the_true_posterior_follows_the_sample_and_z_zooms_to_it(loaded_session: Session, qtbot: QtBot) -> None:
    train(loaded_session, qtbot)
    panel = plane(loaded_session, qtbot)
    exact = panel.maps.layers["exact"]
    switch_in_menu(panel, "exact", qtbot)
    assert any("choose a sample" in note for note in panel.view.keys[0].notes)
    row = choose_sample(loaded_session)
    qtbot.waitUntil(lambda: not exact.picture.is_empty)
    QTest.keyClick(panel.view, Qt.Key.Key_Z)
    ring = panel.view.scene.ellipse
    assert ring is not None
    left, right, *_ = panel.view.viewport.bounds
    assert right - left < 20 * max(ring.deviations)
    qtbot.waitUntil(lambda: any("nats" in note for note in panel.view.keys[0].notes))
    assert exact.subject is not None
    assert exact.subject.row == row
    loaded_session.pin((0.0, 0.0))
    assert exact.picture.is_empty
    panel.hide()


def test_that_the_mismatch_of_an_exact_encoder_is_nothing() -> None:
    encoder = (np.zeros(2), np.full(2, -2.0), 0.5)
    axis = (np.arange(200) + 0.5) / 50 - 2
    z1, z2 = axis[None, :], -axis[:, None]
    variance = math.exp(-2.0)
    square = (z1**2 - z1 * z2 + z2**2) / (0.75 * variance)
    values = np.exp(-0.5 * square) / (2 * math.pi * variance * math.sqrt(0.75))
    corners = (-2.0, -2.0, 2.0, 2.0)
    assert encoder_mismatch(values, corners, *encoder) == pytest.approx(0.0, abs=1e-4)
    entropy = 1.0 + math.log(2 * math.pi * variance * math.sqrt(0.75))
    wide = encoder_mismatch(np.full((200, 200), 1 / 16), corners, *encoder)
    assert wide == pytest.approx(math.log(16) - entropy, abs=1e-3)
    assert encoder_mismatch(np.ones((50, 50)), (1.0, 1.0, 2.0, 2.0), *encoder) is None


def test_that_nothing_is_said_of_a_chosen_layer_before_there_is_a_model(
    modelless_session: Session, qtbot: QtBot
) -> None:
    panel = plane(modelless_session, qtbot)
    panel.controls.want(frozenset({"tiles", "regions", "aggregate"}))
    panel.maps.activate(True)
    assert panel.view.keys == ()


def test_that_a_title_too_long_for_a_small_plot_goes_on_in_a_second_line(qapp: QApplication) -> None:
    picture = QPixmap(64, 64)
    painter = QPainter(picture)
    room = painter.fontMetrics().horizontalAdvance("Aggregate posterior") + 2.0
    folded = _folded(
        painter, Key("Aggregate posterior q(z)", "0", "1", None, ("per unit area of the plane here",)), room
    )
    painter.end()
    assert folded.title == "Aggregate posterior\nq(z)"
    assert " ".join(folded.notes) == "per unit area of the plane here"
