"""Getting a published data set: only when a person asks for it, whole or not at all, and resumable."""

from __future__ import annotations

import re
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from vae_explorer.data.download_folder import DAMAGED_SUFFIX, all_of, by_hand, bytes_here, folder_of
from vae_explorer.data.download_meter import DownloadProgress, Meter
from vae_explorer.data.download_stream import Rules
from vae_explorer.data.download_transfer import NoPlaceLeftError, Transfer, Watch
from vae_explorer.data.limits import byte_size
from vae_explorer.errors import DownloadError, StorageError, printable
from vae_explorer.language import tr, without_stop
from vae_explorer.storage import sync_folder
from vae_explorer.system_errors import system_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pooch

    from vae_explorer.data.downloadable import Downloadable, RemoteFile

_LEFT_BY_POOCH: Final = re.compile(r"tmp[a-z0-9_]{8}")
_SPARE_BYTES: Final = 1 << 20
_LOOK_SECONDS: Final = 0.05
_DEFAULT_RULES: Final = Rules()


def _ignore(_progress: DownloadProgress) -> None:
    """Tell nobody."""


def _go_on() -> None:
    """Never end it."""


def download(
    wanted: Downloadable,
    name: str,
    *,
    progress: Callable[[DownloadProgress], None] = _ignore,
    check: Callable[[], None] = _go_on,
    rules: Rules = _DEFAULT_RULES,
) -> Path:
    """Get the files of a data set that aren't there yet, or not as published, and return their folder.

    Each file goes to ``NAME.part`` and takes its name only once its SHA-256 is the published one. A part that a failure
    or `check` left is gone on with by the next call. Two processes that want the same files take turns.

    Parameters
    ----------
    wanted, name
        The files, and the name of the data set for messages.
    progress
        Told about ten times a second, in the thread that calls.
    check
        Called at least every tenth of a second while anything is waited for; what it raises ends the download.
    rules
        When to give up.

    Raises
    ------
    DownloadError
        If no address gives a file, or it can't be kept; the message says what to do, and how to get it by hand.
    """
    folder = folder_of(wanted)
    meter = Meter(wanted.size, progress)
    watch = Watch(meter, check, rules)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _turn(folder, meter, check):
            _sweep(folder)
            _require_room(wanted, folder)
            done = 0
            for file in wanted.files:
                _require_plain(folder / file.name)
                _fetch(wanted, file, Transfer(file, folder / file.name, wanted.mirrors, done, watch))
                done += file.size
                meter.show(done, now=True)
            sync_folder(folder)
    except NoPlaceLeftError as error:
        raise DownloadError(_refusal(wanted, name, error)) from None
    except (OSError, StorageError) as error:
        reason = without_stop(system_reason(error))
        raise DownloadError(
            tr(
                "{title} can't be kept in {folder} ({reason}): free some space there, or name "
                "another folder with the environment variable VAE_EXPLORER_DATA; what has arrived is "
                "kept for the next try.",
                title=tr(wanted.title),
                folder=printable(folder),
                reason=reason,
            )
        ) from error
    return folder


def _fetch(wanted: Downloadable, file: RemoteFile, transfer: Transfer) -> None:
    pup = _pooch(wanted, file)
    while True:
        try:
            pup.fetch(file.name, downloader=transfer)
        except ValueError:  # pooch's word for another hash; it has thrown the file away
            transfer.reject()
            continue
        return


def _pooch(wanted: Downloadable, file: RemoteFile) -> pooch.Pooch:
    import pooch

    # It tells on standard error of each file.
    pooch.get_logger().setLevel("ERROR")
    return pooch.create(
        path=folder_of(wanted), base_url=wanted.mirrors[0], registry={file.name: f"sha256:{file.sha256}"}
    )


@contextmanager
def _turn(folder: Path, meter: Meter, check: Callable[[], None]) -> Iterator[None]:
    """Wait until no other process gets files into a folder, and keep others waiting meanwhile."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock")
    while True:
        check()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            meter.wait(tr("another window is getting it; waiting for that"))
            time.sleep(_LOOK_SECONDS)
            continue
        break
    try:
        yield
    finally:
        lock.release()


def _sweep(folder: Path) -> None:
    """Remove what was set aside as damaged, and what a process that was killed while it checked a file has left."""
    for path in folder.iterdir():
        if (_LEFT_BY_POOCH.fullmatch(path.name) or path.name.endswith(DAMAGED_SUFFIX)) and path.is_file():
            path.unlink(missing_ok=True)


def _require_plain(path: Path) -> None:
    """Refuse what is no file where a file belongs: reading a pipe would never end."""
    if path.exists() and not path.is_file():
        raise DownloadError(tr("{path} isn't a file: move it out of the way, then try again.", path=printable(path)))


def _require_room(wanted: Downloadable, folder: Path) -> None:
    missing = wanted.size - bytes_here(wanted)
    free = shutil.disk_usage(folder).free
    if missing and free < missing + _SPARE_BYTES:
        raise DownloadError(
            tr(
                "{title} needs {missing} more in {folder}, where {free} are free: free some space "
                "there, or name another folder with the environment variable VAE_EXPLORER_DATA.",
                title=tr(wanted.title),
                missing=byte_size(missing),
                folder=printable(folder),
                free=byte_size(free),
            )
        )


def _refusal(wanted: Downloadable, name: str, error: NoPlaceLeftError) -> str:
    if error.is_offline:
        why = tr(
            "{title} wasn't downloaded, because {hosts} can't be reached: check the connection to the internet, "
            "and try again.",
            title=tr(wanted.title),
            hosts=all_of(dict.fromkeys(host for host, _ in error.faults)),
        )
    else:
        why = tr(
            "{title} wasn't downloaded, because no place gives it ({error}): try again later.",
            title=tr(wanted.title),
            error=error,
        )
    way = tr(
        "{by_hand}, then choose it with --data {name}, or as {title} in the list of data sets.",
        by_hand=by_hand(wanted),
        name=name,
        title=tr(wanted.title),
    )
    return f"{why} {way}"
