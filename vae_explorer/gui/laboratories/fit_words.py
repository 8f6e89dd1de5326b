"""What a fit shows, said in two or three sentences made from its state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.gui.laboratories.numbers import NAMES, number
from vae_explorer.language import percent, sentences, tr
from vae_explorer.latent.bump_fitting import Divergence, curvatures, evaluate_fit
from vae_explorer.latent.divergences import JS_BOUND
from vae_explorer.latent.univariate import Gaussian, Mixture, places, trapezoid_rule

if TYPE_CHECKING:
    from vae_explorer.gui.laboratories.fit_run import FitRun

COVERED = 0.8
"""Share of a bump that must lie within two deviations of q for q to cover it."""
MISSED = 0.2
_EMPTY = 0.05
"""Height, relative to the target's highest peak, below which the target has almost nothing."""
_NEARLY_FLAT = 1e-3
_SATURATED = 0.97
_BETTER = 1e-3
"""Nats by which a minimum must be lower to be called better."""


def covered_share(bump: Gaussian, q: Gaussian) -> float:
    """Return which share of a bump lies within two deviations of q."""
    root = math.sqrt(2) * bump.deviation
    low, high = (q.mean - 2 * q.deviation - bump.mean) / root, (q.mean + 2 * q.deviation - bump.mean) / root
    return 0.5 * (math.erf(high) - math.erf(low))


def wasted_share(target: Mixture, q: Gaussian) -> float:
    """Return which share of q lies where the target is lower than a twentieth of its highest peak."""
    rule = trapezoid_rule(1001)
    highest = max(float(target.density(mode)) for mode in target.modes())
    empty = target.density(places(q, rule)) < _EMPTY * highest
    return float(np.sum(rule.weights[empty]))


def describe_fit(run: FitRun) -> str:
    """Return how q lies on the target, and where descent stands."""
    return sentences(_lie(run.target, run.q), _progress(run.kind, run))


def _lie(target: Mixture, q: Gaussian) -> str:
    if len(target.modes()) < 2:
        return tr("The two bumps make a single peak, and all divergences want almost the same q.")
    left, right = sorted((target.first, target.second), key=lambda bump: bump.mean)
    shares = covered_share(left, q), covered_share(right, q)
    if min(shares) >= COVERED:
        return tr(
            "q covers both bumps, {left} of the left and {right} of the right within two of its own deviations, and "
            "spends {wasted} of itself where the target has almost nothing: mass-covering.",
            left=percent(shares[0]),
            right=percent(shares[1]),
            wasted=percent(wasted_share(target, q)),
        )
    if max(shares) >= COVERED and min(shares) <= MISSED:
        is_left = shares[0] > shares[1]
        left_out = percent(target.weight if (target.first is left) != is_left else 1 - target.weight)
        if is_left:
            return tr(
                "q sits on the left bump and leaves out the other one, {share} of the target: mode-seeking.",
                share=left_out,
            )
        return tr(
            "q sits on the right bump and leaves out the other one, {share} of the target: mode-seeking.",
            share=left_out,
        )
    return tr(
        "Within two of its own deviations, q has {left} of the left bump and {right} of the right one.",
        left=percent(shares[0]),
        right=percent(shares[1]),
    )


def _progress(kind: Divergence, run: FitRun) -> str:
    name, steepness = NAMES[kind], run.fit.steepness
    if kind == "js" and run.fit.value > _SATURATED * JS_BOUND and steepness < _NEARLY_FLAT:
        return tr(
            "{divergence} is almost log 2 and flat here (gradient {steepness}): descent can't find the target.",
            divergence=name,
            steepness=number(steepness),
        )
    if steepness < _NEARLY_FLAT:
        return _rest(kind, run)
    if run.steps and run.trace[-1] > run.trace[-2] + 1e-9:
        return tr("The last step went up: the rate of {rate:g} is too large here.", rate=run.rate)
    return tr(
        "{divergence} can still fall: the length of its gradient is {steepness}.",
        divergence=name,
        steepness=number(steepness),
    )


def _rest(kind: Divergence, run: FitRun) -> str:
    if curvatures(kind, run.target, run.q)[0] < 0:
        return tr(
            "The gradient of {divergence} has vanished on a saddle: a nudge to either side lets q fall on a bump.",
            divergence=NAMES[kind],
        )
    if kind == "forward":
        return tr("It has the target's mean and deviation, the one minimum of KL(p‖q).")
    values = [evaluate_fit(kind, run.target, q).value for q in run.minima.get(kind, ())]
    if len(values) < 2:
        return tr("This is a minimum of {divergence}.", divergence=NAMES[kind])
    if min(values) < run.fit.value - _BETTER:
        return tr(
            "This is a minimum of {divergence}, but a better one, {least} nats, lies elsewhere: the start decides.",
            divergence=NAMES[kind],
            least=number(min(values)),
        )
    return tr(
        "This is a minimum of {divergence}, of {count}: the start decides which one q finds.",
        divergence=NAMES[kind],
        count=len(values),
    )


def optimum_words(kind: str) -> str:
    """Return what a curve is for which a divergence is at a minimum."""
    return tr("q at a minimum of {divergence}", divergence=NAMES[kind])
