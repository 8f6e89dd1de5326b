"""Kullback-Leibler and Jensen-Shannon divergence of distributions on the line, in nats: in closed form, by quadrature.

KL(p, q) is the mean of log p(x)/q(x) over x from p (S. Kullback and R. A. Leibler, 1951). JS(p, q) is half KL(p, m)
plus half KL(q, m) with m the even mixture of both (J. Lin, 1991, equation 3.1), and lies between 0 and log 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from vae_explorer.latent.univariate import Distribution, FloatArray, Gaussian, Rule, places, trapezoid_rule

JS_BOUND: Final = math.log(2)
"""The largest JS divergence, in nats: that of distributions with nothing in common."""
NATS_PER_BIT: Final = math.log(2)


def kl_of_gaussians(p: Gaussian, q: Gaussian) -> float:
    """Return KL(p, q) of two Gaussians in closed form, in nats.

    Source: C. M. Bishop, *Pattern Recognition and Machine Learning*, 2006 (exercise 1.30 and its neighbours).
    """
    ratio = p.deviation / q.deviation
    offset = (p.mean - q.mean) / q.deviation
    return 0.5 * (ratio * ratio - 1.0 + offset * offset) - math.log(ratio)


def kl_by_quadrature(p: Distribution, q: Distribution, rule: Rule | None = None) -> float:
    """Return KL(p, q) in nats by quadrature over p."""
    return _expectation(p, lambda x: p.log_density(x) - q.log_density(x), rule)


def js_by_quadrature(p: Distribution, q: Distribution, rule: Rule | None = None) -> float:
    """Return the Jensen-Shannon divergence in nats by quadrature, between 0 and log 2."""
    from_p = _expectation(p, lambda x: log_ratio_to_middle(p, q, x), rule)
    from_q = _expectation(q, lambda x: log_ratio_to_middle(q, p, x), rule)
    return min(max(0.5 * (from_p + from_q), 0.0), JS_BOUND)


def log_ratio_to_middle(p: Distribution, q: Distribution, x: npt.ArrayLike) -> FloatArray:
    """Return log p(x)/m(x) with m the even mixture of p and q, in the shape of x; it is at most log 2."""
    return np.asarray(JS_BOUND - np.logaddexp(0.0, q.log_density(x) - p.log_density(x)))


def kl_integrand(p: Distribution, q: Distribution, x: npt.ArrayLike) -> FloatArray:
    """Return p(x) log p(x)/q(x), whose area is KL(p, q); in nats per unit of x, in the shape of x."""
    return np.asarray(p.density(x) * (p.log_density(x) - q.log_density(x)))


def js_integrand(p: Distribution, q: Distribution, x: npt.ArrayLike) -> FloatArray:
    """Return the function of x whose area is JS(p, q); in nats per unit of x, in the shape of x, never below 0."""
    halves = p.density(x) * log_ratio_to_middle(p, q, x) + q.density(x) * log_ratio_to_middle(q, p, x)
    return np.asarray(np.maximum(0.5 * halves, 0.0))


def kl_slopes(p: Gaussian, q: Gaussian) -> tuple[float, float]:
    """Return how fast KL(p, q) and KL(q, p) grow with the mean of q, in nats per unit of x."""
    offset = q.mean - p.mean
    return offset / q.deviation**2, offset / p.deviation**2


def js_slope(p: Distribution, q: Gaussian, rule: Rule | None = None) -> float:
    """Return how fast JS(p, q) grows with the mean of q, in nats per unit of x."""
    return js_gradient(p, q, rule)[0]


def js_gradient(p: Distribution, q: Gaussian, rule: Rule | None = None) -> tuple[float, float]:
    """Return the gradient of JS(p, q) in the mean and the log deviation of q.

    Only half E_q[score log q/m] is left of the derivative, since the mean of the score is 0.
    """
    rule = rule or trapezoid_rule()
    u = rule.nodes
    ratios = 0.5 * rule.weights * log_ratio_to_middle(q, p, places(q, rule))
    return float((ratios * u).sum()) / q.deviation, float((ratios * (u * u - 1.0)).sum())


def _expectation(p: Distribution, function: Callable[[FloatArray], FloatArray], rule: Rule | None) -> float:
    rule = rule or trapezoid_rule()
    return sum(weight * float(rule.weights @ function(places(part, rule))) for weight, part in p.parts)
