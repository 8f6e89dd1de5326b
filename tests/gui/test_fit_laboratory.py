"""The laboratory that fits one bump to two, driven by mouse and keys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.laboratory_driver import PIXEL, drag, drag_handle, run_to_the_end, shown
from vae_explorer.gui.laboratories.bell_plot import Hold
from vae_explorer.gui.laboratories.fit_examples import EXAMPLES as FITS
from vae_explorer.gui.laboratories.fit_run import FitRun
from vae_explorer.gui.laboratories.fit_window import FitWindow
from vae_explorer.gui.laboratories.fit_words import covered_share, describe_fit, wasted_share
from vae_explorer.latent.bump_fitting import local_minima, moment_match
from vae_explorer.latent.univariate import Gaussian, Mixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from vae_explorer.latent.bump_fitting import Divergence


@pytest.fixture
def fitting(qtbot: QtBot) -> Iterator[FitWindow]:
    with shown(FitWindow(), qtbot) as laboratory:
        yield laboratory


# -- One bump fitted to two --------------------------------------------------------------------------------------------


def test_that_forward_descent_ends_on_the_moments_of_the_target(fitting: FitWindow) -> None:
    fitting.rate.setValue(0.5)
    run_to_the_end(fitting)
    best = moment_match(fitting.run.target)
    assert (fitting.run.q.mean, fitting.run.q.deviation) == pytest.approx((best.mean, best.deviation), abs=1e-3)
    assert "mass-covering" in fitting.sentence.text()
    assert not fitting.toggle.isEnabled()


@pytest.mark.parametrize(("example", "mean", "side"), [(0, -3.0, "left"), (1, 3.0, "right")])
def test_that_reverse_descent_ends_on_the_bump_nearer_to_the_start(
    fitting: FitWindow, example: int, mean: float, side: str
) -> None:
    fitting.examples.setCurrentIndex(example)
    fitting.choice.rows["reverse"].click()
    run_to_the_end(fitting)
    assert fitting.run.q.mean == pytest.approx(mean, abs=0.01)
    assert f"sits on the {side} bump" in fitting.sentence.text()
    assert "50% of the target: mode-seeking" in fitting.sentence.text()


def test_that_js_far_away_goes_nowhere_and_the_sentence_says_why(fitting: FitWindow) -> None:
    fitting.choice.rows["js"].click()
    fitting.examples.setCurrentIndex(5)
    assert fitting.run.q == FITS[5].start
    assert "can't find the target" in fitting.sentence.text()


def test_that_run_takes_steps_until_it_is_paused(fitting: FitWindow, qtbot: QtBot) -> None:
    fitting.toggle.click()
    qtbot.waitUntil(lambda: fitting.run.steps >= 3)
    assert fitting.toggle.text().replace("&", "") == "Pause"
    fitting.toggle.click()
    steps = fitting.run.steps
    qtbot.wait(120)
    assert fitting.run.steps == steps
    assert not fitting.running
    assert len(fitting.run.trace) == steps + 1
    assert all(later < earlier for earlier, later in zip(fitting.run.trace, fitting.run.trace[1:], strict=False))


def test_that_reset_goes_back_to_the_start(fitting: FitWindow) -> None:
    start = fitting.run.start
    assert not fitting.reset.isEnabled()
    for _ in range(4):
        fitting.step.click()
    assert fitting.run.q != start
    fitting.reset.click()
    assert (fitting.run.q, fitting.run.steps) == (start, 0)


def test_that_another_divergence_begins_at_the_same_start(fitting: FitWindow) -> None:
    fitting.step.click()
    fitting.choice.rows["js"].click()
    assert (fitting.run.kind, fitting.run.steps, fitting.run.q) == ("js", 0, FITS[0].start)


def test_that_dragging_q_moves_the_start_and_clears_the_way(fitting: FitWindow) -> None:
    fitting.step.click()
    drag_handle(fitting.bell_plot, Hold("q", "peak"), 4.0)
    assert fitting.run.start.mean == pytest.approx(4.0, abs=PIXEL)
    assert fitting.run.steps == 0
    assert fitting.boxes.boxes["q", "mean"].value() == pytest.approx(fitting.run.start.mean, abs=0.006)


def test_that_dragging_a_peak_upward_takes_weight_from_the_other_bump(fitting: FitWindow) -> None:
    height = 0.8 / (0.6 * math.sqrt(2 * math.pi))
    drag_handle(fitting.bell_plot, Hold("a", "peak"), -2.0, height)
    target = fitting.run.target
    assert target.first.mean == pytest.approx(-2.0, abs=PIXEL)
    assert target.weight == pytest.approx(0.8, abs=0.02)
    assert fitting.bell_plot.bell("b").weight == pytest.approx(1 - target.weight)
    fitting.boxes.boxes["b", "weight"].setValue(0.3)
    assert fitting.run.target.weight == pytest.approx(0.7)


def test_that_keys_change_the_weight_of_the_chosen_bump(fitting: FitWindow) -> None:
    plot = fitting.bell_plot
    plot.setFocus()
    assert plot.chosen == "q"
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert fitting.run.target.weight == 0.5
    QTest.keyClick(plot, Qt.Key.Key_Space)
    assert plot.chosen == "a"
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert fitting.run.target.weight == pytest.approx(0.55)


def test_that_the_start_is_put_and_dragged_on_the_map_and_moved_by_keys(fitting: FitWindow) -> None:
    QTest.mouseClick(fitting.map, Qt.MouseButton.LeftButton, pos=fitting.map.pixel_of(Gaussian(2.0, 0.5)).toPoint())
    assert fitting.run.start.mean == pytest.approx(2.0, abs=0.1)
    assert fitting.run.start.deviation == pytest.approx(0.5, rel=0.05)
    drag(fitting.map, fitting.map.pixel_of(fitting.run.start), fitting.map.pixel_of(Gaussian(-5.0, 2.0)))
    assert fitting.run.start.mean == pytest.approx(-5.0, abs=0.1)
    before = fitting.run.start
    fitting.map.setFocus()
    QTest.keyClick(fitting.map, Qt.Key.Key_Right)
    QTest.keyClick(fitting.map, Qt.Key.Key_Down)
    assert fitting.run.start.mean == pytest.approx(before.mean + 0.1)
    assert fitting.run.start.deviation < before.deviation


def test_that_minima_are_marked_and_the_landscape_drawn(fitting: FitWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: fitting.survey.heights is not None and not fitting.survey.busy)
    target = fitting.run.target
    assert fitting.map.minima["forward"] == (moment_match(target),)
    assert [q.mean for q in fitting.map.minima["reverse"]] == pytest.approx([-3.0, 0.0, 3.0], abs=1e-3)
    heights = fitting.survey.heights
    assert heights is not None
    row, column = np.unravel_index(int(np.argmin(heights)), heights.shape)
    assert abs(row - heights.shape[0] // 2) <= 1, "the forward KL is lowest in the middle"
    assert column > 0
    fitting.choice.rows["reverse"].click()
    assert fitting.bell_plot.ghosts == fitting.map.minima["reverse"]
    assert fitting.bell_plot.y_label == "Density; dotted: q at a minimum of KL(q‖p)"


def test_that_minima_of_another_target_replace_those_found_before(fitting: FitWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(fitting.survey.minima) == 3)
    fitting.boxes.boxes["a", "mean"].setValue(-1.0)
    assert fitting.map.minima == {}
    assert fitting.bell_plot.y_label == "Density"
    qtbot.waitUntil(lambda: len(fitting.survey.minima) == 3)
    assert fitting.map.minima["forward"] == (moment_match(fitting.run.target),)


@pytest.mark.parametrize(
    ("kind", "q", "words"),
    [
        ("reverse", Gaussian(0.0, 2.431), "saddle"),
        ("reverse", Gaussian(-3.0, 0.3), "of 2: the start decides"),
        ("js", Gaussian(0.0, 3.0073), "a better one"),
        ("forward", Gaussian(0.0, 1.0), "can still fall"),
    ],
)
def test_that_words_about_a_fit_come_from_its_state(kind: Divergence, q: Gaussian, words: str) -> None:
    target = Mixture(Gaussian(-3.0, 0.3), Gaussian(3.0, 0.3))
    run = FitRun(target, kind, q, minima={kind: local_minima(kind, target)})
    # Numbers of four digits aren't a place of rest to the last one: a few short steps settle q.
    while "still" in describe_fit(run) and words != "can still fall" and run.steps < 50:
        run.rate = 0.01
        run.step()
    assert words in describe_fit(run)


def test_that_a_rate_too_large_is_told_from_the_trace() -> None:
    run = FitRun(FITS[2].target, "reverse", Gaussian(-3.1, 0.3), rate=1.0)
    while run.trace[-1] <= (run.trace[-2] if run.steps else math.inf):
        run.step()
    assert "rate of 1 is too large" in describe_fit(run)


def test_that_covered_and_wasted_shares_are_those_of_the_normal_distribution() -> None:
    assert covered_share(Gaussian(0, 1), Gaussian(0, 1)) == pytest.approx(0.9545, abs=1e-4)
    assert covered_share(Gaussian(9, 1), Gaussian(0, 1)) < 1e-6
    target = Mixture(Gaussian(-3, 0.5), Gaussian(3, 0.5))
    assert wasted_share(target, Gaussian(0, 0.3)) > 0.99
    assert wasted_share(target, Gaussian(3, 0.3)) < 0.01
