"""What the planes of the families show, counted: digits among prior samples, ten digits at one z, a digit an island.

Run it with ``python3 packaging/dev.py bench planes``. The classifier that ``evaluate`` judges generators with, trained
on the data, says what each decoded picture shows. Uses the runs that ``bench families`` keeps, and trains those that
aren't there. Takes one to ten minutes. Nothing here asserts a figure.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.benchmarks._runs import Variant, trained
from vae_explorer.data.catalogue import load
from vae_explorer.latent.grids import latent_grid
from vae_explorer.latent.judge import CONFIDENT, judge
from vae_explorer.latent.judging_network import train_judge
from vae_explorer.runs.folder import open_run

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.judging_network import Judge
    from vae_explorer.models.snapshot import ModelSnapshot

VARIANTS = (
    Variant("Autoencoder", "autoencoder"),
    Variant("VAE", "vae"),
    Variant("CVAE, class-mean prior", "cvae-class-mean"),
    Variant("CVAE, label-conditioned", "cvae-label"),
)
SAMPLES = 2000
SIDE = 10
HEAD = (
    "model",
    f"prior samples surely a digit (p ≥ {CONFIDENT:g})",
    "digits covered",
    "decodes the class asked for",
)


def surely_digits(model: ModelSnapshot, dataset: ImageDataset) -> tuple[float, int]:
    """Return the share of prior samples that the classifier is sure of, in %, and how many classes they cover."""
    found = judge(model, dataset, samples=SAMPLES, seed=0, progress=lambda _text, _share: None, cancelled=lambda: False)
    assert found is not None  # nobody cancels
    return 100 * found.confident_share, int(found.covered.sum())


def own_pictures(model: ModelSnapshot, classifier: Judge) -> float | None:
    """Return how many pictures show the class that they were decoded for, in %; None without a class to decode for.

    A label-conditioned model decodes every class at each point of a quantile grid; a class-mean prior has one point of
    its own for each class.
    """
    classes = np.arange(model.classes)
    if model.conditioning == "label":
        nodes = latent_grid("quantile", SIDE).reshape(-1, 2)
        z, wanted = np.repeat(nodes, len(classes), axis=0), np.tile(classes, len(nodes))
        pictures = model.decode(z, wanted)
    elif model.class_means is not None:
        wanted = classes
        pictures = model.decode(model.class_means)
    else:
        return None
    return float(100 * (classifier.probabilities(pictures).argmax(axis=1) == wanted).mean())


def _mean(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.mean(known):.0f} %" if known else "–"


def main() -> int:
    """Train where needed, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist-10k")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--runs", type=Path, default=Path("build/bench-families"))
    chosen = parser.parse_args()
    dataset = load(VARIANTS[0].experiment(chosen.data, chosen.epochs, 0).data)
    parent = chosen.runs / f"{dataset.name}-{chosen.epochs}".replace("/", "-")
    classifier = train_judge(dataset, progress=lambda _share: None, cancelled=lambda: False)
    assert classifier is not None  # nobody cancels
    print(
        f"{dataset.name}, {chosen.epochs} epochs, seeds {chosen.seeds}: means over seeds; {SAMPLES:,} prior samples; "
        f"the classifier errs on {classifier.test_error:.1%} of {classifier.test_images:,} test images"
    )
    print("| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|")
    for variant in VARIANTS:
        sure, covered, own = [], [], []
        for seed in chosen.seeds:
            experiment = variant.experiment(chosen.data, chosen.epochs, seed)
            model = open_run(trained(variant, dataset, experiment, parent / f"{variant.name}-{seed}")).load_model()
            share, count = surely_digits(model, dataset)
            sure.append(share)
            covered.append(count)
            own.append(own_pictures(model, classifier))
        cells = (
            variant.title,
            f"{statistics.mean(sure):.0f} % ({min(sure):.0f} to {max(sure):.0f})",
            f"{statistics.mean(covered):.1f} of {dataset.classes}",
            _mean(own),
        )
        print("| " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
