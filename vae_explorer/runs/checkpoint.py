"""Checkpoints: a folder that is complete or isn't there, with the hash of every file in it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError
from vae_explorer.runs.reading import read_bytes, read_object
from vae_explorer.storage import sync_folder, write_atomically

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from vae_explorer.models.snapshot import ModelSnapshot

MODEL_FILE = "model.safetensors"
STATE_FILE = "state.json"
DONE_FILE = "DONE.json"
MAX_WEIGHT_BYTES = 2 << 30
_MAX_STATE_BYTES = 1 << 20
_NAME = re.compile(r"step-(\d{8,})")
_KEPT = 2


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


def save_checkpoint(folder: Path, model: ModelSnapshot, state: Mapping[str, object]) -> Path:
    """Write a checkpoint of `model` below the folder ``checkpoints`` and return where it is.

    Everything goes to a folder with another name first and is brought to the disk; the name it ends under is given
    in one step. Of older checkpoints the newest one stays as well.

    Raises
    ------
    StorageError
        If it can't be written; what was there before is untouched.
    """
    from safetensors.numpy import save

    final = folder / f"step-{model.step:08d}"
    temporary = final.with_name(final.name + ".tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    files = {
        MODEL_FILE: save(dict(model.weights)),
        STATE_FILE: json.dumps({**state, "step": model.step, "epoch": model.epoch}, indent=1).encode(),
    }
    for name, content in files.items():
        write_atomically(temporary / name, [content])
    done = {name: {"size": len(content), "sha256": _sha256(content)} for name, content in files.items()}
    write_atomically(temporary / DONE_FILE, [json.dumps({"files": done}, indent=1).encode()])
    shutil.rmtree(final, ignore_errors=True)
    temporary.rename(final)
    sync_folder(folder)
    write_atomically(folder.parent / "LATEST", [f"{final.name}\n".encode()])
    for old in checkpoint_folders(folder)[_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def checkpoint_folders(folder: Path) -> list[Path]:
    """Return the checkpoints below ``checkpoints``, the newest first, whether they are whole or not."""
    try:
        found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    except OSError:
        return []
    return sorted(found, key=lambda path: int(path.name.removeprefix("step-")), reverse=True)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint after checking the size and the hash of each of its files.

    Raises
    ------
    RunError
        If something is missing, damaged, or no weights.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    files = read_object(path / DONE_FILE, _MAX_STATE_BYTES).get("files")
    content: dict[str, bytes] = {}
    for name, limit in ((MODEL_FILE, MAX_WEIGHT_BYTES), (STATE_FILE, _MAX_STATE_BYTES)):
        content[name] = read_bytes(path / name, limit)
        entry = files.get(name) if isinstance(files, dict) else None
        if not isinstance(entry, dict) or entry.get("sha256") != _sha256(content[name]):
            raise RunError(f"The file {path / name} is damaged: its content doesn't match its checksum.")
    try:
        weights = load(content[MODEL_FILE])
    except (SafetensorError, ValueError, KeyError) as error:
        raise RunError(f"The file {path / MODEL_FILE} holds no weights: {error}.") from error
    return Checkpoint(path, read_object(path / STATE_FILE, _MAX_STATE_BYTES), weights)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _number(state: Mapping[str, object], name: str) -> float:
    value = state.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e15:
        raise RunError(f"The checkpoint's state has no usable {name}: {value!r}.")
    return float(value)
