"""Geodesics, drawn paths, their speed and their profile, in the real window with a real network."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QToolTip

from tests.app.fake_models import SIDE, FakeModel, as_snapshot
from tests.gui.clipping import clipped
from vae_explorer.app import course_finder, path_walk
from vae_explorer.app.export_route import Route
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.palette_sources import entries
from vae_explorer.gui.panels.path import PathPanel
from vae_explorer.gui.panels.path_player import Easing, PathPlayer, PlayMode
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.latent.metric_choice import METRICS
from vae_explorer.latent.paths import INTERPOLATIONS
from vae_explorer.models.build import build_model
from vae_explorer.models.family import Family, ImageSpec
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.sections import ModelConfig

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.course_finder import CourseWish
    from vae_explorer.app.model import Model
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.latent.paths import Course

START, END = LatentPoint((-1.6, 0.5)), LatentPoint((1.5, -0.9))
KEY = Qt.Key


def network(conditioning: str = "none", seed: int = 5) -> ModelSnapshot:
    """Return an untrained model of 8x8 pictures whose plane is far from flat."""
    family = Family(conditioning)  # type: ignore[arg-type]
    generator = torch.Generator().manual_seed(seed)
    made = build_model(ImageSpec((1, SIDE, SIDE), 3), ModelConfig(hidden=(16,)), family=family, generator=generator)
    with torch.no_grad():
        made.get_parameter("decoder.body.layers.0.weight").mul_(2)
        made.get_parameter("decoder.body.layers.2.weight").mul_(6)
    return ModelSnapshot(made, step=1, epoch=1.0)


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> PathPanel:
    """The path panel of the window, with a real network and a path."""
    made = window.panel("path")
    assert isinstance(made, PathPanel)
    dock = next(dock for dock in window.docks if dock.objectName() == "dock.path")
    dock.show()
    dock.raise_()
    qtbot.waitUntil(made.isVisible)
    session = window.session
    qtbot.waitUntil(lambda: session.model_info is not None)
    session._set_model(network())
    session.set_start(START)
    session.set_end(END)
    qtbot.waitUntil(lambda: made.parts.strip.count == 11)
    return made


def choose(combo: QComboBox, name: str, qtbot: QtBot) -> None:
    """Choose an entry by keys."""
    combo.setFocus()
    qtbot.waitUntil(combo.hasFocus)
    QTest.keyClick(combo, KEY.Key_Home)
    for _ in range(combo.findData(name)):
        QTest.keyClick(combo, KEY.Key_Down)
    assert combo.currentData() == name


def find(panel: PathPanel, qtbot: QtBot) -> Course:
    courses = panel.session.courses
    qtbot.waitUntil(lambda: courses.exact is not None)
    assert courses.course is not None
    return courses.course


def plane_of(window: MainWindow) -> PlanePanel:
    plane = window.panel("plane")
    assert isinstance(plane, PlanePanel)
    return plane


def test_that_a_geodesic_is_chosen_drawn_walked_and_taken_back(
    panel: PathPanel, window: MainWindow, qtbot: QtBot
) -> None:
    plane, session = plane_of(window), window.session
    choose(panel.parts.way.method, "geodesic", qtbot)
    course = find(panel, qtbot)
    expected = course.legs[0]
    qtbot.waitUntil(lambda: not plane.view.scene.is_tentative)
    line = plane.view.scene.curve
    assert line is not None
    np.testing.assert_allclose(line[:: len(line) // 16], expected[::16], atol=1e-9)
    assert np.abs(line - np.linspace(START.z, END.z, len(line))).max() > 0.1
    assert plane.view.scene.chord is not None
    np.testing.assert_array_equal(plane.view.scene.chord, [START.z, END.z])
    assert panel.parts.way.length.text() == f"{course.ratio:.2f} of straight"
    assert course.ratio < 0.995
    places: list[np.ndarray] = []
    session.decode.decoded.connect(lambda reply: places.append(reply.z) if reply.key == "path.strip" else None)
    panel.parts.frames.setValue(5)
    qtbot.waitUntil(lambda: panel.parts.strip.count == 5)
    np.testing.assert_allclose(places[-1], expected[:: (len(expected) - 1) // 4], atol=1e-6)
    session.undo()
    assert session.path.frames == 11
    assert session.path.method == "geodesic"
    session.undo()
    assert session.path.method != "geodesic"
    assert panel.parts.way.method.currentData() == session.path.method
    assert panel.parts.way.length.text().startswith("length ")
    assert plane.view.scene.chord is None
    session.redo()
    assert find(panel, qtbot).ratio == course.ratio


def test_that_a_dashed_straight_line_stands_in_while_a_geodesic_is_searched(
    panel: PathPanel, window: MainWindow, qtbot: QtBot
) -> None:
    free, plane = threading.Event(), plane_of(window)

    def slow(model: Model, wish: CourseWish, known: Course | None, cancelled: object) -> Course:
        free.wait(10)
        return course_finder.found_course(model, wish, known, lambda: False)

    window.session.courses.work = slow
    choose(panel.parts.way.method, "geodesic", qtbot)
    assert panel.parts.way.length.text() == "searching …"
    assert plane.view.scene.is_tentative
    line = plane.view.scene.curve
    assert line is not None
    np.testing.assert_allclose(line[len(line) // 2], (-0.05, -0.2), atol=1e-9)
    dashed = window.grab().toImage()
    free.set()
    find(panel, qtbot)
    assert not plane.view.scene.is_tentative
    assert window.grab().toImage() != dashed


def test_that_the_metric_is_asked_for_where_it_counts(panel: PathPanel, qtbot: QtBot) -> None:
    way = panel.parts.way
    assert not way.measure.isVisible()
    choose(way.method, "geodesic", qtbot)
    pixels = find(panel, qtbot)
    assert way.measure.isVisible()
    choose(way.measure, "fisher", qtbot)
    assert panel.session.path.metric == "fisher"
    fisher = find(panel, qtbot)
    assert fisher.metric == "fisher"
    assert not np.allclose(fisher.legs[0], pixels.legs[0], atol=1e-3)
    assert "standard deviations of the likelihood" in way.length.toolTip()
    choose(way.method, "linear", qtbot)
    assert not way.measure.isVisible()


def test_that_a_geodesic_follows_an_end_that_is_dragged_on_the_plane(
    panel: PathPanel, window: MainWindow, qtbot: QtBot
) -> None:
    choose(panel.parts.way.method, "geodesic", qtbot)
    before = find(panel, qtbot)
    view = plane_of(window).view
    begin, target = view.position_of(END.z).toPoint(), view.position_of((1.0, 1.0)).toPoint()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=begin)
    for step in range(1, 6):
        QTest.mouseMove(view, begin + (target - begin) * (step / 5))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=target)
    end = window.session.path.end
    assert end is not None
    assert np.hypot(end.z[0] - 1, end.z[1] - 1) < 0.1
    after = find(panel, qtbot)
    assert tuple(after.points[-1]) == end.z
    assert tuple(after.points[0]) == tuple(before.points[0])


def test_that_a_model_whose_plane_cannot_be_measured_says_so_in_the_panel(panel: PathPanel, qtbot: QtBot) -> None:
    panel.session._set_model(as_snapshot(FakeModel()))
    choose(panel.parts.way.method, "geodesic", qtbot)
    qtbot.waitUntil(lambda: bool(panel.session.courses.problem))
    assert panel.parts.remarks.isVisible()
    assert panel.parts.remarks.text() == panel.session.courses.problem
    assert panel.parts.strip.count == 11


def test_that_the_way_of_a_label_conditioned_model_is_that_of_its_class(panel: PathPanel, qtbot: QtBot) -> None:
    session = panel.session
    session._set_model(network("label"))
    choose(panel.parts.way.method, "geodesic", qtbot)
    first = find(panel, qtbot)
    session.set_label(2)
    second = find(panel, qtbot)
    assert (first.classes, second.classes) == ((0, 0), (2, 2))
    assert not np.allclose(first.legs[0], second.legs[0], atol=1e-4)


def test_that_equal_speed_is_chosen_in_the_menu_and_exported(panel: PathPanel, qtbot: QtBot) -> None:
    session = panel.session
    session.add_way_point(LatentPoint((-1.5, 0.4)))
    session.set_path_method("linear")
    times = np.linspace(0, 1, 21)

    def steps() -> np.ndarray:
        places = path_walk.positions(session.path, session.model_info, times, session.courses.course)
        return np.asarray(np.hypot(*np.diff(places, axis=0).T))

    assert steps().std() > 0.5 * steps().mean()
    options = panel.parts.options
    options.setFocus()
    menu = options.menu()
    assert menu is not None
    menu.popup(options.mapToGlobal(QPoint(0, 0)))
    menu.setActiveAction(options.equal_speed)
    QTest.keyClick(menu, KEY.Key_Return)
    assert session.path.equal_speed
    assert steps().std() < 0.05 * steps().mean()
    route = Route.of(session)
    model = session.model
    assert model is not None
    frames = route.frames(5, model, lambda _share: None, lambda: False)
    shown = path_walk.positions(session.path, session.model_info, np.linspace(0, 1, 5))
    assert np.array_equal(frames, model.decode(shown.astype(np.float32)))
    assert route.view()["equal_speed"] is True
    session.undo()
    assert not options.equal_speed.isChecked()


def test_that_an_exported_geodesic_is_the_one_that_is_shown(panel: PathPanel, qtbot: QtBot) -> None:
    session = panel.session
    choose(panel.parts.way.method, "geodesic", qtbot)
    course = find(panel, qtbot)
    route, model = Route.of(session), session.model
    assert route.course is course
    assert route.view()["metric"] == "pixel"
    assert model is not None
    frames = route.frames(3, model, lambda _share: None, lambda: False)
    middle = course.legs[0][len(course.legs[0]) // 2]
    assert np.array_equal(frames[1], model.decode(middle[None].astype(np.float32))[0])


def test_that_the_profile_is_shown_read_and_walked(panel: PathPanel, qtbot: QtBot) -> None:
    plot, session = panel.parts.plot, panel.session
    assert not plot.isVisible()
    panel.parts.options.profile.trigger()
    qtbot.waitUntil(lambda: plot.isVisible() and plot.profile is not None)
    spherical = plot.profile
    assert spherical is not None
    assert spherical.log_aggregate is not None
    assert "times the mean" in plot.accessibleDescription()
    choose(panel.parts.way.method, "geodesic", qtbot)
    find(panel, qtbot)
    qtbot.waitUntil(lambda: plot.profile is not None and plot.profile.unevenness < 1.1)
    assert spherical.unevenness > 1.2
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(plot.width() // 2, 10))
    assert session.path.position == pytest.approx(0.5, abs=0.01)
    plot.setFocus()
    QTest.keyClick(plot, KEY.Key_End)
    assert session.path.position == 1.0
    QTest.keyClick(plot, KEY.Key_Left)
    assert session.path.position == pytest.approx(0.99)
    QApplication.sendEvent(plot, QHelpEvent(QEvent.Type.ToolTip, QPoint(3, 5), plot.mapToGlobal(QPoint(3, 5))))
    assert "log p(z)" in QToolTip.text()
    assert "change of the picture" in QToolTip.text()
    QToolTip.hideText()
    panel.parts.options.profile.trigger()
    assert not plot.isVisible()


def test_that_the_palette_offers_metrics_and_the_walk(panel: PathPanel, window: MainWindow) -> None:
    offered = {entry.name: entry for entry in entries(window)}
    offered["metric.fisher"].act()
    assert window.session.path.metric == "fisher"
    offered["walk.equal-speed"].act()
    assert window.session.path.equal_speed
    offered["walk.loop"].act()
    assert panel.player.mode is PlayMode.LOOP


def test_that_nothing_is_measured_while_the_profile_is_hidden(panel: PathPanel, qtbot: QtBot) -> None:
    asked: list[object] = []
    panel.profiler.work = lambda *wish: asked.append(wish)  # type: ignore[assignment]
    panel.session.set_end(LatentPoint((0.0, 1.0)))
    qtbot.wait(50)
    assert asked == []


def test_that_a_line_drawn_by_hand_becomes_a_path_that_can_be_undone(
    panel: PathPanel, window: MainWindow, qtbot: QtBot
) -> None:
    session = window.session
    before = session.path
    t = np.linspace(0, np.pi, 200)
    session.draw_path([(2 * float(np.cos(angle)), float(np.sin(angle))) for angle in t])
    path = session.path
    assert path.method == "hand-drawn"
    assert path.start is not None
    assert path.end is not None
    assert np.allclose(path.start.z, (2, 0))
    assert np.allclose(path.end.z, (-2, 0))
    assert 4 < len(path.way_points) < 30
    assert panel.parts.way.method.currentData() == "hand-drawn"
    assert all(handle.is_bend == (handle.index >= 0) for handle in plane_of(window).view.scene.handles)
    line = path_walk.positions(path, session.model_info, np.linspace(0, 1, 101))
    assert np.abs((line[:, 0] / 2) ** 2 + line[:, 1] ** 2 - 1).max() < 0.06
    steps = np.hypot(*np.diff(line, axis=0).T)
    assert steps.std() < 0.1 * steps.mean()
    session.undo()
    assert session.path == before
    session.draw_path([(1.0, 1.0), (1.0, 1.0)])
    session.draw_path([])
    assert session.path == before


def test_that_a_gentle_walk_is_chosen_and_begins_and_ends_slowly(panel: PathPanel) -> None:
    options = panel.parts.options
    assert options.mode is PlayMode.THERE_AND_BACK
    options.easings.actions()[1].trigger()
    options.modes.actions()[2].trigger()
    assert panel.player.easing is Easing.GENTLE
    assert panel.player.mode is PlayMode.ONCE
    now = [0.0]
    player = PathPlayer(clock=lambda: now[0])
    player.mode, player.easing, player.seconds = PlayMode.ONCE, Easing.GENTLE, 10.0
    seen: list[float] = []
    player.moved.connect(seen.append)
    player.play()
    for _ in range(11):
        now[0] += 1.0
        player.advance()
    steps = np.diff([0.0, *seen[:10]])
    assert seen[-1] == 1.0
    assert not player.is_playing
    assert steps[0] < 0.3 * steps[4]
    np.testing.assert_allclose(steps, steps[::-1], atol=1e-9)


def test_that_a_gentle_walk_goes_on_from_where_the_slider_was_put() -> None:
    now = [0.0]
    player = PathPlayer(clock=lambda: now[0])
    player.easing = Easing.GENTLE
    seen: list[float] = []
    player.moved.connect(seen.append)
    player.set_position(0.3)
    player.play()
    player.advance()
    player.easing = Easing.STEADY
    player.advance()
    player.pause()
    assert seen == pytest.approx([0.3, 0.3])


def test_that_no_choice_of_a_path_is_cut_off(
    panel: PathPanel, window: MainWindow, qtbot: QtBot, subtests: pytest.Subtests
) -> None:
    panel.parts.options.profile.trigger()
    for size, theme in itertools.product(((1280, 800), (1000, 650)), ("light", "dark")):
        window.set_theme(theme)
        window.resize(*size)
        for name in INTERPOLATIONS.names():
            panel.session.set_path_method(name)
            for metric in METRICS if name == "geodesic" else ["pixel"]:
                panel.session.set_path_metric(metric)
                if name == "geodesic":
                    find(panel, qtbot)
                qtbot.wait(10)
                with subtests.test(size=size, theme=theme, name=name, metric=metric):
                    assert clipped(panel) == []


def test_that_a_note_takes_one_line_however_long_it_is_and_its_tool_tip_has_all_of_it(panel: PathPanel) -> None:
    parts, words = panel.parts, "A note on the path that is longer than any panel is wide. " * 9
    parts.show_remarks(("Short.",))
    height = parts.remarks.sizeHint().height()
    parts.show_remarks((words,))
    assert parts.remarks.sizeHint().height() == parts.remarks.minimumSizeHint().height() == height
    assert parts.remarks.minimumSizeHint().width() < panel.minimumWidth()
    assert parts.remarks.toolTip() == words
