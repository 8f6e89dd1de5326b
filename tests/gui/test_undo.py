"""Undo and redo of everything that a person does on the plane, by mouse and keys in the real window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QSpinBox

from tests.app.fake_models import FakeModel
from tests.gui.plane_driver import place, train, wheel
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.panels.draw import DrawPanel
from vae_explorer.gui.panels.manifold import ManifoldPanel
from vae_explorer.gui.panels.path import PathPanel
from vae_explorer.gui.panels.plane import PlanePanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.app.session import Session
    from vae_explorer.gui.main_window import MainWindow

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Driver:
    """Hands on the window: each method is one act of a person."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        plane, path, manifold = window.panel("plane"), window.panel("path"), window.panel("manifold")
        assert isinstance(manifold, ManifoldPanel)
        self.manifold = manifold
        assert isinstance(plane, PlanePanel)
        assert isinstance(path, PathPanel)
        self.plane, self.path = plane, path

    def click(self, z: tuple[float, float]) -> None:
        QTest.mouseClick(self.plane.view, LEFT, pos=place(self.plane.view, z))

    def drag(self, *ways: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
        view = self.plane.view
        QTest.mousePress(view, button, pos=place(view, ways[0]))
        pixels = [place(view, z) for z in ways[1:]]
        for pixel in pixels:
            QTest.mouseMove(view, pixel)
        QTest.mouseRelease(view, button, pos=pixels[-1])

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.plane.view, key, modifiers)

    def keys(self, key: Qt.Key, count: int) -> None:
        for _ in range(count):
            self.key(key)

    def turn(self, notches: int) -> None:
        for _ in range(notches):
            wheel(self.plane.view, place(self.plane.view, (0.5, 0.5)), 1)

    def lasso(self, *ways: tuple[float, float]) -> None:
        self.key(Qt.Key.Key_L)
        self.drag(*ways)
        self.key(Qt.Key.Key_L)  # puts the tool away

    def draw(self, *ways: tuple[float, float]) -> None:
        self.key(Qt.Key.Key_D)
        self.drag(*ways)
        self.key(Qt.Key.Key_D)  # puts the tool away

    def menu(self, z: tuple[float, float], words: str) -> None:
        view = self.plane.view
        view.menu_requested.emit(z, view.mapToGlobal(place(view, z)))
        menu = self.plane.findChild(QMenu, "plane-menu")
        assert menu is not None
        action = next(action for action in menu.actions() if action.text().startswith(words))
        QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
        menu.deleteLater()
        # At once: the next one has the same name.
        QCoreApplication.sendPostedEvents(menu, QEvent.Type.DeferredDelete)

    def double_click(self) -> None:
        cloud = self.window.session.points
        assert cloud is not None
        row = next(index for index, row in enumerate(cloud.rows) if row >= 45)
        pixel = place(self.plane.view, tuple(cloud.z[row].tolist()))
        QTest.mouseClick(self.plane.view, LEFT, pos=pixel)
        QTest.mouseDClick(self.plane.view, LEFT, pos=pixel)
        QTest.mouseRelease(self.plane.view, LEFT, pos=pixel)

    def slide(self) -> None:
        slider = self.path.parts.slider
        QTest.mousePress(slider, LEFT, pos=QPoint(3, slider.height() // 2))
        for share in (0.2, 0.5, 0.7):
            QTest.mouseMove(slider, QPoint(round(share * slider.width()), slider.height() // 2))
        QTest.mouseRelease(slider, LEFT, pos=QPoint(round(0.7 * slider.width()), slider.height() // 2))

    def click_on(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, LEFT)


def method_box(driver: Driver) -> QComboBox:
    """The choice of the interpolation: the box that offers the straight line."""
    return next(box for box in driver.path.findChildren(QComboBox) if box.findText("Linear") >= 0)


def choose_method(driver: Driver) -> None:
    box = method_box(driver)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)


def choose_frames(driver: Driver) -> None:
    box = next(box for box in driver.path.findChildren(QSpinBox) if box.value() == driver.window.session.path.frames)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Up)


def hide_selected(driver: Driver) -> None:
    driver.window.session.hide([46, 47])


ACTS: dict[str, Callable[[Driver], object]] = {
    "click": lambda it: it.click((1.0, 0.5)),
    "click that moves the pin": lambda it: it.click((-1.0, -0.5)),
    "drag of the pin": lambda it: it.drag((0.2, 0.2), (0.5, 0.5), (1.2, 0.9)),
    "arrow keys": lambda it: it.keys(Qt.Key.Key_Right, 3),
    "small arrow keys": lambda it: it.key(Qt.Key.Key_Up, SHIFT),
    "double click on a sample": lambda it: it.double_click(),
    "random sample": lambda it: it.key(Qt.Key.Key_D, CONTROL),
    "origin": lambda it: it.key(Qt.Key.Key_Home, CONTROL | SHIFT),
    "pin taken away": lambda it: it.key(Qt.Key.Key_Backspace, CONTROL),
    "start by key": lambda it: it.key(Qt.Key.Key_1, CONTROL),
    "end by key": lambda it: it.key(Qt.Key.Key_3, CONTROL),
    "waypoint by key": lambda it: it.key(Qt.Key.Key_2, CONTROL),
    "start by menu": lambda it: it.menu((0.7, -0.7), "Set as start"),
    "end by menu": lambda it: it.menu((0.7, -0.7), "Set as end"),
    "waypoint by menu": lambda it: it.menu((0.7, -0.7), "Add waypoint"),
    "waypoint taken out": lambda it: it.menu((0.0, 1.0), "Remove this waypoint"),
    "start dragged": lambda it: it.drag((-1.0, 0.0), (-1.2, 0.3), (-1.5, 0.8)),
    "end dragged": lambda it: it.drag((1.0, 0.0), (1.2, 0.3), (1.5, 0.8)),
    "waypoint dragged": lambda it: it.drag((0.0, 1.0), (0.2, 1.3), (0.4, 1.6)),
    "path reversed": lambda it: it.key(Qt.Key.Key_4, CONTROL),
    "path cleared": lambda it: it.key(Qt.Key.Key_0, CONTROL),
    "method": choose_method,
    "frames": choose_frames,
    "slider": lambda it: it.slide(),
    "wheel": lambda it: it.turn(4),
    "pan": lambda it: it.drag((0.0, 0.0), (0.3, 0.2), (0.6, 0.4), button=MIDDLE),
    "zoom by keys": lambda it: it.keys(Qt.Key.Key_Plus, 3),
    "fit": lambda it: it.key(Qt.Key.Key_F),
    "layer": lambda it: it.plane.controls.switches.action("prior").trigger(),
    "class hidden": lambda it: it.click_on(it.plane.legend.buttons[1]),
    "point size": lambda it: it.plane.controls.point_size.setValue(9),
    "grid's size": lambda it: it.manifold.controls.size_box.setValue(12),
    "grid's spacing": lambda it: it.manifold.controls.spacing_box.setCurrentIndex(1),
    "lasso": lambda it: it.lasso((-3.0, -3.0), (3.0, -3.0), (3.0, 3.0), (-3.0, 3.0), (-3.0, -3.0)),
    "path by hand": lambda it: it.draw((-1.0, -1.0), (0.0, -0.5), (0.5, 0.0), (1.0, 1.0)),
    "samples selected": lambda it: it.window.session.select([45, 46]),
    "samples hidden": hide_selected,
}


@pytest.fixture
def driver(window: MainWindow, qtbot: QtBot) -> Driver:
    """A trained model, a pin, and a path from (-1, 0) by (0, 1) to (1, 0); nothing to undo."""
    train(window.session, qtbot)
    made = Driver(window)
    session = window.session
    session.pin((0.2, 0.2))
    session.set_start(LatentPoint((-1.0, 0.0)))
    session.set_end(LatentPoint((1.0, 0.0)))
    session.add_way_point(LatentPoint((0.0, 1.0)))
    session.steps.clear()
    made.plane.view.setFocus()
    return made


def test_that_each_act_is_one_step_that_is_taken_back_and_done_again(driver: Driver, subtests: pytest.Subtests) -> None:
    session = driver.window.session
    before, seen = session.choices, driver.plane.view.shown_part
    # One window for all: each act begins where the one before it did, as it is taken back.
    for name, act in ACTS.items():
        with subtests.test(act=name):
            assert session.choices == before
            assert driver.plane.view.shown_part == seen
            act_and_take_it_back(driver, act)
            session.steps.clear()


def act_and_take_it_back(driver: Driver, act: Callable[[Driver], object]) -> None:
    window, session = driver.window, driver.window.session
    before, seen = session.choices, driver.plane.view.shown_part
    act(driver)
    after = session.choices
    assert after != before
    assert len(session.steps) == 1
    undo, redo = window.commands["edit.undo"], window.commands["edit.redo"]
    words = session.steps.undo_text
    assert undo.isEnabled()
    assert undo.text().replace("&", "") == f"Undo {words[0].lower()}{words[1:]}"
    driver.plane.view.setFocus()
    driver.key(Qt.Key.Key_Z, CONTROL)
    assert session.choices == before
    assert driver.plane.view.shown_part == seen
    assert not undo.isEnabled()
    assert redo.text().replace("&", "") == f"Redo {words[0].lower()}{words[1:]}"
    driver.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert session.choices == after
    driver.key(Qt.Key.Key_Z, CONTROL)
    driver.key(Qt.Key.Key_Y, CONTROL)
    assert session.choices == after
    assert not redo.isEnabled()
    driver.key(Qt.Key.Key_Z, CONTROL)


def test_that_widgets_show_what_undo_brings_back(driver: Driver) -> None:
    plane = driver.plane
    plane.controls.switches.action("prior").trigger()
    driver.click_on(plane.legend.buttons[1])
    plane.view.setFocus()
    method = method_box(driver).currentText()
    choose_method(driver)
    for _ in range(3):
        driver.key(Qt.Key.Key_Z, CONTROL)
    assert plane.controls.is_shown("prior")
    assert plane.legend.buttons[1].isChecked()
    assert method_box(driver).currentText() == method


def test_that_an_arrow_at_the_edge_moves_pin_and_view_in_one_step(driver: Driver) -> None:
    session, view = driver.window.session, driver.plane.view
    session.pin((view.viewport.bounds[1] - 0.01, 0.0))
    session.steps.clear()
    before = session.choices
    driver.key(Qt.Key.Key_Right)
    assert session.choices.view is not None
    assert len(session.steps) == 1
    driver.key(Qt.Key.Key_Z, CONTROL)
    assert session.choices == before


def test_that_hovering_playing_and_training_make_no_steps(driver: Driver, qtbot: QtBot) -> None:
    window, session = driver.window, driver.window.session
    QTest.mouseMove(driver.plane.view, place(driver.plane.view, (0.4, 0.4)))
    assert session.hovered is not None
    driver.path.toggle()
    qtbot.waitUntil(lambda: session.path.position > 0.0)
    driver.path.toggle()
    driver.click((1.0, 1.0))
    session.steps.clear()
    train(session, qtbot)
    assert len(session.steps) == 0
    assert not window.commands["edit.undo"].isEnabled()


def test_that_resizing_the_window_is_no_step(driver: Driver, qtbot: QtBot) -> None:
    wheel(driver.plane.view, place(driver.plane.view, (0.5, 0.5)), 2)
    driver.window.session.steps.clear()
    before = driver.plane.view.viewport
    driver.window.resize(1100, 700)
    qtbot.waitUntil(lambda: driver.plane.view.viewport != before)
    assert len(driver.window.session.steps) == 0


def test_that_a_line_of_text_keeps_its_own_undo_while_it_has_something_to_undo(driver: Driver) -> None:
    window, session = driver.window, driver.window.session
    driver.click((1.0, 1.0))
    line = QLineEdit(window)
    line.show()
    line.setFocus()
    QTest.keyClicks(line, "abc")
    QTest.keyClick(line, Qt.Key.Key_Z, CONTROL)
    assert line.text() == ""
    assert len(session.steps) == 1
    QTest.keyClick(line, Qt.Key.Key_Z, CONTROL)
    assert len(session.steps) == 0
    line.deleteLater()


def test_that_undo_belongs_to_the_canvas_while_the_focus_is_in_it(driver: Driver) -> None:
    window, session = driver.window, driver.window.session
    driver.click((1.0, 1.0))
    window.reveal("draw")
    draw = window.panel("draw")
    assert isinstance(draw, DrawPanel)
    canvas = draw.canvas
    canvas.setFocus()
    middle = canvas.rect().center()
    QTest.mousePress(canvas, LEFT, pos=middle)
    QTest.mouseMove(canvas, middle + QPoint(20, 5))
    QTest.mouseRelease(canvas, LEFT, pos=middle + QPoint(20, 5))
    assert len(canvas.steps) == 1
    assert canvas.steps.undo_text.lower() in window.commands["edit.undo"].text().lower()
    QTest.keyClick(canvas, Qt.Key.Key_Z, CONTROL)
    assert not canvas.steps.can_undo
    assert len(session.steps) == 1
    driver.plane.view.setFocus()
    driver.key(Qt.Key.Key_Z, CONTROL)
    assert len(session.steps) == 0
    assert canvas.steps.can_redo


def test_that_the_menu_undoes_too(driver: Driver) -> None:
    driver.click((1.0, 1.0))
    driver.window.commands["edit.undo"].trigger()
    assert driver.window.session.pinned == LatentPoint((0.2, 0.2))


def test_that_the_picture_to_complete_is_taken_back(
    loaded_session: Session, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(conditioning="image", band=(3, 2))
    train(loaded_session, qtbot)
    first = loaded_session.condition
    assert first is not None
    loaded_session.steps.clear()
    loaded_session.set_condition(7)
    assert loaded_session.condition == 7
    loaded_session.undo()
    assert loaded_session.condition == first
    loaded_session.redo()
    assert loaded_session.condition == 7
    assert loaded_session.choices.completed == 7


def test_that_a_random_sample_brings_its_class_in_the_same_step(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(conditioning="label")
    train(window.session, qtbot)
    window.session.steps.clear()
    before = window.session.choices
    for _ in range(4):
        QTest.keyClick(window, Qt.Key.Key_D, CONTROL)
        pin = window.session.pinned
        assert pin is not None
        assert pin.sample is not None
        assert window.session.label == pin.label
    assert len(window.session.steps) <= 4
    while window.session.steps.can_undo:
        window.session.undo()
    assert window.session.choices == before
