"""``vae-explorer evaluate``: measure a run on test images."""

from __future__ import annotations

import argparse

from vae_explorer.cli.inputs import data_of, opened
from vae_explorer.cli.reporting import show, show_json


def run(chosen: argparse.Namespace) -> int:
    """Print the objective and the ELBO on the test images."""
    from vae_explorer.runs.evaluation import evaluate

    finished, model = opened(chosen.run)
    dataset = data_of(finished, chosen.data)
    test = evaluate(finished, dataset)
    result: dict[str, object] = {
        "run": str(finished.path),
        "objective": finished.experiment.objective.name,
        "data": dataset.name,
        "seed": finished.experiment.training.seed,
        "step": model.step,
        "epoch": model.epoch,
        "likelihood": "bernoulli, grey levels",
        "images": len(dataset.test),
        "samples": 1,
        "test": test,
    }
    if chosen.json:
        show_json(result)
        return 0
    show(f"{dataset.name}, {len(dataset.test):,} test images, Bernoulli on grey levels, one sample an image")
    for name, value in test.items():
        show(f"{name:>15}  {value:9.2f} nats per image")
    return 0
