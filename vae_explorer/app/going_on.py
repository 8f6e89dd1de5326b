"""What it means to go on with a run while a form holds settings for the next training."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from vae_explorer.language import tr

if TYPE_CHECKING:
    from vae_explorer.app.backend import OpenedRun
    from vae_explorer.data.dataset import ImageDataset
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


def obstacle(opened: OpenedRun, dataset: ImageDataset | None) -> str:
    """Return a sentence on why a run that was opened can't be trained further, "" where nothing stands against it."""
    if not opened.can_resume:
        return tr("The run was saved without the state of its training, so that it can't go on: train a new run.")
    if dataset is None:
        return tr("The images that the run was trained on can't be loaded, so that it can't go on.")
    if dataset.sha256 != opened.dataset_sha256:
        return tr("The run was trained on other images than those that are there now, so that it can't go on.")
    return ""
