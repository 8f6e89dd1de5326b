"""Drawing on the canvas of the real window: strokes, steps, framing, and what follows on the plane."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from tests.app.fakes import FakeModel
from tests.gui.canvas_driver import RIGHT, grey_at, move, open_canvas, press, release, stroke
from tests.gui.clipping import clipped
from tests.gui.plane_driver import train
from tests.models.networks import small_model
from vae_explorer.gui.panels.path import PathPanel
from vae_explorer.gui.panels.picture_values import nats
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.drawing_marker import DRAWING_COLOUR
from vae_explorer.gui.vertical_area import VerticalArea
from vae_explorer.latent.single import best_label, exact_likelihood, picture_bound
from vae_explorer.models.snapshot import ModelSnapshot

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fakes import FakeBackend
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.panels.draw import DrawPanel

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> DrawPanel:
    """The panel in front, with a trained model."""
    train(window.session, qtbot)
    return open_canvas(window, qtbot)


def draw_dot(panel: DrawPanel, qtbot: QtBot) -> None:
    """Draw something and wait until it is read."""
    stroke(panel.canvas, (3.0, 4.0), (4.0, 4.0))
    qtbot.waitUntil(lambda: panel.session.drawing.reading is not None)


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


def test_that_the_drawing_is_a_marker_of_its_own_on_the_plane_with_its_ellipse(
    window: MainWindow, panel: DrawPanel, qtbot: QtBot
) -> None:
    draw_dot(panel, qtbot)
    plane = window.panel("plane")
    assert isinstance(plane, PlanePanel)
    drawn = plane.view.scene.drawn
    reading = window.session.drawing.reading
    assert drawn is not None
    assert reading is not None
    assert drawn.z == reading.z
    assert drawn.ellipse is not None
    assert drawn.ellipse.deviations == pytest.approx((np.exp(-1), np.exp(-1)))
    assert drawn.ellipse.correlation == 0.5
    assert window.session.pinned is None
    picture = plane.view.grab().toImage()
    ratio = picture.devicePixelRatio()
    place = plane.view.position_of(drawn.z)
    corner = picture.pixelColor(round((place.x() + 8) * ratio), round(place.y() * ratio))
    assert abs(corner.blue() - DRAWING_COLOUR.blue()) < 60
    assert corner.red() < 160
    panel.canvas.clear()
    qtbot.waitUntil(lambda: plane.view.scene.drawn is None)


def test_that_the_drawing_is_chosen_as_pin_start_way_point_and_end(panel: DrawPanel, qtbot: QtBot) -> None:
    draw_dot(panel, qtbot)
    session, buttons = panel.session, panel.findings.buttons
    point = session.drawing.point
    assert not buttons["way"].isEnabled(), "there is no path yet"
    for name in ("pin", "start", "end", "way"):
        qtbot.waitUntil(buttons[name].isEnabled)
        QTest.mouseClick(buttons[name], Qt.MouseButton.LeftButton)
    assert session.pinned == point
    assert (session.path.start, session.path.way_points, session.path.end) == (point, (point,), point)


def test_that_the_ends_of_the_path_offer_the_drawing(window: MainWindow, panel: DrawPanel, qtbot: QtBot) -> None:
    path = window.panel("path")
    assert isinstance(path, PathPanel)
    assert not path.parts.start.from_drawing.isEnabled()
    draw_dot(panel, qtbot)
    qtbot.waitUntil(path.parts.start.from_drawing.isEnabled)
    path.parts.start.from_drawing.trigger()
    path.parts.end.from_drawing.trigger()
    assert window.session.path.start == window.session.path.end == window.session.drawing.point


def test_that_the_nearest_pictures_are_found_and_can_be_chosen(panel: DrawPanel, qtbot: QtBot) -> None:
    session = panel.session
    dataset = session.dataset
    assert dataset is not None
    session.drawing.bring_sample(17)
    strip = panel.findings.neighbours
    qtbot.waitUntil(lambda: len(strip.rows) == 5)
    assert strip.rows[0] == 17
    assert strip.pictures.buttons[0].text().split("\n")[1] == "0.00"
    QTest.mouseClick(strip.pictures.buttons[0], Qt.MouseButton.LeftButton)
    assert session.pinned is not None
    assert session.pinned.sample == 17


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


def test_that_the_encoder_of_a_conditional_model_is_told_the_chosen_class(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(conditioning="label")
    train(window.session, qtbot)
    panel = open_canvas(window, qtbot)
    assert panel.classes.isVisible()
    draw_dot(panel, qtbot)
    assert panel.findings.place.rows["Class, found"] == "class 0"
    panel.classes.setFocus()
    QTest.keyClick(panel.classes, Qt.Key.Key_Down)
    QTest.keyClick(panel.classes, Qt.Key.Key_Down)
    QTest.keyClick(panel.classes, Qt.Key.Key_Down)
    panel.classes.activated.emit(panel.classes.currentIndex())
    qtbot.waitUntil(lambda: panel.findings.place.rows.get("Class") == "class 2")
    assert panel.session.drawing.point is not None
    assert panel.session.drawing.point.label == 2


def test_that_a_classifier_tells_the_class_of_the_drawing(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(can_classify=True, can_decode=False, has_likelihood=False)
    train(window.session, qtbot)
    panel = open_canvas(window, qtbot)
    draw_dot(panel, qtbot)
    best = panel.findings.bars.here.index(max(panel.findings.bars.here))
    assert panel.findings.sections["classes"].isVisible()
    assert panel.findings.place.rows["Predicted class"].startswith(f"class {best}, ")
    assert not panel.reconstruction.isVisible()


def test_that_a_model_without_an_encoder_says_why_a_drawing_has_no_place(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(can_encode=False, has_likelihood=False)
    window.session.set_setting("training.epochs", "1")
    window.session.train()
    qtbot.waitUntil(lambda: not window.session.state.is_active and window.session.model_info is not None)
    panel = open_canvas(window, qtbot)
    assert "no encoder" in panel.hint.text()
    stroke(panel.canvas, (3.0, 4.0), (4.0, 4.0))
    qtbot.waitUntil(panel.findings.sections["neighbours"].isVisible)
    assert panel.session.drawing.reading is None
    assert not panel.findings.sections["place"].isVisible()


def test_that_other_data_bring_a_new_sheet(window: MainWindow, panel: DrawPanel, qtbot: QtBot) -> None:
    draw_dot(panel, qtbot)
    window.session.load_data("plain")
    qtbot.waitUntil(lambda: panel.canvas.is_blank)
    assert len(panel.steps) == 0
    qtbot.waitUntil(lambda: window.session.drawing.framing is not None)


def test_that_a_new_model_reads_the_drawing_again(window: MainWindow, panel: DrawPanel, qtbot: QtBot) -> None:
    draw_dot(panel, qtbot)
    first = window.session.drawing.reading
    train(window.session, qtbot)
    qtbot.waitUntil(lambda: window.session.drawing.reading not in {None, first})


def test_that_a_real_model_gives_the_drawing_its_elbo_and_its_exact_likelihood(
    window: MainWindow, panel: DrawPanel, qtbot: QtBot
) -> None:
    model = ModelSnapshot(small_model(), step=7, epoch=1.0)
    window.session._set_model(model)
    stroke(panel.canvas, (2.0, 3.0), (6.0, 5.0))
    rows = panel.findings.values
    qtbot.waitUntil(lambda: "Gap" in rows.rows)
    picture = window.session.drawing.framed
    assert picture is not None
    bound = picture_bound(model, picture, None)
    exact = exact_likelihood(model, picture, None, cancelled=lambda: False)
    assert bound is not None
    assert bound.elbo is not None
    assert exact is not None
    assert rows.rows["Reconstruction"] == nats(bound.reconstruction)
    assert rows.rows["KL"] == nats(bound.kl or 0.0)
    assert rows.rows["ELBO"] == nats(bound.elbo)
    assert rows.rows["log p(x), exact"].startswith(nats(exact.log_likelihood).removesuffix(" nats"))
    assert rows.rows["Gap"] == nats(exact.log_likelihood - bound.elbo)
    assert "Bernoulli" in panel.findings.likelihood.text()
    press(panel.canvas, 1.0, 1.0)
    assert "Gap" not in rows.rows, "a new stroke has no likelihood yet"
    release(panel.canvas, 1.0, 1.0)


def test_that_a_real_conditional_model_finds_the_class_that_explains_the_drawing_best(
    window: MainWindow, panel: DrawPanel, qtbot: QtBot
) -> None:
    model = ModelSnapshot(small_model(conditioning="label"), step=7, epoch=1.0)
    window.session._set_model(model)
    draw_dot(panel, qtbot)
    qtbot.waitUntil(lambda: "Class, found" in panel.findings.place.rows)
    picture = window.session.drawing.framed
    assert picture is not None
    found = best_label(model, picture)
    assert panel.findings.place.rows["Class, found"] == f"class {found}"
    assert window.session.drawing.point is not None
    assert window.session.drawing.point.label == found


def test_that_every_tool_is_reached_by_tab_and_says_what_it_does(panel: DrawPanel) -> None:
    for button in (*panel.tools.buttons.values(), *panel.findings.buttons.values()):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert button.accessibleName()
        assert button.toolTip()
    assert panel.canvas.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert isinstance(panel.framing, QCheckBox)


@pytest.mark.parametrize("size", [(1280, 800), (1000, 650)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_that_nothing_of_the_panel_is_cut_off(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot, size: tuple[int, int], theme: str
) -> None:
    backend.model = FakeModel(conditioning="label")
    window.set_theme(theme)
    window.resize(*size)
    train(window.session, qtbot)
    panel = open_canvas(window, qtbot)
    draw_dot(panel, qtbot)
    qtbot.waitUntil(lambda: len(panel.findings.neighbours.rows) == 5)
    qtbot.wait(20)
    assert clipped(panel) == []
    assert panel.canvas.place().width() >= 110, "there is room to draw"
    assert window.size().width() <= size[0]
