"""What a user is told when training can't go on."""

from __future__ import annotations

import re
import traceback

import torch

from vae_explorer.errors import StorageError, TrainingError, VaeExplorerError
from vae_explorer.training.events import TrainingFailed

_OUT_OF_MEMORY = (
    "The memory isn't enough for this training: choose a smaller batch size or network, or another device. "
    "What was saved before is kept."
)
# Only CUDA has an exception of its own for this; the other processors are understood by their words.
_OUT_OF_MEMORY_WORDS = re.compile(r"out of memory|can't allocate memory|not enough memory", re.IGNORECASE)
_LONGEST_REASON = 300


def failure(error: Exception) -> TrainingFailed:
    """Return the event for an exception: its message if it was written for the user, else one that names its kind."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, VaeExplorerError):
        return TrainingFailed(str(error), details, wrong_input=not isinstance(error, (TrainingError, StorageError)))
    return TrainingFailed(_sentence(error), details)


def _sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or _OUT_OF_MEMORY_WORDS.search(text):
        return _OUT_OF_MEMORY
    reason = text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
    return f"Training stopped at an unexpected {type(error).__name__}: {reason.rstrip('.') or 'no reason was given'}."
