"""Three runs, and the window that lists them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.gui.runs_window.driver import NAMES, opened
from tests.runs.recorded import recorded
from vae_explorer.gui.dialogs.runs import RunsWindow

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was trained to its end, to be copied."""
    return recorded(tmp_path_factory.mktemp("runs") / "a run").path


@pytest.fixture
def runs(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of three runs, with a bin of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    for name in NAMES:
        shutil.copytree(trained, tmp_path / "runs" / name)
    return tmp_path / "runs"


@pytest.fixture
def listing(window: MainWindow, runs: Path, qtbot: QtBot) -> RunsWindow:
    """The list of three runs, open over the window."""
    del runs
    return opened(window, qtbot)
