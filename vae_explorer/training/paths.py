"""The one place that chooses how steps are taken."""

from __future__ import annotations

from vae_explorer.objectives.base import AlternatingObjective
from vae_explorer.training.dense_path import dense_step
from vae_explorer.training.graph_path import graph_step
from vae_explorer.training.steps import AlternatingStep, PlainStep, StepParts, StepPath


def choose_path(parts: StepParts, choice: str) -> StepPath:
    """Return the fastest way to take the steps of these parts.

    Parameters
    ----------
    parts
        What a step works with.
    choice
        As in ``training.path``: ``auto``, or ``plain`` for the path that every other one is checked against.
    """
    objective = parts.objective
    faster = (dense_step(parts) or graph_step(parts)) if choice == "auto" else None
    if faster is not None:
        return faster
    return AlternatingStep(parts, objective) if isinstance(objective, AlternatingObjective) else PlainStep(parts)
