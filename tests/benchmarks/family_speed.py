"""Training speed of every family against a DataLoader loop that takes the same steps.

The loop it is compared with has the structure of PyTorch's published examples: a data set that makes an image object
of each picture and a tensor of that, a DataLoader, the same objective and network in float32, Adam as torch makes it,
and ``loss.item()`` after each step. Ours is an epoch of a training with its metrics and snapshots; neither measures
test images. A convolutional network is compared with the same loop without the loader, too. The usual loop runs in a
process of its own, as it would in a script: this one keeps freed memory, as the program does.

Run it with ``python3 packaging/dev.py bench family_speed``. Both loops run in turn, on one thread unless named; each
ratio is the median over the rounds. Takes about two minutes. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from vae_explorer.data.catalogue import load
from vae_explorer.data.dataset import ImageDataset, Subset
from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import AlternatingObjective, Batch, Moment
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingEvent, TrainingFailed, TrainingStarted
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.initial import initial_model
from vae_explorer.training.trainer import Trainer

Clock = Callable[[], float]

FIRST_COUNTED = 10
STEPS = 60
EXAMPLE_STEPS = 20
TEST_IMAGES = 500


class Pictures(Dataset[tuple[torch.Tensor, int]]):
    """Pictures that are made anew each time they are asked for, as torchvision's sets do."""

    def __init__(self, images: Subset) -> None:
        self._images = np.asarray(images.images)
        self._labels = np.zeros(len(self._images), dtype=np.int64) if images.labels is None else images.labels

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        pixels = self._images[row].transpose(1, 2, 0)
        picture = Image.fromarray(pixels.squeeze(2) if pixels.shape[2] == 1 else pixels)
        values = torch.from_numpy(np.array(picture, copy=True)).view(picture.height, picture.width, -1)
        return values.permute(2, 0, 1).contiguous().to(torch.float32).div(255), int(self._labels[row])


@dataclass(frozen=True, slots=True)
class Row:
    """Medians of one comparison, in images a second, and the median of the ratios."""

    name: str
    path: str
    precision: str
    ours: float
    other: float
    ratio: float


class ExampleLoop:
    """The plain loop on an experiment's objective; goes on over epochs."""

    def __init__(self, experiment: Experiment, dataset: ImageDataset, *, loader: bool) -> None:
        self._batch_size = experiment.training.batch_size
        self._objective, self._model = initial_model(experiment, dataset)
        self._optimizers = {
            name: torch.optim.Adam(
                [{"params": group["params"], "lr": 1e-3 * group["rate"]} for group in groups],  # type: ignore[operator]
                betas=groups[0].get("betas", (0.9, 0.999)),  # type: ignore[arg-type]
            )
            for name, groups in self._model.parameter_sets().items()
        }
        self._noise = torch.Generator().manual_seed(0)
        self._batches = self._loaded(dataset) if loader else self._cut(dataset)

    def images_per_second(self, steps: int, clock: Clock) -> float:
        """Take some steps and return their speed."""
        started = clock()
        for _ in range(steps):
            self._step(next(self._batches))
        return steps * self._batch_size / (clock() - started)

    def _step(self, batch: Batch) -> None:
        moment = Moment()
        if isinstance(self._objective, AlternatingObjective):
            terms = self._objective.training_step(
                self._model, batch, self._optimizers, moment=moment, generator=self._noise
            )
        else:
            for optimizer in self._optimizers.values():
                optimizer.zero_grad()
            terms = self._objective(self._model, batch, moment=moment, generator=self._noise)
            terms.loss.backward()  # type: ignore[no-untyped-call]
            for optimizer in self._optimizers.values():
                optimizer.step()
        terms.loss.item()

    def _loaded(self, dataset: ImageDataset) -> Iterator[Batch]:
        loader = DataLoader(Pictures(dataset.train), batch_size=self._batch_size, shuffle=True)
        while True:
            for images, labels in loader:
                yield Batch(images, labels)

    def _cut(self, dataset: ImageDataset) -> Iterator[Batch]:
        source = BatchSource(dataset.train, torch.device("cpu"))
        epoch = 0
        while True:
            for rows in source.shuffled(self._batch_size, seed=0, epoch=epoch):
                yield source.rows(rows)
            epoch += 1


def serve_steps(
    asked: Connection, experiment: Experiment, dataset: ImageDataset, loader: bool, threads: int, clock: Clock
) -> None:
    """Take the usual loop's steps whenever somebody asks for some, and tell their speed; the main of its process."""
    torch.set_num_threads(threads)
    example = ExampleLoop(experiment, dataset, loader=loader)
    while steps := asked.recv():
        asked.send(example.images_per_second(steps, clock))


@contextmanager
def usual_loop(
    experiment: Experiment, dataset: ImageDataset, *, loader: bool, clock: Clock
) -> Iterator[Callable[[int], float]]:
    """Give a function that lets the usual loop take some steps, in its own process, and returns its images a second."""
    context = multiprocessing.get_context("spawn")
    ours, its = context.Pipe()
    process = context.Process(
        target=serve_steps, args=(its, experiment, dataset, loader, torch.get_num_threads(), clock), daemon=True
    )
    process.start()
    its.close()

    def take(steps: int) -> float:
        ours.send(steps)
        speed: float = ours.recv()
        return speed

    yield take
    ours.send(0)
    process.join()


def trained(experiment: Experiment, dataset: ImageDataset, clock: Clock) -> tuple[float, TrainingStarted]:
    """Train once and return images a second after the first steps, and what the trainer said of itself."""
    times: list[float] = []
    started: list[TrainingStarted] = []

    def listen(event: TrainingEvent) -> None:
        if isinstance(event, TrainingStarted):
            started.append(event)
        if isinstance(event, TrainingFailed):
            raise SystemExit(event.message)

    def note_time(_step: int) -> bool:
        times.append(clock())
        return False

    # What a run that keeps its history asks after each step tells the time here.
    Trainer(experiment, dataset).run(on_event=listen, control=Control(), wants_moment=note_time)
    images = (STEPS - FIRST_COUNTED) * experiment.training.batch_size
    return images / (times[STEPS] - times[FIRST_COUNTED]), started[0]


def compared(
    name: str, experiment: Experiment, dataset: ImageDataset, *, loader: bool, rounds: int, clock: Clock
) -> Row:
    """Run both loops in turn and return their medians."""
    with usual_loop(experiment, dataset, loader=loader, clock=clock) as take:
        take(3)
        pairs = [(trained(experiment, dataset, clock), take(EXAMPLE_STEPS)) for _ in range(rounds)]
    told = pairs[0][0][1]
    return Row(
        name,
        told.path,
        told.precision,
        statistics.median(ours for (ours, _), _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(ours / other for (ours, _), other in pairs),
    )


def experiment_of(objective: str, options: argparse.Namespace) -> Experiment:
    """Return the settings of one comparison."""
    experiment = Experiment().with_objective(objective)
    given = {
        "training.device": "cpu",
        "training.threads": str(options.threads),
        "training.epochs": "1",
        "training.batch_size": str(options.batch_size),
        "training.precision": options.precision,
        "training.path": options.path,
        "model.hidden": options.hidden,
    }
    for path, value in given.items():
        experiment = experiment.with_setting(path, value)
    return experiment


def measure(options: argparse.Namespace) -> list[Row]:
    """Return a row for each objective that is asked for, and one for the convolutional network."""
    whole = load(Experiment().data)
    count = STEPS * options.batch_size
    total = count + TEST_IMAGES
    if total > len(whole.images):
        raise SystemExit(f"The bundled digits are too few for batches of {options.batch_size}.")
    clock = time.thread_time if options.processor_time else time.perf_counter
    labels = None if whole.labels is None else whole.labels[:total]
    dataset = replace(
        whole, images=whole.images[:total], labels=labels, train_count=count, source_rows=whole.source_rows[:total]
    )
    rows = [
        compared(name, experiment_of(name, options), dataset, loader=True, rounds=options.rounds, clock=clock)
        for name in options.objectives
    ]
    if options.conv:
        experiment = experiment_of("vae", options).with_setting("model.network", "conv")
        rounds = max(1, options.rounds // 2)
        name = "vae, convolutional, no loader"
        rows.append(compared(name, experiment, dataset, loader=False, rounds=rounds, clock=clock))
    return rows


def main() -> int:
    """Measure and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objectives", nargs="+", choices=OBJECTIVES.names(), default=OBJECTIVES.names())
    parser.add_argument("--rounds", type=int, default=5, help="times each loop runs (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="threads of both loops (default: %(default)s)")
    parser.add_argument("--batch-size", type=int, default=128, help="images in a step (default: %(default)s)")
    parser.add_argument("--hidden", default="256", help="hidden layers (default: %(default)s)")
    parser.add_argument("--precision", default="auto", help="ours (default: %(default)s)")
    parser.add_argument("--path", default="auto", help="ours (default: %(default)s)")
    parser.add_argument("--no-conv", dest="conv", action="store_false", help="leave out the convolutional network")
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="count the thread's processor time: for one thread on a busy machine",
    )
    parser.add_argument("--json", action="store_true", help="print JSON only")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    rows = measure(options)
    if options.json:
        names = {row.name: row.name.replace(", ", "_").replace("-", "_").replace(" ", "_") for row in rows}
        values: dict[str, object] = {"threads": options.threads, "batch_size": options.batch_size}
        for row in rows:
            values |= {
                f"{names[row.name]}_images_per_s": round(row.ours),
                f"{names[row.name]}_example_images_per_s": round(row.other),
                f"{names[row.name]}_ratio": round(row.ratio, 2),
                f"{names[row.name]}_precision": row.precision,
                f"{names[row.name]}_path": row.path,
            }
        print(json.dumps(values))
        return 0
    print(f"{'family':30} {'steps':8} {'precision':9} {'images/s':>9} {'example':>9} {'ratio':>6}")
    for row in rows:
        print(
            f"{row.name:30} {row.path:8} {row.precision:9} {row.ours:9,.0f} {row.other:9,.0f} {row.ratio:6.2f}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
