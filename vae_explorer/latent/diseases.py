"""Known ways for a model to be ill, told from its test metrics, each with what to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vae_explorer.language import marked

DEAD_NATS = 0.02
"""KL of a dimension below which it says nothing: under 0.03 bits about a picture."""
_ALIVE_NATS = 0.5
_COLLAPSE = marked(
    "The posterior has collapsed: both dimensions carry next to nothing (KL {kl:.2f} "
    "nats), so the decoder ignores the plane; try a smaller beta, a longer warm-up or "
    "some free nats."
)
_DEAD = marked(
    "The dimension z{dead} is dead: its KL is {kl:.3f} nats while z{alive} carries "
    "{other:.1f}; try a smaller beta, a warm-up, or another seed."
)
_NO_DENSITY = marked(
    "Cross-entropy of grey levels is no likelihood: compare it only with itself; for a "
    "true one choose binarised pictures or a density, such as the continuous Bernoulli."
)
_UNEVEN_NATS = 0.35
"""KL of the samples' shares to the data's from which they are called uneven: as if 3 in 10 classes were left out."""
_FEW = 0.1
"""Share of convincing samples below which there is nothing to say of the classes yet."""
_MOST_NAMED = 6
_MODE_COLLAPSE = marked(
    "Mode collapse: of {kinds} {what} the samples leave out {missing} ({names}); try the "
    "non-saturating loss, the R1 penalty or spectral norm, a smaller learning rate, or "
    "another seed."
)
_UNEVEN = marked(
    "The samples are uneven: all {kinds} {what} are drawn, but their shares are {kl:.2f} "
    "nats from the data's; try more epochs, a smaller learning rate, or another seed."
)
_UNLIKE = marked(
    "The samples look unlike the data: only {good:.0%} of them convince; try more "
    "epochs, a smaller learning rate, or another seed."
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
        found.append(marked(_COLLAPSE, kl=sum(dimensions.values())))
    elif dimensions:
        alive = max(dimensions, key=dimensions.__getitem__)
        found += [
            marked(_DEAD, dead=dead, kl=kl, alive=alive, other=dimensions[alive])
            for dead, kl in dimensions.items()
            if kl < DEAD_NATS and dimensions[alive] > _ALIVE_NATS
        ]
    elif values.get("kl", 1.0) < DEAD_NATS:
        found.append(marked(_COLLAPSE, kl=values["kl"]))
    if likelihood_kind == "cross-entropy":
        found.append(_NO_DENSITY)
    return tuple(found)


def sample_diseases(
    kinds: int, missing: Sequence[str], *, what: str, good_share: float, class_kl: float
) -> tuple[str, ...]:
    """Return a sentence on mode collapse, or on what else ails the samples of a generator; none for a healthy one.

    Parameters
    ----------
    kinds
        How many classes or modes the data have.
    missing
        Names of those that the samples leave out.
    what
        ``classes`` or ``modes``, as a phrase to be translated with the sentence.
    good_share
        Share of the samples, 0 to 1, that can be taken for data: judged with confidence, or of high quality.
    class_kl
        KL of the shares of the classes among the samples to those of the data, in nats.
    """
    if not kinds:
        return ()
    if good_share < _FEW:
        return (marked(_UNLIKE, good=good_share),)
    if missing:
        names = ", ".join(missing[:_MOST_NAMED]) + (", …" if len(missing) > _MOST_NAMED else "")
        return (marked(_MODE_COLLAPSE, kinds=kinds, what=what, missing=len(missing), names=names),)
    return (marked(_UNEVEN, kinds=kinds, what=what, kl=class_kl),) if class_kl > _UNEVEN_NATS else ()
