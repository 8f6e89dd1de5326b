"""The experiment panel: what is chosen there is what the next training does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget

from tests.gui.panel_driver import shown_panel
from tests.gui.plane_driver import wheel
from tests.objectives.ridge import ENTRY
from vae_explorer.app.presets import PRESETS
from vae_explorer.app.state import RunState
from vae_explorer.gui.editors import NumberEdit
from vae_explorer.gui.formulas import typeset
from vae_explorer.gui.panels.experiment import ExperimentPanel
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session


@pytest.fixture
def panel(loaded_session: Session, qtbot: QtBot) -> ExperimentPanel:
    return shown_panel(ExperimentPanel, loaded_session, qtbot, (310, 900))


def choose(combo: QComboBox, name: str, qtbot: QtBot) -> None:
    combo.setFocus()
    target = combo.findData(name)
    assert target >= 0
    while combo.currentIndex() != target:
        QTest.keyClick(combo, Qt.Key.Key_Down if combo.currentIndex() < target else Qt.Key.Key_Up)


def test_that_typing_epochs_changes_the_experiment(panel: ExperimentPanel, qtbot: QtBot) -> None:
    editor = panel.training_form.row("epochs").editor
    assert isinstance(editor, NumberEdit)
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "12")
    assert panel.session.experiment.training.epochs == 12


@pytest.mark.parametrize("name", OBJECTIVES.names())
def test_that_each_objective_shows_its_summary_formula_and_settings(
    panel: ExperimentPanel, qtbot: QtBot, name: str
) -> None:
    choose(panel.objective, name, qtbot)
    entry = OBJECTIVES.get(name)
    assert panel.session.experiment.objective.name == name
    assert panel.objective_summary.text() == entry.summary
    assert panel.objective_formula.text() == typeset(entry.formula)
    assert [shown for shown, form in panel.objective_forms.items() if form.isVisible()] == [name]


@pytest.mark.parametrize("name", PRESETS.names())
def test_that_each_preset_sets_the_experiment_and_is_recognised(
    panel: ExperimentPanel, qtbot: QtBot, name: str
) -> None:
    panel.session.set_setting("training.epochs", "77")
    assert panel.presets.currentText() == "Own settings"
    choose(panel.presets, name, qtbot)
    assert panel.session.experiment == PRESETS.get(name).applied(panel.session.experiment)
    assert panel.presets.currentData() == name


def test_that_the_first_preset_is_the_default_experiment() -> None:
    assert next(iter(PRESETS)).applied(Experiment()) == Experiment()


def test_that_reset_brings_the_defaults_back_but_keeps_the_data(
    panel: ExperimentPanel, loaded_session: Session, qtbot: QtBot
) -> None:
    loaded_session.load_data("tiny.npz")
    qtbot.waitUntil(lambda: loaded_session.state is RunState.READY)
    loaded_session.set_setting("model.hidden", "64")
    QTest.mouseClick(panel.reset_button, Qt.MouseButton.LeftButton)
    assert loaded_session.experiment.model == Experiment().model
    assert loaded_session.experiment.data.source == "tiny.npz"


def test_that_choosing_a_source_loads_it_and_shows_what_it_holds(panel: ExperimentPanel, qtbot: QtBot) -> None:
    choose(panel.data.source, "shapes-blob", qtbot)
    qtbot.waitUntil(lambda: panel.session.dataset is not None and panel.session.dataset.name == "shapes-blob")
    assert "45 to train, 15 to test" in panel.data.summary.text()
    assert "8 × 8 pixels, grey, 3 classes" in panel.data.summary.text()
    assert panel.data.mosaic.isVisible()


def test_that_a_file_is_shown_by_its_name_with_its_path_in_the_tip(panel: ExperimentPanel, qtbot: QtBot) -> None:
    panel.session.load_data("/some/where/own digits.npz")
    qtbot.waitUntil(lambda: panel.session.state is RunState.READY)
    assert panel.data.source.currentText() == "own digits.npz"
    assert panel.data.source.currentData() == "/some/where/own digits.npz"


def test_that_data_cannot_be_changed_while_training_and_a_note_says_what_changes_do(
    panel: ExperimentPanel, qtbot: QtBot
) -> None:
    assert not panel.note.isVisible()
    panel.session.set_setting("training.epochs", "10000")
    panel.session.train()
    assert panel.note.isVisible()
    assert not panel.data.source.isEnabled()
    panel.session.stop()
    qtbot.waitUntil(lambda: panel.session.state is RunState.FINISHED)
    assert not panel.note.isVisible()
    assert panel.data.source.isEnabled()


def test_that_scrolling_past_the_settings_changes_none(panel: ExperimentPanel, qtbot: QtBot) -> None:
    before = panel.session.experiment
    boxes: list[QWidget] = [*panel.findChildren(QComboBox), *panel.findChildren(QAbstractSpinBox)]
    assert len(boxes) > 5
    for box in boxes:
        box.clearFocus()
        wheel(box, box.rect().center(), -1)
    assert panel.session.experiment == before
    assert panel.session.state is RunState.READY
    panel.objective.setFocus()
    wheel(panel.objective, panel.objective.rect().center(), -1)
    assert panel.session.experiment != before, "a box that was chosen obeys the wheel"


def test_that_settings_without_effect_under_the_objective_are_left_out(panel: ExperimentPanel) -> None:
    session = panel.session
    session.set_setting("model.likelihood", "gaussian")
    assert not panel.model_form.row("deviation").isHidden()
    session.set_experiment(session.experiment.with_objective("vib"))
    assert panel.model_form.row("likelihood").isHidden()
    assert panel.model_form.row("deviation").isHidden()
    assert not panel.model_form.row("posterior").isHidden()
    session.set_experiment(session.experiment.with_objective("vae"))
    assert not panel.model_form.row("likelihood").isHidden()
    session.set_setting("model.likelihood", "bernoulli")
    assert panel.model_form.row("deviation").isHidden()


def test_that_an_objective_added_from_outside_is_in_the_form(loaded_session: Session, qtbot: QtBot) -> None:
    with OBJECTIVES.added(ENTRY):
        panel = ExperimentPanel(loaded_session)
        qtbot.addWidget(panel)
        panel.objective.setCurrentIndex(panel.objective.findData(ENTRY.name))
        panel._choose_objective(panel.objective.currentIndex())
        assert loaded_session.experiment.objective.name == ENTRY.name
        assert ENTRY.summary in panel.objective_summary.text()
        assert not panel.objective_forms[ENTRY.name].row("pull").isHidden()
        loaded_session.set_experiment(loaded_session.experiment.with_objective("vae"))
