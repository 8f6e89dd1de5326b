"""What a fit shows, said in two or three sentences made from its state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.gui.laboratories.numbers import NAMES, number
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
    return f"{_lie(run.target, run.q)} {_progress(run.kind, run)}"


def _lie(target: Mixture, q: Gaussian) -> str:
    if len(target.modes()) < 2:
        return "The two bumps make a single peak, and all divergences want almost the same q."
    left, right = sorted((target.first, target.second), key=lambda bump: bump.mean)
    shares = covered_share(left, q), covered_share(right, q)
    if min(shares) >= COVERED:
        return (
            f"q covers both bumps, {_whole(shares[0])} of the left and {_whole(shares[1])} of the right within 2σ, and "
            f"spends {_whole(wasted_share(target, q))} of itself where the target has almost nothing: mass-covering."
        )
    if max(shares) >= COVERED and min(shares) <= MISSED:
        side = "left" if shares[0] > shares[1] else "right"
        left_out = target.weight if (target.first is left) == (side == "right") else 1 - target.weight
        return (
            f"q sits on the {side} bump and leaves out the other one, {_whole(left_out)} of the target: mode-seeking."
        )
    return f"q has {_whole(shares[0])} of the left bump and {_whole(shares[1])} of the right one within 2σ."


def _progress(kind: Divergence, run: FitRun) -> str:
    name, steepness = NAMES[kind], run.fit.steepness
    if kind == "js" and run.fit.value > _SATURATED * JS_BOUND and steepness < _NEARLY_FLAT:
        return f"{name} is almost log 2 and flat here (gradient {number(steepness)}): descent can't find the target."
    if steepness < _NEARLY_FLAT:
        return _rest(kind, run)
    if run.steps and run.trace[-1] > run.trace[-2] + 1e-9:
        return f"The last step went up: the rate of {run.rate:g} is too large here."
    return f"{name} can still fall: its gradient is {number(steepness)} long."


def _rest(kind: Divergence, run: FitRun) -> str:
    if curvatures(kind, run.target, run.q)[0] < 0:
        return f"The gradient of {NAMES[kind]} has vanished on a saddle: a nudge to either side lets q fall on a bump."
    if kind == "forward":
        return "It has the target's mean and deviation, the one minimum of KL(p‖q)."
    found = f"This is a minimum of {NAMES[kind]}"
    values = [evaluate_fit(kind, run.target, q).value for q in run.minima.get(kind, ())]
    if len(values) < 2:
        return f"{found}."
    if min(values) < run.fit.value - _BETTER:
        return f"{found}, but a better one, {number(min(values))} nats, lies elsewhere: the start decides."
    return f"{found}, of {len(values)}: the start decides which one q finds."


def _whole(share: float) -> str:
    return f"{100 * share:.0f} %"
