"""Formats of run folders: newer ones are refused, older ones are read as they are and go on in a copy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from vae_explorer.errors import RunError, StorageError, printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.header import HEADER_FILE, read_header, write_header
from vae_explorer.storage import sync_folder
from vae_explorer.system_errors import system_reason

SCHEMA_VERSION = 1
"""Format in which this program writes runs."""

Header = dict[str, object]
UPGRADES: Mapping[int, Callable[[Header], Header]] = {}
"""What makes the header of a format into one of the next, by the older one's number; keys that it doesn't know stay."""

VERSION = "schema_version"
"""Section of the header that holds the format."""
_MIGRATED_FROM = "migrated_from"
_MOST_COPIES = 1_000
_TOLD = marked("The run {name} is of an older format and stays as it is: its copy {copy} in today's format was opened.")


def current_header(header: Header, folder: Path) -> Header:
    """Return the header of a run as this program would have written it.

    Raises
    ------
    RunError
        If it is of a newer format, or of none.
    """
    version = header.get(VERSION)
    if type(version) is not int or version < 1:
        raise RunError(
            tr(
                "The file {folder} is no header of a run: it has no {version}.",
                folder=printable(folder / HEADER_FILE),
                version=VERSION,
            )
        )
    if version > SCHEMA_VERSION:
        raise RunError(
            tr(
                "The run {folder} was written by a newer version of VAE Explorer (format {version}; "
                "this one knows {schema_version}): update the program to open it.",
                folder=printable(folder),
                version=version,
                schema_version=SCHEMA_VERSION,
            )
        )
    for older in range(version, SCHEMA_VERSION):
        header = {**UPGRADES[older](dict(header)), VERSION: older + 1}
    return header


def is_older(folder: Path) -> bool:
    """Whether a run is of an older format, so that it can be read but is written only as a copy.

    Raises
    ------
    RunError
        If its header can't be read.
    """
    version = read_header(folder).get(VERSION)
    return type(version) is int and version < SCHEMA_VERSION


def require_current(folder: Path) -> None:
    """Check that a run may be written as it is.

    Raises
    ------
    RunError
        If it is of an older format, or can't be read.
    """
    if is_older(folder):
        raise RunError(
            tr(
                "The run {folder} is of an older format and stays as it is: open it where its folder "
                "can be written, so that a copy in today's format goes on.",
                folder=printable(folder),
            )
        )


def migrated(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Return a copy of a run in today's format, beside it, and a sentence on it; the run itself stays as it is.

    A copy that was made before is returned again; a run of today's format is returned itself, without a sentence.

    Raises
    ------
    RunError
        If it can't be read, or is of a newer format.
    StorageError
        If the copy can't be written; then there is none.
    """
    if not is_older(folder):
        return folder, ()
    before = read_header(folder)
    header = {**current_header(before, folder), _MIGRATED_FROM: {"run": folder.name, VERSION: before[VERSION]}}
    for number in range(_MOST_COPIES):
        copy = folder.with_name(
            f"{folder.name} (format {SCHEMA_VERSION}{f' {number}' if number else ''})"  # untranslated: name of a folder
        )
        is_new = not copy.exists()
        if is_new:
            _copy(folder, copy, header)
        if is_new or _is_copy(copy, header):
            return copy, (tr(_TOLD, name=printable(folder.name), copy=printable(copy.name)),)
    raise StorageError(tr("There are too many copies of the run {folder}: remove some.", folder=printable(folder)))


def _copy(folder: Path, copy: Path, header: Header) -> None:
    unfinished = copy.with_name(f".{copy.name}.tmp")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(folder, unfinished, ignore=shutil.ignore_patterns("run.lock", "*.tmp"))
        write_header(unfinished, header)
        _sync_below(unfinished)
        unfinished.rename(copy)
        sync_folder(copy.parent)
    except BaseException as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        reason = system_reason(error) if error.strerror else tr("some of its files can't be copied")
        raise StorageError(
            tr(
                "The run {folder} is of an older format, and its copy {name} in today's can't be "
                "written: {reason}. Copy the run to a folder of yours, and open it there.",
                folder=printable(folder),
                name=printable(copy.name),
                reason=reason,
            )
        ) from error


def _sync_below(folder: Path) -> None:
    """Bring all files and names below a folder to the disk, before the folder gets its name."""
    for path in (*folder.rglob("*"), folder):
        if path.is_dir():
            sync_folder(path)
        else:
            descriptor = os.open(path, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _is_copy(copy: Path, header: Header) -> bool:
    try:
        found = read_header(copy)
    except RunError:
        return False
    return found.get(_MIGRATED_FROM) == header[_MIGRATED_FROM] and found.get("created") == header.get("created")
