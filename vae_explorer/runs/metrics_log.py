"""The metrics of a run as one line of JSON a record, written as they come."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Literal

from vae_explorer.errors import RunError, StorageError, printable
from vae_explorer.runs.reading import read_bytes
from vae_explorer.storage import write_atomically
from vae_explorer.training.changes import SettingChange, change_from
from vae_explorer.training.events import MetricRecord

MOST_BYTES = 256 << 20
"""Longest log that is read."""
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
        self._file: IO[str] = path.open("a" if goes_on else "x", encoding="utf-8")

    def append(self, records: Iterable[MetricRecord]) -> None:
        """Write records and hand them to the operating system.

        Raises
        ------
        StorageError
            If the disk doesn't take them.
        """
        try:
            for record in records:
                self._file.write(json.dumps(_as_object(record)) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._failure(error) from error

    def append_change(self, change: SettingChange) -> None:
        """Write that a setting was changed, and hand it to the operating system.

        Raises
        ------
        StorageError
            If the disk doesn't take it.
        """
        try:
            self._file.write(json.dumps(change.to_dict()) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._failure(error) from error

    def sync(self) -> None:
        """Bring what was appended to the disk, so that it is there after a power loss.

        Raises
        ------
        StorageError
            If the disk doesn't take it.
        """
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Close the file; what couldn't be written was told when it was appended."""
        with contextlib.suppress(OSError):
            self._file.close()

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(
            f"The file {printable(self._path)} can't be written: {error.strerror or error}. Free some space on the "
            "disk, or train into another folder."
        )


def read_metrics(path: Path) -> tuple[MetricRecord, ...]:
    """Return the records of a log up to the first line that is torn or isn't a record; none without a file."""
    return tuple(record for _, record in _whole_lines(path) if isinstance(record, MetricRecord))


def last_test_record(path: Path) -> MetricRecord | None:
    """Return the last record of the test images near the end of a log, whose rest isn't read; None without one."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read(_TAIL_BYTES).split(b"\n")
    except OSError:
        return None
    records = (entry_from(line) for line in reversed(lines) if b'"test"' in line)
    return next((record for record in records if isinstance(record, MetricRecord) and record.split == "test"), None)


def cut_metrics(path: Path, count: int, step: int) -> int:
    """Cut a log back to its first `count` records, and the changes of settings before a step.

    Returns
    -------
    How many records there are: fewer where the log is damaged.

    Raises
    ------
    StorageError
        If it can't be written; the log is as it was then.
    """
    kept, records = [], 0
    for line, entry in _whole_lines(path):
        if isinstance(entry, SettingChange):
            if entry.step < step:
                kept.append(line)
        elif records < count:
            records += 1
            kept.append(line)
    write_atomically(path, [line + b"\n" for line in kept])
    return records


def _whole_lines(path: Path) -> list[tuple[bytes, MetricRecord | SettingChange]]:
    try:
        lines = read_bytes(path, MOST_BYTES).split(b"\n")
    except RunError:
        return []
    found = []
    for line in lines[:-1]:
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
