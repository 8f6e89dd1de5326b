"""The main job from the first click to the exported grid, with the real trainer and the bundled digits."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

from tests.gui.plane_driver import place
from tests.gui.virtual_screen import VirtualScreen
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.export.notes import read_provenance
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.inspector import InspectorPanel
from vae_explorer.gui.panels.path import PathPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.runs.folder import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 60_000


@pytest.fixture
def digits_window(tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window as a user gets it, with the bundled digits loaded and torch at hand."""
    window = MainWindow(Session(tmp_path / "runs"), tmp_path / "config")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.begin()
    session = window.session
    qtbot.waitUntil(lambda: session.state is RunState.READY and session.dataset is not None, timeout=PATIENCE)
    yield window
    window.close()
    assert window.stopped_in_time


def drag_to_middle(slider: QSlider) -> None:
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    middle = QPoint(slider.width() // 2, handle.center().y())
    QTest.mousePress(slider, LEFT, pos=handle.center())
    for part in range(1, 6):
        QTest.mouseMove(slider, handle.center() + (middle - handle.center()) * (part / 5))
    QTest.mouseRelease(slider, LEFT, pos=middle)


def test_that_the_main_job_works_from_train_to_the_exported_grid(
    digits_window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    window, session = digits_window, digits_window.session
    plane, path_panel = window.panel("plane"), window.panel("path")
    inspector = window.panel("inspector")
    assert isinstance(plane, PlanePanel)
    assert isinstance(path_panel, PathPanel)
    assert isinstance(inspector, InspectorPanel)

    QTest.mouseClick(window.run_bar.toggle_button, LEFT)
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step >= 5, timeout=PATIENCE)
    qtbot.waitUntil(lambda: session.points is not None and session.points.step > 0, timeout=PATIENCE)

    # A click decodes while training goes on.
    QTest.mouseClick(plane.view, LEFT, pos=place(plane.view, (0.5, -0.5)))
    assert session.pinned is not None
    assert np.allclose(session.pinned.z, (0.5, -0.5), atol=0.05)
    with qtbot.waitSignal(session.decode.decoded, timeout=PATIENCE, check_params_cb=lambda reply: reply.key == "pin"):
        QTest.mouseClick(plane.view, LEFT, pos=place(plane.view, (-0.5, 0.5)))
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseClick(plane.view, LEFT, pos=place(plane.view, (1.0, 1.0)))
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert session.path.start is not None
    assert session.path.end is not None

    # The slider decodes along the path.
    slider = path_panel.parts.slider
    with qtbot.waitSignal(
        session.decode.decoded, timeout=PATIENCE, check_params_cb=lambda reply: reply.key == "path.position"
    ):
        drag_to_middle(slider)
    assert 0.4 < session.path.position < 0.6

    QTest.mouseClick(window.run_bar.stop_button, LEFT)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=PATIENCE)
    assert session.run is not None
    run = session.run.path

    dialog = ExportDialog(session, window)
    dialog.open()
    target = tmp_path / "grid.png"
    dialog.target.line.selectAll()
    QTest.keyClicks(dialog.target.line, str(target))
    QTest.mouseClick(dialog.save, LEFT)
    qtbot.waitUntil(target.is_file, timeout=PATIENCE)
    qtbot.waitUntil(lambda: dialog._job is None, timeout=PATIENCE)
    dialog.reject()
    with Image.open(target) as picture:
        assert picture.width == picture.height
        assert picture.width % 28 == 0
    note = read_provenance(target)
    assert note is not None
    assert note.weight_hash == open_run(run).load_model().weight_hash

    # What was trained opens again, in the same window.
    session.open_run(run)
    qtbot.waitUntil(
        lambda: session.state is RunState.FINISHED and session.points is not None and not session._jobs,
        timeout=PATIENCE,
    )
    assert session.run is not None
    assert session.run.path == run
    assert session.metrics


def train_by_key(screen: VirtualScreen, runs: Path) -> Path:
    """Press the key that trains until there are metrics; return the run's folder.

    The key does nothing before the data are there. Later the same key pauses and resumes: pressed once too often, it is
    pressed again, but only after the time that the first metrics take on a busy machine.
    """

    def is_ready() -> bool:
        return any("INFO ready" in log.read_text(encoding="utf-8") for log in runs.parent.glob("logs/*.log"))

    def has_begun() -> bool:
        return any(runs.glob("*/run.json"))

    def has_metrics() -> bool:
        return any(file.stat().st_size > 0 for file in runs.glob("*/metrics.jsonl"))

    screen.wait_until(is_ready, "torch to be loaded")
    screen.keys_until("ctrl+r", has_begun, "the training to begin")
    screen.pause_for(has_metrics, 15.0)
    screen.keys_until("ctrl+r", has_metrics, "the first metrics", every=15.0)
    (run,) = runs.iterdir()
    return run


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a virtual X screen exists on Linux only")
def test_that_a_real_screen_shows_the_window_and_keys_train_stop_and_quit_it(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with VirtualScreen() as screen:
        screen.start(["-m", "vae_explorer.gui.launch", "--runs", str(runs)])
        screen.wait_for_window("VAE Explorer")
        screen.wait_until(screen.is_drawn, "the window to be drawn")
        run = train_by_key(screen, runs)
        screen.keys_until("ctrl+period", (run / "LATEST").is_file, "the run to be saved")
        screen.keys_until("ctrl+q", screen.has_ended, "the window to close")
        assert screen.exit_status == 0
        assert screen.complaints == ""
    assert open_run(run).load_model().step > 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a virtual X screen exists on Linux only")
@pytest.mark.parametrize(
    "number",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_that_a_signal_while_training_saves_the_run_and_ends_in_peace(number: signal.Signals, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    with VirtualScreen() as screen:
        screen.start(["-m", "vae_explorer.gui.launch", "--runs", str(runs)])
        screen.wait_for_window("VAE Explorer")
        run = train_by_key(screen, runs)
        assert not (run / "LATEST").exists()
        screen.send(number)
        screen.wait_for_end()
        assert screen.exit_status == 0
        assert screen.complaints == ""
    assert open_run(run).load_model().step > 0
