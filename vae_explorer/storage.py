"""Writing a file so that it is there whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from vae_explorer.errors import StorageError, printable
from vae_explorer.language import marked, tr
from vae_explorer.system_errors import system_reason

if TYPE_CHECKING:
    from collections.abc import Iterable

_NO_FOLDER_SYNC = {errno.EINVAL, errno.EOPNOTSUPP, errno.EACCES}
_ADVICE = {
    errno.ENOSPC: marked("the disk is full: free some space or choose another folder"),
    errno.EDQUOT: marked("your quota on this disk is used up: free some space or choose another folder"),
    errno.EROFS: marked("the folder can only be read: choose another folder"),
    errno.EACCES: marked("you may not write there: choose another folder"),
    errno.EPERM: marked("you may not write there: choose another folder"),
    errno.ENOENT: marked("its folder doesn't exist: create it or choose another"),
    errno.ENOTDIR: marked("what should be its folder is a file: choose another folder"),
    errno.ENAMETOOLONG: marked("its name is too long: choose a shorter one"),
    errno.EIO: marked("the disk reports an error: choose another disk"),
}


def write_atomically(path: str | os.PathLike[str], chunks: Iterable[bytes | memoryview]) -> Path:
    """Write a file whole or not at all, and return where it is.

    The bytes go to a new file in the same folder, are brought to the disk, and take the old file's place in one step,
    so that at any moment the old or the new file is there whole. A link is followed and stays a link.

    Parameters
    ----------
    chunks
        The content in order; an exception raised while it is made leaves the old file as it was.

    Raises
    ------
    StorageError
        If the file can't be written; the message names it and says what to do.
    """
    try:
        target = Path(path).resolve()
        mode = _mode_to_keep(target)
        temporary = target.with_name(f".vae-explorer-{os.urandom(8).hex()}.tmp")
        _write_then_rename(target, temporary, mode, chunks)
    except (OSError, ValueError, RuntimeError) as error:
        raise StorageError(
            tr("The file {path} can't be written: {error}.", path=printable(path), error=_reason(error))
        ) from error
    return target


def write_new(path: Path, content: bytes | memoryview) -> None:
    """Write a file that isn't there yet and bring it to the disk; its name may still be lost until `sync_folder`.

    For files of a folder that gets its name once it is whole. A file that couldn't be brought to the disk is taken
    away: what a failed sync left of it may never be trusted, even when a second sync reports no error.

    Raises
    ------
    StorageError
        If it can't be written.
    """
    try:
        _write_new(path, [content])
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise StorageError(
            tr("The file {path} can't be written: {error}.", path=printable(path), error=_reason(error))
        ) from error


def make_folder(path: Path) -> None:
    """Make a folder with those above it, and bring each new name to the disk; one that is there is left alone.

    Raises
    ------
    OSError
        If it can't be made or brought to the disk.
    """
    missing = []
    inner = path
    while not inner.exists() and inner.parent != inner:
        missing.append(inner)
        inner = inner.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def _write_then_rename(target: Path, temporary: Path, mode: int | None, chunks: Iterable[bytes | memoryview]) -> None:
    try:
        _write_new(temporary, chunks)
        if mode is not None:
            temporary.chmod(mode)
        os.replace(temporary, target)  # noqa: PTH105 - one name to fail on purpose in tests, as for the other calls
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(target.parent)


def _write_new(temporary: Path, chunks: Iterable[bytes | memoryview]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    descriptor = os.open(temporary, flags, 0o666)
    try:
        for chunk in chunks:
            write_all(descriptor, chunk)
        os.fsync(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.close(descriptor)
        raise
    os.close(descriptor)


def write_all(descriptor: int, chunk: bytes | memoryview) -> None:
    """Write every byte: on a full disk one call writes a part and reports no error, and only the next one fails.

    Raises
    ------
    OSError
        If not all of it could be written.
    """
    rest = memoryview(chunk)
    while rest:
        written = os.write(descriptor, rest)
        if written <= 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rest = rest[written:]


def _mode_to_keep(target: Path) -> int | None:
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise ValueError(tr("it is a folder: choose a file name"))
    if not stat.S_ISREG(status.st_mode):
        raise ValueError(tr("it isn't an ordinary file: choose another name"))
    return stat.S_IMODE(status.st_mode)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can do that."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        # Some file systems can't sync a folder, and a folder may be writable but not readable.
        if error.errno not in _NO_FOLDER_SYNC:
            raise


def _reason(error: OSError | ValueError | RuntimeError) -> str:
    if isinstance(error, OSError):
        return tr(_ADVICE.get(error.errno or 0, "")) or system_reason(error).lower()
    return str(error)
