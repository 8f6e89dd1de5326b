"""What a user is told when training can't go on."""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING

import numpy as np
import torch

from vae_explorer.errors import DeviceError, DivergenceError, StorageError, TrainingError, VaeExplorerError
from vae_explorer.language import marked, tr, without_stop
from vae_explorer.training.events import Fault, TrainingFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from vae_explorer.training.state import TrainingState

CALMER = marked("Try half the learning rate, or a larger batch.")
"""What to do about a training that diverges."""

_SENTENCES: dict[Fault, str] = {
    "memory": (
        marked(
            "The memory isn't enough for this training: choose a smaller batch size or network, "
            "or close other programs."
        )
    ),
    "gpu-memory": (
        marked(
            "The GPU's memory isn't enough for this training: choose a smaller batch size or "
            "network, or train on the CPU."
        )
    ),
    "gpu-lost": (
        marked(
            "The GPU doesn't answer any more: go on with the run on the CPU, or start the program again to use the GPU."
        )
    ),
}
# Only CUDA has exceptions of its own for these; other processors, and older drivers, are understood by their words.
_GPU_WORDS = re.compile(r"\b(CUDA|CUBLAS|CUDNN|NCCL|HIP|MPS|GPU)\b|^(cublas|cudnn)|Triton", re.IGNORECASE)
_MEMORY_WORDS = re.compile(r"out of memory|can't allocate memory|not enough memory|ALLOC_FAILED", re.IGNORECASE)
_LOST_WORDS = re.compile(
    r"(CUDA|HIP|CUDNN|CUBLAS)[\w ]*error|device-side assert|CU(BLAS|DNN)_STATUS|device is lost|fallen off the bus",
    re.IGNORECASE,
)
_OWN: dict[type[VaeExplorerError], Fault] = {
    DivergenceError: "diverged",
    DeviceError: "gpu-missing",
    StorageError: "storage",
}
_LONGEST_REASON = 300


def failure(error: Exception, *, begun: bool = False) -> TrainingFailed:
    """Return the event for an exception: its message if it was written for the user, else one that names its kind.

    Parameters
    ----------
    error
        What was raised.
    begun
        Whether steps could be taken, so that it wasn't what was asked for that is wrong.
    """
    details = "".join(traceback.format_exception(error))
    if isinstance(error, VaeExplorerError):
        wrong_input = not begun and not isinstance(error, (TrainingError, StorageError))
        return TrainingFailed(str(error), details, wrong_input=wrong_input, fault=fault_of(error))
    fault = fault_of(error)
    return TrainingFailed(tr(_SENTENCES.get(fault, "")) or _sentence(error), details, fault=fault)


def fault_of(error: BaseException) -> Fault:
    """Return what kind of fault an exception is; "" for one that other settings don't help against."""
    if isinstance(error, VaeExplorerError):
        return _OWN.get(type(error), "")
    if isinstance(error, torch.OutOfMemoryError):
        return "gpu-memory"
    if isinstance(error, MemoryError):
        return "memory"
    return _fault_by_words(error) if isinstance(error, RuntimeError) else ""


def _fault_by_words(error: RuntimeError) -> Fault:
    text = str(error)
    if _MEMORY_WORDS.search(text):
        return "gpu-memory" if _GPU_WORDS.search(text) else "memory"
    return "gpu-lost" if isinstance(error, torch.AcceleratorError) or _LOST_WORDS.search(text) else ""


def require_finite_state(
    step: int, weights: Mapping[str, npt.NDArray[np.float32]], state: TrainingState | None
) -> None:
    """Check what is about to be saved, so that numbers which no training can go on from never replace good ones.

    Parameters
    ----------
    step
        Steps taken.
    weights
        Of the model, by name.
    state
        The state of the training, where it is saved too.

    Raises
    ------
    DivergenceError
        If a number isn't finite; the message names the step and where it is.
    """
    for name, values in _saved(weights, state):
        if not np.isfinite(values).all():
            raise DivergenceError(
                tr(
                    "Training diverged at step {step}: {numbers} aren't finite any more. {calmer}",
                    step=step,
                    numbers=name,
                    calmer=tr(CALMER),
                )
            )


def is_finite(weights: Mapping[str, npt.NDArray[np.float32]]) -> bool:
    """Whether all weights are finite numbers."""
    return all(bool(np.isfinite(values).all()) for values in weights.values())


def _saved(
    weights: Mapping[str, npt.NDArray[np.float32]], state: TrainingState | None
) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    yield from ((tr("the weights {name}", name=name), values) for name, values in weights.items())
    if state is None:
        return
    if state.average is not None:
        yield from ((tr("the weights {name}", name=name), values) for name, values in state.average.weights.items())
    for parameters in state.optimizers.values():
        for name, adam in parameters.items():
            yield tr("the mean gradients of {name}", name=name), adam.exp_avg
            yield tr("the mean squared gradients of {name}", name=name), adam.exp_avg_sq


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    reason = text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
    return tr(
        "Training stopped at an unexpected {name}: {reason}.",
        name=type(error).__name__,
        reason=without_stop(reason) or tr("no reason was given"),
    )
