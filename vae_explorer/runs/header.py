"""The header of a run, ``run.json``: read within bounds, and rewritten whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from vae_explorer.runs.bounds import most_document_bytes
from vae_explorer.runs.reading import read_object
from vae_explorer.storage import write_atomically
from vae_explorer.training.changes import SettingChange

HEADER_FILE = "run.json"
CHECKSUM = "sha256"
"""Section of the header: SHA-256 of all others, as compact JSON with sorted names."""


def read_header(folder: Path) -> dict[str, object]:
    """Return the header of the run in a folder.

    Raises
    ------
    RunError
        If it can't be read.
    """
    return read_object(folder / HEADER_FILE, most_document_bytes())


def rewrite_header(folder: Path, **sections: object) -> None:
    """Replace sections of the header, and keep the others, known or not.

    Raises
    ------
    RunError, StorageError
        If it can't be read or written; the header is as it was then.
    """
    before = read_header(folder)
    header = {**before, **{name: value for name, value in sections.items() if value}}
    for name, value in sections.items():
        if not value:
            header.pop(name, None)
    if CHECKSUM in before and not is_as_written(before):
        write_atomically(folder / HEADER_FILE, [json.dumps(header, indent=1).encode()])  # and stays recognisable
    else:
        write_header(folder, header)


def write_header(folder: Path, header: Mapping[str, object]) -> None:
    """Write a header with its checksum.

    Raises
    ------
    StorageError
        If it can't be written; what was there before is untouched.
    """
    sealed = {**header, CHECKSUM: _checksum(header)}
    write_atomically(folder / HEADER_FILE, [json.dumps(sealed, indent=1).encode()])


def is_as_written(header: Mapping[str, object]) -> bool:
    """Whether a header has its checksum still, or is from before there was one."""
    return header.get(CHECKSUM, "") in ("", _checksum(header))  # of any type, so no set


def _checksum(header: Mapping[str, object]) -> str:
    rest = {name: value for name, value in header.items() if name != CHECKSUM}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def add_change(folder: Path, change: SettingChange) -> None:
    """Write into the header that a setting was changed, before a step is taken with its new value.

    Raises
    ------
    RunError, StorageError
        If it can't be read or written; the header is as it was then.
    """
    before = read_header(folder).get("changes")
    rewrite_header(folder, changes=[*(before if isinstance(before, list) else ()), change.to_dict()])
