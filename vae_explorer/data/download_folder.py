"""Where downloaded data sets are kept, and whether one is there and whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from vae_explorer.data.files import open_regular, unreadable
from vae_explorer.data.limits import byte_size
from vae_explorer.errors import DataError, printable
from vae_explorer.language import listed, tr

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vae_explorer.data.downloadable import Downloadable
    from vae_explorer.data.reader import Report

DATA_VARIABLE: Final = "VAE_EXPLORER_DATA"
"""Environment variable that names the folder for downloaded data."""
PART_SUFFIX: Final = ".part"
DAMAGED_SUFFIX: Final = ".damaged"
_PIECE_BYTES: Final = 1 << 22


def data_folder() -> Path:
    """Return the folder for downloads: the one that VAE_EXPLORER_DATA names, else one in the user's cache."""
    named = os.environ.get(DATA_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("vae-explorer", appauthor=False) / "data"


def folder_of(wanted: Downloadable) -> Path:
    """Return the folder that the files of a data set are kept in; it may not exist yet."""
    return data_folder() / wanted.folder


def is_here(wanted: Downloadable) -> bool:
    """Whether all files are there in their full size; their content is only looked at when they are loaded."""
    return all(size_on_disk(folder_of(wanted) / file.name) == file.size for file in wanted.files)


def bytes_here(wanted: Downloadable) -> int:
    """Return how many bytes of a data set are on the disk, those of a download that was left half-way included."""
    folder, found = folder_of(wanted), 0
    for file in wanted.files:
        whole = size_on_disk(folder / file.name)
        part = size_on_disk(folder / f"{file.name}{PART_SUFFIX}")
        found += file.size if whole == file.size else min(part, file.size)
    return found


def size_on_disk(path: Path) -> int:
    """Return the size of a file in bytes, 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def require_whole(wanted: Downloadable, name: str, report: Report) -> Path:
    """Return the folder of a data set all of whose files are there with the published content.

    A file of another content is set aside under another name, so that the data set counts as missing.

    Parameters
    ----------
    wanted, name
        The files, and the name that the data set is asked for by.
    report
        Told of what is looked at; what it raises ends it.

    Raises
    ------
    DataError
        If a file is missing or another than the published one; the message says how to get it.
    """
    if not is_here(wanted):
        raise DataError(
            tr(
                "{title} isn't on this computer yet ({size}, {licence}): get it with vae-explorer "
                "download {name}, or in the window by choosing it in the list of data sets.",
                title=tr(wanted.title),
                size=byte_size(wanted.size),
                licence=tr(wanted.licence),
                name=name,
            )
        )
    for file in wanted.files:
        path = folder_of(wanted) / file.name
        if _sha256(path, tr(wanted.title), report) != file.sha256:
            with contextlib.suppress(OSError):
                path.replace(path.with_name(f"{path.name}{DAMAGED_SUFFIX}"))
            raise DataError(
                tr(
                    "{path} is damaged or another file than the published one, because its SHA-256 "
                    "differs, and was set aside: get it anew with vae-explorer download {name}, or in "
                    "the window by choosing it in the list of data sets.",
                    path=printable(path),
                    name=name,
                )
            )
    return folder_of(wanted)


def by_hand(wanted: Downloadable) -> str:
    """Return the beginning of the sentence that says how to get a data set without this program."""
    names = [file.name for file in wanted.files]
    if len(names) == 1:
        return tr(
            "By hand: get {name} from {place} on any computer, put it into the folder {folder}",
            name=names[0],
            place=wanted.mirrors[0],
            folder=folder_of(wanted),
        )
    return tr(
        "By hand: get {names} from {place} on any computer, put them into the folder {folder}",
        names=all_of(names),
        place=wanted.mirrors[0],
        folder=folder_of(wanted),
    )


def all_of(names: Iterable[str]) -> str:
    """Return names as a sentence has them: ``a, b and c``."""
    *first, last = names
    return tr("{names} and {last}", names=listed(first), last=last) if first else last


def _sha256(path: Path, title: str, report: Report) -> str:
    digest = hashlib.sha256()
    with open_regular(path) as stream:
        while piece := _read(path, stream):
            report(tr("Checking the files of {title}", title=title))
            digest.update(piece)
    return digest.hexdigest()


def _read(path: Path, stream: BinaryIO) -> bytes:
    try:
        return stream.read(_PIECE_BYTES)
    except OSError as error:
        raise unreadable(path, error) from None
