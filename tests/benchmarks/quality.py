"""How soon a good model is there: the window's default recipe against the plain example loop on the classic network.

A model is good when its test loss is within a nat of what the classic recipe ends at (784-256-2, Adam at a constant
1e-3, batches of 128). The plain loop is that of ``bench training``. It takes the same steps as our classic preset,
which is only quicker at them, so the epochs to the goal are counted with the preset and multiplied with the seconds
that an epoch of the plain loop takes, measured in slices between the trainings. The default recipe's own seconds are
measured as they pass. Looks at the test images are charged to neither side: not the sixteen an epoch that are taken
here, nor the one an epoch that the program takes for its curve and the plain loop doesn't take.

Run it with ``python3 packaging/dev.py bench quality --data FOLDER`` with Fashion-MNIST, for example, which takes almost
half an hour. Takes about eight minutes. ``--known GOAL EPOCHS EPOCHS …``, from a run before, leaves out the classic
trainings: how many epochs they need has nothing to do with how busy the machine is. Nothing here asserts a figure.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from tests.benchmarks.training import BATCH, ExampleVAE, PictureItems, example_loop, timed
from tests.benchmarks.training import Watch as Turn
from vae_explorer.app.presets import PRESETS
from vae_explorer.data.catalogue import load
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Moment
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.control import Control
from vae_explorer.training.evaluation import mean_terms
from vae_explorer.training.events import MomentReached, TrainingEvent, TrainingFailed, TrainingStarted
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.trainer import Trainer

if TYPE_CHECKING:
    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.models.snapshot import ModelSnapshot

NATS = 1.0
"""How far from the classic recipe's end a good model may be."""
LAST = 10
"""The classic recipe's end is the mean of the test losses after so many last epochs."""
PER_EPOCH = 16
"""How often in an epoch the default recipe is measured."""
SLICE_SECONDS = 10.0


@dataclass(slots=True)
class Watch:
    """Measures a training on all test images at some steps, and may end it; hears it in its own thread."""

    dataset: ImageDataset
    steps: int
    goal: float | None = None
    control: Control = field(default_factory=Control)
    losses: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    _began: float = 0.0

    def wants(self, step: int) -> bool:
        """Say whether to measure after a step."""
        return step > 0 and step % self.steps == 0

    def hear(self, event: TrainingEvent) -> None:
        """Measure the model of a moment; what that takes isn't counted."""
        if isinstance(event, TrainingFailed):
            raise RuntimeError(event.message)
        if isinstance(event, TrainingStarted):
            self._began = time.perf_counter()
        if isinstance(event, MomentReached):
            now = time.perf_counter()
            self.losses.append(test_loss(event.model, self.dataset))
            self.seconds.append(now - self._began)
            if self.goal is not None and self.losses[-1] <= self.goal:
                self.control.stop()
            self.looks.append(time.perf_counter() - now)
            self._began += self.looks[-1]

    def seconds_of_steps(self, epochs: float) -> float:
        """Return the seconds up to the last look, without those for the program's own looks after whole epochs."""
        # One that is taken at the same step comes after ours.
        own = math.ceil(epochs) - 1
        return self.seconds[-1] - own * statistics.median(self.looks)


def test_loss(model: ModelSnapshot, dataset: ImageDataset) -> float:
    """Return the negative ELBO of all test images, in nats per image, with one z each."""
    entry = OBJECTIVES.get("vae")
    objective = entry.create(entry.config_type())
    source = BatchSource(dataset.test, torch.device("cpu"))
    terms = mean_terms(objective, model.network, source, limit=len(source), moment=Moment())
    if terms is None:
        raise RuntimeError("the measurement was cancelled")
    return terms["loss"]


def trained(preset: str, options: argparse.Namespace, seed: int, watch: Watch, epochs: int) -> None:
    """Train a preset to the end or to the goal of its watch."""
    experiment = PRESETS.get(preset).applied(Experiment().with_setting("data.source", options.data))
    for name, value in (("seed", seed), ("threads", options.threads), ("device", "cpu"), ("epochs", epochs)):
        experiment = experiment.with_setting(f"training.{name}", str(value))
    print(f"{preset}, seed {seed} …", file=sys.stderr, flush=True)
    Trainer(experiment, watch.dataset).run(on_event=watch.hear, control=watch.control, wants_moment=watch.wants)


def plain_loop(dataset: ImageDataset) -> PlainLoop:
    """Return the plain loop on the training images."""
    images = torch.from_numpy(np.array(dataset.train.images))
    squeezed = images.squeeze(1) if dataset.channels == 1 else images.permute(0, 2, 3, 1).contiguous()
    items = PictureItems(squeezed, torch.zeros(len(images), dtype=torch.int64))
    values = dataset.channels * dataset.height * dataset.width
    step = example_loop(items, ExampleVAE(values, [256], "relu"), BATCH)
    turn = Turn(SLICE_SECONDS, time.perf_counter, set())
    return PlainLoop(len(images), lambda threads: timed(step, 1.0, threads, turn))


@dataclass(frozen=True, slots=True)
class PlainLoop:
    """The plain loop: how many images an epoch has, and what gives its images a second."""

    images: int
    speed: Callable[[int], float]


def measure(options: argparse.Namespace, dataset: ImageDataset) -> dict[str, object]:
    """Return the goal, and for each seed how long both take to it."""
    per_epoch = -(-dataset.train_count // BATCH)
    loop = plain_loop(dataset)
    goal, classic_epochs = options.known or classic(options, dataset)
    rows = []
    for seed, epochs in zip(options.seeds, classic_epochs, strict=True):
        speed = loop.speed(options.threads)
        ours = Watch(dataset, per_epoch // PER_EPOCH, goal)
        trained("recommended", options, seed, ours, PRESETS.get("recommended").training.epochs)
        if ours.losses[-1] > goal:
            raise RuntimeError(f"the default recipe ended at {ours.losses[-1]:.2f} nats, above the goal of {goal:.2f}")
        plain = epochs * loop.images / speed
        ours_epochs = len(ours.losses) / PER_EPOCH
        ours_seconds = ours.seconds_of_steps(ours_epochs)
        rows.append(
            {
                "seed": seed,
                "classic_epochs": epochs,
                "plain_images_per_s": speed,
                "plain_s": plain,
                "default_epochs": ours_epochs,
                "default_s": ours_seconds,
                "ratio": plain / ours_seconds,
            }
        )
    return {
        "data": dataset.name,
        "threads": options.threads,
        "classic_end_nats": goal - NATS,
        "goal_nats": goal,
        "seeds": rows,
    }


def classic(options: argparse.Namespace, dataset: ImageDataset) -> tuple[float, list[int]]:
    """Return the goal in nats, and after how many epochs the classic recipe is there with each seed."""
    per_epoch = -(-dataset.train_count // BATCH)
    first = Watch(dataset, per_epoch)
    trained("classic", options, options.seeds[0], first, options.classic_epochs)
    goal = statistics.fmean(first.losses[-LAST:]) + NATS
    watches = [first]
    for seed in options.seeds[1:]:
        watches.append(Watch(dataset, per_epoch, goal))
        trained("classic", options, seed, watches[-1], options.classic_epochs)
    return goal, [next(number for number, loss in enumerate(watch.losses, 1) if loss <= goal) for watch in watches]


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist-10k")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--classic-epochs", type=int, default=200, help="epochs after which the classic recipe has ended"
    )
    parser.add_argument(
        "--known", type=float, nargs="+", metavar="FIGURE", help="goal in nats, and the classic epochs of each seed"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.known is not None:
        goal, *epochs = options.known
        if len(epochs) != len(options.seeds):
            parser.error(f"--known takes the goal and one number of epochs for each of {len(options.seeds)} seeds")
        options.known = goal, [round(count) for count in epochs]
    dataset = load(Experiment().with_setting("data.source", options.data).data)
    found = measure(options, dataset)
    print(json.dumps(found, indent=1) if options.json else table(found))
    return 0


def table(found: dict[str, object]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        (
            f"{found['data']}, {found['threads']} thread(s): the classic recipe ends at "
            f"{found['classic_end_nats']:.2f} nats, so a good model has at most {found['goal_nats']:.2f}."
        ),
        "| seed | plain loop | default recipe | times sooner |",
        "|---|---|---|---|",
    ]
    lines.extend(
        f"| {row['seed']} | {row['classic_epochs']} epochs, {row['plain_s']:.0f} s | "
        f"{row['default_epochs']:.2f} epochs, {row['default_s']:.1f} s | {row['ratio']:.0f} |"
        for row in found["seeds"]  # type: ignore[attr-defined]
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
