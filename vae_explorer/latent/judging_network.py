"""A small convolutional classifier, trained in seconds, that says what samples show."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_explorer.data.images import sample_of
from vae_explorer.models.adam import make_adam
from vae_explorer.models.layers import initialise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from vae_explorer.data.dataset import ImageDataset

STEPS: Final = 500
"""Steps of the training: seconds, whatever the size of the data."""
BATCH: Final = 128
LEARNING_RATE: Final = 4e-3
_SEED: Final = 1
_LARGEST_SIDE: Final = 32
_CHANNELS: Final = (24, 48)
_FEATURES: Final = 96
_ROWS: Final = 512
_MOST_TESTED: Final = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """A trained classifier.

    Attributes
    ----------
    network
        From pictures [N, C, H, W], 0 to 1, to logits [N, K].
    test_error
        Share of the test images that it gets wrong.
    test_images
        Their number.
    """

    network: nn.Module
    test_error: float
    test_images: int

    def probabilities(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the probability of each class, float32 [N, K], of pictures uint8 [N, C, H, W]."""
        return _probabilities(self.network, pictures)


class JudgingNetwork(nn.Module):
    """Two convolutions that halve the picture, and one dense layer.

    Parameters
    ----------
    shape
        Channels, height and width of the pictures; larger ones are averaged down.
    classes
        Number of classes.
    """

    def __init__(self, shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        channels, height, width = shape
        factor = max(1, -(-max(height, width) // _LARGEST_SIDE))
        self._size = (max(4, height // factor), max(4, width // factor))
        first, second = _CHANNELS
        rows, columns = ((-(-side // 2) + 1) // 2 for side in self._size)
        self.layers = nn.Sequential(
            nn.AdaptiveAvgPool2d(self._size),
            nn.Conv2d(channels, first, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(first, second, kernel_size=3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(second * rows * columns, _FEATURES),
            nn.ReLU(),
            nn.Linear(_FEATURES, classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return logits ``[N, K]`` of pictures ``[N, C, H, W]`` with values in 0 to 1."""
        logits: Tensor = self.layers(x)
        return logits


def train_judge(
    dataset: ImageDataset, *, progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> Judge | None:
    """Return a classifier trained on the training images, always from the same seed; None when cancelled.

    Parameters
    ----------
    dataset
        Images with labels.
    progress
        Takes the share that is done, from 0 to 1.
    cancelled
        Asked at each step.
    """
    generator = torch.Generator().manual_seed(_SEED)
    # Layers draw first weights of their own from the process-wide generator, which is put back as it was.
    with torch.random.fork_rng(devices=[]):
        network = JudgingNetwork(dataset.images.shape[1:], dataset.classes)
    with torch.no_grad():
        initialise(network, generator)
    optimizer = make_adam(network.parameters(), LEARNING_RATE)
    for step, rows in enumerate(itertools.islice(_batches(len(dataset.train), generator), STEPS)):
        if cancelled():
            return None
        progress(step / STEPS)
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, 10 * (step + 1) / STEPS, 1.2 * (1 - step / STEPS))
        _take_step(network, optimizer, dataset, rows)
    network.eval().requires_grad_(False)
    error, tested = _test_error(network, dataset)
    return Judge(network, error, tested)


def _take_step(
    network: nn.Module, optimizer: torch.optim.Optimizer, dataset: ImageDataset, rows: NDArray[np.int64]
) -> None:
    train = dataset.train
    if train.labels is None:
        raise ValueError(f"the data set {dataset.name!r} has no classes to learn")
    loss = functional.cross_entropy(network(_floats(train.images[rows])), torch.from_numpy(train.labels[rows]))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def _batches(count: int, generator: torch.Generator) -> Iterator[NDArray[np.int64]]:
    """Yield rows for ever, each once before any comes again."""
    while True:
        order = torch.randperm(count, generator=generator).numpy()
        for start in range(0, count, BATCH):
            yield order[start : start + BATCH]


def _test_error(network: nn.Module, dataset: ImageDataset) -> tuple[float, int]:
    """Return the share of test images that are told wrong, and how many were asked: of very many, some."""
    test = dataset.test
    if test.labels is None:
        raise ValueError(f"the data set {dataset.name!r} has no classes to learn")
    images, rows = sample_of(test.images, min(len(test), _MOST_TESTED))
    found = _probabilities(network, images).argmax(axis=1)
    return float(np.mean(found != test.labels[rows])), len(rows)


def _probabilities(network: nn.Module, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    parts = []
    with torch.inference_mode():
        for start in range(0, len(pictures), _ROWS):
            logits = network(_floats(pictures[start : start + _ROWS]))
            parts.append(torch.softmax(logits, dim=1).numpy())
    return np.concatenate(parts)


def _floats(pictures: NDArray[np.uint8]) -> Tensor:
    # A copy: torch warns of memory that it may not write to, and data sets share theirs read-only.
    return torch.tensor(pictures).to(torch.float32).div_(255)
