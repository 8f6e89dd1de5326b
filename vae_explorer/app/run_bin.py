"""The system's bin: a run is moved there, and brought back from there where the system says where it lies."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

from PySide6.QtCore import QFile, QStandardPaths

from vae_explorer.errors import RunError, StorageError, printable
from vae_explorer.language import tr
from vae_explorer.storage import sync_folder
from vae_explorer.system_errors import system_reason


class NoBinError(StorageError):
    """The system has no bin for a folder; only deleting it for good is left."""


def move_to_bin(path: Path) -> Path | None:
    """Move a folder to the system's bin.

    Returns
    -------
    Where it lies now; None where the system doesn't say, so that only its own bin can bring it back.

    Raises
    ------
    NoBinError
        If there is no bin for it; it stays where it is.
    """
    _make_home()
    file = QFile(str(path))
    if not QFile.supportsMoveToTrash() or not file.moveToTrash() or os.path.lexists(path):
        raise NoBinError(
            tr("The run {name} stays where it is: this system has no bin for its folder.", name=printable(path.name))
        )
    place = Path(file.fileName())
    return place if place != path and os.path.lexists(place) else None


def _make_home() -> None:
    """Make the folder in which the bin of a Linux system is made when it is first used: Qt only looks for it."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            home = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation))
            home.mkdir(mode=0o700, parents=True, exist_ok=True)


def bring_back(binned: Path, path: Path) -> None:
    """Bring a folder back from the bin to where it was.

    Raises
    ------
    RunError
        If something else has its place, or it is no longer in the bin.
    StorageError
        If it can't be moved.
    """
    if os.path.lexists(path):
        raise RunError(
            tr("There is something called {name} again: rename it, then undo the deletion.", name=printable(path.name))
        )
    if not os.path.lexists(binned):
        raise RunError(
            tr("The run {name} is no longer in the bin, so it can't be brought back.", name=printable(path.name))
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(binned, path)
        sync_folder(path.parent)
        # The note beside it (freedesktop.org trash specification) says whence it came; other systems have none.
        (binned.parent.parent / "info" / f"{binned.name}.trashinfo").unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            tr(
                "The run {name} can't be brought back: {reason}. It is still in the bin.",
                name=printable(path.name),
                reason=system_reason(error).lower(),
            )
        ) from error


def delete_for_good(path: Path) -> None:
    """Delete a run's folder without a way back.

    Raises
    ------
    StorageError
        If not all of it can be deleted.
    """
    try:
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)
    except OSError as error:
        raise StorageError(
            tr(
                "The run {name} can't be deleted: {reason}.",
                name=printable(path.name),
                reason=system_reason(error).lower(),
            )
        ) from error
