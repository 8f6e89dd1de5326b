"""The path panel as a user drives it: ends, slider, walk and film strip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from tests.app.fake_models import FakeModel, as_snapshot
from tests.gui.panel_driver import shown_panel
from vae_explorer.app import path_walk
from vae_explorer.app.export_lacks import no_path
from vae_explorer.app.state import LatentPath, LatentPoint, ModelInfo
from vae_explorer.gui.dialogs.sample import SampleDialog
from vae_explorer.gui.panels.path import NO_MODEL, PathPanel
from vae_explorer.gui.panels.path_player import PathPlayer, PlayMode
from vae_explorer.gui.plotting.film_strip import FilmStrip
from vae_explorer.gui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.decode_service import DecodeReply
    from vae_explorer.app.session import Session

START, END = LatentPoint((-2.0, 0.0)), LatentPoint((2.0, 0.0))


@pytest.fixture
def panel(modelless_session: Session, qtbot: QtBot) -> PathPanel:
    return shown_panel(PathPanel, modelless_session, qtbot, (640, 220))


@pytest.fixture
def walking(panel: PathPanel, qtbot: QtBot) -> PathPanel:
    """A panel with a straight path from grey level 64 to 192, and its pictures."""
    session = panel.session
    session._set_model(as_snapshot(FakeModel()))
    session.set_path_method("linear")
    session.set_start(START)
    session.set_end(END)
    qtbot.waitUntil(lambda: panel.parts.strip.count == 11 and not panel.parts.preview.image.isNull())
    return panel


def shown_grey(panel: PathPanel) -> int:
    image = panel.parts.preview.image
    return -1 if image.isNull() else image.pixelColor(0, 0).value()


def visible_texts(panel: PathPanel) -> str:
    return " ".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def test_that_without_a_model_the_panel_says_what_comes_first(panel: PathPanel) -> None:
    assert NO_MODEL in visible_texts(panel)
    assert not panel.parts.preview.isVisible()


def test_that_without_a_path_the_panel_says_how_to_choose_one(panel: PathPanel) -> None:
    panel.session._set_model(as_snapshot(FakeModel()))
    text = visible_texts(panel)
    assert "Choose a start and an end" in text
    assert "Ctrl+1" in text


@pytest.mark.parametrize(
    ("start", "end", "asked", "unasked"),
    [(START, None, ("choose an end", "Ctrl+3"), "Ctrl+1"), (None, END, ("choose a start", "Ctrl+1"), "Ctrl+3")],
)
def test_that_the_panel_asks_for_the_missing_end_only(
    panel: PathPanel, start: LatentPoint | None, end: LatentPoint | None, asked: tuple[str, ...], unasked: str
) -> None:
    session = panel.session
    session._set_model(as_snapshot(FakeModel()))
    session.set_start(start)
    session.set_end(end)
    text = visible_texts(panel)
    assert all(words in text for words in asked)
    assert unasked not in text
    lack = no_path(session)
    assert ("no end" in lack, "no start" in lack) == (end is None, start is None)


@pytest.mark.parametrize("method", ["linear", "spherical", "geodesic"])
def test_that_a_path_from_a_point_to_itself_is_told_as_one(walking: PathPanel, method: str) -> None:
    session, remarks = walking.session, walking.parts.remarks
    session.set_path_method(method)
    assert "same point" not in remarks.text()
    session.set_end(START)
    assert "same point" in remarks.text()
    assert remarks.isVisible()
    session.add_way_point(END)
    assert "same point" not in remarks.text()


def test_that_one_place_of_two_classes_is_not_one_point() -> None:
    info = ModelInfo(0, 0.0, "label", 3, ("a", "b", "c"), (1, 8, 8), True, True, None)
    path = LatentPath(start=replace(START, label=0), end=replace(START, label=1))
    assert not any("same point" in remark for remark in path_walk.remarks(path, info))


def test_that_an_end_is_no_image_to_a_model_that_places_none(walking: PathPanel, qtbot: QtBot) -> None:
    session, start = walking.session, walking.parts.start
    session.set_start(replace(START, sample=7, label=1))
    assert "7" in start.text()
    ready: list[str] = []
    walking.pictures.end_ready.connect(lambda end, _: ready.append(end))
    session._set_model(as_snapshot(FakeModel(can_encode=False)))
    assert "7" not in start.text()
    qtbot.waitUntil(lambda: "start" in ready)
    session._set_model(as_snapshot(FakeModel()))
    assert "7" in start.text()


def test_that_two_samples_of_different_classes_can_be_suggested(panel: PathPanel, qtbot: QtBot) -> None:
    session = panel.session
    session._set_model(as_snapshot(FakeModel()))
    qtbot.waitUntil(panel.parts.suggest.isVisible)
    QTest.mouseClick(panel.parts.suggest, Qt.MouseButton.LeftButton)
    path = session.path
    assert path.is_complete
    assert path.start is not None
    assert path.end is not None
    assert path.start.label != path.end.label
    assert f"{path.start.sample}" in panel.parts.start.text()


def test_that_the_pin_becomes_an_end(panel: PathPanel) -> None:
    assert not panel.parts.start.from_pin.isEnabled()
    panel.session.pin((0.5, -1.25))
    panel.parts.start.from_pin.trigger()
    assert panel.session.path.start == LatentPoint((0.5, -1.25))
    assert panel.parts.start.accessibleName() == "Start: (0.50, \N{MINUS SIGN}1.25)"
    panel.parts.start.take_away.trigger()
    assert panel.session.path.start is None


def test_that_a_sample_is_chosen_from_the_wall_of_pictures(panel: PathPanel, qtbot: QtBot) -> None:
    session = panel.session
    session._set_model(as_snapshot(FakeModel()))
    panel.parts.end.from_sample.trigger()
    dialog = panel.findChild(SampleDialog)
    assert isinstance(dialog, SampleDialog)
    assert dialog.model.rowCount() == 15
    dialog.label.setCurrentIndex(2)
    assert [row % 3 for row in dialog.model.rows] == [1] * 5
    QTest.keyClick(dialog.view, Qt.Key.Key_Right)
    row = int(dialog.model.rows[1])
    assert f"Sample {row}, test image, class class 1" in dialog.words.text()
    QTest.mouseClick(dialog.buttons.buttons()[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.path.end is not None)
    end = session.path.end
    assert end is not None
    assert (end.sample, end.label) == (row, 1)
    brightest = session.sample_image(row).reshape(-1).argmax()
    assert end.z == (brightest % 8 - 3.5, brightest // 8 - 3.5)


def test_that_chosen_samples_follow_their_encodings(panel: PathPanel, qtbot: QtBot) -> None:
    session = panel.session
    session.pin((9.0, 9.0), sample=50)
    session.set_start(LatentPoint((9.0, 9.0), sample=47, label=2))
    session.set_end(LatentPoint((9.0, 9.0)))
    session._set_model(as_snapshot(FakeModel()))
    qtbot.waitUntil(lambda: session.points is not None)
    assert session.points is not None
    assert session.path.start == LatentPoint(session.points.place_of(47) or (0.0, 0.0), 47, 2)
    assert session.path.end == LatentPoint((9.0, 9.0))
    assert session.pinned is not None
    assert session.pinned.z == session.points.place_of(50)


def test_that_the_slider_moves_the_path_and_decodes_where_it_stands(walking: PathPanel, qtbot: QtBot) -> None:
    assert shown_grey(walking) == 64
    slider = walking.parts.slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert walking.session.path.position == 1.0
    qtbot.waitUntil(lambda: shown_grey(walking) == 192)
    QTest.keyClick(slider, Qt.Key.Key_Left)
    assert walking.session.path.position == pytest.approx(0.99)
    assert walking.parts.time.text() == "t = 0.99"
    qtbot.waitUntil(lambda: walking.parts.place.text() == "z = (1.96, 0.00)")


def test_that_dragging_the_slider_with_the_mouse_shows_the_end_at_last(walking: PathPanel, qtbot: QtBot) -> None:
    slider = walking.parts.slider
    left, right = QPoint(8, slider.height() // 2), QPoint(slider.width() - 2, slider.height() // 2)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=left)
    for x in range(left.x(), right.x(), 5):
        QTest.mouseMove(slider, QPoint(x, left.y()))
    QTest.mouseMove(slider, right)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=right)
    assert walking.session.path.position > 0.95
    qtbot.waitUntil(lambda: shown_grey(walking) == int(128 + 32 * (4 * walking.session.path.position - 2)))


def test_that_a_click_on_a_picture_of_the_strip_goes_there(walking: PathPanel) -> None:
    strip = walking.parts.strip
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.frame_rect(5).center())
    assert walking.session.path.position == 0.5
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert walking.session.path.position == pytest.approx(0.6)
    QTest.keyClick(strip, Qt.Key.Key_Home)
    assert walking.session.path.position == 0.0
    assert walking.parts.slider.value() == 0


def test_that_the_strip_is_decoded_by_one_request(walking: PathPanel, qtbot: QtBot) -> None:
    replies: list[DecodeReply] = []
    walking.session.decode.decoded.connect(replies.append)
    walking.parts.frames.setValue(7)
    qtbot.waitUntil(lambda: walking.parts.strip.count == 7)
    strips = [reply for reply in replies if reply.key == "path.strip"]
    assert [len(reply.z) for reply in strips] == [7]
    np.testing.assert_allclose(strips[0].z[:, 0], np.linspace(-2, 2, 7), rtol=1e-6)


def test_that_a_new_model_renews_the_pictures(walking: PathPanel, qtbot: QtBot) -> None:
    steps: list[int] = []
    walking.session.decode.decoded.connect(lambda reply: steps.append(reply.step) if reply.key == "path.strip" else 0)
    for step in range(1, 30):
        walking.session._set_model(as_snapshot(replace(FakeModel(), step=step)))
    qtbot.waitUntil(lambda: bool(steps) and steps[-1] == 29)
    assert len(steps) < 29


def test_that_nothing_is_decoded_while_the_panel_is_hidden(walking: PathPanel, qtbot: QtBot) -> None:
    walking.hide()
    replies: list[str] = []
    walking.session.decode.decoded.connect(lambda reply: replies.append(reply.key))
    walking.session.set_path_position(0.7)
    qtbot.wait(50)
    assert "path.position" not in replies
    walking.show()
    qtbot.waitUntil(lambda: walking.parts.time.text() == "t = 0.70" and "path.position" in replies)


def test_that_swapping_and_clearing_do_what_they_say(walking: PathPanel) -> None:
    QTest.mouseClick(walking.parts.swap, Qt.MouseButton.LeftButton)
    assert (walking.session.path.start, walking.session.path.end) == (END, START)
    assert walking.session.path.position == 1.0
    QTest.mouseClick(walking.parts.clear, Qt.MouseButton.LeftButton)
    assert walking.session.path.points == ()
    assert not walking.parts.clear.isEnabled()
    assert walking.parts.strip.count == 0


def test_that_opposite_ends_are_remarked_upon_by_the_spherical_method(walking: PathPanel, qtbot: QtBot) -> None:
    assert "opposite" not in visible_texts(walking)
    method = walking.parts.way.method
    method.setFocus()
    QTest.keyClick(method, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: walking.session.path.method == "spherical")
    assert "opposite" in visible_texts(walking)


def test_that_the_walk_plays_and_pauses(walking: PathPanel, qtbot: QtBot) -> None:
    QTest.mouseClick(walking.parts.play, Qt.MouseButton.LeftButton)
    assert walking.player.is_playing
    assert walking.parts.play.accessibleName() == "Pause the walk"
    qtbot.waitUntil(lambda: walking.session.path.position > 0.0)
    QTest.mouseClick(walking.parts.play, Qt.MouseButton.LeftButton)
    assert not walking.player.is_playing
    assert not walking.parts.play.isChecked()


def test_that_clearing_the_path_ends_the_walk(walking: PathPanel) -> None:
    walking.toggle()
    walking.session.clear_path()
    assert not walking.player.is_playing


@pytest.mark.parametrize(
    ("mode", "positions"),
    [
        (PlayMode.ONCE, [0.4, 0.8, 1.0]),
        (PlayMode.LOOP, [0.4, 0.8, 0.2, 0.6]),
        (PlayMode.THERE_AND_BACK, [0.4, 0.8, 0.8, 0.4, 0.0, 0.4]),
    ],
)
def test_that_a_walk_goes_on_as_its_mode_says(qtbot: QtBot, mode: PlayMode, positions: list[float]) -> None:
    now = [0.0]
    player = PathPlayer(clock=lambda: now[0])
    player.mode, player.seconds = mode, 10.0
    seen: list[float] = []
    player.moved.connect(seen.append)
    player.play()
    for _ in positions:
        now[0] += 4.0
        player.advance()
    player.pause()
    assert seen == pytest.approx(positions, abs=1e-9)


def test_that_a_label_conditioned_path_takes_the_class_of_the_nearer_end() -> None:
    info = ModelInfo(0, 0.0, "label", 3, ("a", "b", "c"), (1, 8, 8), True, True, None)
    path = LatentPath(replace(START, label=1), (), END)
    labels = path_walk.frame_classes(path, info, 2, np.array([0.0, 0.4, 0.6, 1.0]))
    assert labels is not None
    assert labels.tolist() == [1, 1, 2, 2]


def test_that_a_class_mean_path_turns_round_the_means() -> None:
    means = np.array([[5.0, 0.0], [-5.0, 0.0]], dtype=np.float32)
    info = ModelInfo(0, 0.0, "class-mean", 2, ("a", "b"), (1, 8, 8), True, True, means)
    path = LatentPath(LatentPoint((6.0, 0.0), label=0), (), LatentPoint((-5.0, 1.0), label=1))
    middle = path_walk.positions(path, info, np.array([0.5]))[0]
    assert middle == pytest.approx((np.sqrt(0.5), np.sqrt(0.5)))


@pytest.mark.parametrize("channels", [1, 3])
def test_that_the_strip_paints_grey_and_colour_pictures(qtbot: QtBot, channels: int) -> None:
    strip = FilmStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 50)
    images = np.zeros((4, channels, 8, 8), dtype=np.uint8)
    images[2] = 255
    strip.set_frames(images)
    picture = strip.grab().toImage()
    shades = [picture.pixelColor(strip.frame_rect(index).center()).value() for index in (1, 2, 3)]
    assert shades == [0, 255, 0]


@pytest.mark.parametrize("size", [(900, 300), (640, 200), (444, 190)])
def test_that_the_path_panel_takes_any_size_and_theme(walking: PathPanel, size: tuple[int, int]) -> None:
    for theme in (DARK, LIGHT):
        walking.set_theme(theme)
        walking.resize(*size)
        assert (walking.width(), walking.height()) == size
        assert not walking.grab().isNull()


def test_that_the_strip_comes_back_after_its_model_went_away_while_it_was_decoded(
    walking: PathPanel, qtbot: QtBot
) -> None:
    session = walking.session
    session.set_path_frames(7)
    session._set_model(None)
    session._set_model(as_snapshot(FakeModel()))
    qtbot.waitUntil(lambda: walking.parts.strip.count == 7)
