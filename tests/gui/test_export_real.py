"""The export dialog over a run that was really trained: its film, its curves, its measures and its networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.export.papers import words_of
from tests.gui.canvas_driver import drop_file
from tests.gui.test_export_dialog import choose, type_path
from tests.gui.test_restoring import trained, wait_for_run, window
from vae_explorer.app.choices import PlaneView
from vae_explorer.export.notes import read_provenance
from vae_explorer.gui.dialogs.export import ExportDialog
from vae_explorer.latent.measures import EvaluationOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.main_window import MainWindow

__all__ = ["trained", "window"]


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> Iterator[ExportDialog]:
    made = ExportDialog(window.session, window)
    made.open()
    yield made
    made.reject()
    made.reject()
    qtbot.waitUntil(lambda: not window.session._jobs)


def write_to(dialog: ExportDialog, qtbot: QtBot, path: Path) -> None:
    type_path(dialog, path)
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog._job is None)
    assert path.is_file(), dialog.message.text()


def test_that_the_training_is_shown_moment_by_moment(
    dialog: ExportDialog, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, "film")
    moments = len(window.session.moments.kept) + 1
    qtbot.waitUntil(lambda: f"{moments} moments" in dialog.preview.words.text())
    write_to(dialog, qtbot, tmp_path / "training.webp")
    with Image.open(tmp_path / "training.webp") as film:
        assert film.n_frames >= moments  # type: ignore[attr-defined]
    note = read_provenance(tmp_path / "training.webp")
    assert note is not None
    assert (note.kind, note.run) == ("film", "vae")


def test_that_the_curves_are_written_as_a_document_and_as_a_table(
    dialog: ExportDialog, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, "curves")
    write_to(dialog, qtbot, tmp_path / "curves.pdf")
    assert "nats per image" in words_of((tmp_path / "curves.pdf").read_bytes())
    choose(dialog, "metrics")
    write_to(dialog, qtbot, tmp_path / "curves.npz")
    with np.load(tmp_path / "curves.npz", allow_pickle=False) as table:
        assert len(table["loss"]) == len(window.session.metrics)


def test_that_measures_are_written_once_the_model_was_measured(
    dialog: ExportDialog, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, "evaluation")
    assert "press Measure" in dialog.message.text()
    window.session.evaluation.measure(EvaluationOptions(images=4, samples=2, fitted=0))
    qtbot.waitUntil(lambda: not window.session.evaluation.is_running)
    qtbot.waitUntil(lambda: "log_likelihood" in dialog.preview.text.toPlainText())
    write_to(dialog, qtbot, tmp_path / "measures.csv")
    assert "log_likelihood" in (tmp_path / "measures.csv").read_text(encoding="utf-8")


def test_that_the_network_runs_elsewhere_with_the_same_pictures(
    dialog: ExportDialog, window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, "onnx")
    qtbot.waitUntil(lambda: "points of the plane" in dialog.preview.text.toPlainText())
    write_to(dialog, qtbot, tmp_path / "decoder.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "decoder.onnx"), providers=["CPUExecutionProvider"])
    z = np.array([[0.5, -1.0], [0.0, 0.0]], dtype=np.float32)
    model = window.session._model
    assert model is not None
    (mean,) = session.run(None, {"z": z})
    assert np.abs(255 * mean - model.decode(z)).max() < 0.6


def test_that_an_export_goes_on_with_its_model_while_another_run_is_opened(
    dialog: ExportDialog, window: MainWindow, trained: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, "grid")
    type_path(dialog, tmp_path / "grid.png")
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    window.session.open_run(trained / "cvae-label")
    wait_for_run(window, "cvae-label", qtbot)
    qtbot.waitUntil(lambda: dialog._job is None)
    note = read_provenance(tmp_path / "grid.png")
    assert note is not None
    assert note.run == "vae"


@pytest.fixture
def slow_typing(qapp: QApplication) -> Iterator[None]:
    """Take letters for one word however late they come; a busy machine needs longer than the usual 0.4 s between."""
    before = qapp.keyboardInputInterval()
    qapp.setKeyboardInputInterval(60_000)
    yield
    qapp.setKeyboardInputInterval(before)


@pytest.mark.usefixtures("slow_typing")
def test_that_keys_alone_write_a_figure_whose_drop_brings_its_view_back(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session = window.session
    session.set_view(PlaneView((0.5, -0.25), 0.8))
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    made = window.findChild(ExportDialog)
    assert made is not None
    made.kinds.setFocus()
    QTest.keyClicks(made.kinds, "Plane")
    assert made.kind.name == "plane"
    qtbot.waitUntil(lambda: "mm" in made.preview.words.text())
    type_path(made, tmp_path / "plane.svg")
    QTest.keyClick(made, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: (tmp_path / "plane.svg").is_file() and made._job is None)
    QTest.keyClick(made, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(ExportDialog) is None)
    session.set_view(PlaneView((0.0, 0.0), 3.0))
    with qtbot.waitSignal(window.restoring.restored):
        drop_file(window, tmp_path / "plane.svg")
    assert session.choices.view == PlaneView((0.5, -0.25), 0.8)
