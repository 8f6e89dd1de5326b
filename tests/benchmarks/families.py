"""Every likelihood-based family on one data set: exact test log-likelihood, bound and gap, over several seeds.

Run it with ``python3 packaging/dev.py bench families``; ``-- --data fashion-mnist-folder --epochs 10`` chooses other
data and another length. Runs are kept in the folder that ``--runs`` names, their measures beside them; what is there
already is used again, so that an interrupted table goes on where it was. Takes one to three hours. Nothing here asserts
a figure.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks._runs import Variant, trained
from vae_explorer.data.catalogue import load
from vae_explorer.latent.evaluation import EvaluationOptions, evaluate
from vae_explorer.runs.folder import open_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_explorer.data.dataset import ImageDataset


@dataclass(frozen=True, slots=True, eq=False)
class Family(Variant):
    """One line of the table, with the name of the measure that it was trained on."""

    bound: str = "elbo"


VARIANTS = (
    Family("VAE", "vae"),
    Family("VAE, full covariance", "vae", {"model.posterior": "full"}),
    Family("VAE, one-sample KL", "vae-sampled-kl"),
    Family("beta-VAE, beta = 4", "beta-vae", {"objective.beta": "4"}),
    Family("IWAE, k = 5", "iwae", {"objective.samples": "5"}, "iwae_5"),
    Family("IWAE, k = 5, full covariance", "iwae", {"objective.samples": "5", "model.posterior": "full"}, "iwae_5"),
    Family("Naive prior sampling, k = 10", "prior-sampling", {"objective.samples": "10"}, "iwae_10"),
    Family("Autoencoder", "autoencoder"),
    Family("CVAE, class-mean prior: log p(x given y)", "cvae-class-mean"),
    Family("CVAE, label-conditioned: log p(x given y)", "cvae-label"),
    Family("CVAE, image-conditioned: log p(rest given band)", "cvae-image"),
)
COLUMNS = (
    ("log_likelihood", "exact log-likelihood"),
    ("bound", "its own bound"),
    ("elbo", "ELBO"),
    ("inference_gap", "gap"),
    ("approximation_gap", "best diagonal leaves"),
    ("approximation_gap_full", "best full leaves"),
    ("kl", "KL"),
    ("knn_accuracy", "k-NN, %"),
)


def measured(folder: Path, dataset: ImageDataset, images: int) -> dict[str, object]:
    """Return the exact evaluation of a run on its first `images` test images, which is kept beside the run."""
    kept = folder.with_name(f"{folder.name}-on-{images}.json")
    if kept.exists():
        found: dict[str, object] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    print(f"measuring {folder.name} …", file=sys.stderr, flush=True)
    options = EvaluationOptions(images=images, samples=50)
    result = evaluate(
        open_run(folder).load_model(), dataset, options, progress=lambda _text, _share: None, cancelled=lambda: False
    )
    assert result is not None  # nobody cancels
    kept.write_text(json.dumps(result.to_dict(), indent=1), encoding="utf-8")
    return result.to_dict()


def table(results: Mapping[Family, list[dict[str, object]]]) -> str:
    """Return a Markdown table: mean over seeds, and half the range after the sign."""
    head = ["model", *(title for _, title in COLUMNS)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for variant, evaluations in results.items():
        names = [variant.bound if name == "bound" else name for name, _ in COLUMNS]
        cells = [_cell([evaluation.get(name) for evaluation in evaluations]) for name in names]
        lines.append("| " + " | ".join([variant.title, *cells]) + " |")
    return "\n".join(lines)


def _cell(values: list[object]) -> str:
    known = [value for value in values if isinstance(value, float)]
    if not known:
        return "undefined"
    spread = (max(known) - min(known)) / 2
    return f"{statistics.mean(known):.2f} ± {spread:.2f}"


def main() -> int:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="mnist-10k")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--images", type=int, default=1000, help="test images; 0 is all of them")
    parser.add_argument("--runs", type=Path, default=Path("build/bench-families"))
    parser.add_argument("--only", nargs="+", help="objectives to keep")
    parser.add_argument("--train-only", action="store_true")
    chosen = parser.parse_args()
    variants = [variant for variant in VARIANTS if not chosen.only or variant.objective in chosen.only]
    dataset = load(variants[0].experiment(chosen.data, chosen.epochs, 0).data)
    parent = chosen.runs / f"{dataset.name}-{chosen.epochs}".replace("/", "-")
    results: dict[Family, list[dict[str, object]]] = {}
    for seed in chosen.seeds:
        for variant in variants:
            experiment = variant.experiment(chosen.data, chosen.epochs, seed)
            folder = trained(variant, dataset, experiment, parent / f"{variant.name}-{seed}")
            if not chosen.train_only:
                results.setdefault(variant, []).append(measured(folder, dataset, chosen.images))
    if results:
        print(
            f"{dataset.name}, {chosen.epochs} epochs, seeds {chosen.seeds}, nats per image; ± half the range of seeds"
        )
        print(table(results))
        figures = {variant.title: items for variant, items in results.items()}
        (parent / "table.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
