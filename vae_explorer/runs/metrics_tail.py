"""The end of a log that somebody else writes: what came to it since the last look, whatever was done to the file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from vae_explorer.errors import RunError, printable
from vae_explorer.language import tr
from vae_explorer.runs.bounds import most_metrics_bytes
from vae_explorer.runs.metrics_log import entry_from
from vae_explorer.system_errors import system_reason
from vae_explorer.training.events import MetricRecord

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MARK_BYTES = 512
"""Bytes before the end of what was read that are looked at again: they are others once the file was cut and regrew."""


@dataclass(frozen=True, slots=True)
class LogNews:
    """What a look at a log found.

    Attributes
    ----------
    kept
        How many of the records that were known still count.
    records
        Those that come after them.
    """

    kept: int
    records: tuple[MetricRecord, ...]


class MetricsTail:
    """Reads a growing log from where it stopped.

    Only whole lines are read: a torn last one is waited for, and so is one that isn't a record, because a shared folder
    may show the length of a file before its content. A training that goes on cuts the log back to its checkpoint: then
    it is read anew, and compared.

    Parameters
    ----------
    path
        The log; it may not be there yet.
    known
        Records that were read before, by whoever opened the run.
    """

    def __init__(self, path: Path, known: Iterable[MetricRecord] = ()) -> None:
        self._path = path
        self._records = list(known)
        self._offset = 0
        self._mark = b""
        self._begins = True

    @property
    def records(self) -> list[MetricRecord]:
        """All records that count."""
        return self._records

    def read(self) -> LogNews:
        """Return what came since the last time.

        Raises
        ------
        RunError
            If the file can't be read just now; the next look may find it again.
        """
        try:
            # Opened anew each time: that is when a network folder asks its server what is there.
            with self._path.open("rb") as file:
                return self._read(file)
        except FileNotFoundError:
            return LogNews(len(self._records), ())
        except OSError as error:
            reason = system_reason(error)
            raise RunError(
                tr("The file {path} can't be read: {reason}.", path=printable(self._path), reason=reason)
            ) from error

    def _read(self, file: IO[bytes]) -> LogNews:
        if self._begins or not self._goes_on(file):
            return self._read_anew(file)
        before = len(self._records)
        self._records += self._next_records(file)
        return LogNews(before, tuple(self._records[before:]))

    def _read_anew(self, file: IO[bytes]) -> LogNews:
        self._begins, self._offset, self._mark = False, 0, b""
        found = self._next_records(file)
        known, self._records = self._records, found
        pairs = enumerate(zip(known, found, strict=False))
        kept = next((place for place, (old, new) in pairs if not _is_same(old, new)), min(len(known), len(found)))
        return LogNews(kept, tuple(found[kept:]))

    def _goes_on(self, file: IO[bytes]) -> bool:
        """Whether what was read before is still there, and what is new comes after it."""
        if os.fstat(file.fileno()).st_size < self._offset:
            return False
        file.seek(self._offset - len(self._mark))
        return file.read(len(self._mark)) == self._mark

    def _next_records(self, file: IO[bytes]) -> list[MetricRecord]:
        """Read the whole lines after those that were read, up to one that is no record."""
        file.seek(self._offset)
        room = min(most_metrics_bytes(), os.fstat(file.fileno()).st_size) - self._offset
        lines = file.read(max(0, room)).split(b"\n")[:-1]
        found, read = [], []
        for line in lines:
            entry = entry_from(line)
            if entry is None:
                break
            read.append(line + b"\n")
            if isinstance(entry, MetricRecord):
                found.append(entry)
        content = b"".join(read)
        self._offset += len(content)
        self._mark = (self._mark + content)[-_MARK_BYTES:]
        return found


def _is_same(first: MetricRecord, second: MetricRecord) -> bool:
    """Whether two records are one: a log rounds the time, and a training that goes on takes another one."""
    return (first.step, first.split, first.values) == (second.step, second.split, second.values)
