"""What the loss curves draw, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from tests.gui.curves.driver import objective_records, run_records, shown_curves, visible_texts, wait_for_drawing
from vae_explorer.app.choices import PlaneView
from vae_explorer.gui.panels.curves import EMPTY, CurvesPanel, repaint_interval
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session


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


@pytest.mark.parametrize("width", [900, 360])
def test_that_the_newest_marker_is_drawn_whole(panel: CurvesPanel, session: Session, width: int) -> None:
    session.metrics_added.emit(run_records(30))
    panel.resize(width, 260)
    place = panel.loss_plot.place
    assert place.right() - panel.loss_plot.column(3.0) >= 4.5


def test_that_a_single_value_is_a_dot(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit((MetricRecord(1, 0.01, "train", 0.1, {"loss": 206.9}),))
    plot = panel.loss_plot
    low, high = plot.y_range
    place = plot.place
    x, y = plot.column(0.01), place.bottom() - (206.9 - low) / (high - low) * place.height()
    colour = plot.grab().toImage().pixelColor(round(x), round(y))
    assert colour == plot.quantities[0].colour(LIGHT)


def test_that_no_thin_line_crosses_the_test_line_of_another_quantity(panel: CurvesPanel, session: Session) -> None:
    def values(wave: float) -> dict[str, float]:
        return {"loss": 120.0 + wave, "reconstruction": 110.0 + wave / 4}

    train = [MetricRecord(step, step / 10, "train", 0.1, values(20.0 * (-1) ** step)) for step in range(1, 200)]
    test = [MetricRecord(step, step / 10, "test", 0.1, values(0.0)) for step in (1, 199)]
    session.metrics_added.emit((*train, *test))
    plot = panel.loss_plot
    image, place = plot.grab().toImage(), plot.place
    low, high = plot.y_range
    strong = next(quantity for quantity in plot.quantities if quantity.key == "reconstruction").colour(LIGHT)
    row = round(place.bottom() - (110.0 - low) / (high - low) * place.height())
    columns = range(round(place.left()) + 60, round(place.right()) - 20)
    seen = [max(image.pixelColor(column, y) == strong for y in (row - 1, row)) for column in columns]
    assert all(seen)


def test_that_curves_that_take_long_are_drawn_less_often_but_never_stand_still() -> None:
    assert repaint_interval(0.0) == repaint_interval(0.003) == 200
    assert repaint_interval(0.01) == 500
    assert repaint_interval(5.0) == 1000


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


def test_that_curves_recorded_before_the_panel_was_made_are_shown(session: Session, qtbot: QtBot) -> None:
    session._metrics.extend(run_records(50))
    panel = shown_curves(session, qtbot)
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


def test_that_curves_wait_while_the_plane_is_moved_but_not_for_ever(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit(run_records(20))
    before, asked = panel.drawings, 0
    while panel.drawings == before and asked < 50:
        session.set_view(PlaneView((0.01 * asked, 0.0), 2.0))
        panel._draw_if_seen()
        asked += 1
    assert 1 < asked < 50


def test_that_long_numbers_beside_a_narrow_plot_are_whole(panel: CurvesPanel, session: Session) -> None:
    panel.resize(480, 220)
    session.metrics_added.emit(objective_records({"loss": 3.0, "kl": 0.011}))
    panel.refresh()
    for plot in panel.plots.shown:
        assert plot.axes.room_beside(plot._frame) <= plot.place.left()
    assert panel.kl_plot.place.left() > panel.loss_plot.place.left()


def test_that_a_low_table_tells_the_best_epoch_in_a_tip_and_keeps_digits_off_its_scroll_bar(
    panel: CurvesPanel, session: Session
) -> None:
    session.metrics_added.emit(run_records(20))
    panel.resize(560, 230)
    words = "Best test total at epoch 1"
    assert words not in visible_texts(panel)
    assert words in panel.table.findChildren(QLabel)[3].toolTip()
    layout = panel.table.layout()
    assert layout is not None
    assert layout.contentsMargins().right() > 0
    panel.resize(1200, 500)
    assert words in visible_texts(panel)
