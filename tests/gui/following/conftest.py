"""A training elsewhere, and the window beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from tests.cli.commands import write_data
from tests.gui.following.writing import Writing
from tests.training.tiny import tiny_experiment
from vae_explorer.app import following
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.gui.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Iterator

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
