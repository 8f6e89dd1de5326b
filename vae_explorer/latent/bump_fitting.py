"""Fitting one Gaussian to a mixture of two by gradient descent on a divergence.

The forward divergence KL(p, q) makes q cover all of p; the reverse one KL(q, p) makes it settle on one bump (T. Minka,
*Divergence measures and message passing*, 2005, section 3). q is described by its mean and its log deviation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from vae_explorer.latent.divergences import js_by_quadrature, js_gradient, kl_by_quadrature
from vae_explorer.latent.univariate import Distribution, FloatArray, Gaussian, Rule, places, trapezoid_rule

Divergence: TypeAlias = Literal["forward", "reverse", "js"]
"""KL(p, q), KL(q, p) or JS(p, q) for the target p and the fitted q."""

LONGEST_STEP: Final = 0.5
"""Longest step in (mean, log deviation): a gradient far from the target would throw q out of sight."""
SMALLEST_DEVIATION, LARGEST_DEVIATION = 0.01, 100.0
_SHORTEST_STEP = 1e-7
_SEARCH_STEP = 0.25
_SEARCH_NODES = 1001
_SAME_MINIMUM = 1e-2
_PROBE = 1e-4


@dataclass(frozen=True, slots=True)
class Fit:
    """A divergence at a q, and how it changes with it.

    Attributes
    ----------
    value
        The divergence in nats.
    gradient
        Its slopes in the mean (nats per unit of x) and in the log deviation of q (nats).
    """

    value: float
    gradient: tuple[float, float]

    @property
    def steepness(self) -> float:
        """Length of the gradient."""
        return math.hypot(*self.gradient)


def evaluate_fit(kind: Divergence, target: Distribution, q: Gaussian, rule: Rule | None = None) -> Fit:
    """Return a divergence between the target and q with its gradient, by quadrature."""
    rule = rule or trapezoid_rule()
    match kind:
        case "forward":
            return Fit(kl_by_quadrature(target, q, rule), _forward_gradient(target, q, rule))
        case "reverse":
            return Fit(kl_by_quadrature(q, target, rule), _reverse_gradient(target, q, rule))
        case "js":
            return Fit(js_by_quadrature(target, q, rule), js_gradient(target, q, rule))


def moved(q: Gaussian, step: tuple[float, float]) -> Gaussian:
    """Return q after a step in (mean, log deviation)."""
    log_deviation = math.log(q.deviation) + step[1]
    kept = min(max(log_deviation, math.log(SMALLEST_DEVIATION)), math.log(LARGEST_DEVIATION))
    return Gaussian(q.mean + step[0], math.exp(kept))


def descend(kind: Divergence, target: Distribution, q: Gaussian, rate: float) -> Gaussian:
    """Return q after one step of plain gradient descent, no longer than `LONGEST_STEP`.

    Parameters
    ----------
    rate
        Learning rate: the step is the negative gradient times it.
    """
    return moved(q, _shortened(evaluate_fit(kind, target, q).gradient, -rate, LONGEST_STEP))


def moment_match(target: Distribution) -> Gaussian:
    """Return the one minimiser of KL(target, q): the Gaussian with the target's mean and deviation.

    Source: C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006 (equation 10.187).
    """
    return Gaussian(target.mean, target.deviation)


def local_minimum(kind: Divergence, target: Distribution, start: Gaussian, *, most: int = 300) -> Gaussian:
    """Return the stationary point downhill from `start`, by descent whose steps are short enough to stay in its valley.

    Step lengths follow J. Barzilai and J. M. Borwein, 1988 (equation 5), halved until the divergence falls.
    From a start on a ridge with exact symmetry it may be a saddle: see `curvatures`.
    """
    rule = trapezoid_rule(_SEARCH_NODES)
    q, fit, rate = start, evaluate_fit(kind, target, start, rule), 0.1
    for _ in range(most):
        step = _shortened(fit.gradient, -rate, _SEARCH_STEP)
        candidate = moved(q, step)
        tried = evaluate_fit(kind, target, candidate, rule)
        if math.hypot(*step) < _SHORTEST_STEP:
            break
        if tried.value > fit.value + 1e-13:
            rate = 0.5 * rate * min(1.0, _SEARCH_STEP / max(rate * fit.steepness, 1e-300))
            continue
        rate = _spectral_rate(step, fit.gradient, tried.gradient, rate)
        q, fit = candidate, tried
    return q


def local_minima(kind: Divergence, target: Distribution) -> tuple[Gaussian, ...]:
    """Return the minima found from each bump of the target and from its moments, from left to right."""
    if kind == "forward":
        return (moment_match(target),)
    starts = [part for _, part in target.parts] + [moment_match(target)]
    found: list[Gaussian] = []
    for start in starts:
        q = local_minimum(kind, target, start)
        if curvatures(kind, target, q)[0] > 0 and not any(_alike(q, other) for other in found):
            found.append(q)
    return tuple(sorted(found, key=lambda q: q.mean))


def curvatures(kind: Divergence, target: Distribution, q: Gaussian) -> tuple[float, float]:
    """Return the smaller and the larger curvature of the divergence in (mean, log deviation) at q.

    Both are positive at a minimum; at a saddle the smaller one is negative.
    """
    rule = trapezoid_rule(_SEARCH_NODES)
    columns = []
    for step in ((_PROBE, 0.0), (0.0, _PROBE)):
        ahead = evaluate_fit(kind, target, moved(q, step), rule).gradient
        behind = evaluate_fit(kind, target, moved(q, (-step[0], -step[1])), rule).gradient
        columns.append((np.array(ahead) - np.array(behind)) / (2 * _PROBE))
    hessian = np.column_stack(columns)
    low, high = np.linalg.eigvalsh(0.5 * (hessian + hessian.T))
    return float(low), float(high)


def landscape(kind: Divergence, target: Distribution, means: FloatArray, log_deviations: FloatArray) -> FloatArray:
    """Return the divergence [M, S] in nats for all means [M] and log deviations [S] of q, on a coarser rule."""
    rule = trapezoid_rule(241)
    return np.array(
        [[_value(kind, target, Gaussian(mean, math.exp(log)), rule) for log in log_deviations] for mean in means]
    )


def _value(kind: Divergence, target: Distribution, q: Gaussian, rule: Rule) -> float:
    match kind:
        case "forward":
            return kl_by_quadrature(target, q, rule)
        case "reverse":
            return kl_by_quadrature(q, target, rule)
        case "js":
            return js_by_quadrature(target, q, rule)


def _forward_gradient(target: Distribution, q: Gaussian, rule: Rule) -> tuple[float, float]:
    slopes = np.zeros(2)
    for weight, part in target.parts:
        u = (places(part, rule) - q.mean) / q.deviation
        slopes += weight * np.array([-(rule.weights @ u) / q.deviation, rule.weights @ (1.0 - u * u)])
    return float(slopes[0]), float(slopes[1])


def _reverse_gradient(target: Distribution, q: Gaussian, rule: Rule) -> tuple[float, float]:
    # By x = mean + deviation * u the entropy of q is its log deviation, and only log p depends on where u lands.
    pull = rule.weights * target.score(places(q, rule))
    return -float(pull.sum()), -1.0 - q.deviation * float(pull @ rule.nodes)


def _shortened(gradient: tuple[float, float], rate: float, longest: float) -> tuple[float, float]:
    step = (rate * gradient[0], rate * gradient[1])
    length = math.hypot(*step)
    scale = min(1.0, longest / length) if length > 0 else 1.0
    return step[0] * scale, step[1] * scale


def _spectral_rate(
    step: tuple[float, float], before: tuple[float, float], after: tuple[float, float], rate: float
) -> float:
    change = (after[0] - before[0], after[1] - before[1])
    curvature = step[0] * change[0] + step[1] * change[1]
    return (step[0] ** 2 + step[1] ** 2) / curvature if curvature > 0 else 2.0 * rate


def _alike(one: Gaussian, other: Gaussian) -> bool:
    apart = abs(one.mean - other.mean), abs(math.log(one.deviation / other.deviation))
    return max(apart) < _SAME_MINIMUM
