"""What it means to go on with a run while a form holds settings for the next training."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vae_explorer.training.experiment import Experiment


def is_same_run(trained: Experiment, wanted: Experiment) -> bool:
    """Whether settings are those of a run, but for what may change when it goes on: epochs and device."""
    kept = dataclasses.replace(wanted.training, epochs=trained.training.epochs, device=trained.training.device)
    return dataclasses.replace(wanted, training=kept) == trained


def continued(trained: Experiment, wanted: Experiment) -> Experiment:
    """Return the settings with which a run goes on: its own, or `wanted` if only epochs and device differ."""
    if not is_same_run(trained, wanted):
        return trained
    return dataclasses.replace(trained, training=wanted.training)
