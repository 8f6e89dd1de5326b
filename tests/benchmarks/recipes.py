"""The default recipe against the classic one after the same processor time on one thread.

The classic network is 784-256-2 with Adam at a constant 1e-3; both train the same VAE on the same likelihood. The
default trains its epochs; the classic one then trains until it has had as much processor time, and is measured there.
On a free core processor time is wall-clock time; on a busy one it is fair where wall-clock time isn't.

Run it with ``python3 packaging/dev.py bench recipes --data FOLDER --epochs 10``. Takes some ten minutes. Nothing here
asserts a figure.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import TYPE_CHECKING

import torch

from vae_explorer.app.presets import PRESETS
from vae_explorer.data.catalogue import load
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Moment
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.control import Control
from vae_explorer.training.evaluation import mean_terms
from vae_explorer.training.events import MetricBatch, TrainingEvent, TrainingFinished
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.trainer import Trainer

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset

_UNBOUNDED = 10_000


class _Budget:
    """Stops a training when its thread has had its processor time; listens in the training's own thread."""

    def __init__(self, seconds: float | None) -> None:
        self.control = Control()
        self.finished: TrainingFinished | None = None
        self.spent = 0.0
        self._seconds = seconds
        self._began = time.thread_time()

    def hear(self, event: TrainingEvent) -> None:
        """Note the time after each reading of the metrics."""
        if isinstance(event, TrainingFinished):
            self.finished = event
        elif isinstance(event, MetricBatch):
            self.spent = time.thread_time() - self._began
            if self._seconds is not None and self.spent >= self._seconds:
                self.control.stop()


def trained(preset: str, source: str, epochs: int, seed: int, dataset: ImageDataset, seconds: float | None) -> _Budget:
    """Train a preset for its epochs, or until the processor time is spent."""
    experiment = PRESETS.get(preset).applied(Experiment().with_setting("data.source", source))
    for path, value in (("epochs", epochs), ("seed", seed), ("threads", 1)):
        experiment = experiment.with_setting(f"training.{path}", str(value))
    budget = _Budget(seconds)
    Trainer(experiment, dataset).run(on_event=budget.hear, control=budget.control)
    return budget


def loss_on_test(budget: _Budget, dataset: ImageDataset) -> float:
    """Return the loss of the final weights on all test images, in nats per image.

    Measured here for both: a training that is stopped measures itself on fewer images than one that ends as planned.
    """
    if budget.finished is None:
        raise RuntimeError("the training failed")
    source = BatchSource(dataset.test, torch.device("cpu"))
    entry = OBJECTIVES.get("vae")
    objective = entry.create(entry.config_type())
    network = budget.finished.model.network
    terms = mean_terms(objective, network, source, limit=len(source), moment=Moment())
    if terms is None:
        raise RuntimeError("the measurement was cancelled")
    return terms["loss"]


def main() -> int:
    """Train both recipes in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist-10k")
    parser.add_argument("--epochs", type=int, default=30, help="epochs of the default recipe")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    chosen = parser.parse_args()
    dataset = load(Experiment().with_setting("data.source", chosen.data).data)
    print(f"{dataset.name}, default recipe {chosen.epochs} epochs, one thread; test loss in nats per image")
    print("| seed | processor time | default | classic, same time | classic's epochs | better by |")
    print("|---|---|---|---|---|---|")
    gains = []
    for seed in chosen.seeds:
        ours = trained("recommended", chosen.data, chosen.epochs, seed, dataset, None)
        theirs = trained("classic", chosen.data, _UNBOUNDED, seed, dataset, ours.spent)
        default, classic = loss_on_test(ours, dataset), loss_on_test(theirs, dataset)
        gains.append(classic - default)
        epochs = theirs.finished.progress.epoch if theirs.finished is not None else 0.0
        print(
            f"| {seed} | {ours.spent:.0f} s | {default:.2f} | {classic:.2f} | {epochs:.1f} | {gains[-1]:.2f} |",
            flush=True,
        )
    print(f"median gain {statistics.median(gains):.2f} nats")
    return 0


if __name__ == "__main__":
    sys.exit(main())
