"""The late moments of a run: the weights that say whether training has settled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.latent.layer_fields import LATE_MOMENTS

if TYPE_CHECKING:
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.runs.folder import Run


def late_moments(run: Run, model: ModelSnapshot, count: int = LATE_MOMENTS) -> tuple[ModelSnapshot, ...]:
    """Return a model of a run with the moments that were kept last before it, the earliest first.

    Parameters
    ----------
    run
        The run that keeps the moments.
    model
        The last of them; the others complete the same picture where it completes one.
    count
        How many at most.

    Raises
    ------
    RunError
        If the file of a moment is damaged.
    """
    earlier = [moment for moment in run.moments if moment.step < model.step][-(count - 1) :]
    moments = [run.load_moment(moment) for moment in earlier]
    condition = model.condition
    return (*(moment if condition is None else moment.given(condition) for moment in moments), model)
