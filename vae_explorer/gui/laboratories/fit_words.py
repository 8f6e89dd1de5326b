"""What a fit shows, said in two or three sentences made from its state."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.gui.laboratories.numbers import NAMES, number
from vae_explorer.language import tr
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
        return tr("The two bumps make a single peak, and all divergences want almost the same q.")
    left, right = sorted((target.first, target.second), key=lambda bump: bump.mean)
    shares = covered_share(left, q), covered_share(right, q)
    if min(shares) >= COVERED:
        return tr(
            "q covers both bumps, {whole} of the left and {whole_2} of the right within 2σ, and "
            "spends {whole_3} of itself where the target has almost nothing: mass-covering.",
            whole=_whole(shares[0]),
            whole_2=_whole(shares[1]),
            whole_3=_whole(wasted_share(target, q)),
        )
    if max(shares) >= COVERED and min(shares) <= MISSED:
        side = "left" if shares[0] > shares[1] else "right"
        left_out = target.weight if (target.first is left) == (side == "right") else 1 - target.weight
        return tr(
            "q sits on the {side} bump and leaves out the other one, {left_out} of the target: mode-seeking.",
            side=side,
            left_out=_whole(left_out),
        )
    return tr(
        "q has {whole} of the left bump and {whole_2} of the right one within 2σ.",
        whole=_whole(shares[0]),
        whole_2=_whole(shares[1]),
    )


def _progress(kind: Divergence, run: FitRun) -> str:
    name, steepness = NAMES[kind], run.fit.steepness
    if kind == "js" and run.fit.value > _SATURATED * JS_BOUND and steepness < _NEARLY_FLAT:
        return tr(
            "{name} is almost log 2 and flat here (gradient {steepness}): descent can't find the target.",
            name=name,
            steepness=number(steepness),
        )
    if steepness < _NEARLY_FLAT:
        return _rest(kind, run)
    if run.steps and run.trace[-1] > run.trace[-2] + 1e-9:
        return tr("The last step went up: the rate of {rate:g} is too large here.", rate=run.rate)
    return tr("{name} can still fall: its gradient is {steepness} long.", name=name, steepness=number(steepness))


def _rest(kind: Divergence, run: FitRun) -> str:
    if curvatures(kind, run.target, run.q)[0] < 0:
        return tr(
            "The gradient of {names} has vanished on a saddle: a nudge to either side lets q fall on a bump.",
            names=NAMES[kind],
        )
    if kind == "forward":
        return tr("It has the target's mean and deviation, the one minimum of KL(p‖q).")
    found = tr("This is a minimum of {names}", names=NAMES[kind])
    values = [evaluate_fit(kind, run.target, q).value for q in run.minima.get(kind, ())]
    if len(values) < 2:
        return f"{found}."
    if min(values) < run.fit.value - _BETTER:
        return tr(
            "{found}, but a better one, {number} nats, lies elsewhere: the start decides.",
            found=found,
            number=number(min(values)),
        )
    return tr("{found}, of {count}: the start decides which one q finds.", found=found, count=len(values))


def _whole(share: float) -> str:
    return f"{100 * share:.0f} %"
