"""The window that compares two models, as a user drives it: which two, at which moments, with which settings."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from tests.app.fake_backends import FakeBackend
from tests.app.fake_models import FakeModel
from tests.gui.clipping import clipped
from tests.gui.compare_driver import LEFT, choose_other, make_run
from vae_explorer.app.state import LatentPoint
from vae_explorer.gui.dialogs.compare import CompareWindow
from vae_explorer.gui.dialogs.help import HelpWindow
from vae_explorer.gui.panels.compare_words import CHOOSE
from vae_explorer.gui.theme import DARK

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


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


def test_that_a_run_is_listed_by_its_name_whatever_is_in_it(comparing: CompareWindow, tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "a <b>loud one\x1b[31m")
    menu = comparing.panel.bar.run_button.menu()
    menu.aboutToShow.emit()
    action = next(action for action in menu.actions() if "loud" in action.text())
    assert action.text().startswith("a <b>loud one")
    assert "\x1b" not in action.text()
    assert "a &lt;b&gt;loud one" in action.toolTip()


def test_that_a_folder_dialog_opens_a_run_from_anywhere(comparing: CompareWindow, tmp_path: Path, qtbot: QtBot) -> None:
    bar = comparing.panel.bar
    bar.ask_for_folder()
    dialog = comparing.findChild(QFileDialog, "second-run-folder")
    assert isinstance(dialog, QFileDialog)
    elsewhere = make_run(tmp_path / "elsewhere", "far away")
    dialog.fileSelected.emit(str(elsewhere))
    dialog.close()
    qtbot.waitUntil(lambda: "far away" in bar.run_button.text())


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


def test_that_nothing_is_cut_off(
    window: MainWindow, compared: CompareWindow, qtbot: QtBot, subtests: pytest.Subtests
) -> None:
    session, panel = compared.panel.session, compared.panel
    session.set_start(LatentPoint((-2.0, 0.0)))
    session.set_end(LatentPoint((2.0, 0.0)))
    assert session.points is not None
    session.pin((0.0, 0.0), sample=int(session.points.rows[3]))
    for size, theme in itertools.product(((1000, 650), (1280, 800), (1920, 1080)), ("light", "dark")):
        compared.resize(1920, 1080)
        qtbot.wait(20)
        compared.resize(*size)
        window.set_theme(theme)
        for tab in range(panel.tabs.count()):
            panel.tabs.setCurrentIndex(tab)
            qtbot.wait(20)
            with subtests.test(size=size, theme=theme, tab=tab):
                assert (compared.width(), compared.height()) == size
                assert clipped(panel) == []
                assert panel.planes.views[0].height() > 0.35 * size[1]
