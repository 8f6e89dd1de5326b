"""How long a geodesic takes on the classic network, 784-256-2, in both metrics, and how much shorter it is.

Run it with ``python3 packaging/dev.py bench geodesics``. Trains a VAE on the bundled digits for twenty epochs, then
joins pairs of points drawn from the prior with one thread, as the window does. Takes about a minute. Nothing here
asserts a time.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from tests.benchmarks._runs import Variant, trained
from vae_explorer.data.catalogue import load
from vae_explorer.latent.geodesics import find_course
from vae_explorer.latent.metric_choice import METRICS
from vae_explorer.models.snapshot import ModelSnapshot
from vae_explorer.runs.folder import open_run

BUDGET = 300.0
"""Milliseconds that a geodesic may take in the window."""
CLASSIC = Variant("VAE 784-256-2", "vae", {"model.hidden": "256"})


def measure(model: ModelSnapshot, metric: str, pairs: int) -> dict[str, float]:
    """Return milliseconds for a path between two random points, and their length beside straight lines."""
    generator = np.random.default_rng(0)
    find_course(model, generator.standard_normal((2, 2)), metric=metric)
    times, ratios = [], []
    for _ in range(pairs):
        ends = generator.standard_normal((2, 2))
        begin = time.perf_counter()
        ratios.append(find_course(model, ends, metric=metric).ratio)
        times.append(1000 * (time.perf_counter() - begin))
    p50, p95, worst = np.percentile(times, [50, 95, 100]).tolist()
    return {
        "median": p50,
        "p95": p95,
        "worst": worst,
        "budget": BUDGET,
        "of budget": p50 / BUDGET,
        "length": float(np.median(ratios)),
        "least length": float(np.min(ratios)),
    }


def main() -> int:
    """Train, measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist-10k")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=40, help="paths in each metric")
    parser.add_argument("--run", type=Path, help="measure this run instead of training one")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        run = options.run
        if run is None:
            experiment = CLASSIC.experiment(options.data, options.epochs, seed=0)
            run = trained(CLASSIC, load(experiment.data), experiment, Path(folder) / CLASSIC.name)
        model = open_run(run).load_model()
    names = [name for name, entry in METRICS.items() if not entry.averages]
    figures = {name: measure(model, name, options.pairs) for name in names}
    if options.json:
        print(json.dumps(figures, indent=1))
        return 0
    for metric, values in figures.items():
        print(f"{metric:<8}" + "  ".join(f"{key} {value:7.3f}" for key, value in values.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
