"""What is in a folder of runs: each run with what a list says of it, the damaged and the newer ones included."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path

from vae_explorer.errors import RunError, printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.folder import CHECKPOINTS, METRICS_FILE, open_run
from vae_explorer.runs.following import quiet_by_files
from vae_explorer.runs.formats import SCHEMA_VERSION
from vae_explorer.runs.header import HEADER_FILE, read_header
from vae_explorer.runs.metrics_log import entry_from, last_test_record
from vae_explorer.runs.presence import Presence, presence
from vae_explorer.runs.writer import LOCK_FILE, writer_of
from vae_explorer.system_errors import system_reason
from vae_explorer.training.events import MetricRecord

NOTE = "note"
"""Name in the header of what a person wrote of the run."""
LONGEST_NOTE = 2000
_MOST_FILES = 100_000
"""Files of one run that are counted."""
_LAST_BYTES = 1 << 14
_ROUNDING = 1e-6
Stamp = tuple[tuple[int, int], ...]
"""Time of change and bytes of the files that tell of any change of a run."""


class Condition(Enum):
    """What has become of a run."""

    TRAINING = marked("training")
    PAUSED = marked("paused")
    FINISHED = marked("finished")
    STOPPED = marked("stopped")
    KILLED = marked("killed")
    DAMAGED = marked("damaged")
    NEWER = marked("newer format")
    GONE = marked("gone")

    @property
    def is_at_work(self) -> bool:
        """Whether a training holds the run."""
        return self in {Condition.TRAINING, Condition.PAUSED}

    @property
    def can_be_opened(self) -> bool:
        """Whether there is a run that this program can read."""
        return self not in {Condition.DAMAGED, Condition.NEWER, Condition.GONE}


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run in a list.

    Attributes
    ----------
    path
        Its folder.
    condition, reason
        What has become of it, and a sentence on why it can't be opened, or by whom it is trained; "" for nothing.
    objective, source
        Name of its objective, and of its data; "" where its header can't be read.
    created
        When it was begun; None where its header doesn't say.
    epoch, epochs
        How far it was when the test images were measured last (0 before), and how many epochs are planned.
    test_loss
        The loss measured then, in nats per image; None before.
    note
        What a person wrote of it.
    bytes
        What its files take on the disk.
    can_be_changed
        Whether its folder can be written.
    stamp
        What tells that nothing of it has changed since.
    """

    path: Path
    condition: Condition
    reason: str = ""
    objective: str = ""
    source: str = ""
    created: datetime | None = None
    epoch: float = 0.0
    epochs: int = 0
    test_loss: float | None = None
    note: str = ""
    bytes: int = 0
    can_be_changed: bool = True
    stamp: Stamp = ()

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.path.name


def run_folders(folder: Path) -> list[Path]:
    """Return the folders below `folder` that are runs, or were meant to be; there are none where it doesn't exist.

    Raises
    ------
    RunError
        If it can't be read.
    """
    try:
        with os.scandir(folder) as found:
            return sorted(path for item in found if not item.name.startswith(".") and is_meant(path := Path(item.path)))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(
            tr(
                "The folder of runs {folder} can't be read: {strerror}.",
                folder=printable(folder),
                strerror=system_reason(error),
            )
        ) from error


def is_meant(path: Path) -> bool:
    """Whether a folder is a run, or was one before something of it was lost."""
    try:
        names = set(os.listdir(path))  # noqa: PTH208 - of a thousand folders nothing but the names is wanted
    except PermissionError:
        return _is_folder(path)
    except (OSError, ValueError):
        return False
    return HEADER_FILE in names or {METRICS_FILE, CHECKPOINTS} <= names


def entries(paths: Iterable[Path], known: Mapping[Path, RunEntry], check: Callable[[], None]) -> Iterator[RunEntry]:
    """Return what a list says of each run, one after the other; what is known and hasn't changed isn't read again.

    Parameters
    ----------
    paths
        Folders of runs.
    known
        What was returned before.
    check
        Called before each; it raises where the rest isn't wanted any more.
    """
    for path in paths:
        check()
        before = known.get(path)
        stamp = _stamp(path)
        if before is not None and before.stamp == stamp and not before.condition.is_at_work:
            yield before
        else:
            yield entry(path, stamp)


def entry(path: Path, stamp: Stamp | None = None) -> RunEntry:
    """Return what a list says of one run; what can't be opened is told as such, and nothing is raised."""
    stamp = _stamp(path) if stamp is None else stamp
    if not _is_folder(path):
        return RunEntry(
            path, Condition.GONE, tr("The folder {path} is no longer there.", path=printable(path)), stamp=stamp
        )
    size, can_be_changed = bytes_of(path), os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    try:
        run = open_run(path)
    except RunError as error:
        condition = Condition.NEWER if _is_newer(path) else Condition.DAMAGED
        return RunEntry(path, condition, str(error), bytes=size, can_be_changed=can_be_changed, stamp=stamp)
    last, experiment = _last_test(path / METRICS_FILE), run.experiment
    epoch = 0.0 if last is None else last.epoch
    condition, reason = _condition(path, epoch, experiment.training.epochs)
    return RunEntry(
        path,
        condition,
        reason,
        experiment.objective.name,
        experiment.data.source,
        _time(run.created),
        epoch,
        experiment.training.epochs,
        None if last is None else last.values.get("loss"),
        note_of(path),
        size,
        can_be_changed,
        stamp,
    )


def note_of(path: Path) -> str:
    """Return what a person wrote of a run; "" for nothing."""
    try:
        note = read_header(path).get(NOTE)
    except RunError:
        return ""
    return note[:LONGEST_NOTE] if isinstance(note, str) else ""


def bytes_of(folder: Path) -> int:
    """Return what the files below a folder hold, in bytes, without following links."""
    total, waiting, left = 0, [str(folder)], _MOST_FILES
    while waiting and left > 0:
        try:
            with os.scandir(waiting.pop()) as found:
                for item in found:
                    left -= 1
                    if item.is_dir(follow_symlinks=False):
                        waiting.append(item.path)
                    elif item.is_file(follow_symlinks=False):
                        total += item.stat(follow_symlinks=False).st_size
        except OSError:
            continue  # a file that a training has just taken away, or a folder that can't be read
    return total


def _last_test(path: Path) -> MetricRecord | None:
    """Return the last record of test images; most logs have it in their last lines."""
    if not path.is_file():  # a pipe would be waited for
        return None
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_BYTES))
        for line in reversed(file.read(_LAST_BYTES).split(b"\n")[1:]):
            record = entry_from(line) if b'"test"' in line else None
            if isinstance(record, MetricRecord) and record.split == "test":
                return record
    return last_test_record(path)


def _condition(path: Path, epoch: float, epochs: int) -> tuple[Condition, str]:
    writer = writer_of(path)
    found = presence(path, writer, quiet_by_files(path))
    if found.is_at_work:
        words = (
            tr("It is being trained.")
            if writer is None
            else tr("It is being trained by {process}.", process=writer.words)
        )
        return (Condition.PAUSED if found.is_paused else Condition.TRAINING), words
    if epoch >= epochs - _ROUNDING:
        return Condition.FINISHED, ""
    if found is Presence.GONE:
        return Condition.KILLED, tr("Its training was killed; it can go on from its newest checkpoint.")
    if not _has_checkpoint(path):
        return Condition.DAMAGED, tr("It has no checkpoint: it ended before one was saved, so train it again.")
    return Condition.STOPPED, ""


def _has_checkpoint(path: Path) -> bool:
    try:
        with os.scandir(path / CHECKPOINTS) as found:
            return any(item.name.startswith("step-") for item in found)
    except OSError:
        return False


def _is_newer(path: Path) -> bool:
    try:
        version = read_header(path).get("schema_version")
    except RunError:
        return False
    return type(version) is int and version > SCHEMA_VERSION


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _stamp(path: Path) -> Stamp:
    return tuple(_stamp_of(file) for file in (path, *(path / name for name in _TELLING)))


def _stamp_of(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return -1, -1
    return found.st_mtime_ns, found.st_size


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
        return time if time.tzinfo is not None else time.astimezone()
    except (ValueError, OverflowError, OSError):
        return None


_TELLING = (HEADER_FILE, METRICS_FILE, LOCK_FILE, CHECKPOINTS)
