"""Whether the same term of two experiments is the same quantity, so that the one may be subtracted from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_explorer.training.experiment import Experiment

_OF_PIXELS = frozenset({"reconstruction", "regression"})
_OF_PICTURES = frozenset({"elbo"})


def is_same_quantity(name: str, first: Experiment, second: Experiment) -> bool:
    """Return whether a term means the same under two experiments.

    A total is another quantity under another objective, a reconstruction under another likelihood, and a bound on
    log p(x) isn't one on log p(x|y). A divergence in nats is the same everywhere.

    Parameters
    ----------
    name
        Name of the term: ``loss``.
    first, second
        What made the two values.
    """
    same_pixels = (first.model.likelihood, first.model.deviation) == (second.model.likelihood, second.model.deviation)
    if name == "loss":
        return same_pixels and first.objective == second.objective
    if name in _OF_PIXELS:
        return same_pixels
    if name in _OF_PICTURES:
        return same_pixels and first.objective_entry.needs_labels == second.objective_entry.needs_labels
    return True
