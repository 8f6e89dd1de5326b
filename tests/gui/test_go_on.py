"""A run that stopped early goes on from the bar and the menu; a new one is never far."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from vae_explorer.app.state import Notice, RunState

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.app.fake_backends import FakeBackend
    from vae_explorer.gui.main_window import MainWindow


def opened(window: MainWindow, qtbot: QtBot, epochs: int) -> Path:
    """Open a run of `epochs` epochs, of which none is behind it, and return its folder."""
    session = window.session
    folder = session.runs_folder / "stopped run"
    folder.mkdir(parents=True)
    experiment = session.experiment.with_setting("training.epochs", str(epochs))
    (folder / "run.json").write_text(json.dumps(experiment.to_dict()), encoding="utf-8")
    session.open_run(folder)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    return folder


def trained(window: MainWindow, qtbot: QtBot, epochs: int) -> None:
    window.session.set_setting("training.epochs", str(epochs))
    window.session.train()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)


def test_that_a_stopped_run_goes_on_from_the_bar_in_its_own_folder(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    folder = opened(window, qtbot, 3)
    session, bar = window.session, window.run_bar
    notices: list[Notice] = []
    session.noticed.connect(notices.append)
    assert bar.toggle_button.text() == "Go on"
    assert bar.toggle_button.isEnabled()
    assert "Go on with this run where it stopped" in bar.toggle_button.toolTip()
    bar.toggle_button.click()
    assert bar.toggle_button.text() == "Pause"
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    ((experiment, where),) = backend.resumed
    assert where == folder
    assert experiment.training.epochs == 3
    assert backend.trainings == []
    assert session.run is not None
    assert session.run.path == folder
    assert "A note." in [notice.text for notice in notices]
    assert bar.epoch.text() == "epoch 3/3"
    assert bar.toggle_button.text() == "Train"


def test_that_records_made_anew_are_shown_once(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    session.set_setting("training.epochs", "100")
    session.train()
    qtbot.waitUntil(lambda: len(session.metrics) > 4)
    session.stop()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    kept = session.metrics[:2]
    session.set_setting("training.epochs", "50")
    session.go_on()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert session.metrics[:2] == kept
    assert [record.step for record in session.metrics[2:]] == list(range(4, 251))


def test_that_a_finished_run_goes_on_once_more_epochs_are_set(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    trained(window, qtbot, 2)
    button = window.run_bar.toggle_button
    assert button.text() == "Train"
    assert not window.commands["train.go-on"].isEnabled()
    window.session.set_setting("training.epochs", "4")
    assert button.text() == "Go on"
    assert window.commands["train.go-on"].isEnabled()
    window.session.set_setting("training.epochs", "1")
    assert button.text() == "Train"
    window.session.set_setting("training.epochs", "4")
    window.commands["train.toggle"].trigger()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    assert [experiment.training.epochs for experiment, _ in backend.resumed] == [4]
    assert window.run_bar.epoch.text() == "epoch 4/4"


def test_that_changed_settings_are_for_a_new_run_and_the_menu_still_goes_on(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    folder = opened(window, qtbot, 3)
    session, button = window.session, window.run_bar.toggle_button
    session.set_setting("training.learning_rate", "0.01")
    assert button.text() == "Train"
    assert window.commands["train.go-on"].isEnabled()
    session.set_setting("training.epochs", "9")
    window.commands["train.go-on"].trigger()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    ((experiment, where),) = backend.resumed
    assert where == folder
    assert (experiment.training.learning_rate, experiment.training.epochs) == (2e-3, 3)


def test_that_a_new_run_can_be_trained_beside_one_that_could_go_on(
    window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    folder = opened(window, qtbot, 3)
    window.commands["train.anew"].trigger()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    assert len(backend.trainings) == 1
    assert backend.resumed == []
    assert window.session.run is not None
    assert window.session.run.path != folder


def test_that_a_step_goes_on_by_one_step(window: MainWindow, backend: FakeBackend, qtbot: QtBot) -> None:
    opened(window, qtbot, 3)
    window.commands["train.step"].trigger()
    qtbot.waitUntil(lambda: window.session.progress is not None and window.session.progress.step == 4)
    assert window.session.state is RunState.PAUSED
    assert window.run_bar.toggle_button.text() == "Resume"
    assert not window.commands["train.anew"].isEnabled()
    assert len(backend.resumed) == 1


@pytest.mark.parametrize(("lack", "words"), [("state", "saved without the state"), ("data", "trained on other images")])
def test_that_a_run_without_state_or_data_only_offers_a_new_one_and_says_why(
    lack: str, words: str, window: MainWindow, backend: FakeBackend, qtbot: QtBot
) -> None:
    if lack == "state":
        backend.can_resume = False
    else:
        window.session.set_setting("data.source", "other")
        qtbot.waitUntil(lambda: window.session.state is RunState.READY)
        real = backend.open_run
        backend.open_run = lambda path: dataclasses.replace(real(path), dataset_sha256="0" * 64)  # type: ignore[method-assign]
    opened(window, qtbot, 3)
    assert window.run_bar.toggle_button.text() == "Train"
    assert not window.commands["train.go-on"].isEnabled()
    assert words in window.commands["train.go-on"].toolTip()


def test_that_a_run_that_is_done_says_how_it_could_go_on(window: MainWindow, qtbot: QtBot) -> None:
    go_on = window.commands["train.go-on"]
    assert "No run is open" in go_on.toolTip()
    trained(window, qtbot, 2)
    assert "All 2 epochs of this run are done: set more epochs to go on" in go_on.toolTip()
    window.session.set_setting("training.epochs", "3")
    assert go_on.isEnabled()
    assert "Train the run that is shown further" in go_on.toolTip()


def test_that_the_keyboard_stays_at_the_button_while_a_training_stops(window: MainWindow, qtbot: QtBot) -> None:
    session, button = window.session, window.run_bar.toggle_button
    session.set_setting("training.epochs", "10000")
    button.setFocus()
    session.train()
    qtbot.waitUntil(lambda: session.state is RunState.TRAINING)
    session.stop()
    assert not button.isEnabled()
    assert not window.run_bar.device_button.hasFocus()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)
    assert button.hasFocus()
