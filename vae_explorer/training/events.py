"""What a trainer tells while it works: one union of frozen events, in the order in which things happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.training.changes import SettingChange
    from vae_explorer.training.state import TrainingState


Fault = Literal["", "diverged", "memory", "gpu-memory", "gpu-lost", "gpu-missing", "storage"]
"""What broke a training off, as far as other settings may help: numbers that aren't finite any more, too little memory
of the computer or of the GPU, a GPU that is gone or was never there; or that something couldn't be written."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is.

    Attributes
    ----------
    step, total_steps
        Steps taken and planned.
    epoch
        Passes over the training images so far, with a fraction.
    epochs
        Passes planned.
    seconds
        Time spent training, pauses left out.
    images_per_second
        Training speed over the last seconds.
    seconds_left
        Expected time to the end, or None while it isn't known.
    """

    step: int
    total_steps: int
    epoch: float
    epochs: int
    seconds: float
    images_per_second: float
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """Values of the loss and its terms at one step.

    Attributes
    ----------
    step, epoch, seconds
        When: after this many steps, epochs, and seconds of training.
    split
        ``"train"``: mean over the training batches since the record before; ``"test"``: mean over the test images.
    values
        By name, in nats per image: ``loss``, ``reconstruction``, ``kl``, ``kl_z1``, ``kl_z2``; training records also
        have ``learning_rate``.
    """

    step: int
    epoch: float
    split: Literal["train", "test"]
    seconds: float
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TrainingStarted:
    """Sent once, before the first step.

    Of a training that goes on, `records` are the metric records that were told before and count, and `notes` are
    sentences for the user. `precision` is that of the networks' products, ``float32`` or ``bfloat16``; `path` is a word
    for how steps are taken, ``plain`` for the one that knows every objective; `workers` is the number of processes
    that take each step together.
    """

    progress: Progress
    device: str
    device_name: str
    threads: int
    parameters: int
    records: int = 0
    notes: tuple[str, ...] = ()
    precision: str = "float32"
    path: str = "plain"
    workers: int = 1


@dataclass(frozen=True, slots=True)
class MetricBatch:
    """New records since the batch before; none is ever left out."""

    records: tuple[MetricRecord, ...]
    progress: Progress


@dataclass(frozen=True, slots=True)
class TrainingSnapshot:
    """A frozen copy of the model as it is now; a later one replaces it.

    `state` is what training needs beside the weights to go on from there; only there when it was asked for.
    """

    model: ModelSnapshot
    progress: Progress
    state: TrainingState | None = None


@dataclass(frozen=True, slots=True)
class MomentReached:
    """The model of a step that was asked for, so that it can be kept."""

    model: ModelSnapshot


@dataclass(frozen=True, slots=True)
class MomentKept:
    """The weights of a moment are on disk, to be travelled to.

    Attributes
    ----------
    path
        Their file.
    step, epoch
        Steps and epochs before the moment.
    dropped
        Steps of earlier moments that made room for it.
    """

    path: Path
    step: int
    epoch: float
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """A setting was turned; the next step is the first with the new value."""

    change: SettingChange


@dataclass(frozen=True, slots=True)
class TrainingPaused:
    """Training waits for a person."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class TrainingResumed:
    """Training goes on after a pause."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """The weights of this step are on disk."""

    path: Path
    step: int


@dataclass(frozen=True, slots=True)
class SavingFailed:
    """The run can't be written; the training waits for an answer to its question (see `training.questions`).

    Attributes
    ----------
    message, details
        As of `TrainingFailed`.
    at_the_end
        Whether the training has ended, so that all that is left to do is to save it.
    """

    message: str
    details: str
    at_the_end: bool


@dataclass(frozen=True, slots=True)
class SavingPutOff:
    """The training goes on though it can't be saved; it will be tried again now and then, and at the end."""


@dataclass(frozen=True, slots=True)
class SavingResumed:
    """Everything that couldn't be written before is written, in this folder."""

    folder: Path


@dataclass(frozen=True, slots=True)
class TrainingFinished:
    """Sent last, when training ended as planned or was stopped.

    Attributes
    ----------
    reason
        ``"completed"`` or ``"stopped"``.
    model
        The final weights.
    train, test
        Mean loss and terms of the final weights, in nats per image.
    state
        What training needs beside the weights to go on.
    """

    reason: Literal["completed", "stopped"]
    progress: Progress
    model: ModelSnapshot
    train: Mapping[str, float]
    test: Mapping[str, float]
    state: TrainingState | None = None


@dataclass(frozen=True, slots=True)
class TrainingFailed:
    """Sent last, when training couldn't go on.

    Attributes
    ----------
    message
        One sentence for the user: what happened and what to do.
    details
        Text of the traceback.
    wrong_input
        Whether a setting, the data or the folder that were asked for can't be used, so that nothing was trained.
    fault
        What it was, where other settings may help.
    """

    message: str
    details: str
    wrong_input: bool = False
    fault: Fault = ""


TrainingEvent = (
    TrainingStarted
    | MetricBatch
    | TrainingSnapshot
    | MomentReached
    | MomentKept
    | SettingChanged
    | TrainingPaused
    | TrainingResumed
    | CheckpointSaved
    | SavingFailed
    | SavingPutOff
    | SavingResumed
    | TrainingFinished
    | TrainingFailed
)

EventHandler = Callable[[TrainingEvent], None]
"""Hears what a trainer tells, in the trainer's thread."""
