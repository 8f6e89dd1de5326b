"""What the window that compares says of two models: reconstructions, losses, measures, and a figure of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from tests.gui.compare_driver import LEFT
from vae_explorer.gui.dialogs.compare import CompareWindow
from vae_explorer.latent.measures import Evaluation, EvaluationOptions, Measure

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.app.model import Model
    from vae_explorer.data.dataset import ImageDataset


def test_that_the_chosen_picture_is_reconstructed_by_both(compared: CompareWindow, qtbot: QtBot) -> None:
    panel, session = compared.panel, compared.panel.session
    panel.tabs.setCurrentWidget(panel.sample)
    assert panel.sample.hint.isVisible()
    assert session.points is not None
    session.pin((0.0, 0.0), sample=int(session.points.rows[3]))
    qtbot.waitUntil(lambda: all(view.image is not None for view in panel.sample.views))
    assert panel.sample.title.text()


def test_that_test_losses_stand_side_by_side(compared: CompareWindow) -> None:
    panel = compared.panel
    panel.tabs.setCurrentWidget(panel.numbers)
    rows = {row.title: row for row in panel.numbers.table.rows}
    total = rows["Total on test images, nats"]
    assert total.second == "150.00"
    panel.numbers.table.setFocus()
    QTest.keyClick(panel.numbers.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "Total on test images, nats\t" in QGuiApplication.clipboard().text()


def test_that_what_is_compared_is_saved_as_a_figure(compared: CompareWindow, tmp_path: Path, qtbot: QtBot) -> None:
    panel = compared.panel
    panel.bar.layers["points"].click()
    panel.bar.figure.click()
    dialog = compared.findChild(QFileDialog, "compare-figure-file")
    assert isinstance(dialog, QFileDialog)
    target = tmp_path / "both.svg"
    dialog.fileSelected.emit(str(target))
    dialog.close()
    assert not panel.bar.figure.isEnabled()
    qtbot.waitUntil(lambda: "Saved" in panel.remarks.text())
    qtbot.waitUntil(panel.bar.figure.isEnabled)
    drawn = target.read_text(encoding="utf-8")
    assert "grey levels" in drawn
    assert "A  " in drawn


def test_that_a_figure_that_cannot_be_written_says_so(compared: CompareWindow, tmp_path: Path, qtbot: QtBot) -> None:
    compared.panel.save_figure(str(tmp_path / "both.doc"))
    qtbot.waitUntil(lambda: ".doc" in compared.panel.remarks.text())


def test_that_both_models_are_measured_alike(compared: CompareWindow, qtbot: QtBot) -> None:
    panel, session = compared.panel, compared.panel.session
    asked: list[tuple[int, EvaluationOptions]] = []

    def work(
        model: Model, dataset: ImageDataset, options: EvaluationOptions, progress: object, cancelled: object
    ) -> Evaluation:
        del dataset, progress, cancelled
        asked.append((model.step, options))
        elbo = Measure("elbo", "ELBO", -100.0 - model.step, "nats")
        return Evaluation("Bernoulli", "probability", 10, 0, model.step, (elbo,), None, ())

    session.evaluation.work = work
    session.comparison.evaluation.work = work
    panel.tabs.setCurrentWidget(panel.numbers)
    panel.numbers.images_box.setValue(50)
    QTest.mouseClick(panel.numbers.measure_button, LEFT)
    qtbot.waitUntil(lambda: len(asked) == 2 and not session.comparison.evaluation.is_running)
    assert {options.images for _, options in asked} == {50}
    assert asked[0][1] == asked[1][1]
    qtbot.waitUntil(lambda: any(row.title == "ELBO" for row in panel.numbers.table.rows))
    row = next(row for row in panel.numbers.table.rows if row.title == "ELBO")
    assert session.model_info is not None
    assert row.difference == f"+{7 - session.model_info.step:.2f}"
    assert not panel.numbers.busy.isVisible()
