"""The inspector: what lies at the hovered or pinned point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from tests.app.fake_models import FakeModel, tiny_images
from tests.gui.panel_driver import shown_panel
from tests.gui.plane_driver import train
from tests.models.networks import small_model
from vae_explorer.app.picture_reading import NEIGHBOURS
from vae_explorer.gui.panels.inspector import InspectorPanel
from vae_explorer.gui.panels.picture_values import nats
from vae_explorer.latent.single import exact_likelihood, picture_bound
from vae_explorer.models.snapshot import ModelSnapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.session import Session


def shown(session: Session, qtbot: QtBot) -> InspectorPanel:
    return shown_panel(InspectorPanel, session, qtbot, (320, 640))


@pytest.fixture
def panel(loaded_session: Session, qtbot: QtBot) -> Iterator[InspectorPanel]:
    made = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    yield made
    made.hide()


def grey(panel: InspectorPanel) -> int | None:
    image = panel.pictures.decoded.image
    return None if image is None else image.pixelColor(4, 4).red()


def test_that_without_a_model_it_says_what_to_do_and_offers_nothing(modelless_session: Session, qtbot: QtBot) -> None:
    panel = shown(modelless_session, qtbot)
    assert "Press Train" in panel.hint.text()
    assert not any(button.isEnabled() for button in panel.buttons.values())
    panel.hide()


def test_that_the_pinned_picture_is_shown_with_its_prior_density(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.session.pin((1.0, 0.0))
    qtbot.waitUntil(lambda: grey(panel) == 160)
    assert panel.findings.densities.rows["Prior, log p(z)"] == "−2.34 nats"


def test_that_hovering_shows_another_picture_and_leaving_restores_the_pinned_one(
    panel: InspectorPanel, qtbot: QtBot
) -> None:
    panel.session.pin((1.0, 0.0))
    qtbot.waitUntil(lambda: grey(panel) == 160)
    panel.session.hover((-1.0, 0.0))
    qtbot.waitUntil(lambda: grey(panel) == 96)
    assert panel.heading.text() == "Under the pointer"
    panel.session.hover(None)
    assert grey(panel) == 160
    assert panel.heading.text() == "Pinned point"


def test_that_a_sample_is_named_by_its_row_in_the_source(panel: InspectorPanel) -> None:
    dataset = panel.session.dataset
    assert dataset is not None
    panel.session._dataset = replace(dataset, source_rows=np.arange(len(dataset), dtype=np.int64)[::-1] + 1000)
    panel.session.pin((0.0, 0.0), sample=50, label=2)
    assert panel.heading.text() == f"Sample {1000 + len(dataset) - 51}, class 2"


def test_that_a_sample_is_shown_beside_its_reconstruction_with_its_class(panel: InspectorPanel) -> None:
    panel.session.pin((0.0, 0.0), sample=50, label=2)
    assert panel.heading.text() == "Sample 50, class 2"
    assert panel.pictures.original.isVisible()
    image = panel.pictures.original.image
    assert image is not None
    assert image.pixelColor(50 // 8, 50 % 8).red() == 255
    panel.session.pin((0.5, 0.0))
    assert not panel.pictures.original.isVisible()


def test_that_typed_coordinates_move_the_pin(panel: InspectorPanel) -> None:
    panel.session.pin((0.0, 0.5))
    box = panel.coordinates[0]
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "1.25")
    QTest.keyClick(box, Qt.Key.Key_Return)
    pin = panel.session.pinned
    assert pin is not None
    assert pin.z == pytest.approx((1.25, 0.5))


def test_that_a_pointer_on_the_plane_has_no_part_in_typed_coordinates(panel: InspectorPanel) -> None:
    panel.session.pin((0.0, 0.5))
    box = panel.coordinates[0]
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "1.")
    panel.session.hover((-1.0, 0.9))
    QTest.keyClicks(box, "25")
    QTest.keyClick(box, Qt.Key.Key_Return)
    assert panel.session.pinned is not None
    assert panel.session.pinned.z == pytest.approx((1.25, 0.5))


def test_that_the_nearest_training_pictures_on_the_plane_can_be_chosen(panel: InspectorPanel, qtbot: QtBot) -> None:
    cloud, dataset = panel.session.points, panel.session.dataset
    assert cloud is not None
    assert dataset is not None
    index = int(np.flatnonzero(cloud.rows < dataset.train_count)[4])
    z1, z2 = cloud.z[index].tolist()
    panel.session.pin((z1 + 0.01, z2))
    strip = panel.findings.neighbours
    qtbot.waitUntil(
        lambda: len(strip.pictures.buttons) == NEIGHBOURS and panel.findings.sections["neighbours"].isVisible()
    )
    assert all(row < dataset.train_count for row in strip.rows)
    assert strip.pictures.buttons[0].text().endswith("0.01"), "class and distance stand under it"
    QTest.mouseClick(strip.pictures.buttons[0], Qt.MouseButton.LeftButton)
    pin = panel.session.pinned
    assert pin is not None
    assert pin.sample is not None
    assert pin.z == pytest.approx((z1, z2))


def test_that_training_pictures_like_the_decoded_one_are_found_and_can_be_chosen(
    panel: InspectorPanel, qtbot: QtBot
) -> None:
    dataset = panel.session.dataset
    assert dataset is not None
    panel.session.pin((1.0, 0.0))
    strip = panel.findings.lookalikes
    qtbot.waitUntil(lambda: len(strip.rows) == NEIGHBOURS)
    grey_picture = np.full_like(dataset.images[0], 160).astype(float)
    differences = np.sqrt(np.square(dataset.train.images - grey_picture).mean(axis=(1, 2, 3))) / 255
    shown = [float(button.text().split("\n")[1]) for button in strip.pictures.buttons]
    assert shown == pytest.approx(sorted(differences)[:NEIGHBOURS], abs=0.006)
    QTest.mouseClick(strip.pictures.buttons[1], Qt.MouseButton.LeftButton)
    pin = panel.session.pinned
    assert pin is not None
    assert pin.sample == strip.rows[1]


def test_that_the_density_of_the_encodings_is_told_at_a_point(panel: InspectorPanel, qtbot: QtBot) -> None:
    cloud = panel.session.points
    assert cloud is not None
    z = (0.25, -0.5)
    panel.session.pin(z)
    qtbot.waitUntil(lambda: "Encodings, log q(z)" in panel.findings.densities.rows)
    sigma, rho = np.exp(0.5 * cloud.log_var.astype(float)), 0.5
    u, v = ((np.array(z) - cloud.z) / sigma).T
    peak = 2 * np.pi * sigma.prod(axis=1) * np.sqrt(1 - rho**2)
    density = np.exp(-0.5 * (u**2 + v**2 - 2 * rho * u * v) / (1 - rho**2)) / peak
    shown = panel.findings.densities.rows["Encodings, log q(z)"].removesuffix(" nats").replace("−", "-")
    assert float(shown) == pytest.approx(np.log(density.mean()), abs=0.006)


def test_that_a_long_heading_ends_in_dots_and_makes_no_panel_wider(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.session.pin((0.0, 0.0))
    section = panel.findings.sections["densities"]
    qtbot.waitUntil(section.button.isVisible)
    wanted, bare = panel.minimumSizeHint().width(), section.button.grab().toImage()
    section.set_title("Densities of a class whose name is so long that it fits in no panel at all, not even this one")
    assert panel.minimumSizeHint().width() == wanted
    written = section.button.grab().toImage()
    assert written != bare
    section.set_title(section.title + " and longer still")
    assert section.button.grab().toImage() == written
    assert "longer still" in section.button.toolTip()


def test_that_sections_fold_away_by_keyboard(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.session.pin((1.0, 0.0))
    section = panel.findings.sections["densities"]
    qtbot.waitUntil(section.isVisible)
    section.button.setFocus()
    QTest.keyClick(section.button, Qt.Key.Key_Space)
    assert not section.content.isVisible()
    QTest.keyClick(section.button, Qt.Key.Key_Space)
    assert section.content.isVisible()


def test_that_class_means_tell_the_nearest_class(loaded_session: Session, backend: FakeBackend, qtbot: QtBot) -> None:
    means = np.array([[-2.0, 0.0], [2.0, 0.0], [0.0, 3.0]], dtype=np.float32)
    backend.model = FakeModel(conditioning="class-mean", class_means=means)
    panel = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    loaded_session.pin((1.0, 0.0))
    assert panel.findings.sections["prior"].isVisible()
    assert "class 1" in panel.findings.prior_classes.nearest.text()
    shares = panel.findings.prior_classes.bars.here
    assert shares[1] / shares[0] == pytest.approx(np.exp(0.5 * (9 - 1)))
    assert sum(shares) == pytest.approx(1)
    panel.hide()


def test_that_the_ends_of_the_path_are_set_from_here(panel: InspectorPanel) -> None:
    panel.session.pin((0.5, 0.25))
    panel.buttons["Set start"].click()
    panel.session.pin((1.5, 0.25))
    panel.buttons["Set end"].click()
    path = panel.session.path
    assert path.is_complete
    assert [point.z for point in path.points] == [(0.5, 0.25), (1.5, 0.25)]


def test_that_copy_puts_the_picture_on_the_clipboard(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.session.pin((1.0, 0.0))
    qtbot.waitUntil(lambda: grey(panel) == 160)
    panel.buttons["Copy"].click()
    image = QGuiApplication.clipboard().image()
    assert image.width() == 280
    assert image.pixelColor(100, 100).red() == 160


def test_that_a_label_conditioned_model_shows_every_class_and_a_click_changes_the_class(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(conditioning="label")
    panel = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    loaded_session.pin((0.0, 0.0))
    qtbot.waitUntil(lambda: len(panel.findings.classes.pictures.buttons) == 3)
    panel.findings.classes.pictures.buttons[2].click()
    assert loaded_session.label == 2
    panel.hide()


def test_that_a_sample_has_its_elbo_and_its_exact_likelihood(panel: InspectorPanel, qtbot: QtBot) -> None:
    session = panel.session
    assert session.dataset is not None
    model = ModelSnapshot(small_model(), step=7, epoch=1.0)
    session._set_model(model)
    session.pin((0.0, 0.0), sample=50, label=2)
    rows = panel.findings.explained.values
    qtbot.waitUntil(lambda: "Gap" in rows.rows)
    bound = picture_bound(model, session.dataset.images[50], None)
    exact = exact_likelihood(model, session.dataset.images[50], None, cancelled=lambda: False)
    assert bound is not None
    assert bound.elbo is not None
    assert exact is not None
    assert rows.rows["ELBO"] == nats(bound.elbo)
    assert rows.rows["Gap"] == nats(exact.log_likelihood - bound.elbo)
    assert panel.findings.sections["explained"].title == "ELBO of Sample 50, class 2"
    session.hover((1.0, 1.0))
    assert panel.findings.sections["explained"].isVisible(), "a sample stays chosen while one points elsewhere"
    session.pin((0.5, 0.5))
    assert not panel.findings.sections["explained"].isVisible()


def test_that_other_data_with_fewer_pictures_are_asked_for_none_that_they_lack(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend.model = FakeModel(conditioning="image", band=(3, 2))
    panel = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    assert loaded_session.condition == 45
    loaded_session.pin((0.5, 0.5), sample=50)
    many = tiny_images()
    images, rows = np.zeros((20, 1, 16, 16), np.uint8), many.source_rows[:20]
    few = replace(many, images=images, labels=None, class_names=(), train_count=15, source_rows=rows)
    monkeypatch.setattr(backend, "load", lambda _config, _progress: few)
    loaded_session.load_data("few")
    # An exception in a slot on the way there fails this test.
    qtbot.waitUntil(lambda: loaded_session.dataset is few)
    assert loaded_session.condition is None
    panel.hide()
