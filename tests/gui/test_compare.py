"""Two models side by side, as a user drives them: one cursor, one path, their differences, and a wipe."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from tests.app.fakes import FakeBackend, FakeModel
from tests.app.test_comparison import QuarterModel
from tests.gui.clipping import clipped
from tests.gui.plane_driver import place, train, wheel
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.dialogs.compare import CompareWindow
from vae_explorer.gui.dialogs.help import HelpWindow
from vae_explorer.gui.panels.compare_words import CHOOSE
from vae_explorer.gui.theme import DARK
from vae_explorer.latent.measures import Evaluation, EvaluationOptions, Measure
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.gui.main_window import MainWindow

NO_KEYS = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


def make_run(folder: Path, name: str) -> Path:
    path = folder / name
    path.mkdir(parents=True)
    (path / "run.json").write_text(json.dumps(Experiment().to_dict()), encoding="utf-8")
    return path


@pytest.fixture
def comparing(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> CompareWindow:
    """The window that compares, opened by its key beside a trained model, with no second model yet."""
    make_run(tmp_path / "runs", "the other one")
    train(window.session, qtbot)
    QTest.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    opened = window.comparing.opened
    assert opened is not None
    qtbot.waitExposed(opened)
    # The offscreen platform gives the pointer to whichever window is older.
    opened.move(window.geometry().right() + 100, 0)
    QTest.mouseMove(opened, QPoint(1, 1))
    window.session.hover(None)
    return opened


def choose_other(opened: CompareWindow, qtbot: QtBot) -> None:
    """Choose the other run in the menu of runs."""
    panel = opened.panel
    menu = panel.bar.run_button.menu()
    menu.aboutToShow.emit()
    action = next(action for action in menu.actions() if action.text().startswith("the other one"))
    action.trigger()
    comparison = panel.session.comparison
    qtbot.waitUntil(lambda: comparison.second is not None and not comparison.is_loading)


@pytest.fixture
def compared(comparing: CompareWindow, qtbot: QtBot) -> CompareWindow:
    choose_other(comparing, qtbot)
    comparison = comparing.panel.session.comparison
    qtbot.waitUntil(lambda: comparison.points is not None)
    comparing.activateWindow()
    qtbot.waitUntil(comparing.isActiveWindow)
    return comparing


def test_that_without_a_second_model_its_plane_says_how_to_choose_one(comparing: CompareWindow) -> None:
    first, second = comparing.panel.planes.views
    assert second.scene.hint == CHOOSE
    assert first.scene.hint == ""
    assert not comparing.panel.bar.align.isEnabled()
    assert not comparing.panel.bar.wipes.isEnabled()


def test_that_a_run_is_chosen_from_the_menu_and_undo_takes_it_away_again(
    comparing: CompareWindow, qtbot: QtBot
) -> None:
    choose_other(comparing, qtbot)
    assert "the other one" in comparing.panel.planes.captions[1].text()
    assert comparing.panel.planes.views[1].scene.hint == ""
    session = comparing.panel.session
    assert session.steps.undo_text == "Choose model to compare"
    QTest.keyClick(comparing, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.comparison.second is None
    QTest.keyClick(comparing, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: session.comparison.second is not None)


def test_that_a_folder_dialog_opens_a_run_from_anywhere(comparing: CompareWindow, tmp_path: Path, qtbot: QtBot) -> None:
    bar = comparing.panel.bar
    bar.ask_for_folder()
    dialog = comparing.findChild(QFileDialog, "second-run-folder")
    assert isinstance(dialog, QFileDialog)
    elsewhere = make_run(tmp_path / "elsewhere", "far away")
    dialog.fileSelected.emit(str(elsewhere))
    dialog.close()
    qtbot.waitUntil(lambda: "far away" in bar.run_button.text())


def test_that_hovering_over_either_plane_shows_one_cursor_on_both(compared: CompareWindow) -> None:
    planes = compared.panel.planes
    for view in planes.views:
        QTest.mouseMove(view, place(view, (1.0, 0.5)))
        assert planes.cursors[0].z == planes.cursors[1].z
        assert planes.cursors[0].z == pytest.approx((1.0, 0.5), abs=0.02)
        QTest.mouseMove(view, QPoint(2, 2))
        assert planes.cursors[0].z is None
        assert planes.cursors[1].z is None


def test_that_both_pictures_and_their_difference_are_shown_at_the_pin(
    compared: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    del backend
    view = compared.panel.planes.views[1]
    QTest.mouseClick(view, LEFT, NO_KEYS, place(view, (1.0, 0.0)))
    pictures = compared.panel.pictures
    qtbot.waitUntil(lambda: "Mean absolute difference 0.0" in pictures.amount.text())
    greys = [pictures.views[index].image.pixelColor(0, 0).value() for index in range(2)]
    assert greys[0] == greys[1]
    assert abs(greys[0] - 160) <= 2
    assert not pictures.views[2].image.isNull()
    assert compared.panel.session.pinned is not None


def test_that_a_difference_is_signed_and_its_scale_can_be_chosen(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    session, pictures = comparing.panel.session, comparing.panel.pictures
    session.pin((0.5, 0.0))
    qtbot.waitUntil(lambda: "Mean absolute difference 16.0 grey" in pictures.amount.text())
    faint = pictures.views[2].image.pixelColor(3, 3)
    assert faint.red() > faint.blue()
    QTest.keyClicks(pictures.reach_box, "±16")
    strong = pictures.views[2].image.pixelColor(3, 3)
    assert pictures.reach == 16
    assert strong.red() - strong.blue() > faint.red() - faint.blue() + 50
    session.pin((-0.5, 0.0))
    qtbot.waitUntil(lambda: pictures.views[2].image.pixelColor(3, 3).blue() > 100)
    assert pictures.views[2].image.pixelColor(3, 3).red() < 50


def test_that_panning_and_zooming_one_plane_moves_the_other(compared: CompareWindow, qtbot: QtBot) -> None:
    first, second = compared.panel.planes.views
    wheel(first, place(first, (0.0, 0.0)), 3)
    assert first.viewport.scale == pytest.approx(second.viewport.scale)
    QTest.mousePress(second, Qt.MouseButton.MiddleButton, NO_KEYS, QPoint(200, 150))
    QTest.mouseMove(second, QPoint(240, 150))
    QTest.mouseRelease(second, Qt.MouseButton.MiddleButton, NO_KEYS, QPoint(240, 150))
    qtbot.waitUntil(lambda: first.viewport.centre[0] < -0.01)
    assert first.viewport.centre == pytest.approx(second.viewport.centre)
    compared.panel.session.undo()
    assert first.viewport.centre[0] == pytest.approx(0.0, abs=1e-6)
    assert second.viewport.centre[0] == pytest.approx(0.0, abs=1e-6)


def test_that_alignment_turns_the_second_plane_and_says_how_well_it_fits(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    panel, session = comparing.panel, comparing.panel.session
    qtbot.waitUntil(lambda: session.comparison.points is not None)
    QTest.mouseClick(panel.bar.align, LEFT)
    assert session.comparison.alignment is not None
    assert "turned by \N{MINUS SIGN}90\N{DEGREE SIGN}" in panel.remarks.text()
    assert "100 %" in panel.remarks.text()
    session.pin((0.5, 0.0))
    qtbot.waitUntil(lambda: "Mean absolute difference 0.0" in panel.pictures.amount.text())
    assert "on B's own plane (0.00, 0.50)" in panel.pictures.place.text()
    session.undo()
    session.undo()
    assert session.comparison.alignment is None
    assert not panel.bar.align.isChecked()


def test_that_an_encoding_chosen_on_the_second_plane_is_the_same_image_on_the_first(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    session = comparing.panel.session
    qtbot.waitUntil(lambda: session.comparison.points is not None)
    cloud = session.comparison.points
    assert cloud is not None
    assert session.points is not None
    z = tuple(map(float, cloud.z[10]))
    view = comparing.panel.planes.views[1]
    QTest.mouseDClick(view, LEFT, NO_KEYS, place(view, (z[0], z[1])))
    pin = session.pinned
    assert pin is not None
    assert pin.sample is not None
    assert cloud.place_of(pin.sample) == pytest.approx(z)
    assert pin.z == session.points.place_of(pin.sample)
    ellipse = view.scene.ellipse
    assert ellipse is not None
    assert ellipse.mean == pytest.approx(z)


def test_that_one_path_is_drawn_on_both_planes_with_three_strips(compared: CompareWindow, qtbot: QtBot) -> None:
    session, panel = compared.panel.session, compared.panel
    session.set_path_method("linear")
    session.set_start(LatentPoint((-2.0, 0.0)))
    session.set_end(LatentPoint((2.0, 0.0)))
    qtbot.waitUntil(lambda: [strip.count for strip in panel.path.strips] == [11, 11, 11])
    curves = [view.scene.curve for view in panel.planes.views]
    assert curves[0] is not None
    np.testing.assert_array_equal(curves[0], curves[1])
    assert "0.0 grey levels" in panel.path.words.text()
    QTest.mouseClick(panel.path.strips[1], LEFT, NO_KEYS, panel.path.strips[1].frame_rect(10).center())
    assert session.path.position == 1.0
    assert panel.path.slider.value() == panel.path.slider.maximum()
    QTest.keyClick(panel.path.slider, Qt.Key.Key_Home)
    assert session.path.position == 0.0


def test_that_a_handle_dragged_on_the_second_plane_moves_the_path_of_both(compared: CompareWindow) -> None:
    session = compared.panel.session
    session.set_start(LatentPoint((-1.0, 0.0)))
    view = compared.panel.planes.views[1]
    start = place(view, (-1.0, 0.0))
    QTest.mousePress(view, LEFT, NO_KEYS, start)
    QTest.mouseMove(view, start + QPoint(30, -20))
    QTest.mouseRelease(view, LEFT, NO_KEYS, start + QPoint(30, -20))
    moved = session.path.start
    assert moved is not None
    assert moved.z[0] > -1.0
    for plane in compared.panel.planes.views:
        assert plane.scene.handles[0].z == moved.z


def test_that_the_wipe_shows_both_models_on_one_plane(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    panel = comparing.panel
    panel.bar.layers["points"].click()
    panel.bar.layers["prior"].click()
    QTest.mouseClick(panel.bar.wipes, LEFT)
    first, second = panel.planes.views
    assert not second.isVisible()
    assert panel.planes.divider.isVisible()
    qtbot.waitUntil(lambda: all(tiles.is_complete for tiles in panel.planes.tiles))

    def grey(z: tuple[float, float]) -> int:
        return first.grab().toImage().pixelColor(place(first, z)).value()

    # A's grey level grows with z1 alone, B's with z2 alone.
    qtbot.waitUntil(lambda: abs(grey((-1.5, 1.5)) - grey((-1.5, -1.5))) < 12)
    assert grey((1.5, 1.5)) > grey((1.5, -1.5)) + 40
    panel.bar.wipes.click()
    assert second.isVisible()
    assert not panel.planes.divider.isVisible()


def test_that_the_divider_is_dragged_and_moved_by_keys_and_undone(compared: CompareWindow) -> None:
    panel, session = compared.panel, compared.panel.session
    panel.bar.wipes.click()
    divider = panel.planes.divider
    x = divider.x()
    QTest.mousePress(divider, LEFT, NO_KEYS, divider.rect().center())
    QTest.mouseMove(divider, divider.rect().center() + QPoint(120, 0))
    QTest.mouseRelease(divider, LEFT, NO_KEYS, divider.rect().center())
    assert divider.x() > x + 60
    dragged = session.comparison.choice.divider
    assert dragged > 0.55
    assert session.pinned is None
    divider.setFocus()
    QTest.keyClick(divider, Qt.Key.Key_Left)
    assert session.comparison.choice.divider == pytest.approx(dragged - 0.05)
    QTest.keyClick(divider, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert session.comparison.choice.divider == pytest.approx(dragged - 0.055)
    QTest.keyClick(divider, Qt.Key.Key_Home)
    assert session.comparison.choice.divider == 0.0
    QTest.keyClick(divider, Qt.Key.Key_End)
    assert session.comparison.choice.divider == 1.0
    QTest.mouseDClick(divider, LEFT)
    assert session.comparison.choice.divider == 0.5
    while session.comparison.choice.divider != dragged:
        session.undo()
    session.undo()
    assert session.comparison.choice.divider == 0.5
    assert panel.planes.wipe.divider == 0.5


def test_that_the_chosen_picture_is_reconstructed_by_both(compared: CompareWindow, qtbot: QtBot) -> None:
    panel, session = compared.panel, compared.panel.session
    panel.tabs.setCurrentWidget(panel.sample)
    assert panel.sample.hint.isVisible()
    assert session.points is not None
    session.pin((0.0, 0.0), sample=int(session.points.rows[3]))
    qtbot.waitUntil(lambda: all(view.image is not None for view in panel.sample.views))
    assert panel.sample.title.text()


def test_that_test_losses_stand_side_by_side(compared: CompareWindow) -> None:
    panel = compared.panel
    panel.tabs.setCurrentWidget(panel.numbers)
    rows = {row.title: row for row in panel.numbers.table.rows}
    total = rows["Total on test images, nats"]
    assert total.second == "150.00"
    panel.numbers.table.setFocus()
    QTest.keyClick(panel.numbers.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "Total on test images, nats\t" in QGuiApplication.clipboard().text()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (FakeModel(can_encode=False), "model B has no encoder"),
        (FakeModel(can_decode=False), "makes no pictures"),
        (FakeModel(image_shape=(3, 4, 4)), "4 x 4 in colour"),
    ],
)
def test_that_models_that_share_little_are_shown_as_far_as_they_go(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot, model: FakeModel, words: str
) -> None:
    backend.model = model
    choose_other(comparing, qtbot)
    panel, session = comparing.panel, comparing.panel.session
    session.pin((0.5, 0.0))
    qtbot.waitUntil(lambda: panel.pictures.pair.first is not None)
    said = f"{panel.remarks.text()} {panel.bar.align.toolTip()}"
    assert words in said
    assert panel.pictures.amount.text() == "" or model.can_encode is False
    if not model.can_encode:
        assert not panel.bar.align.isEnabled()


def test_that_conditional_models_are_told_one_class(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = FakeModel(conditioning="label")
    choose_other(comparing, qtbot)
    bar = comparing.panel.bar
    assert not bar.classes[0].isVisible()
    assert bar.classes[1].isVisible()
    bar.classes[1].setCurrentIndex(2)
    bar.classes[1].activated.emit(2)
    session = comparing.panel.session
    assert session.comparison.label == 2
    assert "class 2" in comparing.panel.planes.captions[1].text()
    session.undo()
    assert session.comparison.label == session.label


def test_that_the_second_plane_holds_still_while_the_first_trains(
    compared: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    session = compared.panel.session
    session.set_comparison(replace(session.comparison.choice, aligned=True))
    assert session.comparison.alignment is not None
    told: list[object] = []
    session.comparison.model_changed.connect(told.append)
    backend.step_seconds = 0.002
    session.set_setting("training.epochs", "10000")
    session.train()
    assert session.run is not None
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step > 30)
    assert "this moment" not in compared.panel.remarks.text()
    assert told == []
    assert compared.panel.bar.again.isVisible()
    QTest.mouseClick(compared.panel.bar.again, LEFT)
    session.stop()
    qtbot.waitUntil(lambda: not session.state.is_active)


def test_that_choices_are_there_again_when_the_window_is_reopened(
    window: MainWindow, compared: CompareWindow, qtbot: QtBot
) -> None:
    compared.panel.bar.wipes.click()
    compared.close()
    qtbot.waitUntil(lambda: window.comparing.opened is None)
    window.commands["explore.compare"].trigger()
    again = window.comparing.opened
    assert again is not None
    qtbot.waitExposed(again)
    assert again.panel.planes.divider.isVisible()
    assert again.panel.bar.run_button.text() == "B: the other one"


def test_that_every_control_has_a_name_a_tip_and_can_be_reached_by_keyboard(compared: CompareWindow) -> None:
    bar = compared.panel.bar
    for widget in (bar.run_button, bar.align, bar.stretch, bar.again, bar.wipes, *bar.layers.values(), *bar.classes):
        assert widget.accessibleName(), widget.objectName()
        assert widget.toolTip(), widget.objectName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_that_escape_closes_it_and_the_theme_reaches_it(
    window: MainWindow, compared: CompareWindow, qtbot: QtBot
) -> None:
    window.set_theme("dark")
    assert compared.panel.theme is DARK
    compared.panel.bar.fit_pressed.emit()
    QTest.keyClick(compared, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.comparing.opened is None)
    assert not window.session.comparison._active


def test_that_what_is_compared_is_saved_as_a_figure(compared: CompareWindow, tmp_path: Path, qtbot: QtBot) -> None:
    panel = compared.panel
    panel.bar.layers["points"].click()
    panel.bar.figure.click()
    dialog = compared.findChild(QFileDialog, "compare-figure-file")
    assert isinstance(dialog, QFileDialog)
    target = tmp_path / "both.svg"
    dialog.fileSelected.emit(str(target))
    dialog.close()
    assert not panel.bar.figure.isEnabled()
    qtbot.waitUntil(lambda: "Saved" in panel.remarks.text())
    qtbot.waitUntil(panel.bar.figure.isEnabled)
    drawn = target.read_text(encoding="utf-8")
    assert "grey levels" in drawn
    assert "A  " in drawn


def test_that_a_figure_that_cannot_be_written_says_so(compared: CompareWindow, tmp_path: Path, qtbot: QtBot) -> None:
    compared.panel.save_figure(str(tmp_path / "both.doc"))
    qtbot.waitUntil(lambda: ".doc" in compared.panel.remarks.text())


def test_that_help_on_comparing_is_at_hand(compared: CompareWindow) -> None:
    compared.panel.bar.help_pressed.emit()
    opened = compared.findChild(HelpWindow)
    assert isinstance(opened, HelpWindow)
    assert "Comparing two models" in opened.text.toPlainText()
    opened.close()


def test_that_another_moment_of_a_run_is_chosen_with_the_slider_and_undone(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.keeps_moments = True
    choose_other(comparing, qtbot)
    bar, session = comparing.panel.bar, comparing.panel.session
    comparison = session.comparison
    assert bar.moment.isVisible()
    assert bar.moment.value() == bar.moment.maximum() == 7
    bar.moment.setFocus()
    QTest.keyClick(bar.moment, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: comparison.model_info is not None and comparison.model_info.step == 0)
    qtbot.waitUntil(lambda: not comparison.is_loading)
    assert backend.loaded_steps == [0]
    QTest.keyClick(bar.moment, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: comparison.model_info is not None and comparison.model_info.step == 1)
    assert "B at epoch 0.2" in bar.moment_label.text()
    qtbot.waitUntil(lambda: not comparison.is_loading)
    session.undo()
    qtbot.waitUntil(lambda: comparison.model_info is not None and comparison.model_info.step == 7)
    assert bar.moment.value() == 7


def test_that_two_moments_of_the_run_at_hand_are_compared(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.keeps_moments = True
    bar, session = comparing.panel.bar, comparing.panel.session
    bar.run_button.menu().aboutToShow.emit()
    own = next(action for action in bar.run_button.menu().actions() if "(this run)" in action.text())
    own.trigger()
    qtbot.waitUntil(lambda: session.comparison.second is not None)
    assert session.run is not None
    assert session.comparison.run == session.run
    assert session.model_info is not None
    session.set_comparison(replace(session.comparison.choice, step=session.model_info.step))
    qtbot.waitUntil(lambda: "nothing differs" in comparing.panel.remarks.text())


def test_that_both_models_are_measured_alike(compared: CompareWindow, qtbot: QtBot) -> None:
    panel, session = compared.panel, compared.panel.session
    asked: list[tuple[int, EvaluationOptions]] = []

    def work(
        model: Model, dataset: ImageDataset, options: EvaluationOptions, progress: object, cancelled: object
    ) -> Evaluation:
        del dataset, progress, cancelled
        asked.append((model.step, options))
        elbo = Measure("elbo", "ELBO", -100.0 - model.step, "nats")
        return Evaluation("Bernoulli", "probability", 10, 0, model.step, (elbo,), None, ())

    session.evaluation.work = work
    session.comparison.evaluation.work = work
    panel.tabs.setCurrentWidget(panel.numbers)
    panel.numbers.images_box.setValue(50)
    QTest.mouseClick(panel.numbers.measure_button, LEFT)
    qtbot.waitUntil(lambda: len(asked) == 2 and not session.comparison.evaluation.is_running)
    assert {options.images for _, options in asked} == {50}
    assert asked[0][1] == asked[1][1]
    qtbot.waitUntil(lambda: any(row.title == "ELBO" for row in panel.numbers.table.rows))
    row = next(row for row in panel.numbers.table.rows if row.title == "ELBO")
    assert session.model_info is not None
    assert row.difference == f"+{7 - session.model_info.step:.2f}"
    assert not panel.numbers.busy.isVisible()


@pytest.mark.parametrize("size", [(1000, 650), (1280, 800), (1920, 1080)])
def test_that_nothing_is_cut_off(
    window: MainWindow, compared: CompareWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    session, panel = compared.panel.session, compared.panel
    session.set_start(LatentPoint((-2.0, 0.0)))
    session.set_end(LatentPoint((2.0, 0.0)))
    assert session.points is not None
    session.pin((0.0, 0.0), sample=int(session.points.rows[3]))
    compared.resize(1920, 1080)
    qtbot.wait(20)
    compared.resize(*size)
    for theme in ("light", "dark"):
        window.set_theme(theme)
        for tab in range(panel.tabs.count()):
            panel.tabs.setCurrentIndex(tab)
            qtbot.wait(20)
            assert (compared.width(), compared.height()) == size
            assert clipped(panel) == []
            assert panel.planes.views[0].height() > 0.35 * size[1]


def test_that_points_selected_on_one_plane_stand_out_on_both(
    comparing: CompareWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    backend.model = QuarterModel()
    choose_other(comparing, qtbot)
    session, planes = comparing.panel.session, comparing.panel.planes
    qtbot.waitUntil(lambda: session.comparison.points is not None)
    cloud = session.comparison.points
    assert cloud is not None
    view = planes.views[1]
    centre = cloud.z[10]
    QTest.keyClick(view, Qt.Key.Key_L)
    corners = [(-0.3, -0.3), (0.3, -0.3), (0.3, 0.3), (-0.3, 0.3), (-0.3, -0.3)]
    places = [place(view, (float(centre[0] + dx), float(centre[1] + dy))) for dx, dy in corners]
    QTest.mousePress(view, LEFT, NO_KEYS, places[0])
    for at in places[1:]:
        QTest.mouseMove(view, at)
    QTest.mouseRelease(view, LEFT, NO_KEYS, places[-1])
    selected = session.choices.selected
    assert int(cloud.rows[10]) in selected
    assert len(selected) < len(cloud.rows) / 2
    for selection in planes.drawing.selections:
        assert selection.marks.count_on_screen() == len(selected)
    session.undo()
    assert len(session.choices.selected) == 0
    for selection in planes.drawing.selections:
        assert selection.marks.count_on_screen() == 0


def test_that_hidden_points_are_hidden_on_both_planes(compared: CompareWindow) -> None:
    session, planes = compared.panel.session, compared.panel.planes
    counts = [layer.count_on_screen() for layer in planes.points]
    assert session.points is not None
    session.hide(session.points.rows[:5])
    session.hide_classes([0])
    for layer, before in zip(planes.points, counts, strict=True):
        assert layer.count_on_screen() < before - 15
    session.show_all()
    assert [layer.count_on_screen() for layer in planes.points] == counts
