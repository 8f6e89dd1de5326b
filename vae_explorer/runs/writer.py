"""Who writes a run: the note that a training leaves of itself in the lock file."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.runs.reading import read_object

LOCK_FILE = "run.lock"
_MOST_BYTES = 4096
_LONGEST_HOST = 60


@dataclass(frozen=True, slots=True)
class Writer:
    """A training that writes a run, or did.

    Attributes
    ----------
    process, host
        Number of its process, and name of the machine.
    began
        When it began, as an ISO date and time.
    paused
        Whether it waits for a person.
    ended
        Whether it has given the run back; a training that was killed hasn't.
    """

    process: int
    host: str
    began: str
    paused: bool = False
    ended: bool = False

    @property
    def words(self) -> str:
        """Process and host, as a part of a sentence."""
        return tr("process {process} on {host}", process=self.process, host=printable(self.host, _LONGEST_HOST))

    @property
    def is_here(self) -> bool:
        """Whether it runs, or ran, on this machine."""
        return self.host == platform.node()

    def to_dict(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return asdict(self)


def this_writer() -> Writer:
    """Return a training that begins now, in this process."""
    return Writer(os.getpid(), platform.node(), datetime.now().astimezone().isoformat(timespec="seconds"))


def writer_of(folder: Path) -> Writer | None:
    """Return who wrote the run in a folder last; None where it doesn't say, or not in words that make sense."""
    try:
        note = read_object(folder / LOCK_FILE, _MOST_BYTES)
    except RunError:
        return None
    process, host, began = note.get("process"), note.get("host"), note.get("began")
    if type(process) is not int or not 0 < process < 1 << 40 or not isinstance(host, str) or not isinstance(began, str):
        return None
    return Writer(process, host, began, note.get("paused") is True, note.get("ended") is True)
