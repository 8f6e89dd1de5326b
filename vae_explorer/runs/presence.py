"""Whether somebody writes a run, as far as can be told from here."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.runs.lock import is_held

if TYPE_CHECKING:
    from vae_explorer.runs.writer import Writer

QUIET_SECONDS = 60.0
"""How long a run may stay as it is before a training that can't be asked counts as gone: as long as two autosaves."""


class Presence(Enum):
    """Whether somebody writes a run."""

    WRITING = "writing"
    PAUSED = "paused"
    QUIET = "quiet"
    """Nothing has come for a while from a machine whose processes can't be seen from here."""
    GONE = "gone"
    """The training ended without giving the run back: it was killed."""
    NOBODY = "nobody"

    @property
    def is_at_work(self) -> bool:
        """Whether a training holds the run, as far as can be told."""
        return self in {Presence.WRITING, Presence.PAUSED}

    @property
    def is_paused(self) -> bool:
        """Whether the training waits for a person."""
        return self is Presence.PAUSED

    @property
    def is_nobody(self) -> bool:
        """Whether the last training gave the run back."""
        return self is Presence.NOBODY

    @property
    def is_gone(self) -> bool:
        """Whether the last training was killed."""
        return self is Presence.GONE


def presence(folder: Path, writer: Writer | None, quiet: float) -> Presence:
    """Return whether somebody writes the run in a folder.

    The lock tells it where the system that trains shares its locks with this one. Elsewhere, such as with a folder
    that is synchronised, what the training wrote of itself and how long the run has been as it is have to do.

    Parameters
    ----------
    folder, writer
        The run, and who wrote it last.
    quiet
        Seconds since it grew.
    """
    if is_held(folder):
        return Presence.PAUSED if writer is not None and writer.paused else Presence.WRITING
    if writer is None or writer.ended:
        return Presence.NOBODY
    if writer.is_here and not _lives(writer.process):
        return Presence.GONE
    if writer.paused:
        return Presence.PAUSED
    return Presence.WRITING if quiet < QUIET_SECONDS else Presence.QUIET


def _lives(process: int) -> bool:
    """Whether a process of this machine is still there; where only its lock tells, it isn't."""
    if sys.platform == "win32":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it belongs to somebody else
    return True
