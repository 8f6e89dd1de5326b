"""The metrics of a run as one line of JSON a record, written as they come."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from vae_explorer.errors import RunError, StorageError, printable
from vae_explorer.language import tr
from vae_explorer.runs.bounds import most_metrics_bytes
from vae_explorer.runs.reading import open_regular, read_bytes
from vae_explorer.storage import write_all, write_atomically
from vae_explorer.system_errors import system_reason
from vae_explorer.training.changes import SettingChange, change_from
from vae_explorer.training.events import MetricRecord

LOG_SEAL = "log"
"""Section of a checkpoint's state: what the log was when it was saved."""
SET_ASIDE = ".set-aside"
"""Ending of what was found damaged and stands in nobody's way under this name."""
_TAIL_BYTES = 1 << 20


class MetricsLog:
    """Appends records to a file.

    Parameters
    ----------
    path
        A file that doesn't exist yet, or the log of a run that goes on.
    goes_on
        Which of the two.
    """

    def __init__(self, path: Path, *, goes_on: bool = False) -> None:
        self._path = path
        before = read_bytes(path, most_metrics_bytes()) if goes_on else b""
        self._length, self._digest = len(before), hashlib.sha256(before)
        self._content = bytearray(before)
        flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self._descriptor = os.open(path, flags | (0 if goes_on else os.O_CREAT | os.O_EXCL), 0o666)

    @property
    def seal(self) -> dict[str, object]:
        """Bytes and SHA-256 of what was appended so far, by which `log_note` knows the file again."""
        return {"bytes": self._length, "sha256": self._digest.hexdigest()}

    @property
    def content(self) -> bytes:
        """What was appended so far and before, also where the file is gone."""
        return bytes(self._content)

    def append(self, records: Iterable[MetricRecord]) -> None:
        """Write records and hand them to the operating system.

        Raises
        ------
        StorageError
            If the disk doesn't take them; the file is as it was then.
        """
        self._append("".join(f"{json.dumps(_as_object(record))}\n" for record in records).encode())

    def append_change(self, change: SettingChange) -> None:
        """Write that a setting was changed, and hand it to the operating system.

        Raises
        ------
        StorageError
            If the disk doesn't take it; the file is as it was then.
        """
        self._append(f"{json.dumps(change.to_dict())}\n".encode())

    def sync(self) -> None:
        """Bring what was appended to the disk, so that it is there after a power loss.

        Raises
        ------
        StorageError
            If the disk doesn't take it.
        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Close the file; what couldn't be written was told when it was appended."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def _append(self, content: bytes) -> None:
        try:
            write_all(self._descriptor, content)
        except OSError as error:
            with contextlib.suppress(OSError):  # else the part of a line is dropped when it is read
                os.ftruncate(self._descriptor, self._length)
            raise self._failure(error) from error
        self._length += len(content)
        self._digest.update(content)
        self._content += content

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(
            tr(
                "The file “{path}” can't be written: {reason}. Free some space on the disk, or train into another "
                "folder.",
                path=printable(self._path),
                reason=system_reason(error),
            )
        )


def read_metrics(path: Path) -> tuple[MetricRecord, ...]:
    """Return the records of a log up to the first line that is torn or isn't a record; none without a file."""
    return tuple(record for _, record in _whole_lines(path) if isinstance(record, MetricRecord))


def last_test_record(path: Path) -> MetricRecord | None:
    """Return the last record of the test images near the end of a log, whose rest isn't read; None without one."""
    try:
        with open_regular(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).split(b"\n")
    except (OSError, RunError):
        return None
    records = (entry_from(line) for line in reversed(lines) if b'"test"' in line)
    return next((record for record in records if isinstance(record, MetricRecord) and record.split == "test"), None)


def log_note(path: Path, seal: object, *, is_all: bool = False) -> str:
    """Return a sentence on a log that doesn't begin with what it was when a checkpoint was saved; else "".

    Parameters
    ----------
    path
        The log.
    seal
        What the checkpoint says of it; one from before there were seals says nothing.
    is_all
        Whether nothing was written since then.
    """
    length, digest = (seal.get("bytes"), seal.get("sha256")) if isinstance(seal, dict) else (None, None)
    if type(length) is not int or not isinstance(digest, str):
        return ""
    try:
        content = read_bytes(path, most_metrics_bytes())
    except RunError as error:
        return tr("The curves are lost or not whole: {error}", error=error)
    lacks = length - len(content)
    if hashlib.sha256(content[:length]).hexdigest() == digest and not (is_all and lacks):
        return ""
    if is_all and lacks < 0:
        return tr(
            "The file {path} has {more:,} bytes more than the training wrote: curves may be wrong.",
            path=printable(path),
            more=-lacks,
        )
    why = tr("it lacks {lacks:,} bytes", lacks=lacks) if lacks > 0 else tr("its content doesn't match its checksum")
    return tr(
        "The file {path} is damaged, so that curves may lack records or show wrong ones: {why}.",
        path=printable(path),
        why=why,
    )


def cut_metrics(path: Path, count: int, step: int) -> int:
    """Cut a log back to its first `count` records, and the changes of settings before a step.

    A log that lacks some of them is kept beside it under another name.

    Returns
    -------
    How many records there are: fewer where the log is damaged.

    Raises
    ------
    RunError
        If there is a log that can't be read: it isn't replaced by less.
    StorageError
        If it can't be written; the log is as it was then.
    """
    content = read_bytes(path, most_metrics_bytes()) if path.exists() else b""
    kept, records = [], 0
    for line, entry in _lines_in(content):
        if isinstance(entry, SettingChange):
            if entry.step < step:
                kept.append(line)
        elif records < count:
            records += 1
            kept.append(line)
    if records < count and content:
        write_atomically(path.with_name(path.name + SET_ASIDE), [content])
    write_atomically(path, [line + b"\n" for line in kept])
    return records


def _whole_lines(path: Path) -> list[tuple[bytes, MetricRecord | SettingChange]]:
    try:
        return _lines_in(read_bytes(path, most_metrics_bytes()))
    except RunError:
        return []


def _lines_in(content: bytes) -> list[tuple[bytes, MetricRecord | SettingChange]]:
    found = []
    for line in content.split(b"\n")[:-1]:
        record = entry_from(line)
        if record is None:
            break
        found.append((line, record))
    return found


def _as_object(record: MetricRecord) -> dict[str, object]:
    return {
        "step": record.step,
        "epoch": round(record.epoch, 6),
        "split": record.split,
        "seconds": round(record.seconds, 3),
        "values": dict(record.values),
    }


def entry_from(line: bytes) -> MetricRecord | SettingChange | None:
    """Return what a line of a log records, None for anything else."""
    try:
        value = json.loads(line)
        if "setting" in value:
            return change_from(value)
        split: Literal["train", "test"] = "test" if value["split"] == "test" else "train"
        values = {str(name): float(number) for name, number in value["values"].items()}
        record = MetricRecord(int(value["step"]), float(value["epoch"]), split, float(value["seconds"]), values)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    numbers = (record.epoch, record.seconds, *values.values())
    return record if record.step >= 0 and all(map(math.isfinite, numbers)) else None
