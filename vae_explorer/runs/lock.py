"""One training a run at a time: a lock that the system takes away from whoever dies."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from vae_explorer.errors import RunError, printable

LOCK_FILE = "run.lock"


class RunLock:
    """Holds a run's folder against a second training, in this process or another, until it is closed.

    The file stays behind; only the lock on it counts, which ends with the process at the latest. Where the file system
    knows no locks, nothing is held.

    Parameters
    ----------
    folder
        The run's folder.

    Raises
    ------
    RunError
        If a training of the run is under way.
    OSError
        If the file can't be made.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        try:
            _lock(self._descriptor)
        except (BlockingIOError, PermissionError) as error:
            self.close()
            raise RunError(
                f"The run {printable(folder)} is being trained already, in another window or command: wait for it to "
                "end, or stop it there."
            ) from error
        except OSError:
            pass  # a file system without locks

    def close(self) -> None:
        """Let the next training have the run."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


if sys.platform == "win32":

    def _lock(descriptor: int) -> None:
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:

    def _lock(descriptor: int) -> None:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
