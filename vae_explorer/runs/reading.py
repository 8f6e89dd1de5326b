"""Reading the small files of a run folder, which may come from anywhere, within bounds."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from vae_explorer.errors import RunError


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
            raise RunError(f"{path} isn't an ordinary file, so it can't be part of a run.")
        if status.st_size > limit:
            raise RunError(
                f"The file {path} has {status.st_size:,} bytes, more than the {limit:,} a run may have there."
            )
        with path.open("rb") as file:
            return file.read(limit + 1)[:limit]
    except FileNotFoundError:
        raise RunError(f"The file {path} is missing.") from None
    except OSError as error:
        raise RunError(f"The file {path} can't be read: {error.strerror}.") from error


def read_object(path: Path, limit: int) -> dict[str, object]:
    """Return the JSON object in a file of at most `limit` bytes.

    Raises
    ------
    RunError
        If it can't be read or holds something else.
    """
    try:
        value = json.loads(read_bytes(path, limit))
    except (ValueError, RecursionError) as error:
        raise RunError(f"The file {path} isn't valid JSON: {error}.") from error
    if not isinstance(value, dict):
        raise RunError(f"The file {path} doesn't hold a JSON object.")
    return value
