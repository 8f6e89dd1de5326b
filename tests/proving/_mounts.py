"""File systems that are really full, or can really only be read: seen by one child process, and gone with it."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.proving._tracing import forked

_FORBIDDEN = "\0forbidden"
_NEW_MOUNTS, _NEW_USER = 0x20000, 0x10000000
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 0x1, 0x20, 0x1000, 0x4000, 0x40000


def in_own_mounts(work: Callable[[Path], str]) -> str | None:
    """Do some work in a child that may mount what it likes in a folder, and return what it tells; None where it mayn't.

    What it mounts is seen by nobody else, and gone when it ends.
    """
    with tempfile.TemporaryDirectory() as name:
        return _told_by_child(work, Path(name))


def _told_by_child(work: Callable[[Path], str], folder: Path) -> str | None:
    before, after = os.pipe()

    def alone() -> None:
        told = _FORBIDDEN
        if _may_mount():
            try:
                told = work(folder)
            except BaseException:
                told = traceback.format_exc()
        os.write(after, told.encode()[: 1 << 15])

    child = forked(alone)
    os.close(after)
    with os.fdopen(before, "rb") as pipe:
        told = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if status != 0:
        return f"the process failed with {status}: {told}"
    return None if told == _FORBIDDEN else told


def mount_memory(place: Path, size: int) -> None:
    """Mount an empty file system of some bytes.

    Raises
    ------
    OSError
        If the system forbids it.
    """
    _mount("none", place, "tmpfs", 0, f"size={size}")


def mount_read_only(folder: Path, place: Path) -> None:
    """Show a folder in another place, where it can only be read.

    Raises
    ------
    OSError
        If the system forbids it.
    """
    _mount(str(folder), place, "", _BIND, "")
    _mount("none", place, "", _BIND | _REMOUNT | _READ_ONLY, "")


def _may_mount() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    user, group = os.geteuid(), os.getegid()
    if ctypes.CDLL(None).unshare(_NEW_MOUNTS | (0 if user == 0 else _NEW_USER)) != 0:
        return False
    try:
        if user != 0:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {user} 1")
            Path("/proc/self/gid_map").write_text(f"0 {group} 1")
        _mount("none", Path("/"), "", _RECURSIVE | _PRIVATE, "")
    except OSError:
        return False
    return True


def _mount(source: str, place: Path, kind: str, flags: int, options: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    names = (source.encode(), os.fsencode(place), kind.encode())
    if library.mount(*names, ctypes.c_ulong(flags), options.encode()) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
