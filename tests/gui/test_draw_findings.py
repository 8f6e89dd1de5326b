"""What a drawing is read as: its place on the plane, its neighbours, its class, its likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.app.fake_models import FakeModel
from tests.gui.canvas_driver import draw_dot, open_canvas, press, release, stroke
from tests.gui.plane_driver import train
from tests.models.networks import small_model
from vae_explorer.gui.panels.path import PathPanel
from vae_explorer.gui.panels.picture_values import nats
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.plotting.drawing_marker import DRAWING_COLOUR
from vae_explorer.latent.single import best_label, exact_likelihood, picture_bound
from vae_explorer.models.snapshot import ModelSnapshot

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.gui.panels.draw import DrawPanel


@pytest.fixture
def panel(window: MainWindow, qtbot: QtBot) -> DrawPanel:
    """The panel in front, with a trained model."""
    train(window.session, qtbot)
    return open_canvas(window, qtbot)


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
