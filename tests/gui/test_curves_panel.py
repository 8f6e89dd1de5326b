"""The loss curves as a user sees and drives them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QPushButton, QWidget

from tests.objectives.ridge import ENTRY
from vae_explorer.app.choices import PlaneView
from vae_explorer.app.session import Session
from vae_explorer.app.state import RunState
from vae_explorer.gui.panels.curves import EMPTY, CurvesPanel, repaint_interval
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.plotting.loss_plot import LossPlot


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


def objective_records(values: dict[str, float]) -> tuple[MetricRecord, ...]:
    """Ten training records, as the trainer makes them, and one of the test images."""
    train = [MetricRecord(step, step / 10, "train", 0.1, {**values, "learning_rate": 1e-3}) for step in range(1, 11)]
    return (*train, MetricRecord(10, 1.0, "test", 1.0, values))


def drawn(panel: CurvesPanel) -> list[list[str]]:
    """The keys in each plot on screen."""
    return [[quantity.key for quantity in plot.quantities] for plot in panel.plots.shown]


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
    qtbot.waitUntil(lambda: panel.drawings > drawings)


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
    session.metrics_added.emit(objective_records({"loss": 3.0}))
    assert panel.table.text("loss")[0] == "3.000"
    assert [quantity.key for quantity in panel.quantities] == ["loss"]


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


def test_that_curves_that_take_long_are_drawn_less_often_but_never_stand_still() -> None:
    assert repaint_interval(0.0) == repaint_interval(0.003) == 200
    assert repaint_interval(0.01) == 500
    assert repaint_interval(5.0) == 1000


def test_that_the_wheel_zooms_all_plots_along_the_axis_that_they_share(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(300))
    plot = panel.loss_plot
    low, high = plot.y_range
    place = plot.place.center()
    turn(plot, place)
    assert plot.x_range[1] - plot.x_range[0] < 30
    assert panel.kl_plot.x_range == plot.x_range
    assert plot.y_range[1] - plot.y_range[0] < high - low
    # Over the axis of the values, along that axis alone.
    before = plot.x_range
    turn(plot, QPointF(10.0, place.y()))
    assert plot.x_range == before


def turn(plot: LossPlot, place: QPointF) -> None:
    """Turn the wheel by a notch."""
    seen = QPointF(plot.mapToGlobal(place.toPoint()))
    keys, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, seen, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, keys, phase, False)
    QApplication.sendEvent(plot, event)


def test_that_the_picture_of_the_curves_is_kept_until_there_is_something_else_to_draw(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(run_records(100))
    plot = panel.loss_plot
    plot.repaint()
    picture = plot._picture
    plot.set_cursor(3.0)
    plot.repaint()
    assert plot._picture is picture
    panel.refresh()
    plot.repaint()
    assert plot._picture is not picture


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


@pytest.mark.parametrize("points", [9.0, 14.0, 20.0])
def test_that_large_letters_scroll_the_table_and_cut_no_figure(session: Session, qtbot: QtBot, points: float) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    font = holder.font()
    font.setPointSizeF(points)
    holder.setFont(font)
    panel = CurvesPanel(session, holder)
    panel.resize(900, 230)
    holder.resize(900, 230)
    holder.show()
    session.metrics_added.emit(run_records(30))
    QApplication.processEvents()
    labels = [label for label in panel.table.findChildren(QLabel) if label.isVisible() and label.text()]
    assert labels
    for label in labels:
        assert label.height() >= label.fontMetrics().height()
        assert label.width() >= label.fontMetrics().horizontalAdvance(label.text())


def test_that_a_run_without_kl_has_no_kl_plot(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit(objective_records({"loss": 90.0, "reconstruction": 90.0}))
    assert drawn(panel) == [["loss", "reconstruction"]]
    assert not panel.kl_plot.isVisible()


def test_that_a_share_has_a_plot_of_its_own_and_is_read_in_per_cent(panel: CurvesPanel, session: Session) -> None:
    values = {"loss": 0.5, "cross_entropy": 0.4, "kl": 10.0, "error": 0.0625, "kl_z1": 6.0, "kl_z2": 4.0}
    session.metrics_added.emit(objective_records(values))
    assert drawn(panel) == [["loss", "cross_entropy"], ["kl", "kl_z1", "kl_z2"], ["error"]]
    assert panel.table.text("error") == ("6.2 %", "6.2 %", "6.2 %")
    assert panel.plots.plot("share").axes.left == "share"


def test_that_two_players_have_their_losses_and_scores_but_no_best_moment(panel: CurvesPanel, session: Session) -> None:
    values = {"loss": 1.4, "discriminator": 1.3, "generator": 0.7, "real_score": 0.6, "fake_score": 0.4, "r1": 0.01}
    session.metrics_added.emit(objective_records(values))
    assert drawn(panel) == [["loss", "discriminator", "generator"], ["r1"], ["real_score", "fake_score"]]
    assert {"Test", "Best"} & set(visible_texts(panel)) == {"Test"}
    assert not any(text.startswith("Best test") for text in visible_texts(panel))


def test_that_a_term_nobody_described_gets_its_curve_and_its_name(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit(objective_records({"loss": 90.0, "total_correlation": 0.25}))
    assert drawn(panel) == [["loss"], ["total_correlation"]]
    assert panel.table.text("total_correlation")[:2] == ("0.250", "0.250")
    assert "Total correlation" in {box.text() for box in panel.findChildren(QCheckBox)}
    low, high = panel.plots.plot("other").y_range
    assert low < 0.25 < high < 2


def test_that_an_added_objective_s_own_term_is_drawn_with_its_title_and_unit(
    loaded_session: Session, qtbot: QtBot
) -> None:
    with OBJECTIVES.added(ENTRY):
        loaded_session.set_experiment(loaded_session.experiment.with_objective(ENTRY.name))
        loaded_session.train()
        qtbot.waitUntil(lambda: loaded_session.state is RunState.FINISHED)
        panel = CurvesPanel(loaded_session)
        qtbot.addWidget(panel)
        panel.resize(900, 260)
        panel.show()
        loaded_session.metrics_reset.emit()
        loaded_session.metrics_added.emit(objective_records({"loss": 90.0, "distance": 1.5, "error": 0.1}))
        assert drawn(panel) == [["loss"], ["error"], ["distance"]]
        assert panel.plots.shown[-1].axes.left == "units of z"
        box = panel.findChild(QCheckBox, "show-distance")
        assert isinstance(box, QCheckBox)
        assert (box.text(), box.toolTip()) == ("Distance (units of z)", ENTRY.terms[0].summary)
        assert panel.table.text("distance")[0] == "1.500"
        panel._read(1.0, QPoint(10, 10))
        assert "Distance (units of z)" in panel._reading.text()
        loaded_session.set_experiment(loaded_session.experiment.with_objective("vae"))
        panel.hide()  # or it would still be drawn when the objective is gone


def test_that_a_weight_is_drawn_when_asked_for_and_stays_so_in_the_next_run(
    panel: CurvesPanel, session: Session
) -> None:
    values = {"loss": 90.0, "kl": 4.0, "beta": 0.5}
    session.metrics_added.emit(objective_records(values))
    assert drawn(panel) == [["loss"], ["kl"]]
    box = panel.findChild(QCheckBox, "show-beta")
    assert isinstance(box, QCheckBox)
    box.click()
    assert drawn(panel) == [["loss"], ["kl"], ["beta"]]
    session.metrics_reset.emit()
    session.metrics_added.emit(objective_records({**values, "reconstruction": 86.0}))
    assert drawn(panel) == [["loss", "reconstruction"], ["kl"], ["beta"]]


def test_that_a_plot_that_comes_late_follows_the_others(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit(run_records(100))
    box = panel.findChild(QCheckBox, "show-beta")
    assert box is None
    session.metrics_reset.emit()
    session.metrics_added.emit(objective_records({"loss": 0.5, "kl": 2.0, "error": 0.1}))
    assert panel.plots.plot("share").x_range == pytest.approx(panel.loss_plot.x_range)


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


def test_that_a_weight_is_no_part_of_the_reading_until_shown(
    panel: CurvesPanel, session: Session, qtbot: QtBot
) -> None:
    session.metrics_added.emit(objective_records({"loss": 0.5, "error": 0.1, "beta": 0.5}))
    plot = panel.plots.plot("share")
    qtbot.waitUntil(lambda: plot.place.width() > 40)
    QTest.mouseMove(plot, plot.place.center().toPoint())
    qtbot.waitUntil(panel._reading.isVisible)
    assert "10.0 %" in panel._reading.text()
    assert "beta" not in panel._reading.text()


def test_that_curves_wait_while_the_plane_is_moved_but_not_for_ever(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit(run_records(20))
    before, asked = panel.drawings, 0
    while panel.drawings == before and asked < 50:
        session.set_view(PlaneView((0.01 * asked, 0.0), 2.0))
        panel._draw_if_seen()
        asked += 1
    assert 1 < asked < 50
