"""Opening files that may be anything, and naming them in messages."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, BinaryIO, Final

from vae_explorer.errors import DataError, printable
from vae_explorer.language import tr
from vae_explorer.system_errors import system_reason

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN_LENGTH: Final = 120


def open_regular(path: Path, *, follow_links: bool = True) -> BinaryIO:
    """Open a regular file for reading; pipes, devices and (on request) links are refused without being opened.

    Raises
    ------
    DataError
        If it isn't a regular file or can't be opened.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    # A pipe put in the file's place after the check must not block the open.
    flags |= getattr(os, "O_NONBLOCK", 0)
    if not follow_links:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        require_regular(path, path.stat() if follow_links else path.lstat())
        descriptor = os.open(path, flags)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    file = os.fdopen(descriptor, "rb")
    try:
        require_regular(path, os.fstat(descriptor))
    except DataError:
        file.close()
        raise
    return file


def require_regular(path: Path, status: os.stat_result) -> None:
    """Check that a status is that of a regular file.

    Raises
    ------
    DataError
        If it is that of a link, a folder, a pipe, a socket or a device.
    """
    if not stat.S_ISREG(status.st_mode):
        raise DataError(
            tr(
                "{path} is {st_mode}, not a file with images: choose a regular file.",
                path=printable(path),
                st_mode=_kind(status.st_mode),
            )
        )


def unreadable(path: Path, error: Exception) -> DataError:
    """Return the error for a file that the system doesn't let be read."""
    reason = system_reason(error)
    return DataError(
        tr(
            "{path} can't be read ({reason}): check the path and its permissions.",
            path=printable(path),
            reason=printable(reason),
        )
    )


def _kind(mode: int) -> str:
    kinds = (
        (stat.S_ISLNK, tr("a link")),
        (stat.S_ISDIR, tr("a folder")),
        (stat.S_ISFIFO, tr("a pipe")),
        (stat.S_ISSOCK, tr("a socket")),
        (stat.S_ISCHR, tr("a device")),
        (stat.S_ISBLK, tr("a device")),
    )
    return next((kind for test, kind in kinds if test(mode)), tr("something else"))
