"""Renaming, copying and annotating runs: refused while a training writes them, and whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from vae_explorer.errors import RunError, StorageError, printable
from vae_explorer.language import marked, tr
from vae_explorer.runs.following import quiet_by_files
from vae_explorer.runs.header import read_header, rewrite_header
from vae_explorer.runs.overview import LONGEST_NOTE, NOTE, bytes_of, is_meant
from vae_explorer.runs.presence import presence
from vae_explorer.runs.writer import LOCK_FILE, writer_of
from vae_explorer.storage import sync_folder
from vae_explorer.system_errors import system_reason

_CHUNK = 1 << 20
_LONGEST_NAME = 255
"""Bytes of a folder's name that common file systems take."""
_RESERVED = '<>:"/\\|?*' if sys.platform == "win32" else "/"
_COPY = " copy"


def rename_run(path: Path, name: str) -> Path:
    """Give a run's folder another name, and return where it is now.

    Raises
    ------
    RunError
        If a training writes the run, the name is none for a folder, or it is taken.
    StorageError
        If the folder can't be renamed; it is as it was then.
    """
    require_idle(path, marked("rename"))
    check_name(name)
    target = path.with_name(name)
    if target == path:
        return path
    _require_free(target, path)
    try:
        path.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        raise _failure(tr("The run {name} can't be renamed", name=printable(path.name)), error) from error
    return target


def duplicate_run(path: Path, name: str, progress: Callable[[float], None]) -> Path:
    """Copy a run into a folder beside it, with a header of its own, and return that.

    The copy is made under a hidden name and brought to the disk before it takes its own: it is there whole or not at
    all. Locks and unfinished saves aren't copied, nor is anything that is no ordinary file.

    Parameters
    ----------
    path, name
        The run, and the name of its copy.
    progress
        Takes the share that is done; what it raises leaves nothing behind.

    Raises
    ------
    RunError
        If a training writes the run, the name is none for a folder, or it is taken.
    StorageError
        If the copy can't be written.
    """
    require_idle(path, marked("copy"))
    check_name(name)
    target = path.with_name(name)
    _require_free(target)
    making = path.with_name(f".vae-explorer-{secrets.token_hex(8)}.copy")
    try:
        making.mkdir()
        _copy_files(path, making, progress)
        _tell_origin(making, path)
        making.rename(target)
        sync_folder(target.parent)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        raise _failure(tr("The run {name} can't be copied", name=printable(path.name)), error) from error
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    return target


def write_note(path: Path, note: str) -> None:
    """Keep what a person writes of a run in its header.

    Raises
    ------
    RunError, StorageError
        If a training writes the run, or its header can't be read or written; it is as it was then.
    """
    require_idle(path, marked("annotate"))
    rewrite_header(path, **{NOTE: note.strip()[:LONGEST_NOTE]})


def copy_name(path: Path) -> str:
    """Return a name for a copy of a run that nothing has yet."""
    stem = path.name if len(os.fsencode(path.name)) < _LONGEST_NAME - 20 else path.name[:50]
    number, name = 1, f"{stem}{_COPY}"
    while os.path.lexists(path.with_name(name)):
        number += 1
        name = f"{stem}{_COPY} {number}"
    return name


def require_idle(path: Path, what: str) -> None:
    """Check that no training writes a run.

    Raises
    ------
    RunError
        If one does, or there is no run; the message says who, and what to do.
    """
    if not is_meant(path):
        raise RunError(
            tr("There is no run folder {path}, so there is nothing to {verb}.", path=printable(path), verb=tr(what))
        )
    writer = writer_of(path)
    if presence(path, writer, quiet_by_files(path)).is_at_work:
        name, verb = printable(path.name), tr(what)
        raise RunError(
            tr("The run {name} is being trained: stop it there to {verb} it.", name=name, verb=verb)
            if writer is None or writer.ended
            else tr(
                "The run {name} is being trained by {process}: stop it there to {verb} it.",
                name=name,
                process=writer.words,
                verb=verb,
            )
        )


def check_name(name: str) -> None:
    """Check that a text can be the name of a run's folder.

    Raises
    ------
    RunError
        If it can't.
    """
    if not name.strip() or name.strip(".") == "":
        raise RunError(tr("A run needs a name with at least one letter or digit."))
    wrong = next((sign for sign in name if sign in _RESERVED or ord(sign) < 32 or ord(sign) == 127), None)
    if wrong is not None:
        raise RunError(
            tr(
                "The name {name} can't be that of a folder: leave out {wrong!r}.",
                name=printable(name, 60),
                wrong=printable(wrong),
            )
        )
    if name.startswith("."):
        raise RunError(
            tr(
                "The name {name} begins with a dot, which hides a folder: begin with a letter.",
                name=printable(name, 60),
            )
        )
    if len(name.encode("utf-8", "surrogateescape")) > _LONGEST_NAME:
        raise RunError(tr("The name {name} is too long for a folder: choose a shorter one.", name=printable(name, 60)))


def _require_free(target: Path, renamed: Path | None = None) -> None:
    if not os.path.lexists(target):
        return
    if renamed is not None and target.name.casefold() == renamed.name.casefold() and target.samefile(renamed):
        return  # only its capitals change, where the file system makes no difference between them
    where = printable(target.parent)
    raise RunError(
        tr(
            "There is something called {name} in {where} already: choose another name.",
            name=printable(target.name),
            where=where,
        )
    )


def _copy_files(source: Path, target: Path, progress: Callable[[float], None]) -> None:
    whole, done = max(1, bytes_of(source)), 0
    for folder, inner, names in os.walk(source):
        inner[:] = [name for name in inner if not name.endswith((".tmp", ".copy"))]
        place = target / Path(folder).relative_to(source)
        place.mkdir(exist_ok=True)
        for name in names:
            file = Path(folder) / name
            if name == LOCK_FILE or name.endswith(".tmp") or not stat.S_ISREG(file.lstat().st_mode):
                continue
            done = _copy_file(file, place / name, done, whole, progress)
        sync_folder(place)


def _copy_file(source: Path, target: Path, done: int, whole: int, progress: Callable[[float], None]) -> int:
    with source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            writer.write(chunk)
            done += len(chunk)
            progress(min(1.0, done / whole))
        writer.flush()
        os.fsync(writer.fileno())
    return done


def _tell_origin(copy: Path, source: Path) -> None:
    """Give the copy a header of its own; one that can't be read stays as it is."""
    with contextlib.suppress(RunError, StorageError):
        header = read_header(copy)
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        changed: dict[str, object] = {"copied": {"run": source.name, "time": now}}
        if "id" in header:
            changed["id"] = secrets.token_hex(16)
        rewrite_header(copy, **changed)


def _failure(what: str, error: OSError) -> StorageError:
    return StorageError(tr("{what}: {reason}. Nothing was changed.", what=what, reason=system_reason(error).lower()))
