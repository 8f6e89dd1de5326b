"""Training on images that stay on the disk is the training that memory would give, and goes on as exactly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.training.test_resume import assert_same_end, points, records_up_to, train
from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.data import images, read_ahead
from vae_explorer.data.catalogue import load
from vae_explorer.data.limits import Limits
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.objectives.base import Batch, Moment
from vae_explorer.objectives.vae import VAE
from vae_explorer.sections import DataConfig
from vae_explorer.training import telling
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.control import Control
from vae_explorer.training.evaluation import mean_terms
from vae_explorer.training.events import MetricBatch, TrainingFailed
from vae_explorer.training.initial import initial_model
from vae_explorer.training.trainer import Trainer

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vae_explorer.data.dataset import ImageDataset


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr(telling, "_SNAPSHOT_SHARE", float("inf"))
    monkeypatch.setattr(read_ahead, "BLOCK_BYTES", 4 * 8 * 28)
    monkeypatch.setattr(read_ahead, "WINDOW_BLOCKS", 4)


@pytest.fixture
def on_disk(tmp_path: Path) -> ImageDataset:
    """Forty pictures to train on in a file, in windows of sixteen."""
    made = tiny_dataset(train=40, shape=(1, 8, 28))
    assert made.labels is not None
    x, y = made.images[:][:, 0], made.labels
    np.savez(tmp_path / "x.npz", x_train=x[:40], y_train=y[:40], x_test=x[40:], y_test=y[40:])
    return load(DataConfig(source=str(tmp_path / "x.npz")), limits=Limits(memory_bytes=1))


@pytest.mark.parametrize("objective", OBJECTIVES.names())
def test_that_going_on_from_any_step_gives_the_same_weights_and_records(objective: str, on_disk: ImageDataset) -> None:
    experiment = tiny_experiment(objective, epochs=3, seed=3)
    whole = train(experiment, data=on_disk)
    found = points(whole)
    for step in (1, 2, 3, 5, 8):
        assert_same_end(whole, records_up_to(whole, found[step].state), train(experiment, found[step], data=on_disk))


def test_that_a_file_that_shrinks_ends_the_training_with_a_sentence(tmp_path: Path) -> None:
    made = tiny_dataset(train=400, test=40)
    np.save(tmp_path / "x.npy", made.images[:])
    data = load(DataConfig(source=str(tmp_path / "x.npy")), limits=Limits(memory_bytes=1))

    def cut(event: object) -> None:
        if isinstance(event, MetricBatch):
            os.truncate(tmp_path / "x.npy", 5_000)

    heard = Listener(cut)
    Trainer(tiny_experiment(epochs=9), data).run(on_event=heard, control=Control())
    last = heard.events[-1]
    assert isinstance(last, TrainingFailed)
    assert "has become shorter while it was being read" in last.message


def test_that_measuring_takes_no_more_images_than_are_read_in_a_moment(
    on_disk: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    monkeypatch.setattr(images, "MOST_MEASURED", 10)
    source = BatchSource(on_disk.train, torch.device("cpu"))
    asked: list[int] = []

    def look(rows: NDArray[np.int64]) -> Batch:
        asked.extend(rows.tolist())
        return BatchSource.rows(source, rows)

    monkeypatch.setattr(source, "rows", look)
    model = initial_model(tiny_experiment(), on_disk)[1]
    assert mean_terms(VAE(), model, source, limit=40, moment=Moment())
    assert asked == [0, 4, 8, 13, 17, 21, 26, 30, 34, 39]  # spread evenly: files are often sorted
    asked.clear()
    assert mean_terms(VAE(), model, source, limit=3, moment=Moment())
    assert asked == [0, 19, 39]
