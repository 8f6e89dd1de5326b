"""The header of a run, ``run.json``: read within bounds, and rewritten whole."""

from __future__ import annotations

import json
from pathlib import Path

from vae_explorer.runs.reading import read_object
from vae_explorer.storage import write_atomically
from vae_explorer.training.changes import SettingChange

HEADER_FILE = "run.json"
_MAX_BYTES = 16 << 20


def read_header(folder: Path) -> dict[str, object]:
    """Return the header of the run in a folder.

    Raises
    ------
    RunError
        If it can't be read.
    """
    return read_object(folder / HEADER_FILE, _MAX_BYTES)


def rewrite_header(folder: Path, **sections: object) -> None:
    """Replace sections of the header, and keep the others, known or not.

    Raises
    ------
    RunError, StorageError
        If it can't be read or written; the header is as it was then.
    """
    header = {**read_header(folder), **{name: value for name, value in sections.items() if value}}
    for name, value in sections.items():
        if not value:
            header.pop(name, None)
    write_atomically(folder / HEADER_FILE, [json.dumps(header, indent=1).encode()])


def add_change(folder: Path, change: SettingChange) -> None:
    """Write into the header that a setting was changed, before a step is taken with its new value.

    Raises
    ------
    RunError, StorageError
        If it can't be read or written; the header is as it was then.
    """
    before = read_header(folder).get("changes")
    rewrite_header(folder, changes=[*(before if isinstance(before, list) else ()), change.to_dict()])
