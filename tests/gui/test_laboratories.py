"""The two laboratories, driven by mouse and keys."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from tests.gui.clipping import clipped
from vae_explorer.gui.dialogs.help import HelpWindow
from vae_explorer.gui.laboratories.bell_plot import Hold
from vae_explorer.gui.laboratories.divergence_window import EXAMPLES, DivergenceWindow
from vae_explorer.gui.laboratories.divergence_words import compare
from vae_explorer.gui.laboratories.fit_examples import EXAMPLES as FITS
from vae_explorer.gui.laboratories.fit_run import FitRun
from vae_explorer.gui.laboratories.fit_window import FitWindow
from vae_explorer.gui.laboratories.fit_words import covered_share, describe_fit, wasted_share
from vae_explorer.gui.laboratories.numbers import number
from vae_explorer.gui.laboratories.sampling import Sampling
from vae_explorer.gui.theme import DARK, LIGHT
from vae_explorer.latent.bump_fitting import local_minima, moment_match
from vae_explorer.latent.univariate import Gaussian, Mixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from vae_explorer.gui.laboratories.bell_plot import BellPlot
    from vae_explorer.gui.main_window import MainWindow
    from vae_explorer.latent.bump_fitting import Divergence

_PIXEL = 0.05
"""Somewhat more than a pixel of x in the windows of these tests."""


@pytest.fixture
def divergences(qtbot: QtBot) -> Iterator[DivergenceWindow]:
    laboratory = DivergenceWindow()
    laboratory.show()
    qtbot.waitExposed(laboratory)
    laboratory.activateWindow()
    yield laboratory
    laboratory.close()


@pytest.fixture
def fitting(qtbot: QtBot) -> Iterator[FitWindow]:
    laboratory = FitWindow()
    laboratory.show()
    qtbot.waitExposed(laboratory)
    laboratory.activateWindow()
    yield laboratory
    laboratory.close()


def send(widget: QWidget, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def drag(widget: QWidget, start: QPointF, end: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    send(widget, QEvent.Type.MouseButtonPress, start, left, left)
    send(widget, QEvent.Type.MouseMove, QPointF((start.x() + end.x()) / 2, start.y()), none, left)
    send(widget, QEvent.Type.MouseMove, end, none, left)
    send(widget, QEvent.Type.MouseButtonRelease, end, left, none)


def drag_handle(plot: BellPlot, hold: Hold, x: float, y: float | None = None) -> None:
    start = plot.handle(hold)
    frame = plot.frame()
    end = frame.pixel(x, frame.value(start)[1] if y is None else y)
    drag(plot, start, end)


def run_to_the_end(fitting: FitWindow) -> None:
    while not fitting.run.arrived:
        fitting.step.click()


# -- KL and JS of two Gaussians ----------------------------------------------------------------------------------------


def test_that_dragging_a_peak_moves_the_mean_and_every_number_follows(divergences: DivergenceWindow) -> None:
    drag_handle(divergences.bell_plot, Hold("q", "peak"), 3.0)
    assert divergences.q.mean == pytest.approx(3.0, abs=_PIXEL)
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
    assert divergences.p.deviation == pytest.approx(deviation, abs=_PIXEL)
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
    assert "100.0 %" not in far


def test_that_the_convergence_plot_holds_the_settled_band_and_the_exact_value(divergences: DivergenceWindow) -> None:
    for _ in range(60):
        divergences.sampling.add_batch()
    low, high = divergences.convergence.y_range()
    last = divergences.sampling.estimate("forward")
    assert low < last.mean - 2 * last.standard_error
    assert high > last.mean + 2 * last.standard_error
    assert low < compare(divergences.p, divergences.q).values["forward"] < high


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
    assert "50 % of the target: mode-seeking" in fitting.sentence.text()


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
    assert fitting.run.start.mean == pytest.approx(4.0, abs=_PIXEL)
    assert fitting.run.steps == 0
    assert fitting.boxes.boxes["q", "mean"].value() == pytest.approx(fitting.run.start.mean, abs=0.006)


def test_that_dragging_a_peak_upward_takes_weight_from_the_other_bump(fitting: FitWindow) -> None:
    height = 0.8 / (0.6 * math.sqrt(2 * math.pi))
    drag_handle(fitting.bell_plot, Hold("a", "peak"), -2.0, height)
    target = fitting.run.target
    assert target.first.mean == pytest.approx(-2.0, abs=_PIXEL)
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


def test_that_minima_of_another_target_replace_those_found_before(fitting: FitWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(fitting.survey.minima) == 3)
    fitting.boxes.boxes["a", "mean"].setValue(-1.0)
    assert fitting.map.minima == {}
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


# -- Both --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [DivergenceWindow, FitWindow])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_that_nothing_is_cut_off_in_a_small_window(
    qtbot: QtBot, kind: type[DivergenceWindow] | type[FitWindow], theme: object
) -> None:
    laboratory = kind()
    laboratory.set_theme(DARK if theme is DARK else LIGHT)
    laboratory.resize(QSize(800, 560))
    laboratory.show()
    qtbot.waitExposed(laboratory)
    for index in range(laboratory.examples.count()):
        laboratory.examples.setCurrentIndex(index)
        # The sampling goes on meanwhile: a longer number is laid out a moment after it was set.
        qtbot.waitUntil(lambda: clipped(laboratory) == [])
    assert laboratory.size() == QSize(800, 560)
    laboratory.grab()
    laboratory.close()


@pytest.mark.parametrize("kind", [DivergenceWindow, FitWindow])
def test_that_every_control_has_a_name_and_enter_presses_no_button(
    qtbot: QtBot, kind: type[DivergenceWindow] | type[FitWindow]
) -> None:
    laboratory = kind()
    laboratory.show()
    qtbot.waitExposed(laboratory)
    for box in [laboratory.examples, *laboratory.boxes.boxes.values(), laboratory.bell_plot]:
        assert box.accessibleName()
    assert not any(button.autoDefault() for button in laboratory.findChildren(QPushButton))
    QTest.keyClick(laboratory, Qt.Key.Key_Return)
    assert laboratory.isVisible()
    QTest.keyClick(laboratory, Qt.Key.Key_Escape)
    assert not laboratory.isVisible()


@pytest.mark.parametrize(("key", "kind"), [(Qt.Key.Key_K, DivergenceWindow), (Qt.Key.Key_F, FitWindow)])
def test_that_keys_open_a_laboratory_once_beside_the_window(
    window: MainWindow, qtbot: QtBot, key: Qt.Key, kind: type[DivergenceWindow] | type[FitWindow]
) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, key, modifiers)
    (laboratory,) = window.findChildren(kind)
    assert isinstance(laboratory, kind)
    assert laboratory.isVisible()
    assert not laboratory.isModal()
    window.set_theme("dark")
    assert laboratory.bell_plot.theme is DARK
    (
        window.commands["explore.divergences"] if kind is DivergenceWindow else window.commands["explore.bump-fit"]
    ).trigger()
    assert len(window.findChildren(kind)) == 1
    laboratory.help.click()
    (pages,) = laboratory.findChildren(HelpWindow)
    assert isinstance(pages, HelpWindow)
    assert "Two small laboratories" in pages.text.toPlainText()
    pages.close()
    laboratory.close()
    qtbot.waitUntil(lambda: window.findChildren(kind) == [])


def test_that_closing_the_window_leaves_no_laboratory_open(window: MainWindow) -> None:
    window.laboratories.open_divergences()
    window.laboratories.open_bump_fit()
    window.close()
    assert not any(child.isVisible() for child in window.findChildren(DivergenceWindow))
    assert not any(child.isVisible() for child in window.findChildren(FitWindow))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "0.5000"), (28.0, "28.000"), (5689.27, "5689.3"), (-2e-9, "−2.0·10⁻⁹"), (0.0, "0.0000"), (math.nan, "–")],
)
def test_that_numbers_have_the_digits_a_person_reads(value: float, text: str) -> None:
    assert number(value) == text
