"""Saving a checkpoint: a folder that gets its name in one step, once everything in it is on the disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError
from vae_explorer.objectives.terms import TERMS, WEIGHT
from vae_explorer.runs.checkpoint import (
    ASIDE,
    DONE_FILE,
    LATEST_FILE,
    MODEL_FILE,
    STATE_FILE,
    TRAINING,
    TRAINING_FILE,
    checkpoint_folders,
    read_state,
    step_of,
)
from vae_explorer.runs.pins import pinned_steps
from vae_explorer.runs.training_file import content_of, numbers_of
from vae_explorer.storage import make_folder, sync_folder, write_atomically, write_new

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vae_explorer.models.snapshot import ModelSnapshot
    from vae_explorer.training.state import TrainingState

MEASURED = "measured"
"""Section of a checkpoint's state: the terms of the test images, measured with exactly its weights."""
_NEWEST_KEPT = 2


def save_checkpoint(
    folder: Path, model: ModelSnapshot, state: Mapping[str, object], training: TrainingState | None = None
) -> Path:
    """Write a checkpoint of `model` below the folder ``checkpoints`` and return where it is, once it would survive.

    Everything goes to a folder with another name, each file is brought to the disk, the list of their hashes last;
    then the folder gets its name in one step, and that name is brought to the disk too. Of older checkpoints the
    newest one stays as well, the one with the lowest loss on the test images, and those that a person pinned. With
    `training` the run can go on from it.

    Raises
    ------
    StorageError, OSError
        If it can't be written; what was there before is untouched.
    """
    final = folder / f"step-{model.step:08d}"
    temporary = final.with_name(f"{final.name}.tmp")
    aside = final.with_name(final.name + ASIDE)
    files = _files(model, state, training)
    make_folder(folder)
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()
        for name, content in files.items():
            write_new(temporary / name, content)
        sync_folder(temporary)
        _take_name(temporary, final, aside)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(folder)
    shutil.rmtree(aside, ignore_errors=True)
    name_latest(final)
    for old in superfluous(folder):
        shutil.rmtree(old, ignore_errors=True)
    return final


def name_latest(checkpoint: Path) -> None:
    """Write which checkpoint of a run is the newest.

    Raises
    ------
    StorageError
        If it can't be written.
    """
    write_atomically(checkpoint.parent.parent / LATEST_FILE, [f"{checkpoint.name}\n".encode()])


def superfluous(folder: Path) -> list[Path]:
    """Return the checkpoints below ``checkpoints`` that neither number, nor loss, nor a person's wish keeps."""
    found = checkpoint_folders(folder)
    try:
        pinned = pinned_steps(folder.parent)
    except OSError:
        return []  # while it isn't known what a person wants to keep, everything is kept
    older = [path for path in found[_NEWEST_KEPT:] if step_of(path) not in pinned]
    best = best_checkpoint(found) if older else None
    return [path for path in older if path != best]


def best_checkpoint(folders: Sequence[Path]) -> Path | None:
    """Return the checkpoint with the lowest loss on the test images, None where none was measured.

    Losses can be compared only where their parts weigh the same: while the weight of the KL grows, for one, the loss
    grows with it. So those count that were measured with the weights of the newest.

    Parameters
    ----------
    folders
        Checkpoints, the newest first.
    """
    measured = [(path, values) for path in folders if (values := _measured(path))]
    if not measured:
        return None
    now = _weights(measured[0][1])
    alike = [(path, values["loss"]) for path, values in measured if _weights(values) == now]
    return min(alike, key=lambda found: found[1])[0]


def _measured(path: Path) -> dict[str, float]:
    try:
        values = read_state(path).get(MEASURED)
    except RunError:
        return {}
    if not isinstance(values, dict) or "loss" not in values:
        return {}
    return {name: value for name, value in values.items() if isinstance(value, float)}


def _weights(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if name in TERMS and TERMS[name].unit == WEIGHT}


def _files(model: ModelSnapshot, state: Mapping[str, object], training: TrainingState | None) -> dict[str, bytes]:
    """Return the content of each file in the order in which they are written."""
    from safetensors.numpy import save

    told: dict[str, object] = {**state, "step": model.step, "epoch": model.epoch}
    files = {MODEL_FILE: save(dict(model.weights))}
    if training is not None:
        told[TRAINING] = numbers_of(training)
        files[TRAINING_FILE] = content_of(training)
    files[STATE_FILE] = json.dumps(told, indent=1).encode()
    done = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()
    }
    files[DONE_FILE] = json.dumps({"files": done}, indent=1).encode()
    return files


def _take_name(temporary: Path, final: Path, aside: Path) -> None:
    """Give the new folder its name; a checkpoint of the same step is found under another one meanwhile."""
    if not final.exists():
        temporary.rename(final)
        return
    shutil.rmtree(aside, ignore_errors=True)
    final.rename(aside)
    try:
        temporary.rename(final)
    except BaseException:
        with contextlib.suppress(OSError):
            os.rename(aside, final)  # noqa: PTH104 - as if the save had never begun
        raise
