"""Small trainings in every way that a person can train, and what two of them must have in common."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from tests.training.tiny import tiny_dataset, tiny_experiment
from vae_explorer.data.catalogue import load
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.data.limits import Limits
from vae_explorer.objectives import OBJECTIVES
from vae_explorer.runs.checkpoint import Checkpoint, checkpoint_folders, read_checkpoint, read_training
from vae_explorer.sections import DataConfig
from vae_explorer.training.batches import BatchSource
from vae_explorer.training.experiment import Experiment

TRAIN, TEST, BATCH, EPOCHS = 40, 8, 16, 4
STEPS = EPOCHS * -(-TRAIN // BATCH)
"""Twelve, so that the mean of the weights, which is renewed after every eighth, is between two renewals at times."""
TURNED_AT = 5
"""Step after which a person turns the learning rate, in the variant in which one does."""

Digest = dict[str, bytes | str | int | float]
"""What a run says and remembers, by words for the report."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to train a family.

    Attributes
    ----------
    words
        For the report.
    settings
        By path, such as ``training.precision``.
    has_classes, on_disk
        Whether the images have classes, and are read from a file while it trains.
    is_turned
        Whether the learning rate is turned on the way.
    """

    words: str
    settings: Mapping[str, str]
    has_classes: bool = True
    on_disk: bool = False
    is_turned: bool = False

    def suits(self, family: str) -> bool:
        """Whether a family can be trained so."""
        return self.has_classes or not OBJECTIVES.get(family).needs_labels

    def experiment(self, family: str) -> Experiment:
        """Return the settings with which a family is trained so."""
        made = tiny_experiment(family, epochs=EPOCHS, batch_size=BATCH, seed=3)
        for path, text in self.settings.items():
            made = made.with_setting(path, text)
        return made


_PLAIN, _BF16, _FLOAT = (
    {"training.path": "plain"},
    {"training.precision": "bfloat16"},
    {"training.precision": "float32"},
)
_CONV = {"model.network": "conv"}

VARIANTS = (
    Variant("float32", _FLOAT),
    Variant("bfloat16", _BF16),
    Variant("float32, plain steps", {**_FLOAT, **_PLAIN}),
    Variant("bfloat16, plain steps", {**_BF16, **_PLAIN}),
    Variant("float32, convolutions", {**_FLOAT, **_CONV}),
    Variant("bfloat16, convolutions", {**_BF16, **_CONV}),
    Variant("float32, images on disk", _FLOAT, on_disk=True),
    Variant("bfloat16, plain steps, images on disk", {**_BF16, **_PLAIN}, on_disk=True),
    Variant("float32, no classes", _FLOAT, has_classes=False),
    Variant("bfloat16, no classes, images on disk", _BF16, has_classes=False, on_disk=True),
    Variant("weights not averaged", {**_FLOAT, "training.average": "false"}),
    Variant(
        "full covariance, Gaussian pictures", {**_FLOAT, "model.posterior": "full", "model.likelihood": "gaussian"}
    ),
    Variant("learning rate turned on the way", _FLOAT, is_turned=True),
    Variant("one-cycle schedule, plain steps", {**_FLOAT, **_PLAIN, "training.schedule": "one-cycle"}),
)


def make_images(folder: Path) -> dict[tuple[bool, bool], ImageDataset]:
    """Return the images by whether they have classes and are read from a file below a folder."""
    found = {}
    for has_classes in (True, False):
        made = tiny_dataset(train=TRAIN, test=TEST, shape=(1, 8, 28), classes=3 if has_classes else 0)
        pictures, path = made.images[:][:, 0], folder / f"classes-{has_classes}.npz"
        arrays: dict[str, npt.NDArray[np.generic]] = {"x_train": pictures[:TRAIN], "x_test": pictures[TRAIN:]}
        if made.labels is not None:
            arrays |= {"y_train": made.labels[:TRAIN], "y_test": made.labels[TRAIN:]}
        np.savez(path, **arrays)  # type: ignore[arg-type]
        found[has_classes, False] = made
        found[has_classes, True] = load(DataConfig(source=str(path)), limits=Limits(memory_bytes=1))
    return found


@contextmanager
def looked_at_after_every_step() -> Iterator[list[bytes]]:
    """Let every training snapshot each step and read the disk in small windows; gives the rows of batches, as asked."""
    rows: list[bytes] = []
    shuffled = BatchSource.shuffled

    def noting(
        source: BatchSource, batch_size: int, *, seed: int, epoch: int, skip: int = 0
    ) -> Iterator[npt.NDArray[np.int64]]:
        for batch in shuffled(source, batch_size, seed=seed, epoch=epoch, skip=skip):
            rows.append(batch.tobytes())
            yield batch

    with ExitStack() as stack:
        stack.enter_context(patch("vae_explorer.training.control.SNAPSHOT_SECONDS", 0.0))
        stack.enter_context(patch("vae_explorer.training.telling._SNAPSHOT_SHARE", float("inf")))
        stack.enter_context(patch("vae_explorer.data.read_ahead.BLOCK_BYTES", 4 * 8 * 28))
        stack.enter_context(patch("vae_explorer.data.read_ahead.WINDOW_BLOCKS", 4))
        stack.enter_context(patch.object(BatchSource, "shuffled", noting))
        yield rows


def digest(folder: Path) -> Digest:
    """Return everything that a completed run says and remembers but times, each part under a name to report."""
    newest = read_checkpoint(checkpoint_folders(folder / "checkpoints")[0])
    found: Digest = {f"weights {name}": values.tobytes() for name, values in newest.weights.items()}
    found |= _remembered(newest)
    found |= {
        f"final {part}": json.dumps(newest.state.get(part), sort_keys=True) for part in ("reason", "train", "test")
    }
    for number, line in enumerate((folder / "metrics.jsonl").read_text().splitlines()):
        record = json.loads(line)
        record.pop("seconds")
        found[f"line {number + 1} of the metrics"] = json.dumps(record, sort_keys=True)
    found |= {f"moment {path.name}": path.read_bytes() for path in (folder / "history").glob("*")}
    return found


def _remembered(checkpoint: Checkpoint) -> Digest:
    state = read_training(checkpoint)
    found: Digest = {"generator of noise": state.noise.tobytes()}
    numbers = dataclasses.asdict(dataclasses.replace(state, optimizers={}, average=None, noise=np.zeros(0, np.uint8)))
    for name in ("step", "records", "tests", "device", "threads", "torch", "precision", "path", "workers"):
        found[name] = numbers[name]
    for name in ("steps", "learning_rates", "values"):
        found[f"pending {name}"] = np.asarray(getattr(state.pending, name)).tobytes()
    for optimizer, parameters in state.optimizers.items():
        for name, adam in parameters.items():
            found[f"optimiser {optimizer} of {name}"] = adam.exp_avg.tobytes() + adam.exp_avg_sq.tobytes()
            found[f"optimiser steps {optimizer} of {name}"] = adam.step
    if state.average is not None:
        found |= {f"trained weights {name}": values.tobytes() for name, values in state.average.weights.items()}
        found |= {f"mean of weights {name}": values.tobytes() for name, values in state.average.means.items()}
    return found


def first_difference(one: Digest, other: Digest) -> str:
    """Return what differs first between two runs, "" where nothing does."""
    for name in sorted(one.keys() | other.keys()):
        if name not in one or name not in other:
            return f"only one of them has {name}"
        if one[name] != other[name]:
            return f"{name} differs"
    return ""
