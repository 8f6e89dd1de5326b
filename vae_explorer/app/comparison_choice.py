"""What is chosen of a comparison: the second model and how it is laid beside the first."""

from __future__ import annotations

from dataclasses import dataclass

NEWEST = -1
"""In place of a step: the newest weights of a run."""


@dataclass(frozen=True, slots=True)
class ComparisonChoice:
    """The second model, B, and how its plane is shown beside that of the model at hand, A.

    Attributes
    ----------
    run
        Folder of B's run; "" while nothing is compared.
    step
        Training step of the moment that is shown of it, or `NEWEST`.
    aligned
        Whether B's plane is turned or mirrored so that its encodings lie on those of A.
    stretched
        Whether the alignment may change lengths and move the origin too.
    wipes
        Whether both models share one plane with a divider instead of having one each.
    divider
        Where that divider is, from 0 at the left (all of it B's) to 1 at the right (all of it A's).
    label
        Class with which B decodes where it is told one and can't take A's; None for A's.
    """

    run: str = ""
    step: int = NEWEST
    aligned: bool = False
    stretched: bool = False
    wipes: bool = False
    divider: float = 0.5
    label: int | None = None
