"""Why the system refused something, in the chosen language: it tells its own reasons in whatever language it likes."""

from __future__ import annotations

import errno
import os
from typing import Final

from vae_explorer.language import marked, tr

_REASONS: Final = {
    errno.EPERM: marked("Operation not permitted"),
    errno.ENOENT: marked("No such file or directory"),
    errno.EINTR: marked("Interrupted system call"),
    errno.EIO: marked("Input/output error"),
    errno.ENXIO: marked("No such device or address"),
    errno.EBADF: marked("Bad file descriptor"),
    errno.EAGAIN: marked("Resource temporarily unavailable"),
    errno.ENOMEM: marked("Cannot allocate memory"),
    errno.EACCES: marked("Permission denied"),
    errno.EBUSY: marked("Device or resource busy"),
    errno.EEXIST: marked("File exists"),
    errno.EXDEV: marked("Invalid cross-device link"),
    errno.ENODEV: marked("No such device"),
    errno.ENOTDIR: marked("Not a directory"),
    errno.EISDIR: marked("Is a directory"),
    errno.EINVAL: marked("Invalid argument"),
    errno.ENFILE: marked("Too many open files in system"),
    errno.EMFILE: marked("Too many open files"),
    errno.EFBIG: marked("File too large"),
    errno.ENOSPC: marked("No space left on device"),
    errno.ESPIPE: marked("Illegal seek"),
    errno.EROFS: marked("Read-only file system"),
    errno.EMLINK: marked("Too many links"),
    errno.EPIPE: marked("Broken pipe"),
    errno.ENAMETOOLONG: marked("File name too long"),
    errno.ENOLCK: marked("No locks available"),
    errno.ENOTEMPTY: marked("Directory not empty"),
    errno.ELOOP: marked("Too many levels of symbolic links"),
    errno.EDQUOT: marked("Disk quota exceeded"),
    errno.ESTALE: marked("Stale file handle"),
    errno.EOPNOTSUPP: marked("Operation not supported"),
    errno.ETIMEDOUT: marked("Connection timed out"),
    errno.ECONNREFUSED: marked("Connection refused"),
    errno.ECONNRESET: marked("Connection reset by peer"),
    errno.EHOSTUNREACH: marked("No route to host"),
    errno.ENETUNREACH: marked("Network is unreachable"),
}
"""What the GNU C library says of an error number (its ``strerror``), which other systems word in their own ways."""


def system_reason(error: Exception) -> str:
    """Return why something failed, as a part of a sentence without its stop.

    Parameters
    ----------
    error
        An error of the system is told by its number where that is known, else by what it says itself; any other
        error by its text.
    """
    if not isinstance(error, OSError):
        return str(error)
    words = _REASONS.get(error.errno or 0)
    return tr(words) if words is not None and _is_plain(error) else error.strerror or str(error)


def _is_plain(error: OSError) -> bool:
    """Return whether the system worded it: libraries (TLS, names of hosts) have numbers and words of their own."""
    return getattr(error, "winerror", None) is not None or error.strerror == os.strerror(error.errno or 0)
