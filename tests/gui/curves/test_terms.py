"""Which plots the terms of an objective get, how they are named and in which unit they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QCheckBox

from tests.gui.curves.driver import drawn, objective_records, run_records, shown_curves, visible_texts
from tests.objectives.ridge import ENTRY
from vae_explorer.app.state import RunState
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from vae_explorer.app.session import Session
    from vae_explorer.gui.panels.curves import CurvesPanel


def test_that_a_run_without_kl_has_no_kl_plot(panel: CurvesPanel, session: Session) -> None:
    session.metrics_added.emit(objective_records({"loss": 90.0, "reconstruction": 90.0}))
    assert drawn(panel) == [["loss", "reconstruction"]]
    assert not panel.kl_plot.isVisible()


def test_that_a_share_has_a_plot_of_its_own_and_is_read_in_per_cent(panel: CurvesPanel, session: Session) -> None:
    values = {"loss": 0.5, "cross_entropy": 0.4, "kl": 10.0, "error": 0.0625, "kl_z1": 6.0, "kl_z2": 4.0}
    session.metrics_added.emit(objective_records(values))
    assert drawn(panel) == [["loss", "cross_entropy"], ["kl", "kl_z1", "kl_z2"], ["error"]]
    assert panel.table.text("error") == ("6.2%", "6.2%", "6.2%")
    assert panel.plots.plot("share").axes.left == "share"
    assert panel.plots.plot("share").axes.percent
    assert not panel.loss_plot.axes.percent
    assert "nats per image, or %" in visible_texts(panel)


def test_that_the_range_holds_every_value_of_a_run_that_ended_soon(panel: CurvesPanel, session: Session) -> None:
    losses = (206.0, 199.0, 209.0, 201.0, 208.0, 200.0)
    session.metrics_added.emit(
        tuple(MetricRecord(step, step / 100, "train", 0.1, {"loss": loss}) for step, loss in enumerate(losses, 1))
    )
    assert drawn(panel) == [["loss"]]
    low, high = panel.loss_plot.y_range
    assert low < 199.0
    assert high > 209.0


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
        panel = shown_curves(loaded_session, qtbot)
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
