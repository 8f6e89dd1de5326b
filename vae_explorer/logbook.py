"""The program's log in the user's log folder, and what a process that died left in it.

Every process that writes has files of its own, so that several at once never tear each other's: ``window-1.log`` for
the first window, ``window-2.log`` for one beside it. A lock that the system takes away from whoever dies says which are
in use, and the locked file holds a note of what was being done. It is emptied at an orderly end: a note in a file that
nobody locks tells of a process that died.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.language import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

MOST_BYTES = 512 * 1024
"""Size of a log file at which the next one begins."""
OLDER_FILES = 3
"""Files that are kept of each log beside the one that is written: two megabytes in all."""
LAST_LINES = 40
"""Lines of the log that go with a report."""
LOGGER = "vae_explorer"

_FOLDER = "VAE_EXPLORER_LOGS"
"""Environment variable that names another folder for logs."""
_MOST_WRITERS = 32
_MOST_NOTE = 1 << 16
_MOST_FAULTS = 1 << 18
_FORMAT = "%(asctime)s %(levelname)s %(message)s"


def log_folder() -> Path:
    """Return the folder for logs, which may not exist yet."""
    chosen = os.environ.get(_FOLDER)
    if chosen:
        return Path(chosen)
    from platformdirs import user_log_path

    return user_log_path("vae-explorer", appauthor=False)


@dataclass(frozen=True, slots=True)
class Remains:
    """What a process left behind.

    Attributes
    ----------
    note
        What it was doing; empty where it ended in order, or where nobody can read the note any more.
    was_running
        Whether it had not ended in order.
    faults
        What ``faulthandler`` wrote as it died; empty where something killed it.
    lines
        The last lines of its log.
    log
        Its log.
    """

    note: Mapping[str, object] = field(default_factory=dict)
    was_running: bool = False
    faults: str = ""
    lines: str = ""
    log: Path = Path()


class EarlyRecords(logging.Handler):
    """Keeps what is logged before there is a log, a hundred records at most, and keeps it off the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: deque[logging.LogRecord] = deque(maxlen=100)

    @classmethod
    def hold(cls) -> None:
        """Begin to keep records."""
        logger = logging.getLogger(LOGGER)
        if not logger.handlers:
            logger.addHandler(cls())

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self._kept.append(record)

    def hand_over(self, handler: logging.Handler) -> None:
        """Give what was kept to the log."""
        while self._kept:
            handler.handle(self._kept.popleft())


class Logbook:
    """The log that this process writes, until it is closed.

    Parameters
    ----------
    folder
        Folder for logs; made where it isn't there.
    name
        Who writes: ``window`` or ``command``.

    Attributes
    ----------
    path
        The file.
    remains
        What processes of the same name left that died since somebody looked last.

    Raises
    ------
    OSError
        If nothing can be written there.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name = folder, name
        self._faults: IO[bytes] | None = None
        self._state = -1
        self.path = folder
        self.remains = tuple(self._take_place())
        self._handler = _handler(self.path)
        logger = logging.getLogger(LOGGER)
        for early in [handler for handler in logger.handlers if isinstance(handler, EarlyRecords)]:
            logger.removeHandler(early)
            early.hand_over(self._handler)
        logger.addHandler(self._handler)
        logger.setLevel(logging.INFO)

    def note(self, values: Mapping[str, object]) -> None:
        """Say what is being done, for the next start; a disk that doesn't take it is no reason to stop."""
        content = json.dumps(dict(values)).encode()
        with contextlib.suppress(OSError):
            os.lseek(self._state, 0, os.SEEK_SET)
            os.write(self._state, content)
            os.ftruncate(self._state, len(content))

    def catch_faults(self) -> None:
        """Let ``faulthandler`` write what every thread was doing into a file beside the log if the process crashes."""
        import faulthandler

        self._faults = self.path.with_suffix(".fault").open("wb")
        faulthandler.enable(self._faults, all_threads=True)

    def last_lines(self, count: int = LAST_LINES) -> str:
        """Return the end of the log."""
        self._handler.flush()
        return _tail(self.path, count)

    def end(self) -> None:
        """Say that this process ends in order; what crashes after that is still written."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._state, 0)

    def close(self) -> None:
        """End, and give the files to whoever comes next."""
        self.end()
        logging.getLogger(LOGGER).removeHandler(self._handler)
        self._handler.close()
        if self._faults is not None:
            import faulthandler

            faulthandler.disable()
            self._faults.close()
            self._faults = None
        with contextlib.suppress(OSError):
            os.close(self._state)
        self._state = -1

    def _take_place(self) -> Iterator[Remains]:
        """Lock the first files that are free, and give what is found in all of them."""
        for number in range(1, _MOST_WRITERS + 1):
            state = self._folder / f"{self._name}-{number}.state"
            if self._state >= 0 and not state.exists():
                return
            descriptor = os.open(state, os.O_RDWR | os.O_CREAT | _CLOSED_FOR_CHILDREN, 0o600)
            if not _lock(descriptor):
                os.close(descriptor)
                continue
            log = state.with_suffix(".log")
            left = _remains(descriptor, log)
            if left.was_running or left.faults:
                yield left
            os.ftruncate(descriptor, 0)
            if self._state < 0:
                self._state, self.path = descriptor, log
            else:
                os.close(descriptor)
        if self._state < 0:
            raise OSError(tr("all logs in {folder} are in use", folder=self._folder))


def _remains(descriptor: int, log: Path) -> Remains:
    """Return what is in the files of a process that has ended, and take its faults away."""
    content = os.read(descriptor, _MOST_NOTE)
    try:
        note = json.loads(content) if content else {}
    except ValueError:
        note = {}  # the power failed while it was written
    faults = ""
    with contextlib.suppress(OSError):
        path = log.with_suffix(".fault")
        faults = path.read_bytes()[:_MOST_FAULTS].decode(errors="backslashreplace").strip()
        path.unlink()
    if not content and not faults:
        return Remains()
    return Remains(note if isinstance(note, dict) else {}, bool(content), faults, _tail(log, LAST_LINES), log)


def _tail(path: Path, count: int) -> str:
    """Return the last lines of a file; those of the older one before it where it has only just begun."""
    lines: deque[str] = deque(maxlen=count)
    for part in (path.with_name(f"{path.name}.1"), path):
        with contextlib.suppress(OSError), part.open(encoding="utf-8", errors="backslashreplace") as file:
            lines.extend(file)
    return "".join(lines)


def _handler(path: Path) -> logging.Handler:
    from logging.handlers import RotatingFileHandler

    class QuietHandler(RotatingFileHandler):
        """Leaves out what a full disk doesn't take: a log is no reason for another fault."""

        def handleError(self, record: logging.LogRecord) -> None:
            del record

    handler = QuietHandler(
        path, maxBytes=MOST_BYTES, backupCount=OLDER_FILES, encoding="utf-8", errors="backslashreplace"
    )
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler


_CLOSED_FOR_CHILDREN = getattr(os, "O_CLOEXEC", 0)

if sys.platform == "win32":
    _FAR_BYTE = 1 << 30  # behind the note, which nobody else could read

    def _lock(descriptor: int) -> bool:
        import msvcrt

        os.lseek(descriptor, _FAR_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

else:

    def _lock(descriptor: int) -> bool:
        import fcntl

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            return True  # a file system without locks: better one log for two than none
        return True
