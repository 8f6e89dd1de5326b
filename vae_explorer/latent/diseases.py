"""Known ways for a model to be ill, told from its test metrics, each with what to try."""

from __future__ import annotations

from collections.abc import Mapping

DEAD_NATS = 0.02
"""KL of a dimension below which it says nothing: under 0.03 bits about a picture."""
_ALIVE_NATS = 0.5
_COLLAPSE = (
    "The posterior has collapsed: both dimensions carry next to nothing (KL {kl:.2f} nats), so the decoder ignores "
    "the plane; try a smaller beta, a longer warm-up or some free bits."
)
_DEAD = (
    "The dimension z{dead} is dead: its KL is {kl:.3f} nats while z{alive} carries {other:.1f}; try a smaller beta, "
    "a warm-up, or another seed."
)
_NO_DENSITY = (
    "Cross-entropy of grey levels is no likelihood: compare it only with itself; for a true one choose binarised "
    "pictures or a density, such as the continuous Bernoulli."
)


def diseases(values: Mapping[str, float], *, likelihood_kind: str | None) -> tuple[str, ...]:
    """Return one sentence for each thing that is known to go wrong, with what to try.

    Parameters
    ----------
    values
        Test metrics in nats: of ``kl``, ``kl_z1`` and ``kl_z2`` those that are there.
    likelihood_kind
        ``cross-entropy``, ``probability`` or ``density``; None for models without a likelihood.
    """
    dimensions = {name.removeprefix("kl_z"): value for name, value in values.items() if name.startswith("kl_z")}
    found: list[str] = []
    if dimensions and max(dimensions.values()) < DEAD_NATS:
        found.append(_COLLAPSE.format(kl=sum(dimensions.values())))
    elif dimensions:
        alive = max(dimensions, key=dimensions.__getitem__)
        found += [
            _DEAD.format(dead=dead, kl=kl, alive=alive, other=dimensions[alive])
            for dead, kl in dimensions.items()
            if kl < DEAD_NATS and dimensions[alive] > _ALIVE_NATS
        ]
    elif values.get("kl", 1.0) < DEAD_NATS:
        found.append(_COLLAPSE.format(kl=values["kl"]))
    if likelihood_kind == "cross-entropy":
        found.append(_NO_DENSITY)
    return tuple(found)
