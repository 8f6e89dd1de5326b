"""The loss curves as a user sees and drives them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton

from vae_explorer.app.session import Session
from vae_explorer.gui.panels.curves import EMPTY, CurvesPanel
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def run_records(count: int, first: int = 1) -> tuple[MetricRecord, ...]:
    made = []
    for step in range(first, first + count):
        epoch = step / 10
        values = {"loss": 150 + 400 * math.exp(-step), "reconstruction": 144.0, "kl": 6.5, "kl_z1": 3.5, "kl_z2": 3.0}
        made.append(MetricRecord(step, epoch, "train", epoch, values))
        if step % 10 == 0:
            test = {**values, "loss": 152.0 - epoch + (2.0 if epoch > 1.5 else 0.0)}
            made.append(MetricRecord(step, epoch, "test", epoch, test))
    return tuple(made)


@pytest.fixture
def session(tmp_path: Path, qtbot: QtBot) -> Session:
    return Session(runs_folder=tmp_path)


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> CurvesPanel:
    made = CurvesPanel(session)
    qtbot.addWidget(made)
    made.resize(900, 260)
    made.show()
    qtbot.waitExposed(made)
    return made


def wait_for_drawing(panel: CurvesPanel, qtbot: QtBot, drawings: int) -> None:
    qtbot.waitUntil(lambda: panel.drawings > drawings, timeout=2000)


def visible_texts(panel: CurvesPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


def test_that_an_empty_panel_says_when_curves_appear(panel: CurvesPanel) -> None:
    assert visible_texts(panel) == [EMPTY]


def test_that_the_first_records_replace_the_empty_state_and_are_shown_as_numbers(
    panel: CurvesPanel, session: Session
) -> None:
    session.metrics_added.emit(run_records(20))
    assert EMPTY not in visible_texts(panel)
    assert panel.table.text("loss") == ("150.00", "152.00", "151.00")
    assert panel.table.text("kl") == ("6.500", "6.500", "6.500")
    assert "Best test total at epoch 1" in visible_texts(panel)


def test_that_a_new_run_clears_the_curves(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit(run_records(20))
    session.metrics_reset.emit()
    assert visible_texts(panel) == [EMPTY]
    assert panel.table.text("loss")[0] == "\N{EN DASH}"


def test_that_batches_are_drawn_together_and_only_while_seen(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(10))
    before = panel.drawings
    for step in range(11, 60):
        session.metrics_added.emit(run_records(1, first=step))
    assert panel.drawings == before
    wait_for_drawing(panel, qtbot, before)
    assert panel.history.curve("train", "loss").values.size == 59
    panel.hide()
    hidden = panel.drawings
    session.metrics_added.emit(run_records(50, first=60))
    qtbot.wait(250)
    assert panel.drawings == hidden
    panel.show()
    assert panel.drawings > hidden


def test_that_the_first_huge_losses_leave_the_rest_readable(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit(run_records(300))
    _, high = panel.loss_plot.y_range
    assert high < 170
    _, high_kl = panel.kl_plot.y_range
    assert high_kl < 8


def test_that_the_wheel_stops_following_and_fit_follows_again(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(300))
    fit = next(button for button in panel.findChildren(QPushButton) if button.text() == "Fit")
    assert not fit.isEnabled()
    viewport = panel.loss_plot._plot.viewport()
    start = viewport.rect().center()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for shift in (10, 20, 30):
        QTest.mouseMove(viewport, start + QPoint(shift, 0))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=start + QPoint(30, 0))
    assert fit.isEnabled()
    moved = panel.loss_plot.x_range
    assert panel.kl_plot.x_range == pytest.approx(moved)
    before = panel.drawings
    session.metrics_added.emit(run_records(300, first=301))
    wait_for_drawing(panel, qtbot, before)
    assert panel.loss_plot.x_range == pytest.approx(moved)
    QTest.mouseClick(fit, Qt.MouseButton.LeftButton)
    assert panel.loss_plot.x_range[1] >= 60
    assert not fit.isEnabled()


def test_that_hovering_reads_both_splits_and_leaving_ends_it(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(100))
    plot = panel.loss_plot._plot
    QTest.mouseMove(plot.viewport(), plot.viewport().rect().center())
    reading = panel._reading
    qtbot.waitUntil(reading.isVisible, timeout=1000)
    text = reading.text()
    assert "Epoch" in text
    assert "step" in text
    assert "nats per image" in text
    assert "150.00" in text
    assert "Total" in text
    assert panel.rect().contains(reading.geometry())
    panel._stop_reading()
    assert not reading.isVisible()


def test_that_unchecking_a_quantity_hides_it_and_an_empty_plot_goes(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(100))
    for key in ("kl", "kl_z1", "kl_z2"):
        assert panel.kl_plot.isVisible()
        box = panel.findChild(QCheckBox, f"show-{key}")
        assert isinstance(box, QCheckBox)
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Space)
    assert not panel.kl_plot.isVisible()
    assert panel.view.hidden == {"kl", "kl_z1", "kl_z2"}


def test_that_the_axis_counts_epochs_or_steps(panel: CurvesPanel, session: Session, qtbot: QtBot) -> None:
    session.metrics_added.emit(run_records(100))
    assert panel.loss_plot.x_range[1] == pytest.approx(10, rel=0.05)
    axis = next(combo for combo in panel.findChildren(QComboBox) if combo.accessibleName() == "Horizontal axis")
    QTest.keyClick(axis, Qt.Key.Key_Down)
    assert panel.loss_plot.x_range[1] == pytest.approx(100, rel=0.05)


def test_that_the_logarithmic_scale_keeps_the_range_in_nats(panel: CurvesPanel, session: Session, qtbot: QtBot) -> None:
    session.metrics_added.emit(run_records(300))
    box = next(box for box in panel.findChildren(QCheckBox) if box.text() == "Log scale")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert box.isChecked()
    low, high = panel.loss_plot.y_range
    assert 100 < low < 144 < 152 < high < 200


def test_that_curves_recorded_before_the_panel_was_made_are_shown(session: Session, qtbot: QtBot) -> None:
    session._metrics.extend(run_records(50))
    panel = CurvesPanel(session)
    qtbot.addWidget(panel)
    panel.resize(900, 260)
    panel.show()
    assert panel.table.text("loss")[0] == "150.00"


@pytest.mark.parametrize("size", [(900, 260), (480, 220), (480, 500), (320, 170)])
def test_that_the_panel_takes_any_size_and_theme(panel: CurvesPanel, session: Session, size: tuple[int, int]) -> None:
    session.metrics_added.emit(run_records(30))
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        panel.resize(*size)
        assert (panel.width(), panel.height()) == size
        assert not panel.grab().isNull()
