"""One training a run at a time: a lock that the system takes away from whoever dies, and a note of who holds it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import stat
import sys
import time
from pathlib import Path

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.runs.writer import LOCK_FILE, Writer, this_writer, writer_of

_ATTEMPTS, _PAUSE_SECONDS = 5, 0.05
"""Whoever only asks whether a run is locked locks it for a moment: that must not keep a training out."""


class RunLock:
    """Holds a run's folder against a second training, in this process or another, until it is closed.

    The file stays behind with a note of who held it; only the lock on it counts, which ends with the process at the
    latest. Where the file system knows no locks, nothing is held.

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
        self._writer: Writer | None = None
        self._descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | _OPENING, 0o666)
        try:
            _require_ordinary(folder, self._descriptor)
            _lock_patiently(self._descriptor)
        except (BlockingIOError, PermissionError) as error:
            self.close()
            raise RunError(_refusal(folder)) from error
        except OSError:
            pass  # a file system without locks
        except BaseException:
            self.close()
            raise

    def tell_begun(self) -> None:
        """Note for whoever follows the run that this process writes it from now on."""
        self._note(this_writer())

    def tell_paused(self, paused: bool) -> None:
        """Note that the training waits for a person, or goes on."""
        if self._writer is not None:
            self._note(dataclasses.replace(self._writer, paused=paused))

    def close(self) -> None:
        """Let the next training have the run, and note that this one gave it back."""
        try:
            if self._writer is not None and not self._writer.ended:
                self._note(dataclasses.replace(self._writer, paused=False, ended=True))
        finally:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)

    def _note(self, writer: Writer) -> None:
        """Write who holds the run; a disk that doesn't take it is told of by what matters more."""
        self._writer = writer
        content = json.dumps(writer.to_dict()).encode() + b"\n"
        with contextlib.suppress(OSError):
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, content)
            os.ftruncate(self._descriptor, len(content))


def is_held(folder: Path) -> bool:
    """Whether a training locks the run in a folder, as far as this system can tell; nothing is changed."""
    try:
        descriptor = os.open(folder / LOCK_FILE, _TO_ASK | _OPENING)
    except OSError:
        return False
    try:
        _lock(descriptor, shared=True)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False


def _require_ordinary(folder: Path, descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise RunError(
            tr(
                "The run {folder} can't be locked, because its {lock_file} isn't an ordinary file: remove that.",
                folder=printable(folder),
                lock_file=LOCK_FILE,
            )
        )


def _refusal(folder: Path) -> str:
    holder = writer_of(folder)
    if holder is None or holder.ended:
        return tr(
            "The run {folder} is being trained already, in another window or command: wait for it to end, or stop it "
            "there.",
            folder=printable(folder),
        )
    return tr(
        "The run {folder} is being trained already, by {process}: wait for it to end, or stop it there.",
        folder=printable(folder),
        process=holder.words,
    )


def _lock_patiently(descriptor: int) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError):
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


_OPENING = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
"""Not for children, and without waiting for whoever may be at the other end of what should be a file."""

if sys.platform == "win32":
    _TO_ASK = os.O_RDWR
    _FAR_BYTE = 1 << 30  # behind the note, which nobody could read else

    def _lock(descriptor: int, *, shared: bool = False) -> None:
        import msvcrt

        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        if shared:
            os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    _TO_ASK = os.O_RDONLY

    def _lock(descriptor: int, *, shared: bool = False) -> None:
        import fcntl

        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
