"""A run as a folder: what was trained, how it went, and the weights, opened again without trust."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError, SettingError, printable
from vae_explorer.runs.checkpoint import Checkpoint, checkpoint_folders, read_checkpoint
from vae_explorer.runs.metrics_log import read_metrics
from vae_explorer.runs.reading import read_object
from vae_explorer.training.events import MetricRecord
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    from vae_explorer.models.snapshot import ModelSnapshot

SCHEMA_VERSION = 1
HEADER_FILE = "run.json"
METRICS_FILE = "metrics.jsonl"
CHECKPOINTS = "checkpoints"
RUNS_VARIABLE = "VAE_EXPLORER_RUNS"
_MAX_HEADER_BYTES = 1 << 20
_MAX_CLASSES = 1_000
_SIDES = range(1, 129)
_IDENTITY = ("name", "sha256", "shape", "class_names", "images", "train_images")


@dataclass(frozen=True, slots=True)
class DataIdentity:
    """Which images a run was trained on.

    Attributes
    ----------
    name, sha256
        As the data set had them.
    shape
        Channels, height, width.
    class_names
        One a class, empty without labels.
    images, train_images
        How many, and how many of them for training.
    """

    name: str
    sha256: str
    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    images: int
    train_images: int


@dataclass(frozen=True)
class Run:
    """A run folder that was opened.

    Attributes
    ----------
    path
        The folder.
    experiment
        All its settings.
    data
        The images it was trained on.
    created
        When, as written in its header.
    """

    path: Path
    experiment: Experiment
    data: DataIdentity
    created: str

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name

    @cached_property
    def metrics(self) -> tuple[MetricRecord, ...]:
        """All records of the run, in order."""
        return read_metrics(self.path / METRICS_FILE)

    @cached_property
    def newest(self) -> tuple[Checkpoint, tuple[str, ...]]:
        """The newest checkpoint that is whole, and a sentence for each newer one that isn't.

        Raises
        ------
        RunError
            If there is none.
        """
        damage: list[str] = []
        for folder in checkpoint_folders(self.path / CHECKPOINTS):
            try:
                checkpoint = read_checkpoint(folder)
            except RunError as error:
                damage.append(str(error))
            else:
                return checkpoint, tuple(f"{text} An older checkpoint was opened instead." for text in damage)
        if damage:
            raise RunError(f"No checkpoint of the run {printable(self.path)} is whole. {damage[0]}")
        raise RunError(
            f"The run {printable(self.path)} has no checkpoint: it ended before one was saved, so train it again."
        )

    @property
    def result(self) -> Mapping[str, object]:
        """State of the newest checkpoint: step, epoch, seconds and, for a run that ended, train and test."""
        return self.newest[0].state

    def load_model(self) -> ModelSnapshot:
        """Return the model with the weights of the newest checkpoint that is whole.

        Raises
        ------
        RunError
            If there is no such checkpoint, or its weights don't belong to the network of the header.
        """
        from vae_explorer.models.snapshot import ModelSnapshot
        from vae_explorer.runs.weights import model_from_checkpoint

        checkpoint = self.newest[0]
        model = model_from_checkpoint(self.experiment, self.data, checkpoint)
        return ModelSnapshot(model, step=checkpoint.step, epoch=checkpoint.epoch)


def is_run(path: Path) -> bool:
    """Whether `path` looks like a run folder or its header."""
    try:
        return (path / HEADER_FILE).is_file() or (path.name == HEADER_FILE and path.is_file())
    except (OSError, ValueError):
        return False


def open_run(path: str | Path) -> Run:
    """Open a run folder; nothing in it is changed.

    Raises
    ------
    RunError
        If it isn't a run, is of a newer format, or its header is damaged.
    """
    folder = _folder(Path(path))
    header = read_object(folder / HEADER_FILE, _MAX_HEADER_BYTES)
    where = printable(folder / HEADER_FILE)
    version = header.get("schema_version")
    if type(version) is not int or version < 1:
        raise RunError(f"The file {where} is no header of a run: it has no schema_version.")
    if version > SCHEMA_VERSION:
        raise RunError(
            f"The run {printable(folder)} was written by a newer version of VAE Explorer (format {version}; this one "
            f"knows {SCHEMA_VERSION}): update the program to open it."
        )
    try:
        experiment = Experiment.from_dict(_mapping(header.get("experiment")))
        data = _data_identity(_mapping(header.get("data")))
    except (SettingError, ValueError, TypeError) as error:
        raise RunError(f"The file {where} is damaged: {error}") from error
    return Run(folder, experiment, data, str(header.get("created", "")))


def _folder(path: Path) -> Path:
    try:
        named = path.expanduser()
        folder = named.parent if named.name == HEADER_FILE else named
        if not folder.is_dir():
            raise RunError(f"There is no run folder {printable(path)}: name a folder with a file {HEADER_FILE} in it.")
        if not (folder / HEADER_FILE).exists():
            raise RunError(f"The folder {printable(path)} is no run: it has no file {HEADER_FILE}.")
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RunError(f"The run folder {printable(path)} can't be opened: {reason}.") from error
    return folder


def default_runs_folder() -> Path:
    """Return the folder for new runs: the one that VAE_EXPLORER_RUNS names, else one in the user's documents."""
    from platformdirs import user_documents_path

    named = os.environ.get(RUNS_VARIABLE)
    if named:
        return Path(named).expanduser()
    return user_documents_path() / "VAE Explorer" / "runs"


def new_run_folder(parent: Path, experiment: Experiment, now: datetime) -> Path:
    """Return a folder below `parent` that doesn't exist yet, named after data, objective and time."""
    source = re.sub(r"[^A-Za-z0-9]+", "-", Path(experiment.data.source).stem).strip("-")[:40] or "data"
    name = f"{now:%Y-%m-%d %H.%M.%S} {source} {experiment.objective.name}"
    candidate, number = parent / name, 1
    while candidate.exists():
        number += 1
        candidate = parent / f"{name} {number}"
    return candidate


def require_free(folder: Path) -> None:
    """Check that a folder doesn't exist yet or is empty.

    Raises
    ------
    RunError
        If there is something in it, or it can't be looked at.
    """
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RunError(f"The folder {printable(folder)} can't be used: {reason}. Choose another folder.") from error
    if taken:
        raise RunError(f"The folder {printable(folder)} isn't empty: name a new folder for the run.")


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("a section is missing.")
    return value


def _data_identity(value: Mapping[str, object]) -> DataIdentity:
    missing = [name for name in _IDENTITY if name not in value]
    if missing:
        raise ValueError(f"its section data has no {missing[0]}.")
    shape, names = value["shape"], value["class_names"]
    if not isinstance(shape, list) or len(shape) != 3 or not all(type(side) is int for side in shape):
        raise ValueError("the shape of the images is no list of three whole numbers.")
    if shape[0] not in (1, 3) or shape[1] not in _SIDES or shape[2] not in _SIDES:
        raise ValueError(f"images of shape {shape} are out of range.")
    if not isinstance(names, list) or len(names) > _MAX_CLASSES or not all(isinstance(name, str) for name in names):
        raise ValueError("the class names are no list of texts.")
    images, train_images = value["images"], value["train_images"]
    if type(images) is not int or type(train_images) is not int or not 0 < train_images <= images:
        raise ValueError("the numbers of images are no counts.")
    return DataIdentity(
        str(value["name"]), str(value["sha256"]), (shape[0], shape[1], shape[2]), tuple(names), images, train_images
    )
