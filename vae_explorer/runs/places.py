"""Where new runs go, and what they are called."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.system_errors import system_reason
from vae_explorer.training.experiment import Experiment

RUNS_VARIABLE = "VAE_EXPLORER_RUNS"
"""Environment variable that names the folder for new runs."""


def default_runs_folder() -> Path:
    """Return the folder for new runs: the one that VAE_EXPLORER_RUNS names, else one in the user's documents."""
    from platformdirs import user_documents_path

    named = os.environ.get(RUNS_VARIABLE)
    if named:
        return Path(named).expanduser()
    return user_documents_path() / "VAE Explorer" / "runs"  # untranslated: name of a folder


def new_run_folder(parent: Path, experiment: Experiment, now: datetime) -> Path:
    """Return a folder below `parent` that doesn't exist yet, named after data, objective and time."""
    source = re.sub(r"[^A-Za-z0-9]+", "-", Path(experiment.data.source).stem).strip("-")[:40] or "data"
    name = f"{now:%Y-%m-%d %H.%M.%S} {source} {experiment.objective.name}"
    candidate, number = parent / name, 1
    while candidate.exists():
        number += 1
        candidate = parent / f"{name} {number}"
    return candidate


def require_free(folder: Path) -> None:
    """Check that a folder doesn't exist yet or is empty.

    Raises
    ------
    RunError
        If there is something in it, or it can't be looked at.
    """
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except (OSError, ValueError) as error:
        reason = system_reason(error)
        raise RunError(
            tr(
                "The folder {folder} can't be used: {reason}. Choose another folder.",
                folder=printable(folder),
                reason=reason,
            )
        ) from error
    if taken:
        raise RunError(tr("The folder {folder} isn't empty: name a new folder for the run.", folder=printable(folder)))
