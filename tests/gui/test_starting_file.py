"""What a desktop opens the program with: the header of a run, an exported file, or any other picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.cli.commands import write_data
from tests.gui.canvas_driver import grey_at
from vae_explorer.app.choices import GridChoices
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.cli import main
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.draw import DrawPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

TRAINED = ("--epochs", "1", "--device", "cpu", "--set", "model.hidden=8", "--set", "training.threads=1")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run."""
    folder = tmp_path_factory.mktemp("runs")
    data = write_data(folder / "tiny.npz")
    assert main(["train", "--data", str(data), *TRAINED, "--out", str(folder / "vae")]) == 0
    return folder / "vae"


@pytest.fixture
def start(tmp_path: Path, qtbot: QtBot) -> Iterator[Callable[[Path], MainWindow]]:
    """Start the window with a path; again and again, with the same folder for what it keeps."""
    made: list[MainWindow] = []

    def begin(path: Path) -> MainWindow:
        window = MainWindow(Session(tmp_path / "runs"), tmp_path / "config")
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        made.append(window)
        window.begin(str(path))
        return window

    yield begin
    for window in made:
        window.close()
        assert window.stopped_in_time


def wait_for_run(window: MainWindow, qtbot: QtBot) -> None:
    session = window.session
    qtbot.waitUntil(lambda: session.run is not None and session.state is RunState.FINISHED, timeout=30_000)


def test_that_the_header_of_a_run_opens_its_run(start: Callable[[Path], MainWindow], run: Path, qtbot: QtBot) -> None:
    window = start(run / "run.json")
    wait_for_run(window, qtbot)
    assert window.session.run is not None
    assert window.session.run.path == run


def test_that_an_exported_picture_opens_its_run_with_its_view(
    start: Callable[[Path], MainWindow], run: Path, qtbot: QtBot
) -> None:
    assert main(["export", "grid", str(run), "--size", "5", "--out", str(run.parent / "grid.png")]) == 0
    window = start(run.parent / "grid.png")
    wait_for_run(window, qtbot)
    qtbot.waitUntil(lambda: window.tab == "manifold")
    assert window.session.choices.grid == GridChoices(5)


def test_that_any_other_picture_lands_on_the_canvas_once_there_are_data(
    start: Callable[[Path], MainWindow], tmp_path: Path, qtbot: QtBot
) -> None:
    values = np.full((80, 80), 255, dtype=np.uint8)
    values[10:70, 30:50] = 0
    Image.fromarray(values).save(tmp_path / "bar.png")
    window = start(tmp_path / "bar.png")
    qtbot.waitUntil(lambda: window.session.dataset is not None, timeout=30_000)
    panel = window.findChild(DrawPanel)
    assert isinstance(panel, DrawPanel)
    qtbot.waitUntil(lambda: not panel.canvas.is_blank)
    assert grey_at(panel.canvas, 14.0, 14.0) > 245
    assert not window.notices.cards


def test_that_a_picture_leaves_the_last_session_as_it_was(
    start: Callable[[Path], MainWindow], run: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    first = start(run)
    wait_for_run(first, qtbot)
    first.close()
    Image.fromarray(np.zeros((20, 20), dtype=np.uint8)).save(tmp_path / "black.png")
    second = start(tmp_path / "black.png")
    wait_for_run(second, qtbot)
    assert second.session.run is not None
    assert second.session.run.path == run
