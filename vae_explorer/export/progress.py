"""How a long export tells how far it is, and how it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vae_explorer.errors import ExportError
from vae_explorer.language import tr

ReportProgress: TypeAlias = Callable[[float], None]
"""Called with the part that is done, from 0 to 1, in the thread of the export."""
IsCancelled: TypeAlias = Callable[[], bool]
"""Asked between pieces of work; once it answers yes the export ends as if never begun."""


class ExportCancelledError(ExportError):
    """The user cancelled the export; no file was written or changed."""

    def __init__(self) -> None:
        super().__init__(tr("The export was cancelled; no file was changed."))


def report(done: int, total: int, progress: ReportProgress | None, cancelled: IsCancelled | None) -> None:
    """Report that `done` of `total` pieces are made.

    Raises
    ------
    ExportCancelledError
        If the user wants to stop.
    """
    if cancelled is not None and cancelled():
        raise ExportCancelledError
    if progress is not None:
        progress(done / total if total else 1.0)


def part_of(progress: ReportProgress | None, start: float, share: float) -> ReportProgress | None:
    """Return what reports the progress of a part that begins at `start` of the whole and is `share` of it."""
    if progress is None:
        return None
    return lambda done: progress(start + share * done)
