"""Images that stay in their file do in the window what others do: shown, trained on, measured and compared."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.plane_driver import place
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.errors import DataError
from vae_explorer.gui.dialogs import sample
from vae_explorer.gui.faults import FaultReporter
from vae_explorer.gui.main_window import MainWindow
from vae_explorer.gui.panels.inspector import InspectorPanel
from vae_explorer.gui.panels.metrics import MetricsPanel
from vae_explorer.gui.panels.plane import PlanePanel
from vae_explorer.gui.selection_acts import SelectionActs
from vae_explorer.latent.measures import EvaluationOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 60_000
COUNT = 30_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Bars of three heights, sorted by class, with their labels beside."""
    random = np.random.default_rng(0)
    labels = np.arange(COUNT) * 3 // COUNT
    images = random.integers(0, 60, (COUNT, 8, 8), dtype=np.uint8)
    for label in range(3):
        images[labels == label, 3 * label : 3 * label + 2] += 150
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "labels.npy", labels)
    return tmp_path / "images.npy"


@pytest.fixture
def window(file: Path, tmp_path: Path, qtbot: QtBot) -> Iterator[MainWindow]:
    """The window with the file open, of which one mebibyte may be held in memory."""
    made = MainWindow(Session(tmp_path / "runs"), tmp_path / "config")
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    qtbot.waitExposed(made)
    made.begin(str(file))
    session = made.session
    qtbot.waitUntil(lambda: session.state is RunState.READY and session.dataset is not None, timeout=PATIENCE)
    session.set_setting("data.memory", "1")
    qtbot.waitUntil(lambda: session.dataset is not None and session.dataset.is_on_disk, timeout=PATIENCE)
    session.set_setting("model.hidden", "16")
    qtbot.waitUntil(lambda: session.points is not None, timeout=PATIENCE)
    yield made
    made.close()
    assert made.stopped_in_time


def test_that_a_file_that_memory_does_not_hold_is_trained_on_and_explored(
    window: MainWindow, file: Path, qtbot: QtBot
) -> None:
    session, plane, inspector, metrics = window.session, *map(window.panel, ("plane", "inspector", "metrics"))
    assert isinstance(plane, PlanePanel)
    assert isinstance(inspector, InspectorPanel)
    assert isinstance(metrics, MetricsPanel)
    assert session.dataset is not None

    QTest.mouseClick(window.run_bar.toggle_button, LEFT)
    qtbot.waitUntil(lambda: session.progress is not None and session.progress.step >= 30, timeout=PATIENCE)
    QTest.mouseClick(window.run_bar.stop_button, LEFT)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=PATIENCE)
    qtbot.waitUntil(lambda: session.points is not None and len(session.points.rows) == 20_000, timeout=PATIENCE)
    assert plane.colours._legend.note.text() == "20,000 images<br>of 30,000"

    QTest.mouseClick(plane.view, LEFT, pos=place(plane.view, (0.2, 0.1)))
    strip = inspector.findings.lookalikes
    qtbot.waitUntil(lambda: len(strip.rows) > 0, timeout=PATIENCE)
    assert "from everywhere in a file of 30,000" in strip.pictures.toolTip()

    metrics.form.set_config(EvaluationOptions(images=5, samples=5, fitted=0))
    metrics.measure()
    qtbot.waitUntil(lambda: session.evaluation.result is not None, timeout=PATIENCE)
    assert session.can_go_on


def test_that_a_file_that_shrinks_while_it_trains_ends_that_with_a_sentence(
    window: MainWindow, file: Path, qtbot: QtBot
) -> None:
    session = window.session
    notices: list[str] = []
    session.noticed.connect(lambda notice: notices.append(notice.text))
    os.truncate(file, 100_000)
    QTest.mouseClick(window.run_bar.toggle_button, LEFT)
    qtbot.waitUntil(lambda: any("has become shorter" in text for text in notices), timeout=PATIENCE)
    qtbot.waitUntil(lambda: not session.state.is_active, timeout=PATIENCE)


def test_that_a_picture_that_cannot_be_read_any_more_is_told_in_a_sentence_of_its_own(
    window: MainWindow, file: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    reporter = FaultReporter()
    window.crash_care.listen(reporter)
    reporter.install()
    notices: list[tuple[str, str]] = []
    session.noticed.connect(lambda notice: notices.append((notice.text, notice.details)))
    os.truncate(file, 100_000)
    with pytest.raises(DataError) as caught:
        session.sample_image(20_000)
    try:
        sys.excepthook(caught.type, caught.value, caught.tb)
    finally:
        reporter.uninstall()
    qtbot.waitUntil(lambda: bool(notices), timeout=PATIENCE)
    assert notices[0] == (str(caught.value), "")


def test_that_hiding_and_choosing_stay_within_what_can_be_shown(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, dataset = window.session, window.session.dataset
    assert dataset is not None
    qtbot.waitUntil(lambda: session.points is not None and len(session.points.rows) == 20_000, timeout=PATIENCE)
    assert session.points is not None
    session.select(session.points.rows[:50])
    SelectionActs(session, window).show_only_selected()
    assert len(session.choices.hidden) == 19_950

    monkeypatch.setattr(sample, "_MOST_LISTED", 500)
    dialog = sample.SampleDialog(dataset, "Choose", window)
    qtbot.addWidget(dialog)
    assert dialog.model.rowCount() == 500
    assert dialog.words.text().endswith("(500 of 3,000 are listed)")
