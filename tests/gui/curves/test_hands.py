"""The loss curves as a user drives them: wheel, pointer, switches and the choice of plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QWidget

from tests.gui.curves.driver import drawn, objective_records, run_records, wait_for_drawing
from tests.gui.plane_driver import wheel
from vae_explorer.gui.plotting.curve_tools import CurveTools
from vae_explorer.gui.plotting.drawn_curves import CurveView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session
    from vae_explorer.gui.panels.curves import CurvesPanel


def test_that_the_wheel_stops_following_and_fit_follows_again(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(300))
    fit = next(button for button in panel.findChildren(QPushButton) if button.text() == "Fit")
    assert not fit.isEnabled()
    viewport = panel.loss_plot
    start = viewport.place.center().toPoint()
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


def test_that_the_wheel_zooms_all_plots_along_the_axis_that_they_share(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(300))
    plot = panel.loss_plot
    low, high = plot.y_range
    place = plot.place.center()
    wheel(plot, place.toPoint(), 1)
    assert plot.x_range[1] - plot.x_range[0] < 30
    assert panel.kl_plot.x_range == plot.x_range
    assert plot.y_range[1] - plot.y_range[0] < high - low
    # Over the axis of the values, along that axis alone.
    before = plot.x_range
    wheel(plot, QPoint(10, round(place.y())), 1)
    assert plot.x_range == before


def test_that_hovering_reads_both_splits_and_leaving_ends_it(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(100))
    plot = panel.loss_plot
    QTest.mouseMove(plot, plot.place.center().toPoint())
    reading = panel._reading
    qtbot.waitUntil(reading.isVisible)
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


def test_that_plots_without_room_can_be_chosen_instead_of_squeezed(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    values = {"loss": 1.4, "discriminator": 1.3, "bottleneck_kl": 0.2, "real_score": 0.6, "r1": 0.01}
    everything = [["loss", "discriminator"], ["bottleneck_kl"], ["r1"], ["real_score"]]
    panel.resize(1200, 260)
    session.metrics_added.emit(objective_records(values))
    assert drawn(panel) == everything
    choice = next(combo for combo in panel.findChildren(QComboBox) if combo.accessibleName() == "First plot")
    assert not choice.isVisible()
    panel.resize(490, 230)
    qtbot.waitUntil(choice.isVisible)
    assert drawn(panel) == everything[:2]
    qtbot.waitUntil(lambda: all(plot.width() >= 90 for plot in panel.plots.shown))
    choice.setFocus()
    QTest.keyClick(choice, Qt.Key.Key_End)
    assert drawn(panel) == everything[2:]
    assert panel.plots.shown[1].y_range[0] < 0.6 < panel.plots.shown[1].y_range[1]
    panel.resize(1200, 260)
    qtbot.waitUntil(lambda: not choice.isVisible())
    assert drawn(panel) == everything


def test_that_the_choice_of_plots_takes_its_room_from_the_words_beside_it(qtbot: QtBot) -> None:
    tools = CurveTools(CurveView())
    qtbot.addWidget(tools)
    tools.resize(520, 30)
    tools.show()
    qtbot.waitExposed(tools)
    words = [label for label in tools.findChildren(QLabel) if label.text() == "Smoothing"]
    assert [label.isVisible() for label in words] == [True]
    tools.offer_plots([("loss", "Total loss"), ("kl", "KL")], "loss")
    assert [label.isVisible() for label in words] == [False]
    tools.offer_plots([], "")
    assert [label.isVisible() for label in words] == [True]


def test_that_the_tools_of_a_narrow_panel_are_one_row(panel: CurvesPanel, session: Session, qtbot: QtBot) -> None:
    session.metrics_added.emit(objective_records({"loss": 0.5, "kl": 0.1, "error": 0.1}))
    panel.resize(1200, 260)
    qtbot.waitUntil(lambda: panel.turn.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextOnly)
    panel.resize(450, 230)
    qtbot.waitUntil(lambda: panel.turn.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly)
    assert not panel.turn.icon().isNull()
    shown = [tool for tool in panel.tools.children() if isinstance(tool, QWidget) and tool.isVisible()]
    qtbot.waitUntil(lambda: max(tool.y() for tool in shown) < min(tool.geometry().bottom() for tool in shown))


def test_that_a_weight_is_no_part_of_the_reading_until_shown(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(objective_records({"loss": 0.5, "error": 0.1, "beta": 0.5}))
    plot = panel.plots.plot("share")
    qtbot.waitUntil(lambda: plot.place.width() > 40)
    QTest.mouseMove(plot, plot.place.center().toPoint())
    qtbot.waitUntil(panel._reading.isVisible)
    assert "10.0%" in panel._reading.text()
    assert "beta" not in panel._reading.text()
