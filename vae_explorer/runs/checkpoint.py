"""Checkpoints: a folder that is complete or isn't there, with the hash of every file in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.runs.bounds import most_document_bytes, most_file_bytes, most_training_bytes
from vae_explorer.runs.reading import as_object, file_size, read_bytes, read_object, reason_of
from vae_explorer.runs.training_file import training_state

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.training.state import TrainingState

MODEL_FILE = "model.safetensors"
STATE_FILE = "state.json"
TRAINING_FILE = "training.safetensors"
DONE_FILE = "DONE.json"
LATEST_FILE = "LATEST"
"""Names the newest checkpoint: opening a run looks at the checkpoints themselves, and so knows when one is missing."""
_LONGEST_HINT = 100
ASIDE = ".old"
"""Ending of a checkpoint whose step is saved anew, until the new one has its name."""
TRAINING = "training"
"""Section of the state: the numbers that a training needs to go on."""
_NAME = re.compile(rf"step-(\d{{8,15}})({re.escape(ASIDE)})?")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Weights and the moment they are from, read back and checked.

    Attributes
    ----------
    path
        Its folder.
    state
        ``step``, ``epoch``, ``seconds`` and, at the end of a run, ``reason``, ``train`` and ``test``.
    weights
        By name.
    """

    path: Path
    state: Mapping[str, object]
    weights: Mapping[str, npt.NDArray[np.float32]]

    @property
    def step(self) -> int:
        """Steps taken before it was saved."""
        return int(_number(self.state, "step"))

    @property
    def epoch(self) -> float:
        """Epochs before it was saved."""
        return _number(self.state, "epoch")

    @property
    def can_resume(self) -> bool:
        """Whether it says that the state of the training was saved with it."""
        return TRAINING in self.state


def checkpoint_folders(folder: Path) -> list[Path]:
    """Return the checkpoints below ``checkpoints``, the newest first, whether they are whole or not."""
    try:
        found = [(match, path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    except OSError:
        return []
    ordered = sorted(found, key=lambda item: (int(item[0][1]), item[0][2] is None), reverse=True)
    return [path for _, path in ordered]


def missing_checkpoint(run: Path, folders: Sequence[Path]) -> list[str]:
    """Return a sentence where the run says that it has a newer checkpoint than there is; none where it doesn't.

    Parameters
    ----------
    run
        Folder of the run.
    folders
        Its checkpoints, the newest first.
    """
    try:
        name = read_bytes(run / LATEST_FILE, _LONGEST_HINT).decode(errors="replace").strip()
    except RunError:
        return []
    named, newest = step_of(Path(name)), step_of(folders[0]) if folders else -1
    return (
        [tr("The checkpoint {name} of the run {run} is missing.", name=printable(name), run=printable(run))]
        if named > newest
        else []
    )


def step_of(path: Path) -> int:
    """Return the step that the name of one of `checkpoint_folders` says."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else -1  # no name of a checkpoint


def read_state(path: Path) -> dict[str, object]:
    """Return the state of a checkpoint as it says, without comparing hashes.

    Raises
    ------
    RunError
        If it can't be read.
    """
    return read_object(path / STATE_FILE, most_document_bytes())


def read_checkpoint(path: Path, most: int | None = None) -> Checkpoint:
    """Read a checkpoint after checking the size and the hash of each of its files.

    Parameters
    ----------
    path
        Its folder.
    most
        Bytes that the weights may take; left out, as many as the user allows.

    Raises
    ------
    RunError
        If something is missing, damaged, or no finite weights.
    """
    files = _listed(path)
    weights = _verified(path / MODEL_FILE, files, most_file_bytes() if most is None else most)
    state = as_object(_verified(path / STATE_FILE, files, most_document_bytes()), path / STATE_FILE)
    for name in ("step", "epoch"):
        _number(state, name)
    return Checkpoint(path, state, _weights(weights, path / MODEL_FILE))


def read_training(checkpoint: Checkpoint) -> TrainingState:
    """Read what training needs to go on from a checkpoint, after checking size and hash of the file.

    Raises
    ------
    RunError
        If it was saved without, or is damaged.
    """
    numbers = checkpoint.state.get(TRAINING)
    if not isinstance(numbers, dict):
        raise RunError(
            tr(
                "The checkpoint {path} was saved without the state of the training, as older versions did.",
                path=printable(checkpoint.path),
            )
        )
    path = checkpoint.path / TRAINING_FILE
    content = _verified(path, _listed(checkpoint.path), most_training_bytes())
    return training_state(content, numbers, checkpoint.step, path)


def _listed(folder: Path) -> object:
    return read_object(folder / DONE_FILE, most_document_bytes()).get("files")


def _verified(path: Path, files: object, limit: int) -> bytes:
    """Return the content of a file after comparing it with the list; nothing of another size is read at all."""
    entry = files.get(path.name) if isinstance(files, dict) else None
    size = entry.get("size") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or type(size) is not int:
        raise RunError(
            tr(
                "The file {path} is damaged: {done_file} beside it doesn't list it.",
                path=printable(path),
                done_file=DONE_FILE,
            )
        )
    if (found := file_size(path)) != size:
        raise RunError(
            tr(
                "The file {path} is damaged: it has {found:,} bytes instead of {size:,}.",
                path=printable(path),
                found=found,
                size=size,
            )
        )
    content = read_bytes(path, limit)
    if entry.get("sha256") != _sha256(content):
        raise RunError(tr("The file {path} is damaged: its content doesn't match its checksum.", path=printable(path)))
    return content


def _weights(content: bytes, path: Path) -> dict[str, npt.NDArray[np.float32]]:
    import numpy as np
    from safetensors.numpy import load

    try:
        weights = load(content)
    except Exception as error:  # whatever the library makes of a file that someone else wrote
        reason = reason_of(error)
        raise RunError(
            tr("The file {path} holds no weights: {reason}.", path=printable(path), reason=reason)
        ) from error
    for name, values in weights.items():
        if values.dtype != np.float32 or not np.isfinite(values).all():
            raise RunError(
                tr(
                    "The weights {name} in {path} aren't finite numbers of 32 bits.",
                    name=printable(name),
                    path=printable(path),
                )
            )
    return weights


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _number(state: Mapping[str, object], name: str) -> float:
    value = state.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e15:
        raise RunError(
            tr("The checkpoint's state has no usable {name}: {value}.", name=name, value=printable(value, 60))
        )
    return float(value)
