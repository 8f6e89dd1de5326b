"""Images, networks and listeners so small that training them takes a moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from vae_explorer.data.dataset import ImageDataset
from vae_explorer.sections import ModelConfig, TrainingConfig
from vae_explorer.training.control import Control
from vae_explorer.training.events import MetricBatch, MetricRecord, TrainingEvent, TrainingFinished
from vae_explorer.training.experiment import Experiment
from vae_explorer.training.trainer import Trainer

EventT = TypeVar("EventT")

SMALL_PICTURES: dict[str, dict[str, int]] = {"cvae-image": {"first_column": 2, "columns": 3}}
"""Settings of objectives that suit the small pictures of the tests."""


def tiny_dataset(
    *,
    train: int = 40,
    test: int = 8,
    shape: tuple[int, int, int] = (1, 8, 8),
    classes: int = 3,
    seed: int = 0,
    name: str = "tiny",
) -> ImageDataset:
    """Return squares whose place depends on the class, on a little noise."""
    random = np.random.default_rng(seed)
    count = train + test
    labels = random.integers(0, max(classes, 1), count)
    images = random.integers(0, 40, (count, *shape), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[:, 2 * label : 2 * label + 3, 1:5] = random.integers(180, 255)
    return ImageDataset(
        name=name,
        images=images,
        labels=labels.astype(np.int64) if classes else None,
        class_names=tuple(f"class {number}" for number in range(classes)),
        train_count=train,
        source_rows=np.arange(count, dtype=np.int64),
    )


def tiny_experiment(
    objective: str = "vae", *, epochs: int = 2, batch_size: int = 16, network: str = "mlp", **training: object
) -> Experiment:
    """Return an experiment with a network of a few hundred weights on one thread."""
    settings = {"epochs": epochs, "batch_size": batch_size, "threads": 1, "device": "cpu", **training}
    experiment = dataclasses.replace(
        Experiment(),
        model=ModelConfig(network=network, hidden=(12,), channels=(4,)),
        training=dataclasses.replace(TrainingConfig(), **settings),  # type: ignore[arg-type]
    ).with_objective(objective)
    for name, value in SMALL_PICTURES.get(objective, {}).items():
        experiment = experiment.with_setting(f"objective.{name}", str(value))
    return experiment


@dataclass
class Listener:
    """Keeps the events of a training and may react to them."""

    react: Callable[[TrainingEvent], None] = lambda event: None
    events: list[TrainingEvent] = field(default_factory=list)

    def __call__(self, event: TrainingEvent) -> None:
        self.events.append(event)
        self.react(event)

    def of(self, kind: type[EventT]) -> list[EventT]:
        return [event for event in self.events if isinstance(event, kind)]

    def records(self, split: str | None = None) -> list[MetricRecord]:
        found = [record for event in self.of(MetricBatch) for record in event.records]
        return [record for record in found if split in (None, record.split)]

    @property
    def finished(self) -> TrainingFinished:
        last = self.events[-1]
        assert isinstance(last, TrainingFinished), last
        return last


def trained(
    experiment: Experiment | None = None, dataset: ImageDataset | None = None, listener: Listener | None = None
) -> Listener:
    """Train to the end in this thread and return what was heard."""
    heard = listener or Listener()
    Trainer(experiment or tiny_experiment(), dataset or tiny_dataset()).run(on_event=heard, control=Control())
    return heard
