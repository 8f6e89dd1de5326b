"""Every likelihood-based family on one data set: exact test log-likelihood, bound and gap, over several seeds.

Run it with ``python3 packaging/dev.py bench families``; ``-- --data fashion-mnist-folder --epochs 10`` chooses other
data and another length. Runs are kept in the folder that ``--runs`` names, and those that are there already are only
measured again, so that an interrupted table goes on where it was. Takes one to three hours. Nothing here asserts a
figure.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.data.catalogue import load
from vae_explorer.latent.evaluation import EvaluationOptions, evaluate
from vae_explorer.runs.folder import is_run, open_run
from vae_explorer.runs.recording import train
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingFailed
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.latent.evaluation import Evaluation
    from vae_explorer.training.events import TrainingEvent


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """One line of the table: an objective and the settings that differ from the defaults."""

    title: str
    objective: str
    settings: Mapping[str, str] = field(default_factory=dict)
    bound: str = "elbo"
    """Name of the measure that it was trained on."""

    @property
    def name(self) -> str:
        """Name of its runs' folders."""
        return "-".join([self.objective, *(value for value in self.settings.values())])

    def experiment(self, source: str, epochs: int, seed: int) -> Experiment:
        """Return the experiment of one seed."""
        experiment = Experiment().with_setting("data.source", source).with_objective(self.objective)
        shared = {"training.epochs": str(epochs), "training.seed": str(seed), "training.threads": "1"}
        for path, value in (shared | dict(self.settings)).items():
            experiment = experiment.with_setting(path, value)
        return experiment


VARIANTS = (
    Variant("VAE", "vae"),
    Variant("VAE, full covariance", "vae", {"model.posterior": "full"}),
    Variant("VAE, one-sample KL", "vae-sampled-kl"),
    Variant("beta-VAE, beta = 4", "beta-vae", {"objective.beta": "4"}),
    Variant("IWAE, k = 5", "iwae", {"objective.samples": "5"}, "iwae_5"),
    Variant("IWAE, k = 5, full covariance", "iwae", {"objective.samples": "5", "model.posterior": "full"}, "iwae_5"),
    Variant("Naive prior sampling, k = 10", "prior-sampling", {"objective.samples": "10"}, "iwae_10"),
    Variant("Autoencoder", "autoencoder"),
    Variant("CVAE, class-mean prior: log p(x given y)", "cvae-class-mean"),
    Variant("CVAE, label-conditioned: log p(x given y)", "cvae-label"),
    Variant("CVAE, image-conditioned: log p(rest given band)", "cvae-image"),
)
COLUMNS = (
    ("log_likelihood", "exact log-likelihood"),
    ("bound", "its own bound"),
    ("elbo", "ELBO"),
    ("inference_gap", "gap"),
    ("kl", "KL"),
    ("knn_accuracy", "k-NN accuracy"),
)


def trained(variant: Variant, dataset: ImageDataset, experiment: Experiment, folder: Path) -> Path:
    """Train into `folder` unless a finished run is there; return the folder.

    Raises
    ------
    RuntimeError
        If the training failed.
    """
    if is_run(folder) and "test" in open_run(folder).result:
        return folder
    failures: list[TrainingFailed] = []

    def hear(event: TrainingEvent) -> None:
        if isinstance(event, TrainingFailed):
            failures.append(event)

    print(f"training {variant.title}, seed {experiment.training.seed} …", file=sys.stderr, flush=True)
    if train(experiment, dataset, folder, on_event=hear, control=Control()) is None:
        raise RuntimeError(f"{variant.title}: {failures[0].message if failures else 'no run'}")
    return folder


def measured(folder: Path, dataset: ImageDataset, images: int) -> Evaluation:
    """Return the exact evaluation of a run on its first `images` test images."""
    options = EvaluationOptions(images=images, samples=50)
    result = evaluate(
        open_run(folder).load_model(), dataset, options, progress=lambda _text, _share: None, cancelled=lambda: False
    )
    assert result is not None  # nobody cancels
    return result


def table(results: Mapping[Variant, list[Evaluation]]) -> str:
    """Return a Markdown table: mean over seeds, and half the range after the sign."""
    head = ["model", *(title for _, title in COLUMNS)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for variant, evaluations in results.items():
        names = [variant.bound if name == "bound" else name for name, _ in COLUMNS]
        cells = [_cell([evaluation.value(name) for evaluation in evaluations]) for name in names]
        lines.append("| " + " | ".join([variant.title, *cells]) + " |")
    return "\n".join(lines)


def _cell(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
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
    results: dict[Variant, list[Evaluation]] = {}
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
        figures = {variant.title: [item.to_dict() for item in items] for variant, items in results.items()}
        (parent / "table.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
