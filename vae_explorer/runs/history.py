"""The history of a run: the weights of many moments, in half precision, each a file that is whole or left out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.runs.bounds import most_file_bytes
from vae_explorer.runs.reading import as_object, read_bytes, reason_of
from vae_explorer.system_errors import system_reason

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Weights = Mapping[str, npt.NDArray[np.float32]]

HISTORY = "history"
"""Folder of a run that holds its moments."""

_NAME = re.compile(r"step-(\d{8,15})\.safetensors")
_TORN = ".vae-explorer-*.tmp"
"""What is left of a moment whose writing was broken off by a kill."""
_MOST_FILES = 10_000
_LENGTH_BYTES = 8
_METADATA = "moment"
_LONGEST_HEADER = 1 << 20


@dataclass(frozen=True, slots=True)
class KeptMoment:
    """A moment of a run whose weights were kept.

    Attributes
    ----------
    step, epoch
        Steps and epochs before it.
    path
        A file of the history, or the folder of the checkpoint for the newest moment, whose weights are exact.
    """

    step: int
    epoch: float
    path: Path

    @property
    def is_exact(self) -> bool:
        """Whether its weights are those of the training to the last bit, not rounded to half precision."""
        return self.path.suffix != ".safetensors"


def moment_file(run: Path, step: int) -> Path:
    """Return the file for the moment after `step` steps of the run in a folder."""
    return run / HISTORY / f"step-{step:08d}.safetensors"


def moment_content(weights: Weights, step: int, epoch: float) -> bytes:
    """Return the content of a moment's file: weights in half precision, with a SHA-256 over them, step and epoch.

    Weights beyond the range of half precision stay as they are.
    """
    import numpy as np
    from safetensors.numpy import save

    with np.errstate(over="ignore"):
        halves = {name: values.astype(np.float16) for name, values in weights.items()}
    arrays: dict[str, npt.NDArray[np.generic]] = {
        name: half if np.isfinite(half).all() else np.ascontiguousarray(weights[name]) for name, half in halves.items()
    }
    told = json.dumps({"step": step, "epoch": epoch, "sha256": _digest(arrays, step, epoch)})
    return save(arrays, metadata={_METADATA: told})  # one entry only: several have no fixed order


def half_bytes(weights: Weights) -> int:
    """Return about how many bytes a moment with such weights takes."""
    return sum(2 * values.size + 100 for values in weights.values()) + 200


def history(run: Path) -> tuple[tuple[KeptMoment, ...], tuple[str, ...]]:
    """Return the moments in a run's folder, the earliest first, and a sentence for each file that is left out.

    Only the head of each file is read, and its length compared; `read_moment` checks the rest.
    """
    found, notes = [], []
    for step, path in moment_files(run):
        try:
            found.append(kept_moment(path, step))
        except RunError as error:
            notes.append(tr("{error} That moment is left out.", error=error))
    return tuple(found), tuple(notes)


def moment_files(run: Path) -> list[tuple[int, Path]]:
    """Return step and path of each file of a run's history, in order, whether it is whole or not."""
    try:
        named = [(match, path) for path in (run / HISTORY).iterdir() if (match := _NAME.fullmatch(path.name))]
    except OSError:
        return []
    return sorted((int(match[1]), path) for match, path in named)[:_MOST_FILES]


def kept_moment(path: Path, step: int) -> KeptMoment:
    """Return the moment that a file of a history holds, after reading its head.

    Raises
    ------
    RunError
        If it isn't whole, or not from that step.
    """
    told = _metadata(_head(path), path)
    epoch = told.get("epoch")
    if told.get("step") != step or not isinstance(epoch, float) or not 0 <= epoch < 1e15:
        raise RunError(tr("The file {path} isn't the moment that its name says.", path=printable(path)))
    return KeptMoment(step, epoch, path)


def read_moment(moment: KeptMoment, most: int | None = None) -> dict[str, npt.NDArray[np.float32]]:
    """Return the weights of a moment of the history by name, after checking its SHA-256.

    Parameters
    ----------
    moment
        The moment.
    most
        Bytes that its file may take; left out, as many as the user allows.

    Raises
    ------
    RunError
        If the file is missing, damaged, or holds no finite weights.
    """
    import numpy as np
    from safetensors.numpy import load

    content = read_bytes(moment.path, most_file_bytes() if most is None else most)
    where = printable(moment.path)
    told = _metadata(content, moment.path)
    try:
        arrays: dict[str, npt.NDArray[np.generic]] = load(content)
    except Exception as error:  # whatever the library makes of a file that someone else wrote
        reason = reason_of(error)
        raise RunError(tr("The file {where} holds no weights: {reason}.", where=where, reason=reason)) from error
    if told.get("sha256") != _digest(arrays, moment.step, moment.epoch):
        raise RunError(tr("The file {where} is damaged: its content doesn't match its checksum.", where=where))
    weights = {name: values.astype(np.float32) for name, values in arrays.items()}
    for name, values in weights.items():
        if arrays[name].dtype not in (np.float16, np.float32) or not np.isfinite(values).all():
            raise RunError(
                tr(
                    "The weights {name} in {where} aren't finite numbers of 16 or 32 bits.",
                    name=printable(name),
                    where=where,
                )
            )
    return weights


def cut_history(run: Path, step: int) -> None:
    """Take away the moments after `step` steps, which a training that goes on from there makes anew, and torn ones.

    Raises
    ------
    OSError
        If a file can't be taken away.
    """
    for later, path in moment_files(run):
        if later > step:
            path.unlink(missing_ok=True)
    for torn in (run / HISTORY).glob(_TORN):
        torn.unlink(missing_ok=True)


def _head(path: Path) -> bytes:
    """Return the beginning of a file up to its numbers, after comparing its length with what it says of itself."""
    try:
        if not path.is_file():
            raise RunError(tr("{path} isn't an ordinary file, so it can't be part of a run.", path=printable(path)))
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(_LENGTH_BYTES)
            length = int.from_bytes(start, "little")
            if len(start) < _LENGTH_BYTES or length > _LONGEST_HEADER:
                raise RunError(tr("The file {path} is damaged: it doesn't begin as weights do.", path=printable(path)))
            head = start + file.read(length)
    except OSError as error:
        raise RunError(
            tr("The file {path} can't be read: {reason}.", path=printable(path), reason=system_reason(error))
        ) from error
    if len(head) < _LENGTH_BYTES + length or _end(head, path) != size - len(head):
        raise RunError(tr("The file {path} is damaged: it isn't as long as it says.", path=printable(path)))
    return head


def _header(content: bytes, path: Path) -> dict[str, object]:
    length = int.from_bytes(content[:_LENGTH_BYTES], "little")
    if length > _LONGEST_HEADER:
        raise RunError(tr("The file {path} is damaged: it doesn't begin as weights do.", path=printable(path)))
    return as_object(content[_LENGTH_BYTES : _LENGTH_BYTES + length], path)


def _end(head: bytes, path: Path) -> int:
    """Return where the last tensor ends, counted from the end of the header."""
    ends = [0]
    for name, entry in _header(head, path).items():
        if name != "__metadata__":
            offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
            if not isinstance(offsets, list) or len(offsets) != 2 or type(offsets[1]) is not int:
                raise RunError(
                    tr("The file {path} is damaged: it doesn't say where its weights are.", path=printable(path))
                )
            ends.append(offsets[1])
    return max(ends)


def _metadata(content: bytes, path: Path) -> dict[str, object]:
    told = _header(content, path).get("__metadata__")
    moment = told.get(_METADATA) if isinstance(told, dict) else None
    if not isinstance(moment, str):
        raise RunError(
            tr("The file {path} is no moment of a run: it doesn't say from which step it is.", path=printable(path))
        )
    # Halves of a pair of UTF-16, which JSON may hold, are refused by the reader as what they are.
    return as_object(moment.encode("utf-8", "surrogatepass"), path)


def _digest(arrays: Mapping[str, npt.NDArray[np.generic]], step: int, epoch: float) -> str:
    import hashlib

    digest = hashlib.sha256(f"{step} {epoch!r}".encode())
    for name, values in sorted(arrays.items()):
        digest.update(f"{name}{values.shape}{values.dtype}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()
