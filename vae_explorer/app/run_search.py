"""Finding the run that made a file by what the file says of it: name, settings, and the hash of its weights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import VaeExplorerError

if TYPE_CHECKING:
    from vae_explorer.app.jobs import JobContext
    from vae_explorer.export.provenance import Provenance

_MOST_FOLDERS = 2000
_LONGEST_NAME = 255
_MAY_DIFFER = ("epochs", "device")
"""Settings of the training that change when a run goes on: they don't tell one run from another."""


@dataclass(frozen=True, slots=True)
class FoundRun:
    """The run that made a file.

    Attributes
    ----------
    folder
        Its folder.
    step
        The moment that made the file, or the nearest that was kept.
    is_exact
        Whether the weights of that moment are those that the file names.
    """

    folder: Path
    step: int
    is_exact: bool


def find_run(
    note: Provenance, file: Path, known: Sequence[Path], places: Sequence[Path], context: JobContext
) -> FoundRun | None:
    """Return the run that made a file, None where there is none; the first whose weights are the same is taken.

    Parameters
    ----------
    file
        The file with the note; runs beside it and in the folder above are looked at too.
    known
        Runs that are known, such as the one that is open, which are looked at first.
    places
        Folders with runs in them.
    """
    nearest: FoundRun | None = None
    for folder in _candidates(note, file, known, places):
        context.check()
        found = _compared(folder, note)
        if found is not None and found.is_exact:
            return found
        nearest = nearest or found
    return nearest


def _candidates(note: Provenance, file: Path, known: Sequence[Path], places: Sequence[Path]) -> Iterator[Path]:
    """Yield the folders that may be the run, the likeliest first: none of them twice."""
    around = [file.parent, file.parent.parent, *places]
    name = note.run
    is_plain = 0 < len(name) <= _LONGEST_NAME and Path(name).name == name and name not in {".", ".."}
    named = [folder / name for folder in around] if is_plain else []
    seen: set[Path] = set()
    everywhere = (inner for folder in dict.fromkeys([file.parent, *places]) for inner in _inside(folder))
    likely = [*known, *named, file.parent]
    for folder in (*likely, *everywhere):
        if folder not in seen and len(seen) < _MOST_FOLDERS:
            seen.add(folder)
            yield folder


def _inside(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()][:_MOST_FOLDERS]
    except OSError:
        return []


def _compared(folder: Path, note: Provenance) -> FoundRun | None:
    """Return the run in a folder if it may have made the file."""
    from vae_explorer.runs.folder import is_run, open_run

    try:
        if not is_run(folder):
            return None
        run = open_run(folder)
        if not note.experiment or _identity(run.experiment.to_dict()) != _identity(note.experiment):
            return None
        nearest = min(run.moments, key=lambda moment: abs(moment.step - note.step), default=None)
        if nearest is None:
            return None
        same = nearest.step == note.step and run.load_moment(nearest).weight_hash == note.weight_hash
        if same or run.name == note.run:
            return FoundRun(folder, nearest.step, same)
    except (VaeExplorerError, OSError, ValueError):
        return None  # a damaged run is none that could be shown
    return None


def _identity(experiment: Mapping[str, object]) -> object:
    plain = json.loads(json.dumps(dict(experiment), default=list))
    training = plain.get("training")
    if isinstance(training, dict):
        plain["training"] = {name: value for name, value in training.items() if name not in _MAY_DIFFER}
    return plain
