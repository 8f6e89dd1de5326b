"""The information bottleneck's curve: test error and rate over lambda, with one and with twelve posterior samples.

Run it with ``python3 packaging/dev.py bench bottleneck``. Takes about half an hour. Nothing here asserts a figure.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from typing import TYPE_CHECKING

import numpy as np

from vae_explorer.data.catalogue import load
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingEvent, TrainingFinished
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.trainer import Trainer

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot

SAMPLES = (1, 12)


def experiment(source: str, weight: float, epochs: int, seed: int) -> Experiment:
    """Return the bottleneck's experiment at one lambda."""
    values = {
        "data.source": source,
        "training.epochs": str(epochs),
        "training.seed": str(seed),
        "training.threads": "1",
        "objective.kl_weight": str(weight),
    }
    result = Experiment().with_objective("vib")
    for path, value in values.items():
        result = result.with_setting(path, value)
    return result


def trained(wanted: Experiment, dataset: ImageDataset) -> TrainingFinished:
    """Train, and return the end."""
    events: list[TrainingEvent] = []
    Trainer(wanted, dataset).run(on_event=events.append, control=Control())
    last = events[-1]
    if not isinstance(last, TrainingFinished):
        raise TypeError(f"the training didn't finish: {last}")
    return last


def error(model: ModelSnapshot, dataset: ImageDataset, samples: int, seed: int) -> float:
    """Return the share of test images whose class, by the mean of p(y|z) over samples of q(z|x), is wrong, in %."""
    encodings = model.encode(dataset.test.images[:])
    generator = np.random.default_rng(seed)
    deviation = np.exp(0.5 * encodings.log_var)
    correlation = encodings.correlation[:, None]
    votes = np.zeros((len(encodings.mean), dataset.classes))
    for _ in range(samples):
        first, second = generator.standard_normal((2, len(votes), 1))
        noise = np.concatenate([first, correlation * first + np.sqrt(1 - correlation**2) * second], axis=1)
        votes += model.classify(encodings.mean + deviation * noise)
    assert dataset.test.labels is not None
    return float(100 * (votes.argmax(axis=1) != dataset.test.labels).mean())


def main() -> int:
    """Train at each lambda and seed, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist-10k")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--weights", type=float, nargs="+", default=[0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0])
    chosen = parser.parse_args()
    dataset = load(experiment(chosen.data, 0.0, 1, 0).data)
    print(f"{dataset.name}, {chosen.epochs} epochs, seeds {chosen.seeds}, {len(dataset.test)} test images; medians")
    print("| lambda | error, 1 sample | error, 12 samples | KL (nats) | cross-entropy (nats) |")
    print("|---|---|---|---|---|")
    for weight in chosen.weights:
        rows = []
        for seed in chosen.seeds:
            end = trained(experiment(chosen.data, weight, chosen.epochs, seed), dataset)
            errors = [error(end.model, dataset, samples, seed) for samples in SAMPLES]
            rows.append((*errors, end.test["kl"], end.test["cross_entropy"]))
        one, many, kl, entropy = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"| {weight:g} | {one:.1f} % | {many:.1f} % | {kl:.2f} | {entropy:.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
