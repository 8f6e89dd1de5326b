"""A run that is trained elsewhere is followed by the window while it is written: with a real training beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.cli.commands import write_data
from tests.gui.test_time import curves
from tests.gui.writing import Writing
from tests.training.tiny import tiny_experiment
from vae_explorer.app import following
from vae_explorer.app.session import Session
from vae_explorer.app.state import Notice, RunState
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.runs.folder import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.training.experiment import Experiment

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a run ten times as often, and wait less for what comes late."""
    for name, seconds in (("SHORTEST_SECONDS", 0.05), ("LONGEST_SECONDS", 0.1), ("LONGEST_AFTER_ERRORS", 0.2)):
        monkeypatch.setattr(following, name, seconds)


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    """Sixty pictures of 8x8 and a tiny VAE, with four steps an epoch."""
    data = write_data(tmp_path / "tiny.npz")
    return tiny_experiment(epochs=40).with_setting("data.source", str(data))


@pytest.fixture
def writing(tmp_path: Path, experiment: Experiment) -> Iterator[Writing]:
    """A training elsewhere that waits before its first step."""
    made = Writing(experiment, tmp_path / "elsewhere")
    yield made
    made.stop()


@pytest.fixture
def window(tmp_path: Path, experiment: Experiment, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window as a user gets it, at rest with the same data."""
    made = MainWindow(Session(tmp_path / "runs"), tmp_path / "config")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.begin(experiment.data.source)
    qtbot.waitUntil(lambda: made.session.state is RunState.READY and made.session.model_info is not None)
    yield made
    made.close()
    assert made.stopped_in_time


def followed(window: MainWindow, folder: Path, qtbot: QtBot) -> None:
    window.opening.open_path(folder)
    qtbot.waitUntil(lambda: window.session.run is not None and window.session.state is RunState.FINISHED)


def shown_step(window: MainWindow) -> int:
    return -1 if window.session.model_info is None else window.session.model_info.step


def test_that_a_run_that_is_trained_elsewhere_is_followed_to_its_end(
    window: MainWindow, writing: Writing, qtbot: QtBot
) -> None:
    session, strip = window.session, window.follow_strip
    assert not strip.isVisible()
    writing.steps(3)
    followed(window, writing.folder, qtbot)
    assert session.following.is_live
    assert strip.isVisible()
    assert strip.words.text().startswith("Following · ")
    assert "by process" in strip.words.text()
    for name in ("train.toggle", "train.go-on", "train.anew", "train.step", "train.fork", "train.adjust"):
        assert not window.commands[name].isEnabled(), name
        assert "trained elsewhere" in window.commands[name].toolTip(), name
    session.pin((0.5, -0.5))
    view, choices, undo = session.choices.view, session.choices, window.commands["edit.undo"].text()

    writing.steps(9)
    qtbot.waitUntil(lambda: shown_step(window) >= 11)
    qtbot.waitUntil(lambda: session.metrics == open_run(writing.folder).metrics != ())
    assert len(session.moments.kept) >= 5
    assert curves(window).time.slider.maximum() == len(session.moments.kept)
    assert (session.choices, session.choices.view) == (choices, view)
    assert window.commands["edit.undo"].text() == undo

    writing.run()
    qtbot.waitUntil(lambda: not session.following.is_on)
    run = open_run(writing.folder)
    qtbot.waitUntil(lambda: shown_step(window) == run.newest[0].step)
    assert session.metrics == run.metrics
    assert session.model is not None
    assert session.model.weight_hash == run.load_model().weight_hash
    assert not strip.isVisible()
    assert window.run_bar.time_left.text() == "finished"
    assert window.commands["train.anew"].isEnabled()
