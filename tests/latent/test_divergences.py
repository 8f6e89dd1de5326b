"""Divergences of bell curves: closed form, quadrature, samples, and one bump fitted to two."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize

from vae_explorer.latent.bump_fitting import (
    LONGEST_STEP,
    curvatures,
    descend,
    evaluate_fit,
    landscape,
    local_minima,
    local_minimum,
    moment_match,
    moved,
)
from vae_explorer.latent.divergences import (
    JS_BOUND,
    js_by_quadrature,
    js_integrand,
    js_slope,
    kl_by_quadrature,
    kl_integrand,
    kl_of_gaussians,
    kl_slopes,
)
from vae_explorer.latent.sampled_divergences import DIVERGENCES, RunningEstimates, divergence_terms
from vae_explorer.latent.univariate import Distribution, Gaussian, Mixture

if TYPE_CHECKING:
    from vae_explorer.latent.bump_fitting import Divergence

KINDS: tuple[Divergence, ...] = ("forward", "reverse", "js")
FAR = Mixture(Gaussian(-3.0, 0.6), Gaussian(3.0, 0.9), 0.4)
NEAR = Mixture(Gaussian(-0.5, 0.8), Gaussian(0.5, 0.8), 0.5)
PAIRS = (
    (Gaussian(0, 1), Gaussian(0, 1)),
    (Gaussian(0, 1), Gaussian(2, 1)),
    (Gaussian(-1, 0.3), Gaussian(0.5, 2.5)),
    (Gaussian(-4, 0.5), Gaussian(4, 0.7)),
)
gaussians = st.builds(Gaussian, st.floats(-8, 8), st.floats(0.1, 4))


def integral(function: object, p: Distribution, q: Distribution) -> float:
    """Area by adaptive quadrature, piece by piece around every part."""
    parts = [part for _, part in p.parts + q.parts]
    edges = sorted({part.mean + k * part.deviation for part in parts for k in range(-12, 13, 3)})
    pieces = itertools.pairwise(edges)
    return sum(float(quad(function, low, high, epsabs=1e-12, limit=200)[0]) for low, high in pieces)


# -- Divergences of two distributions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_that_kl_of_two_gaussians_in_closed_form_is_the_area_of_its_integrand(p: Gaussian, q: Gaussian) -> None:
    expected = integral(lambda x: float(kl_integrand(p, q, x)), p, q)
    assert kl_of_gaussians(p, q) == pytest.approx(expected, rel=1e-8, abs=1e-10)
    assert kl_by_quadrature(p, q) == pytest.approx(kl_of_gaussians(p, q), rel=1e-10, abs=1e-12)


def test_that_kl_has_its_textbook_value() -> None:
    assert kl_of_gaussians(Gaussian(0, 1), Gaussian(1, 1)) == pytest.approx(0.5, rel=1e-14)
    assert kl_of_gaussians(Gaussian(0, 2), Gaussian(0, 1)) == pytest.approx(1.5 - math.log(2), rel=1e-14)


@given(gaussians, gaussians)
def test_that_kl_is_never_negative_and_js_lies_between_zero_and_log_two(p: Gaussian, q: Gaussian) -> None:
    assert kl_of_gaussians(p, q) >= -1e-12
    assert 0.0 <= js_by_quadrature(p, q) <= JS_BOUND
    assert js_by_quadrature(p, q) == pytest.approx(js_by_quadrature(q, p), abs=1e-9)
    assert js_by_quadrature(p, q) <= 0.25 * (kl_of_gaussians(p, q) + kl_of_gaussians(q, p)) + 1e-9


def test_that_all_divergences_of_equal_distributions_are_zero() -> None:
    for p in (Gaussian(1.3, 0.7), FAR):
        assert kl_by_quadrature(p, p) == 0.0
        assert js_by_quadrature(p, p) == pytest.approx(0.0, abs=1e-14)


def test_that_kl_is_asymmetric() -> None:
    narrow, wide = Gaussian(0, 0.5), Gaussian(0, 2)
    assert kl_of_gaussians(wide, narrow) > 5 * kl_of_gaussians(narrow, wide)


@pytest.mark.parametrize(("p", "q"), [*PAIRS[1:], (FAR, Gaussian(0, 2))])
def test_that_js_by_quadrature_is_the_area_of_its_integrand(p: Distribution, q: Gaussian) -> None:
    assert js_by_quadrature(p, q) == pytest.approx(integral(lambda x: float(js_integrand(p, q, x)), p, q), abs=1e-8)


def test_that_js_saturates_at_log_two_and_its_slope_dies_where_those_of_kl_grow() -> None:
    p = Gaussian(0, 0.5)
    far = Gaussian(7, 0.5)
    assert js_by_quadrature(p, far) == pytest.approx(math.log(2), abs=1e-9)
    assert 0 < js_slope(p, far) < 1e-9
    assert kl_slopes(p, far) == pytest.approx((28.0, 28.0))
    assert js_slope(p, Gaussian(0.5, 0.5)) > 0.1


@pytest.mark.parametrize(("p", "q"), PAIRS[1:])
def test_that_slopes_are_differences_of_the_divergences(p: Gaussian, q: Gaussian) -> None:
    h = 1e-4
    ahead, behind = Gaussian(q.mean + h, q.deviation), Gaussian(q.mean - h, q.deviation)
    forward = (kl_of_gaussians(p, ahead) - kl_of_gaussians(p, behind)) / (2 * h)
    reverse = (kl_of_gaussians(ahead, p) - kl_of_gaussians(behind, p)) / (2 * h)
    assert kl_slopes(p, q) == pytest.approx((forward, reverse), rel=1e-6)
    js = (js_by_quadrature(p, ahead) - js_by_quadrature(p, behind)) / (2 * h)
    assert js_slope(p, q) == pytest.approx(js, rel=1e-5, abs=1e-9)


# -- Estimates from samples --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("p", "q"), [*PAIRS, (FAR, Gaussian(0, 2))])
def test_that_sampling_agrees_with_quadrature_within_four_standard_errors(p: Distribution, q: Gaussian) -> None:
    estimates = RunningEstimates()
    generator = np.random.default_rng(11)
    for _ in range(20):
        estimates.add(divergence_terms(p, q, generator, 2000))
    exact = (kl_by_quadrature(p, q), kl_by_quadrature(q, p), js_by_quadrature(p, q))
    for index, value in enumerate(exact):
        estimate = estimates.estimate(index)
        assert estimate.count == 40_000
        # Events too rare for 40,000 draws are worth some 1e-11 nats, of which no standard error knows.
        assert abs(estimate.mean - value) <= 4 * estimate.standard_error + 1e-9, DIVERGENCES[index]


def test_that_the_standard_error_tells_how_far_estimates_scatter() -> None:
    p, q = PAIRS[1]
    runs = [divergence_terms(p, q, np.random.default_rng(seed), 200) for seed in range(300)]
    estimates = RunningEstimates()
    estimates.add(runs[0])
    scatter = np.std([terms.mean(axis=0) for terms in runs], axis=0)
    for index in range(3):
        assert estimates.estimate(index).standard_error == pytest.approx(scatter[index], rel=0.2)


def test_that_batches_of_any_size_merge_into_the_same_estimate() -> None:
    terms = np.random.default_rng(5).standard_normal((1000, 3)) + 1e4
    whole, pieces = RunningEstimates(), RunningEstimates()
    whole.add(terms)
    for piece in np.split(terms, [0, 1, 5, 400]):
        pieces.add(piece)
    for index in range(3):
        estimate = pieces.estimate(index)
        assert estimate.mean == pytest.approx(terms[:, index].mean(), rel=1e-13)
        assert estimate.standard_error == pytest.approx(terms[:, index].std(ddof=1) / math.sqrt(1000), rel=1e-9)
        assert estimate.mean == pytest.approx(whole.estimate(index).mean, rel=1e-13)
        assert estimate.count == whole.estimate(index).count == 1000


def test_that_too_few_samples_have_no_error() -> None:
    estimates = RunningEstimates()
    assert math.isnan(estimates.estimate(0).mean)
    estimates.add(np.ones((1, 3)))
    assert estimates.estimate(0).mean == 1.0
    assert math.isnan(estimates.estimate(0).standard_error)


def test_that_the_same_seed_gives_the_same_samples() -> None:
    one, two = (divergence_terms(*PAIRS[2], np.random.default_rng(3), 50) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, divergence_terms(*PAIRS[2], np.random.default_rng(4), 50))


# -- The mixture -------------------------------------------------------------------------------------------------------


def test_that_a_mixture_has_the_moments_and_the_score_of_its_density() -> None:
    draws = FAR.sample(np.random.default_rng(0), 200_000)
    assert draws.mean() == pytest.approx(FAR.mean, abs=4 * FAR.deviation / math.sqrt(200_000))
    assert draws.std() == pytest.approx(FAR.deviation, rel=0.01)
    x = np.linspace(-6, 6, 25)
    slopes = (FAR.log_density(x + 1e-5) - FAR.log_density(x - 1e-5)) / 2e-5
    np.testing.assert_allclose(FAR.score(x), slopes, rtol=1e-6, atol=1e-6)
    assert integral(lambda x: float(FAR.density(x)), FAR, FAR) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize(("target", "peaks"), [(FAR, 2), (NEAR, 1), (Mixture(Gaussian(1, 1), Gaussian(1, 1)), 1)])
def test_that_peaks_are_counted_where_the_density_is_highest(target: Mixture, peaks: int) -> None:
    modes = target.modes()
    assert len(modes) == peaks
    for mode in modes:
        assert target.density(mode) >= max(target.density(mode - 0.05), target.density(mode + 0.05))


def test_that_a_part_without_weight_does_not_count() -> None:
    alone = Mixture(Gaussian(-3, 1), Gaussian(2, 0.5), 0.0)
    assert moment_match(alone) == Gaussian(2, 0.5)
    assert kl_by_quadrature(alone, Gaussian(0, 1)) == pytest.approx(
        kl_of_gaussians(Gaussian(2, 0.5), Gaussian(0, 1)), rel=1e-10
    )


# -- One bump fitted to two --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("q", [Gaussian(0.7, 1.3), Gaussian(-4, 0.4), Gaussian(2, 4)])
def test_that_the_gradient_of_a_fit_is_that_of_finite_differences(kind: Divergence, q: Gaussian) -> None:
    h = 1e-4

    def slope(mean: float, log_deviation: float) -> float:
        ahead = evaluate_fit(kind, FAR, moved(q, (mean, log_deviation))).value
        return (ahead - evaluate_fit(kind, FAR, moved(q, (-mean, -log_deviation))).value) / (2 * h)

    assert evaluate_fit(kind, FAR, q).gradient == pytest.approx((slope(h, 0), slope(0, h)), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("target", [FAR, NEAR])
def test_that_the_forward_minimiser_is_the_moment_match(target: Mixture) -> None:
    best = moment_match(target)
    assert evaluate_fit("forward", target, best).steepness < 1e-9
    found = local_minimum("forward", target, Gaussian(-2.0, 0.5))
    assert (found.mean, found.deviation) == pytest.approx((best.mean, best.deviation), abs=1e-5)
    assert local_minima("forward", target) == (best,)


def test_that_the_reverse_has_two_minima_when_the_bumps_are_far_apart_and_the_start_decides() -> None:
    left, right = local_minima("reverse", FAR)
    assert (left.mean, left.deviation) == pytest.approx((-3.0, 0.6), abs=0.01)
    assert (right.mean, right.deviation) == pytest.approx((3.0, 0.9), abs=0.01)
    assert local_minimum("reverse", FAR, Gaussian(-1.5, 0.5)).mean == pytest.approx(left.mean, abs=1e-3)
    assert local_minimum("reverse", FAR, Gaussian(1.5, 0.5)).mean == pytest.approx(right.mean, abs=1e-3)
    # On one bump, q pays log 1/weight for what it leaves out.
    assert evaluate_fit("reverse", FAR, left).value == pytest.approx(-math.log(0.4), abs=1e-3)


def test_that_the_reverse_has_one_minimum_when_the_bumps_melt_into_one() -> None:
    (only,) = local_minima("reverse", NEAR)
    assert only.mean == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("kind", ["reverse", "js"])
def test_that_minima_are_those_of_another_minimiser(kind: Divergence) -> None:
    for q in local_minima(kind, FAR):
        start = np.array([q.mean + 0.1, math.log(q.deviation) + 0.1])
        done = minimize(
            lambda place: evaluate_fit(kind, FAR, Gaussian(float(place[0]), math.exp(place[1]))).value,
            start,
            method="BFGS",
        )
        assert (q.mean, math.log(q.deviation)) == pytest.approx(tuple(done.x), abs=1e-3)
        assert curvatures(kind, FAR, q)[0] > 0


def test_that_descent_from_the_ridge_between_equal_narrow_bumps_ends_on_a_saddle() -> None:
    equal = Mixture(Gaussian(-3, 0.3), Gaussian(3, 0.3))
    q = local_minimum("reverse", equal, Gaussian(0.0, 1.0))
    assert abs(q.mean) < 1e-6
    low, high = curvatures("reverse", equal, q)
    assert low < 0 < high
    assert [round(found.mean) for found in local_minima("reverse", equal)] == [-3, 3]


def test_that_between_equal_wider_bumps_the_reverse_has_a_third_and_worse_minimum() -> None:
    equal = Mixture(Gaussian(-3, 0.6), Gaussian(3, 0.6))
    left, middle, right = (evaluate_fit("reverse", equal, q).value for q in local_minima("reverse", equal))
    assert left == pytest.approx(right, abs=1e-6)
    assert left == pytest.approx(math.log(2), abs=1e-3)
    assert middle > left + 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", [Gaussian(0.3, 1.5), Gaussian(-6, 0.4), Gaussian(5, 4)])
def test_that_gradient_steps_at_a_small_rate_never_increase_the_divergence(kind: Divergence, start: Gaussian) -> None:
    q, value = start, evaluate_fit(kind, FAR, start).value
    for _ in range(60):
        q = descend(kind, FAR, q, 0.02)
        following = evaluate_fit(kind, FAR, q).value
        assert following <= value + 1e-12
        value = following


def test_that_a_step_is_the_gradient_times_the_rate_but_never_too_long() -> None:
    q = Gaussian(0.3, 1.5)
    gradient = evaluate_fit("forward", FAR, q).gradient
    after = descend("forward", FAR, q, 0.01)
    assert after.mean - q.mean == pytest.approx(-0.01 * gradient[0])
    assert math.log(after.deviation / q.deviation) == pytest.approx(-0.01 * gradient[1])
    thrown = descend("forward", FAR, Gaussian(-8, 0.1), 1.0)
    assert math.hypot(thrown.mean + 8, math.log(thrown.deviation / 0.1)) == pytest.approx(LONGEST_STEP)


@pytest.mark.parametrize("kind", KINDS)
def test_that_the_landscape_shows_the_divergence_itself(kind: Divergence) -> None:
    means, logs = np.array([-3.0, 0.0, 2.0]), np.array([-0.5, 0.8])
    heights = landscape(kind, FAR, means, logs)
    assert heights.shape == (3, 2)
    for row, mean in enumerate(means):
        for column, log in enumerate(logs):
            exact = evaluate_fit(kind, FAR, Gaussian(mean, math.exp(log))).value
            assert heights[row, column] == pytest.approx(exact, rel=1e-3, abs=1e-4)
