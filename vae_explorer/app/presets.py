"""Experiments to start from: each sets model, objective and training, and leaves the data as they are."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from vae_explorer.language import marked
from vae_explorer.registry import Registry
from vae_explorer.sections import ModelConfig, TrainingConfig
from vae_explorer.training.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Preset:
    """A named experiment.

    Attributes
    ----------
    name, title, summary
        Stable name, words for a list, one sentence.
    model, training, objective
        What it sets.
    """

    name: str
    title: str
    summary: str
    model: ModelConfig
    training: TrainingConfig
    objective: str = "vae"

    def applied(self, experiment: Experiment) -> Experiment:
        """Return the experiment with this preset's settings; data and device stay."""
        training = dataclasses.replace(self.training, device=experiment.training.device)
        return dataclasses.replace(
            Experiment(), data=experiment.data, model=self.model, training=training
        ).with_objective(self.objective)


PRESETS: Final[Registry[Preset]] = Registry(
    marked("preset"),
    (
        Preset(
            "recommended",
            marked("Recommended"),
            marked("Two hidden layers and averaged weights: a good plane in half a minute, a fair one at any moment."),
            ModelConfig(),
            TrainingConfig(),
        ),
        Preset(
            "quick",
            marked("Quick look (5 epochs)"),
            marked("The recommended network, stopped early: rough, in a few seconds."),
            ModelConfig(),
            TrainingConfig(epochs=5),
        ),
        Preset(
            "classic",
            marked("Classic 784-256-2"),
            marked("The network of many introductions: one hidden layer of 256 units, Adam at a constant rate."),
            ModelConfig(hidden=(256,), activation="relu", start="drawn"),
            TrainingConfig(epochs=50, learning_rate=1e-3, schedule="constant", average=False, beta2=0.999),
        ),
        Preset(
            "convolutional",
            marked("Convolutional"),
            marked("Convolutions see neighbouring pixels together: sharper pictures, several times slower."),
            ModelConfig(network="conv"),
            TrainingConfig(epochs=15),
        ),
    ),
)
"""Presets in the order of the list; the first is the default experiment."""
