"""What the command line says of how a run came about: its parent, and settings that were turned while it trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vae_explorer.language import tr
from vae_explorer.training.changes import change_words

if TYPE_CHECKING:
    from vae_explorer.runs.folder import Run


def origin(run: Run, step: int | None = None) -> dict[str, object]:
    """Return parent and changes of a run, up to a step, ready for JSON."""
    changes = [change.to_dict() for change in run.changes if step is None or change.step < step]
    return {"parent": None if run.parent is None else run.parent.to_dict(), "changes": changes}


def origin_lines(run: Run, step: int | None = None) -> list[str]:
    """Return a line for the parent, and one for each change up to a step."""
    lines = [] if run.parent is None else [tr("forked from {words}", words=run.parent.words)]
    return lines + [
        tr(
            "turned while it trained: {change} at epoch {epoch:.4g} (step {step:,})",
            change=change_words(change, run.experiment),
            epoch=change.epoch,
            step=change.step,
        )
        for change in run.changes
        if step is None or change.step < step
    ]
