"""Reading the small files of a run folder, which may come from anywhere, within bounds."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from vae_explorer.errors import RunError, printable

_DEEPEST = 32


def read_bytes(path: Path, limit: int) -> bytes:
    """Return the content of an ordinary file of at most `limit` bytes.

    Raises
    ------
    RunError
        If it is missing, no ordinary file, too large, or can't be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise RunError(f"{printable(path)} isn't an ordinary file, so it can't be part of a run.")
        if status.st_size > limit:
            raise RunError(
                f"The file {printable(path)} has {status.st_size:,} bytes, more than the {limit:,} allowed there."
            )
        with path.open("rb") as file:
            return file.read(limit + 1)[:limit]
    except FileNotFoundError:
        raise RunError(f"The file {printable(path)} is missing.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RunError(f"The file {printable(path)} can't be read: {reason}.") from error


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
        raise RunError(f"The file {printable(path)} isn't valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise RunError(f"The file {printable(path)} doesn't hold a JSON object.")
    if _is_deep(value):
        # Printing such a value would overflow the stack, even where reading it didn't.
        raise RunError(f"The file {printable(path)} is nested more than {_DEEPEST} levels deep, as no run is.")
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
