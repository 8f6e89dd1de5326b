"""Samples of the model: a wall of pictures, and points of a known mixture with the modes that were found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from tests.app.fake_backends import FakeBackend
from tests.app.fake_models import FakeModel
from tests.gui.panel_driver import shown_panel
from tests.gui.plane_driver import train, wheel
from tests.patience import has_settled
from vae_explorer.app.session import Session
from vae_explorer.data.mixtures import RING, draw_points
from vae_explorer.gui.panels.samples import SamplesPanel
from vae_explorer.latent.sampling import sample_prior

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.sections import DataConfig

LEFT = Qt.MouseButton.LeftButton


@dataclass(frozen=True)
class RingModel(FakeModel):
    """Draws a point of one of the first four modes by the angle of z, and a black picture where z1 is far out."""

    image_shape: tuple[int, int, int] = (1, 24, 24)
    classes: int = 8

    def decode(
        self,
        z: NDArray[np.float32],
        labels: NDArray[np.int64] | int | None = None,
        condition: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        mode = np.floor(np.arctan2(z[:, 1], z[:, 0]) / (np.pi / 2)).astype(int) % 4
        pictures = np.rint(255 * draw_points(RING.centres[mode], 24)).astype(np.uint8)[:, None]
        pictures[z[:, 0] > 2] = 0
        return pictures


class RingBackend(FakeBackend):
    """Loads the real ring."""

    def load(self, config: DataConfig, progress: Callable[[str], None]) -> ImageDataset:
        from vae_explorer.data.catalogue import load
        from vae_explorer.sections import DataConfig as Config

        return load(Config(source="ring"))


def shown(session: Session, qtbot: QtBot) -> SamplesPanel:
    return shown_panel(SamplesPanel, session, qtbot, (640, 600))


@pytest.fixture
def panel(loaded_session: Session, qtbot: QtBot) -> Iterator[SamplesPanel]:
    made = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    qtbot.waitUntil(lambda: made.wall.count == 100 and made.is_complete)
    yield made
    made.hide()


@pytest.fixture
def ring(tmp_path: Path, qtbot: QtBot) -> Iterator[SamplesPanel]:
    backend = RingBackend()
    backend.model = RingModel()
    session = Session(tmp_path / "runs", backend)
    session.start()
    qtbot.waitUntil(lambda: has_settled(session))
    made = shown(session, qtbot)
    session.set_setting("training.epochs", "1")
    session.train()
    qtbot.waitUntil(lambda: not session.state.is_active and len(made.samples.z) == 2500 and made.is_complete)
    qtbot.waitUntil(lambda: made.plot.is_complete)
    yield made
    made.hide()
    assert session.close()


def test_that_without_a_model_the_wall_says_what_to_do_and_nothing_can_be_drawn(
    modelless_session: Session, qtbot: QtBot
) -> None:
    panel = shown(modelless_session, qtbot)
    assert panel.wall.count == 0
    assert not panel.controls.draw_button.isEnabled()
    assert not panel.controls.points_button.isVisible()
    panel.hide()


def test_that_a_model_that_is_not_trained_is_named_above_its_samples(loaded_session: Session, qtbot: QtBot) -> None:
    panel = shown(loaded_session, qtbot)
    qtbot.waitUntil(lambda: panel.wall.count == 100 and panel.is_complete)
    assert panel.news.isVisible()
    assert panel.news.text().startswith("This model isn't trained yet")
    assert panel.controls.geometry().bottom() < panel.news.y() < panel.views.y()
    train(loaded_session, qtbot)
    qtbot.waitUntil(lambda: not panel.news.isVisible())
    panel.hide()


def test_that_the_wall_shows_the_pictures_of_points_of_the_prior(panel: SamplesPanel) -> None:
    expected = sample_prior(100, 0).z
    np.testing.assert_array_equal(panel.samples.z, expected)
    image = panel.wall.grab().toImage()
    for index in (0, 37, 99):
        grey = np.clip(128 + 32 * expected[index, 0], 0, 255)
        centre = panel.wall.rectangle_of(index).center()
        assert image.pixelColor(centre).red() == pytest.approx(grey, abs=2)
    assert panel.summary.text() == "100 samples of the prior, seed 0"


def test_that_drawing_again_takes_the_next_seed_and_shows_it(panel: SamplesPanel, qtbot: QtBot) -> None:
    panel.controls.draw_button.click()
    qtbot.waitUntil(lambda: "seed 1" in panel.summary.text())
    assert panel.controls.seed == 1
    np.testing.assert_array_equal(panel.samples.z, sample_prior(100, 1).z)


def test_that_a_picture_can_be_previewed_and_pinned_by_mouse_and_keys(panel: SamplesPanel) -> None:
    QTest.mouseMove(panel.wall, panel.wall.rectangle_of(3).center())
    assert panel.session.hovered is not None
    QTest.mouseClick(panel.wall, LEFT, pos=panel.wall.rectangle_of(3).center())
    assert panel.session.pinned is not None
    assert panel.session.pinned.z == pytest.approx(tuple(panel.samples.z[3]))
    QTest.keyClick(panel.wall, Qt.Key.Key_Right)
    assert panel.wall.chosen == 4
    panel.session.pin((9.0, 9.0))
    assert panel.wall.chosen is None, "a pin from elsewhere is no sample"


def test_that_the_number_of_samples_is_decoded_anew_in_one_request(panel: SamplesPanel, qtbot: QtBot) -> None:
    replies: list[DecodeReply] = []
    panel.session.decode.decoded.connect(replies.append)
    panel.controls.count_box.setValue(36)
    qtbot.waitUntil(lambda: panel.wall.count == 36)
    assert [len(reply.z) for reply in replies if reply.key == "samples"] == [36]


def test_that_a_class_mean_model_is_sampled_from_all_islands_or_one(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    means = np.array([[50.0, 0.0], [-50.0, 0.0], [0.0, 50.0]], dtype=np.float32)
    backend.model = FakeModel(conditioning="class-mean", class_means=means)
    panel = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    qtbot.waitUntil(lambda: panel.samples.labels is not None and panel.is_complete)
    labels = panel.samples.labels
    assert labels is not None
    assert set(labels) == {0, 1, 2}
    assert np.linalg.norm(panel.samples.z - means[labels], axis=1).max() < 6
    panel.controls.class_box.setCurrentIndex(2)
    qtbot.waitUntil(lambda: panel.samples.labels is not None and set(panel.samples.labels) == {1})
    assert "100 samples of the prior of class class 1" in panel.summary.text()
    QTest.mouseClick(panel.wall, LEFT, pos=panel.wall.rectangle_of(0).center())
    assert panel.session.pinned is not None
    assert panel.session.pinned.label == 1
    panel.hide()


def test_that_a_model_without_a_decoder_is_told_in_words(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(can_decode=False)
    panel = shown(loaded_session, qtbot)
    train(loaded_session, qtbot)
    assert panel.wall.count == 0
    assert not panel.controls.isEnabled()
    panel.hide()


def test_that_points_of_the_ring_are_counted_by_mode(ring: SamplesPanel) -> None:
    assert ring.shows_points
    assert ring.coverage is not None
    assert ring.coverage.covered.tolist() == [True] * 4 + [False] * 4
    black = (ring.samples.z[:, 0] > 2).mean()
    assert ring.coverage.high_quality == pytest.approx(1 - black)
    good, poor = (f"{100 * share:.1f}%" for share in (1 - black, black))
    assert ", ".join(ring.summary.text().split("\n")).startswith(f"4 of 8 modes, {good} high quality, {poor} no point")
    assert "2,500 samples of the prior, seed 0" in ring.summary.toolTip()
    assert [mode.is_covered for mode in ring.plot.rings] == [True] * 4 + [False] * 4
    assert "0 samples" in ring.plot.words_at(ring.plot.position_of((-2.0, 0.0)))
    assert ring.plot.words_at(ring.plot.position_of((0.0, 0.0))) == ""


def test_that_samples_and_data_lie_where_they_are_in_the_plot(ring: SamplesPanel) -> None:
    image = ring.plot.grab().toImage()
    for point, token in (((2.0, 0.0), "accent"), ((-2.0, 0.0), "disabled"), ((0.0, 0.0), "plot")):
        seen, wanted = image.pixelColor(ring.plot.position_of(point).toPoint()), ring.theme.colour(token)
        away = max(abs(seen.red() - wanted.red()), abs(seen.blue() - wanted.blue()))
        assert away < 60, f"{token} at {point}, where crowds shine through"


def test_that_a_click_on_a_point_pins_its_sample_and_a_drag_only_moves_the_view(ring: SamplesPanel) -> None:
    place = ring.plot.position_of((2.0, 0.0)).toPoint()
    QTest.mousePress(ring.plot, LEFT, pos=place)
    QTest.mouseMove(ring.plot, place + QPoint(-40, 0))
    QTest.mouseRelease(ring.plot, LEFT, pos=place + QPoint(-40, 0))
    assert ring.session.pinned is None
    assert ring.plot.position_of((2.0, 0.0)).x() == pytest.approx(place.x() - 40, abs=1)
    QTest.mouseClick(ring.plot, LEFT, pos=place + QPoint(-40, 0))
    pin = ring.session.pinned
    assert pin is not None
    assert pin.z[0] > 0 < pin.z[1], "the first mode is drawn by the first quadrant"


def test_that_the_wheel_zooms_and_home_shows_everything_again(ring: SamplesPanel) -> None:
    before = ring.plot.position_of((2.0, 0.0)) - ring.plot.position_of((0.0, 0.0))
    wheel(ring.plot, ring.plot.rect().center(), 2)
    after = ring.plot.position_of((2.0, 0.0)) - ring.plot.position_of((0.0, 0.0))
    assert after.x() > 1.5 * before.x()
    QTest.keyClick(ring.plot, Qt.Key.Key_Home)
    assert QPointF(ring.plot.position_of((2.0, 0.0)) - ring.plot.position_of((0.0, 0.0))) == before


@pytest.mark.parametrize(("size", "beside"), [((900, 480), True), ((300, 480), False), ((480, 900), False)])
def test_that_words_stand_where_they_leave_the_points_most_room(
    ring: SamplesPanel, qtbot: QtBot, size: tuple[int, int], beside: bool
) -> None:
    ring.resize(*size)
    qtbot.waitUntil(
        lambda: (
            (ring.key.mapTo(ring, QPoint()).x() > ring.plot.geometry().right()) is beside
            and ("\n" in ring.summary.text()) is beside
        )
    )


def test_that_points_can_be_looked_at_as_pictures_with_a_number_of_their_own(ring: SamplesPanel, qtbot: QtBot) -> None:
    ring.controls.pictures_button.click()
    qtbot.waitUntil(lambda: ring.wall.count == 100)
    assert not ring.shows_points
    assert not ring.key.isVisible()
    ring.controls.points_button.click()
    qtbot.waitUntil(lambda: len(ring.samples.z) == 2500)
    assert ring.shows_points


def test_that_nothing_is_decoded_while_the_panel_is_hidden(panel: SamplesPanel, qtbot: QtBot) -> None:
    panel.hide()
    replies: list[DecodeReply] = []
    panel.session.decode.decoded.connect(replies.append)
    train(panel.session, qtbot)
    assert [reply for reply in replies if reply.key == "samples"] == []
    panel.show()
    qtbot.waitUntil(lambda: any(reply.key == "samples" for reply in replies))
