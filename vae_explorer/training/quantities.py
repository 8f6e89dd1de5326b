"""Whether the same term of two experiments is the same quantity, so that the one may be subtracted from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_explorer.training.experiment import Experiment

_OF_PIXELS = frozenset({"reconstruction", "regression"})
_OF_PICTURES = frozenset({"elbo"})


def is_same_quantity(name: str, first: Experiment, second: Experiment, told: tuple[str, str]) -> bool:
    """Return whether a term means the same under two experiments.

    A total is another quantity under another objective, a reconstruction under another likelihood or of other pixels,
    and a bound on log p(x) isn't one on log p(x|y). A divergence in nats is the same everywhere.

    Parameters
    ----------
    name
        Name of the term: ``loss``.
    first, second
        What made the two values.
    told
        What the two models are told beside a point: ``none``, ``label``, ``class-mean`` or ``image``.
    """
    if name != "loss" and name not in _OF_PIXELS | _OF_PICTURES:
        return True
    same = (first.model.likelihood, first.model.deviation) == (second.model.likelihood, second.model.deviation)
    if "image" in told:
        # Only the pixels of the rest are explained, and the objective says which these are.
        same = same and first.objective == second.objective
    if name == "loss":
        return same and first.objective == second.objective
    if name in _OF_PICTURES:
        return same and is_same_evidence(*told)
    return same


def is_same_evidence(first: str, second: str) -> bool:
    """Return whether log p of a picture is of the same picture, given the same, under what two models are told."""
    given = {"none": "", "label": "class", "class-mean": "class", "image": "band"}
    return given[first] == given[second]
