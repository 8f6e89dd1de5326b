"""Keeping a run in another folder from one moment to the next, because its own one is full, gone or read-only."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from vae_explorer.errors import StorageError, printable
from vae_explorer.language import tr
from vae_explorer.runs.folder import CHECKPOINTS, METRICS_FILE
from vae_explorer.runs.header import HEADER_FILE
from vae_explorer.runs.history import HISTORY
from vae_explorer.runs.lock import RunLock
from vae_explorer.runs.metrics_log import MetricsLog
from vae_explorer.runs.places import require_free
from vae_explorer.storage import sync_folder, write_atomically


def require_folder(folder: Path) -> None:
    """Check that the folder of a run that is being trained is still there: saving would make half a new one.

    Raises
    ------
    StorageError
        If it isn't.
    """
    if not (folder / HEADER_FILE).is_file():
        raise gone(folder)


def gone(folder: Path) -> StorageError:
    """Return what a user is told of a run's folder that isn't there any more."""
    return StorageError(
        tr(
            "The run folder “{folder}” is gone: it was renamed or deleted, or its drive was taken "
            "out. Bring it back, or save the run elsewhere.",
            folder=printable(folder),
        )
    )


def move_run(old: Path, new: Path, header: bytes, log: bytes) -> tuple[RunLock, MetricsLog]:
    """Write a run that is being trained into a new folder, with what can be read of the old one.

    Parameters
    ----------
    old, new
        Its folder, of which nothing may be left, and one that doesn't exist yet or is empty; or the same one twice.
    header, log
        The content of ``run.json`` and of the log.

    Returns
    -------
    tuple[RunLock, MetricsLog]
        The new folder's, to go on with. The old one stays as it is.

    Raises
    ------
    RunError, StorageError, OSError
        If it can't be written; then the run still is where it was.
    """
    require_free(new)
    new.mkdir(parents=True, exist_ok=True)
    lock = RunLock(new)
    try:
        if old != new:
            _copy(old, new)
        write_atomically(new / METRICS_FILE, [log])
        write_atomically(new / HEADER_FILE, [header])
        sync_folder(new.parent)
        return lock, MetricsLog(new / METRICS_FILE, goes_on=True)
    except BaseException:
        lock.close()
        with contextlib.suppress(OSError):
            shutil.rmtree(new)
        raise


def renewed_log(folder: Path, log: MetricsLog) -> MetricsLog:
    """Write the log of a run anew and return it: of a file that couldn't be synced nobody knows what is on the disk.

    Raises
    ------
    StorageError
        If it can't be written; the old one goes on then.
    """
    write_atomically(folder / METRICS_FILE, [log.content])
    renewed = MetricsLog(folder / METRICS_FILE, goes_on=True)
    log.close()
    return renewed


def _copy(old: Path, new: Path) -> None:
    """Copy moments and checkpoints as far as they can be read; the newest state of the training is saved anyway."""
    for name in (HISTORY, CHECKPOINTS):
        with contextlib.suppress(OSError, shutil.Error):
            shutil.copytree(old / name, new / name, ignore=shutil.ignore_patterns("*.tmp"), dirs_exist_ok=True)
