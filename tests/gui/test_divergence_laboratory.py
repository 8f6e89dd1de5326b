"""The laboratory of KL and JS of two Gaussians, driven by mouse and keys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.laboratory_driver import PIXEL, drag, drag_handle, shown
from vae_explorer.gui.laboratories.bell_plot import Hold
from vae_explorer.gui.laboratories.divergence_window import EXAMPLES, DivergenceWindow
from vae_explorer.gui.laboratories.divergence_words import compare
from vae_explorer.gui.laboratories.numbers import number
from vae_explorer.gui.laboratories.sampling import Sampling
from vae_explorer.latent.univariate import Gaussian

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def divergences(qtbot: QtBot) -> Iterator[DivergenceWindow]:
    with shown(DivergenceWindow(), qtbot) as laboratory:
        yield laboratory


# -- KL and JS of two Gaussians ----------------------------------------------------------------------------------------


def test_that_dragging_a_peak_moves_the_mean_and_every_number_follows(divergences: DivergenceWindow) -> None:
    drag_handle(divergences.bell_plot, Hold("q", "peak"), 3.0)
    assert divergences.q.mean == pytest.approx(3.0, abs=PIXEL)
    assert divergences.q.deviation == 1.0
    assert divergences.p == EXAMPLES[0].p
    exact = compare(divergences.p, divergences.q)
    for kind, value in exact.values.items():
        assert divergences.table.cells[kind, 0].text() == number(value)
        assert divergences.table.cells[kind, 2].text() == number(exact.slopes[kind])
    assert divergences.boxes.boxes["q", "mean"].value() == pytest.approx(divergences.q.mean, abs=0.006)
    assert divergences.examples.currentIndex() == -1


@pytest.mark.parametrize(("x", "deviation"), [(1.5, 2.5), (-4.0, 3.0), (-0.95, 0.15)])
def test_that_dragging_a_flank_changes_the_deviation_to_either_side(
    divergences: DivergenceWindow, x: float, deviation: float
) -> None:
    drag_handle(divergences.bell_plot, Hold("p", "flank"), x)
    assert divergences.p.deviation == pytest.approx(deviation, abs=PIXEL)
    assert divergences.p.mean == -1.0


def test_that_bells_stay_where_they_can_be_seen(divergences: DivergenceWindow) -> None:
    drag_handle(divergences.bell_plot, Hold("p", "peak"), -40.0)
    assert divergences.p.mean == -8.0


def test_that_dragging_beside_the_handles_moves_nothing(divergences: DivergenceWindow) -> None:
    frame = divergences.bell_plot.frame()
    drag(divergences.bell_plot, frame.pixel(7.0, 0.3), frame.pixel(2.0, 0.3))
    assert (divergences.p, divergences.q) == (EXAMPLES[0].p, EXAMPLES[0].q)


def test_that_keys_move_the_chosen_curve(divergences: DivergenceWindow) -> None:
    plot = divergences.bell_plot
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Left)
    QTest.keyClick(plot, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert (divergences.p.mean, divergences.p.deviation) == pytest.approx((-1.1, 1.01))
    QTest.keyClick(plot, Qt.Key.Key_Space)
    QTest.keyClick(plot, Qt.Key.Key_Down)
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert (divergences.q.mean, divergences.q.deviation) == pytest.approx((1.1, 0.9))
    assert (divergences.p.mean, divergences.p.deviation) == pytest.approx((-1.1, 1.01))


def test_that_boxes_take_exact_numbers(divergences: DivergenceWindow) -> None:
    divergences.boxes.boxes["q", "deviation"].setValue(2.25)
    assert divergences.q == Gaussian(1.0, 2.25)
    assert divergences.bell_plot.bell("q").shape == divergences.q


@pytest.mark.parametrize("kind", ["forward", "reverse", "js"])
def test_that_the_area_of_the_drawn_integrand_is_the_divergence(divergences: DivergenceWindow, kind: str) -> None:
    divergences.table.rows[kind].click()
    low, high = divergences.integrand.x_range()
    area = float(np.trapezoid(divergences.integrand.values, np.linspace(low, high, divergences.integrand.values.size)))
    assert area == pytest.approx(compare(divergences.p, divergences.q).values[kind], rel=1e-3)


def test_that_bits_are_nats_over_log_two(divergences: DivergenceWindow) -> None:
    divergences.units.setCurrentIndex(1)
    nats = compare(divergences.p, divergences.q).values["forward"]
    assert divergences.table.cells["forward", 0].text() == number(nats / math.log(2))
    assert "1 bit" in divergences.table.bound.text()
    divergences.units.setCurrentIndex(0)
    assert "0.6931 nats" in divergences.table.bound.text()


def test_that_estimates_grow_by_themselves_and_close_in_on_the_exact_value(
    divergences: DivergenceWindow, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: divergences.sampling.estimate("js").count > 10)
    assert divergences.sampling.running
    divergences.toggle.click()
    assert not divergences.sampling.running
    while divergences.sampling.estimate("js").count < 20_000:
        divergences.sampling.add_batch()
    for kind, value in compare(divergences.p, divergences.q).values.items():
        estimate = divergences.sampling.estimate(kind)
        assert abs(estimate.mean - value) < 4 * estimate.standard_error
        shown = divergences.table.cells[kind, 1].text()
        assert shown == f"{number(estimate.mean)} ± {number(estimate.standard_error)}"
    assert f"{divergences.sampling.estimate('js').count:,} pairs" in divergences.samples.text()


def test_that_a_seed_says_which_samples_come(divergences: DivergenceWindow) -> None:
    divergences.sampling.pause()

    def first_estimate(seed: int) -> float:
        divergences.seed.setValue(seed)
        divergences.restart.click()
        divergences.sampling.pause()
        assert divergences.sampling.history == []
        divergences.sampling.add_batch()
        return divergences.sampling.estimate("forward").mean

    assert first_estimate(7) == first_estimate(7)
    assert first_estimate(7) != first_estimate(8)


def test_that_moving_a_curve_begins_the_estimate_anew(divergences: DivergenceWindow) -> None:
    for _ in range(30):
        divergences.sampling.add_batch()
    before = divergences.sampling.estimate("forward").count
    drag_handle(divergences.bell_plot, Hold("q", "peak"), 2.0)
    assert divergences.sampling.estimate("forward").count < before
    assert divergences.sampling.running


def test_that_moving_a_curve_leaves_a_paused_sampling_paused(divergences: DivergenceWindow) -> None:
    divergences.toggle.click()
    divergences.swap.click()
    assert not divergences.sampling.running
    assert "–" in divergences.table.cells["forward", 1].text()
    divergences.toggle.click()
    assert divergences.sampling.running


def test_that_sampling_ends_by_itself(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.gui.laboratories.sampling.MOST_SAMPLES", 50)
    sampling = Sampling()
    sampling.restart(EXAMPLES[0].p, EXAMPLES[0].q, 0)
    sampling.run()
    while sampling.running:
        sampling.add_batch()
    assert sampling.finished
    assert sampling.estimate("js").count == 50


def test_that_swapping_swaps_the_two_directions(divergences: DivergenceWindow) -> None:
    divergences.examples.setCurrentIndex(2)
    forward, reverse = (divergences.table.cells[kind, 0].text() for kind in ("forward", "reverse"))
    assert forward != reverse
    divergences.swap.click()
    swapped = tuple(divergences.table.cells[kind, 0].text() for kind in ("forward", "reverse"))
    assert swapped == (reverse, forward)


def test_that_the_sentence_follows_the_numbers(divergences: DivergenceWindow) -> None:
    said = []
    for index in range(len(EXAMPLES)):
        divergences.examples.setCurrentIndex(index)
        said.append(divergences.sentence.text())
    shifted, equal, narrow, wide, far = said
    assert "agree" in shifted
    assert "every divergence is 0" in equal
    assert narrow.startswith("KL(q‖p) is")
    assert wide.startswith("KL(p‖q) is")
    assert "bound log 2" in far
    assert "no gradient" in far
    assert "100.0%" not in far


def test_that_the_convergence_plot_holds_the_settled_band_and_the_exact_value(divergences: DivergenceWindow) -> None:
    for _ in range(60):
        divergences.sampling.add_batch()
    low, high = divergences.convergence.y_range()
    last = divergences.sampling.estimate("forward")
    assert low < last.mean - 2 * last.standard_error
    assert high > last.mean + 2 * last.standard_error
    assert low < compare(divergences.p, divergences.q).values["forward"] < high
