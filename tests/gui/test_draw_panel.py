"""Drawing on the canvas of the real window: strokes, steps, framing, and what follows on the plane."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from tests.app.fake_models import FakeModel
from tests.gui.canvas_driver import RIGHT, draw_dot, grey_at, move, open_canvas, press, release, stroke
from tests.gui.clipping import clipped
from tests.gui.plane_driver import train
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.vertical_area import VerticalArea

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.panels.draw import DrawPanel


CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> DrawPanel:
    """The panel in front, with a trained model."""
    train(window.session, qtbot)
    return open_canvas(window, qtbot)


def test_that_a_stroke_is_drawn_smoothly_and_read_by_the_model(panel: DrawPanel, qtbot: QtBot) -> None:
    canvas = panel.canvas
    stroke(canvas, (2.0, 3.0), (4.0, 3.0), (6.0, 3.0))
    assert grey_at(canvas, 4.0, 3.0) == 255
    assert grey_at(canvas, 4.0, 7.0) == 0
    pixels = canvas.pixels()
    assert pixels is not None
    assert len(np.unique(pixels)) > 2, "its edges are between black and white"
    qtbot.waitUntil(lambda: panel.session.drawing.reading is not None)
    reading = panel.session.drawing.reading
    assert reading is not None
    assert reading.picture.shape == (1, 8, 8)
    qtbot.waitUntil(lambda: panel.reconstruction.image is not None)
    assert panel.framed.image is not None
    assert panel.findings.place.rows["z₁"].endswith("± 0.37")


def test_that_the_canvas_keeps_its_size_when_the_findings_of_a_first_stroke_need_a_scroll_bar(
    window: MainWindow, panel: DrawPanel, qtbot: QtBot
) -> None:
    area = panel.findChild(VerticalArea)
    assert area is not None
    window.resize(1280, 800)
    qtbot.wait(20)
    assert not area.verticalScrollBar().isVisible()
    before = panel.canvas.size()
    draw_dot(panel, qtbot)
    qtbot.waitUntil(area.verticalScrollBar().isVisible)
    qtbot.wait(20)
    assert panel.canvas.size() == before


def test_that_the_model_follows_in_the_middle_of_a_stroke(panel: DrawPanel, qtbot: QtBot) -> None:
    press(panel.canvas, 1.0, 1.0)
    qtbot.waitUntil(lambda: panel.session.drawing.reading is not None)
    first = panel.session.drawing.reading
    move(panel.canvas, 6.0, 1.0)
    move(panel.canvas, 6.0, 6.0)
    qtbot.waitUntil(lambda: panel.session.drawing.reading is not first)
    assert panel.canvas.is_drawing
    assert panel.session.drawing.nearest is None, "what takes longer waits for the end of the stroke"
    release(panel.canvas, 6.0, 6.0)
    qtbot.waitUntil(lambda: panel.session.drawing.nearest is not None)


def test_that_a_long_stroke_is_one_step_and_one_line_without_gaps(panel: DrawPanel) -> None:
    canvas = panel.canvas
    turns = np.linspace(0, 6 * np.pi, 240)
    places = [(4 + turn / 8 * np.cos(turn), 4 + turn / 8 * np.sin(turn)) for turn in turns.tolist()]
    stroke(canvas, *places)
    assert min(grey_at(canvas, x, y) for x, y in places) > 200
    panel.undo()
    assert canvas.is_blank


def test_that_the_right_button_and_the_eraser_erase(panel: DrawPanel) -> None:
    canvas = panel.canvas
    stroke(canvas, (1.0, 4.0), (7.0, 4.0))
    stroke(canvas, (2.0, 4.0), (2.2, 4.0), button=RIGHT)
    assert grey_at(canvas, 2.0, 4.0) == 0
    assert grey_at(canvas, 6.0, 4.0) == 255
    QTest.mouseClick(panel.tools.buttons["eraser"], Qt.MouseButton.LeftButton)
    stroke(canvas, (6.0, 4.0), (6.2, 4.0))
    assert grey_at(canvas, 6.0, 4.0) == 0
    QTest.mouseClick(panel.tools.buttons["pen"], Qt.MouseButton.LeftButton)
    stroke(canvas, (6.0, 4.0), (6.2, 4.0))
    assert grey_at(canvas, 6.0, 4.0) == 255


def test_that_undo_takes_strokes_back_one_by_one_and_redo_draws_them_again(panel: DrawPanel, qtbot: QtBot) -> None:
    canvas = panel.canvas
    stroke(canvas, (1.0, 2.0), (7.0, 2.0))
    stroke(canvas, (1.0, 6.0), (7.0, 6.0))
    QTest.mouseClick(panel.tools.buttons["undo"], Qt.MouseButton.LeftButton)
    assert (grey_at(canvas, 4.0, 2.0), grey_at(canvas, 4.0, 6.0)) == (255, 0)
    QTest.mouseClick(panel.tools.buttons["undo"], Qt.MouseButton.LeftButton)
    assert canvas.is_blank
    assert not panel.tools.buttons["undo"].isEnabled()
    qtbot.waitUntil(lambda: panel.session.drawing.reading is None)
    QTest.mouseClick(panel.tools.buttons["redo"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.tools.buttons["redo"], Qt.MouseButton.LeftButton)
    assert (grey_at(canvas, 4.0, 2.0), grey_at(canvas, 4.0, 6.0)) == (255, 255)
    assert not panel.tools.buttons["redo"].isEnabled()


def test_that_control_z_is_the_canvas_own_while_it_has_the_focus_and_else_the_planes(
    window: MainWindow, panel: DrawPanel, qtbot: QtBot
) -> None:
    window.session.pin((0.5, 0.5))
    stroke(panel.canvas, (1.0, 2.0), (7.0, 2.0))
    panel.canvas.setFocus()
    qtbot.waitUntil(panel.canvas.hasFocus)
    QTest.keyClick(panel.canvas, Qt.Key.Key_Z, CONTROL)
    assert panel.canvas.is_blank
    assert window.session.pinned is not None, "the plane keeps its pin"
    QTest.keyClick(panel.canvas, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert not panel.canvas.is_blank
    plane = window.panel("plane")
    assert isinstance(plane, PlanePanel)
    plane.view.setFocus()
    qtbot.waitUntil(plane.view.hasFocus)
    QTest.keyClick(plane.view, Qt.Key.Key_Z, CONTROL)
    assert window.session.pinned is None
    assert not panel.canvas.is_blank, "the drawing stays"


def test_that_clear_and_invert_can_be_taken_back(panel: DrawPanel) -> None:
    canvas = panel.canvas
    stroke(canvas, (1.0, 2.0), (7.0, 2.0))
    QTest.mouseClick(panel.tools.buttons["invert"], Qt.MouseButton.LeftButton)
    assert (grey_at(canvas, 4.0, 2.0), grey_at(canvas, 4.0, 6.0)) == (0, 255)
    QTest.mouseClick(panel.tools.buttons["clear"], Qt.MouseButton.LeftButton)
    assert canvas.is_blank
    panel.undo()
    panel.undo()
    assert (grey_at(canvas, 4.0, 2.0), grey_at(canvas, 4.0, 6.0)) == (255, 0)


def test_that_one_can_draw_with_the_keyboard_alone(panel: DrawPanel, qtbot: QtBot) -> None:
    canvas = panel.canvas
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert not canvas.is_drawing
    assert grey_at(canvas, 6.5, 4.0) == 255
    assert grey_at(canvas, 1.5, 4.0) == 0
    QTest.keyClick(canvas, Qt.Key.Key_E)
    assert canvas.erases
    QTest.keyClick(canvas, Qt.Key.Key_P)
    assert not canvas.erases
    width = canvas.pen_width
    QTest.keyClick(canvas, Qt.Key.Key_BracketLeft)
    assert canvas.pen_width < width
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert canvas.pen_width == width
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert canvas.is_blank


def test_that_the_chosen_sample_is_copied_to_the_canvas_as_the_model_sees_it(panel: DrawPanel, qtbot: QtBot) -> None:
    session = panel.session
    assert session.dataset is not None
    session.pin((0.0, 0.0), sample=50, label=2)
    QTest.mouseClick(panel.tools.buttons["copy"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.drawing.framed is not None)
    assert session.drawing.framed is not None
    assert np.array_equal(session.drawing.framed, session.dataset.images[50])


def test_that_framing_can_be_switched_off(panel: DrawPanel, qtbot: QtBot) -> None:
    drawing = panel.session.drawing
    framing = drawing.framing
    assert framing is not None
    drawing._framing = replace(framing, length=6.0, centring="box", centre=(4.0, 4.0))
    panel.framing.setEnabled(True)
    stroke(panel.canvas, (1.0, 1.0), (2.0, 1.0))
    qtbot.waitUntil(lambda: drawing.framed is not None)
    centred = drawing.framed
    panel.framing.setFocus()
    QTest.keyClick(panel.framing, Qt.Key.Key_Space)
    assert not drawing.is_centred
    assert drawing.framed is not None
    assert centred is not None
    assert drawing.framed[0, 4:].max() == 0, "the whole canvas is shown"
    assert centred[0, 3:5].max() > 100, "the stroke lay in the middle"


def test_that_every_tool_is_reached_by_tab_and_says_what_it_does(panel: DrawPanel) -> None:
    for button in (*panel.tools.buttons.values(), *panel.findings.buttons.values()):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert button.accessibleName()
        assert button.toolTip()
    assert panel.canvas.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert isinstance(panel.framing, QCheckBox)


def test_that_nothing_of_the_panel_is_cut_off(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, subtests: pytest.Subtests
) -> None:
    backend.model = FakeModel(conditioning="label")
    train(window.session, qtbot)
    panel = open_canvas(window, qtbot)
    draw_dot(panel, qtbot)
    qtbot.waitUntil(lambda: len(panel.findings.neighbours.rows) == 5)
    for size, theme in itertools.product(((1280, 800), (1000, 650)), ("light", "dark")):
        window.set_theme(theme)
        window.resize(*size)
        qtbot.wait(20)
        with subtests.test(size=size, theme=theme):
            assert clipped(panel) == []
            assert panel.canvas.place().width() >= 110, "there is room to draw"
            assert window.size().width() <= size[0]
