"""Reading the small files of a run folder, which may come from anywhere, within bounds."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import IO, Self

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.system_errors import system_reason

_DEEPEST = 32
_PREFIX = "Error while deserializing: "  # untranslated: what safetensors says
"""How the library for weights begins what went wrong."""


class Bound(int):
    """A number of bytes that `setting` allows at most."""

    setting: str

    def __new__(cls, value: int, setting: str) -> Self:
        """Return a number that knows its setting."""
        made = super().__new__(cls, value)
        made.setting = setting
        return made


def open_regular(path: Path) -> IO[bytes]:
    """Open an ordinary file for reading; a pipe or a device is refused before it can make anybody wait.

    Raises
    ------
    RunError
        If it is missing, no ordinary file, or can't be read.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RunError(tr("{path} isn't an ordinary file, so it can't be part of a run.", path=printable(path)))
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115 - only this one knows an opener
    except FileNotFoundError:
        raise RunError(tr("The file {path} is missing.", path=printable(path))) from None
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # replaced since it was looked at
        file.close()
        raise RunError(tr("{path} isn't an ordinary file, so it can't be part of a run.", path=printable(path)))
    return file


def file_size(path: Path) -> int:
    """Return the bytes of an ordinary file.

    Raises
    ------
    RunError
        If it is missing, no ordinary file, or can't be read.
    """
    with open_regular(path) as file:
        return os.fstat(file.fileno()).st_size


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the content of an ordinary file of at most `limit` bytes.

    Raises
    ------
    RunError
        If it is missing, no ordinary file, too large, or can't be read.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > limit:
            name = printable(path)
            raise RunError(
                tr(
                    "The file {path} has {size:,} bytes, more than the {limit:,} allowed ({setting}).",
                    path=name,
                    size=size,
                    limit=limit,
                    setting=limit.setting,
                )
                if isinstance(limit, Bound)
                else tr(
                    "The file {path} has {size:,} bytes, more than the {limit:,} allowed there.",
                    path=name,
                    size=size,
                    limit=limit,
                )
            )
        try:
            return file.read(size + 1)[:limit]  # room for so much is made at once, whatever there is
        except OSError as error:
            raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError | ValueError) -> RunError:
    """Return what a user is told of a file that the system doesn't let be read."""
    reason = system_reason(error)
    return RunError(tr("The file {path} can't be read: {reason}.", path=printable(path), reason=reason))


def reason_of(error: Exception) -> str:
    """Return why a library couldn't read weights, as a part of a sentence."""
    return printable(" ".join(str(error).split()).removeprefix(_PREFIX).rstrip("."))


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_object(path: Path, limit: int) -> dict[str, object]:
    """Return the JSON object in a file of at most `limit` bytes.

    Raises
    ------
    RunError
        If it can't be read or holds something else.
    """
    return as_object(read_bytes(path, limit), path)


def as_object(content: bytes, path: Path) -> dict[str, object]:
    """Return the JSON object that the content of the file `path` is.

    Raises
    ------
    RunError
        If it is something else, or nested deeper than anything that a run folder holds.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RunError(
            tr(
                "The file {path} is damaged, it isn't valid JSON ({error}): copy the run's folder here again, or use "
                "another run.",
                path=printable(path),
                error=error,
            )
        ) from error
    if not isinstance(value, dict):
        raise RunError(tr("The file {path} doesn't hold a JSON object.", path=printable(path)))
    if _is_deep(value):
        # Printing such a value would overflow the stack, even where reading it didn't.
        raise RunError(
            tr(
                "The file {path} is nested more than {deepest} levels deep, as no run is.",
                path=printable(path),
                deepest=_DEEPEST,
            )
        )
    return value


def _is_deep(value: object) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
