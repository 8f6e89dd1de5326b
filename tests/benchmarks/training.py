"""How fast the classic fully connected VAE trains: the usual loops, ours, and what the processor could do at most.

Images a second of the plain example loop (a picture decoded and turned into a tensor for each item of a data loader,
the loss read back at each step), of a loop over a tensor data set, of the real `Trainer`, and of the bare matrix
products of a step, with one thread and two. All take turns in short slices of one process, so that what else the
machine does hits all alike; figures are medians over the rounds, ratios those of the same round, to the example loop
with batches of 128 and as many threads. Run it with ``python3 packaging/dev.py bench training``. Takes about two
minutes. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset, TensorDataset

from vae_explorer.data.catalogue import load
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.freed_memory import keep_freed_memory
from vae_explorer.sections import DataConfig
from vae_explorer.training.control import Control
from vae_explorer.training.events import TrainingEvent, TrainingFailed, TrainingStarted
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.trainer import Trainer

BATCH, LARGE_BATCH = 128, 512
IMAGES = 60_000
WARM_STEPS = 10
ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU}

Step = Callable[[], int]
"""Takes a step and returns how many images it saw."""


class ExampleVAE(nn.Module):
    """The VAE of the usual example: probabilities of pixels, and a cross-entropy of them."""

    def __init__(self, values: int, hidden: Sequence[int], activation: str) -> None:
        super().__init__()
        self.encoder = _layers([values, *hidden], activation)
        self.mean, self.log_var = nn.Linear(hidden[-1], 2), nn.Linear(hidden[-1], 2)
        self.decoder = nn.Sequential(*_layers([2, *reversed(hidden)], activation), nn.Linear(hidden[0], values))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the probabilities of the pixels and the posterior's parameters."""
        features = self.encoder(x.flatten(1))
        mean, log_var = self.mean(features), self.log_var(features)
        z = mean + torch.randn_like(log_var) * torch.exp(0.5 * log_var)
        return torch.sigmoid(self.decoder(z)), mean, log_var


class PictureItems(Dataset[tuple[Tensor, int]]):
    """Pictures that become tensors one at a time, as a data set of pictures with a transform gives them."""

    def __init__(self, images: Tensor, labels: Tensor) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        """Return picture and class of one row."""
        return _to_tensor(Image.fromarray(self.images[index].numpy())), int(self.labels[index])


def example_loop(pictures: Dataset[tuple[Tensor, int]], model: ExampleVAE, batch: int) -> Step:
    """Return the step of a loop that reads its batches from a data loader and the loss at each step."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = _without_end(DataLoader(pictures, batch_size=batch, shuffle=True))
    total = [0.0]

    def step() -> int:
        x, _labels = next(batches)
        optimizer.zero_grad()
        probabilities, mean, log_var = model(x)
        loss = functional.binary_cross_entropy(probabilities, x.flatten(1), reduction="sum")
        loss = loss - 0.5 * torch.sum(1 + log_var - mean.pow(2) - log_var.exp())
        loss.backward()  # type: ignore[no-untyped-call]
        total[0] += loss.item()
        optimizer.step()
        return len(x)

    return step


def products(hidden: Sequence[int], values: int, batch: int, precision: torch.dtype) -> Step:
    """Return a step that takes the matrix products of a training step between wide layers, and nothing else."""
    widths = [*pairwise([values, *hidden]), *pairwise([*reversed(hidden), values])]
    calls: list[Callable[[], object]] = []
    for place, (inputs, outputs) in enumerate(widths):
        x, d = torch.rand(batch, inputs).to(precision), torch.rand(batch, outputs).to(precision)
        weight, gradient = torch.rand(outputs, inputs).to(precision), torch.zeros(outputs, inputs).to(precision)
        calls.append(partial(torch.mm, x, weight.t(), out=d))
        calls.append(partial(torch.mm, d.t(), x, out=gradient))
        if place:
            calls.append(partial(torch.mm, d, weight, out=x))

    def step() -> int:
        for call in calls:
            call()
        return batch

    return step


@dataclass(frozen=True, slots=True)
class Watch:
    """How a turn is timed.

    Attributes
    ----------
    seconds
        Length of a turn.
    clock
        Tells the time: that of the wall, or on a busy machine the processor's own for this thread.
    ways
        How the program took its steps, as far as that was met.
    """

    seconds: float
    clock: Callable[[], float]
    ways: set[str]


Turn = Callable[[int, Watch], float]
"""Takes steps with a number of threads, and returns images a second."""


def timed(step: Step, share: float, threads: int, watch: Watch) -> float:
    """Return the images a second of a step that is repeated for a share of a turn."""
    torch.set_num_threads(threads)
    step()
    images, started = 0, watch.clock()
    while watch.clock() - started < share * watch.seconds:
        images += step()
    return images / (watch.clock() - started)


def trained(experiment: Experiment, dataset: ImageDataset, threads: int, watch: Watch) -> float:
    """Return the images a second of a training by the program itself, from its tenth step on.

    Raises
    ------
    RuntimeError
        If the training fails.
    """
    control, marks = Control(), [(0, 0.0)] * 2
    experiment = experiment.with_setting("training.threads", str(threads))

    def look(step: int) -> bool:
        now = watch.clock()
        if step <= WARM_STEPS:
            marks[0] = (step, now)
        marks[1] = (step, now)
        if now - marks[0][1] >= watch.seconds:
            control.stop()
        return False

    def hear(event: TrainingEvent) -> None:
        if isinstance(event, TrainingFailed):
            raise RuntimeError(event.message)
        if isinstance(event, TrainingStarted):
            watch.ways.add(f"{event.path}, {event.precision}")

    Trainer(experiment, dataset).run(on_event=hear, control=control, wants_moment=look)
    (first, then), (last, now) = marks
    return (last - first) * experiment.training.batch_size / (now - then)


def contenders(options: argparse.Namespace) -> dict[str, Turn]:
    """Return what takes turns, by name."""
    dataset = _sixty_thousand(load(DataConfig(source=options.data)))
    hidden = [int(width) for width in options.hidden.split(",")]
    values = dataset.channels * dataset.height * dataset.width
    images = torch.from_numpy(np.array(dataset.train.images[:]))
    labels = torch.zeros(len(images), dtype=torch.int64)
    squeezed = images.squeeze(1) if dataset.channels == 1 else images.permute(0, 2, 3, 1).contiguous()
    items = PictureItems(squeezed, labels)
    tensors = TensorDataset(images.to(torch.float32).div_(255), labels)

    def model() -> ExampleVAE:
        return ExampleVAE(values, hidden, options.activation)

    loops = {
        "example": example_loop(items, model(), BATCH),
        "example_batch_512": example_loop(items, model(), LARGE_BATCH),
        "tensor_dataset": example_loop(tensors, model(), BATCH),  # type: ignore[arg-type]
    }
    bare = {
        "ceiling_bfloat16": products(hidden, values, BATCH, torch.bfloat16),
        "ceiling_float32": products(hidden, values, BATCH, torch.float32),
        "ceiling_bfloat16_batch_512": products(hidden, values, LARGE_BATCH, torch.bfloat16),
    }
    base = Experiment().with_setting("model.hidden", options.hidden)
    base = base.with_setting("model.activation", options.activation).with_setting("training.device", "cpu")
    base = base.with_setting("training.batch_size", str(BATCH))
    runs = {
        "ours": base,
        "ours_batch_512": base.with_setting("training.batch_size", str(LARGE_BATCH)),
        "ours_float32": base.with_setting("training.precision", "float32"),
        "ours_plain_path": base.with_setting("training.path", "plain"),
    }
    found: dict[str, Turn] = {name: partial(timed, step, 1.0) for name, step in loops.items()}
    found |= {name: partial(timed, step, 0.3) for name, step in bare.items()}
    return found | {name: partial(trained, run, dataset) for name, run in runs.items()}


def measure(options: argparse.Namespace, watch: Watch) -> dict[str, list[float]]:
    """Return the images a second of each contender and number of threads, a value for each round."""
    turns = contenders(options)
    threads = [int(count) for count in options.threads.split(",")]
    found: dict[str, list[float]] = {}
    for number in range(options.rounds + 1):
        for count in threads:
            for name, turn in turns.items():
                speed = turn(count, watch)
                if number:  # the first round only warms up
                    found.setdefault(f"{name}_{count}_thread{'s' * (count > 1)}", []).append(speed)
    return found


def figures(found: dict[str, list[float]]) -> dict[str, float]:
    """Return the median speeds, and the medians of the ratios within a round."""
    result = {f"{name}_images_per_s": statistics.median(values) for name, values in found.items()}
    for name, values in found.items():
        who, threads = _split(name)
        references = {"": f"example_{threads}"}
        if who.startswith("ours"):
            suffix = "_batch_512" if who.endswith("512") else ""
            kind = "float32" if who.endswith("float32") else "bfloat16"
            references["_of_ceiling"] = f"ceiling_{kind}{suffix}_{threads}"
        for of, reference in references.items():
            ratios = [a / b for a, b in zip(values, found[reference], strict=True)]
            result[f"{name}{of}_ratio"] = statistics.median(ratios)
    return result


def table(found: dict[str, list[float]], values: dict[str, float], ways: set[str]) -> str:
    """Return the figures as a table of plain text."""
    lines = [f"{'loop':<28} {'threads':>7} {'images/s':>10} {'ratio':>7} {'of ceiling':>11}"]
    for name in found:
        who, threads = _split(name)
        share = values.get(f"{name}_of_ceiling_ratio")
        told = f"{share:10.0%}" if share is not None else ""
        speed, ratio = values[f"{name}_images_per_s"], values[f"{name}_ratio"]
        lines.append(f"{who:<28} {threads.split('_')[0]:>7} {speed:10,.0f} {ratio:7.2f} {told:>11}")
    return "\n".join([*lines, f"Steps of the program were taken so: {'; '.join(sorted(ways))}."])


def main() -> int:
    """Measure and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="mnist-10k", help="name or path of a data set; repeated up to 60,000 images")
    parser.add_argument("--hidden", default="256", help="widths of the encoder's layers, such as 512,512")
    parser.add_argument("--activation", default="relu", choices=sorted(ACTIVATIONS))
    parser.add_argument("--threads", default="1,2", help="numbers of threads to measure with")
    parser.add_argument("--rounds", type=int, default=9, help="times that each takes its turn")
    parser.add_argument("--seconds", type=float, default=0.6, help="length of a turn")
    parser.add_argument("--processor-time", action="store_true", help="on a busy machine, with one thread")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    keep_freed_memory()
    clock = time.thread_time if options.processor_time else time.perf_counter
    watch = Watch(options.seconds, clock, set())
    found = measure(options, watch)
    values = figures(found)
    print(json.dumps(values, indent=1) if options.json else table(found, values, watch.ways))
    return 0


def _layers(widths: Sequence[int], activation: str) -> nn.Sequential:
    pairs = pairwise(widths)
    return nn.Sequential(*(module for pair in pairs for module in (nn.Linear(*pair), ACTIVATIONS[activation]())))


def _to_tensor(picture: Image.Image) -> Tensor:
    pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True))
    channels = pixels.view(picture.size[1], picture.size[0], len(picture.getbands())).permute(2, 0, 1).contiguous()
    return channels.to(torch.float32).div(255)


def _without_end(loader: DataLoader[tuple[Tensor, int]]) -> Iterator[list[Tensor]]:
    while True:
        yield from loader


def _sixty_thousand(dataset: ImageDataset) -> ImageDataset:
    """Return a data set whose training images are repeated up to 60,000."""
    rows = np.resize(np.arange(dataset.train_count), IMAGES)
    rows = np.concatenate([rows, np.arange(dataset.train_count, len(dataset.images))])
    labels = None if dataset.labels is None else dataset.labels[rows]
    return dataclasses.replace(
        dataset,
        images=np.ascontiguousarray(dataset.images[rows]),
        labels=labels,
        train_count=IMAGES,
        source_rows=dataset.source_rows[rows],
        factors=None,
        factor_names=(),
    )


def _split(name: str) -> tuple[str, str]:
    who, count, word = name.rsplit("_", 2)
    return who, f"{count}_{word}"


if __name__ == "__main__":
    sys.exit(main())
