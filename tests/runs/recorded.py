"""Small runs on disk, and ways to damage them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from safetensors.numpy import save

from tests.training.tiny import Listener, tiny_dataset, tiny_experiment
from vae_explorer.data.dataset import ImageDataset
from vae_explorer.runs.checkpoint import checkpoint_folders
from vae_explorer.runs.folder import Run
from vae_explorer.runs.recording import train
from vae_explorer.training.control import Control
from vae_explorer.training.experiment import Experiment

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def recorded(
    folder: Path,
    experiment: Experiment | None = None,
    dataset: ImageDataset | None = None,
    listener: Listener | None = None,
) -> Run:
    """Train a tiny model into `folder`."""
    heard = listener or Listener()
    run = train(experiment or tiny_experiment(), dataset or tiny_dataset(), folder, on_event=heard, control=Control())
    assert run is not None, heard.events[-1]
    return run


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints of a run, the newest first."""
    return checkpoint_folders(folder / "checkpoints")


def write_checkpoint(
    checkpoint: Path,
    weights: Mapping[str, npt.NDArray[np.generic]] | bytes,
    state: Mapping[str, object] | bytes | None = None,
) -> None:
    """Write a checkpoint with the hashes that fit, as someone with bad intentions would."""
    checkpoint.mkdir(parents=True, exist_ok=True)
    step = int(checkpoint.name.removeprefix("step-"))
    files = {
        "model.safetensors": weights if isinstance(weights, bytes) else save(dict(weights)),
        "state.json": state if isinstance(state, bytes) else json.dumps(state or {"step": step, "epoch": 1.0}).encode(),
    }
    for name, content in files.items():
        (checkpoint / name).write_bytes(content)
    done = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()
    }
    (checkpoint / "DONE.json").write_text(json.dumps({"files": done}))


def tree(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
