"""Which modes of a ring and a grid of Gaussians GANs reach, and how well: several losses and penalties over seeds.

Run it with ``python3 packaging/dev.py bench modes``; ``-- --data grid --epochs 30`` chooses one mixture and another
length. Modes and samples of high quality are counted as ``evaluate`` counts them. Runs are kept in the folder that
``--runs`` names, and those that are there already are only measured again. Takes about a quarter of an hour. Nothing
here asserts a figure.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from tests.benchmarks._runs import Variant, trained
from vae_explorer.data.catalogue import load
from vae_explorer.latent.judge import JudgedSamples, judge
from vae_explorer.latent.modes import CONVENTION_SAMPLES
from vae_explorer.runs.folder import open_run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vae_explorer.data.dataset import ImageDataset

DEFAULT = Variant("GAN, defaults", "gan")
BOTTLENECK = Variant("GAN, discriminator bottleneck", "gan-bottleneck")
VARIANTS = (
    DEFAULT,
    Variant("no R1 penalty", "gan", {"objective.r1": "0"}),
    Variant("spectral norm in its place", "gan", {"objective.r1": "0", "objective.spectral_norm": "true"}),
    Variant("saturating", "gan", {"objective.loss": "saturating"}),
    Variant("saturating, no R1 penalty", "gan", {"objective.loss": "saturating", "objective.r1": "0"}),
    BOTTLENECK,
)
LINES = {"ring": VARIANTS, "grid": (DEFAULT, BOTTLENECK)}
HEAD = "| data | model | modes covered | high quality | KL of the modes to the data's |"


def measured(folder: Path, dataset: ImageDataset) -> JudgedSamples:
    """Return how the samples of a run spread over the modes."""
    found = judge(
        open_run(folder).load_model(),
        dataset,
        samples=CONVENTION_SAMPLES,
        seed=0,
        progress=lambda _text, _share: None,
        cancelled=lambda: False,
    )
    assert found is not None  # nobody cancels
    return found


def line(source: str, variant: Variant, judged: Iterable[JudgedSamples]) -> str:
    """Return a line of the table: modes of each seed, means over seeds and half their range."""
    found = list(judged)
    covered = ", ".join(str(int(each.covered.sum())) for each in found)
    quality = [100 * each.confident_share for each in found]
    kl = [each.class_kl for each in found]
    return (
        f"| {source} | {variant.title} | {covered} of {len(found[0].counts)} | {_spread(quality, 1)} % "
        f"| {_spread(kl, 2)} |"
    )


def figures(judged: JudgedSamples) -> dict[str, object]:
    """Return what was measured of a run, ready for JSON."""
    return {measure.name: measure.value for measure in judged.measures()} | {"near": judged.confident.tolist()}


def _spread(values: list[float], decimals: int) -> str:
    return f"{statistics.mean(values):.{decimals}f} ± {(max(values) - min(values)) / 2:.{decimals}f}"


def main() -> int:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", choices=LINES, default=list(LINES))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--runs", type=Path, default=Path("build/bench-modes"))
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    lines, results = [HEAD, "|" + "---|" * HEAD.count(" | ") + "---|"], {}
    for source in chosen.data:
        dataset = load(DEFAULT.experiment(source, chosen.epochs, 0).data)
        for variant in LINES[source]:
            judged = []
            for seed in chosen.seeds:
                folder = chosen.runs / f"{source}-{chosen.epochs}" / f"{variant.name}-{seed}"
                experiment = variant.experiment(source, chosen.epochs, seed)
                judged.append(measured(trained(variant, dataset, experiment, folder), dataset))
            lines.append(line(source, variant, judged))
            results[f"{source}: {variant.title}"] = [figures(each) for each in judged]
    print(
        f"{chosen.epochs} epochs, seeds {chosen.seeds}, {CONVENTION_SAMPLES:,} samples each; mean ± half the range of "
        "seeds; KL in nats"
    )
    print("\n".join(lines))
    (chosen.runs / "table.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
