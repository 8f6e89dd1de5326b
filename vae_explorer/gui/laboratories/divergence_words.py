"""What two bell curves show about divergences, said in one or two sentences made from their numbers."""

from __future__ import annotations

from dataclasses import dataclass

from vae_explorer.gui.laboratories.numbers import Unit, number, percent
from vae_explorer.language import tr
from vae_explorer.latent.divergences import JS_BOUND, js_by_quadrature, js_slope, kl_of_gaussians, kl_slopes
from vae_explorer.latent.univariate import Gaussian

_EQUAL = 1e-9
_SAME = 1.02
_SATURATED = 0.97


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that is known exactly about two Gaussians.

    Attributes
    ----------
    values
        Divergences in nats by name: ``forward``, ``reverse``, ``js``.
    slopes
        How fast they grow with the mean of q, in nats per unit of x.
    """

    values: dict[str, float]
    slopes: dict[str, float]


def compare(p: Gaussian, q: Gaussian) -> Comparison:
    """Return the exact numbers: closed forms of KL, quadrature of JS."""
    forward, reverse = kl_slopes(p, q)
    return Comparison(
        values={"forward": kl_of_gaussians(p, q), "reverse": kl_of_gaussians(q, p), "js": js_by_quadrature(p, q)},
        slopes={"forward": forward, "reverse": reverse, "js": js_slope(p, q)},
    )


def describe(comparison: Comparison, unit: Unit) -> str:
    """Return what stands out."""
    forward, reverse, js = (comparison.values[kind] for kind in ("forward", "reverse", "js"))
    if max(forward, reverse) < _EQUAL:
        return tr("p and q are the same, so every divergence is 0.")
    if js > _SATURATED * JS_BOUND:
        slope = number(abs(unit.of(comparison.slopes["js"])))
        steep = number(abs(unit.of(comparison.slopes["forward"])))
        return tr(
            "JS stands at {share} of its bound log 2 and can hardly tell how far apart p and q "
            "are: moving q changes it by {slope} {unit} per unit of x, KL(p‖q) by {steep}. A GAN "
            "whose loss follows JS gets next to no gradient here.",
            share=percent(js / JS_BOUND),
            slope=slope,
            unit=tr(unit.name),
            steep=steep,
        )
    return _describe_directions(forward, reverse)


def _describe_directions(forward: float, reverse: float) -> str:
    ratio = max(forward, reverse) / max(min(forward, reverse), 1e-300)
    if ratio < _SAME:
        return tr("Both directions of KL agree here, as they do whenever the curves are equally wide.")
    larger, smaller, one, other = (
        ("KL(p‖q)", "KL(q‖p)", "p", "q") if forward > reverse else ("KL(q‖p)", "KL(p‖q)", "q", "p")
    )
    return tr(
        "{larger} is {ratio:.1f} times {smaller}: {one} has mass where {other} has little, "
        "and log({one}/{other}) is large there. Swapping the two asks the question from the "
        "other side.",
        larger=larger,
        ratio=ratio,
        smaller=smaller,
        one=one,
        other=other,
    )
