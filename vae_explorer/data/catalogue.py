"""All data sets and formats by name, and the one function that loads any of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vae_explorer.data.allowance import limits_in_force
from vae_explorer.data.array_sets import NPY_FILE, NPZ_FILE
from vae_explorer.data.download_sets import PUBLISHED
from vae_explorer.data.files import require_regular, unreadable
from vae_explorer.data.idx_sets import IDX_FILE, IDX_FOLDER
from vae_explorer.data.listing import PICTURE_SUFFIXES
from vae_explorer.data.mixtures import load_grid, load_ring
from vae_explorer.data.mnist import load_mnist_10k
from vae_explorer.data.reader import Reader, Report, ignore
from vae_explorer.data.shapes import load_bars, load_blobs
from vae_explorer.errors import DataError, printable
from vae_explorer.language import listed, marked, tr
from vae_explorer.registry import Registry, unknown_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vae_explorer.data.dataset import ImageDataset
    from vae_explorer.data.downloadable import Downloadable
    from vae_explorer.data.limits import Limits
    from vae_explorer.sections import DataConfig


@dataclass(frozen=True, slots=True)
class Source:
    """A data set that is known by name.

    Attributes
    ----------
    name, title, summary
        What to type, words for a list, and one sentence.
    load
        Makes it.
    download
        The files that have to be downloaded first; None where there is nothing to download.
    """

    name: str
    title: str
    summary: str
    load: Callable[[DataConfig, Limits, Report], ImageDataset]
    download: Downloadable | None = None


SOURCES: Final[Registry[Source]] = Registry(
    marked("data set"),
    (
        Source(
            "mnist-10k", marked("Digits (MNIST, 10,000)"), marked("Handwritten digits in ten classes."), load_mnist_10k
        ),
        Source(
            "shapes-blob",
            marked("Shapes: blob"),
            marked("A blob anywhere in the picture; two factors are known."),
            load_blobs,
        ),
        Source(
            "shapes-bar",
            marked("Shapes: bar"),
            marked("A bar at any angle, short or long; two factors are known."),
            load_bars,
        ),
        Source(
            "ring",
            marked("Points: ring of 8"),
            marked("Points of 8 Gaussians on a ring; the modes are known."),
            load_ring,
        ),
        Source(
            "grid",
            marked("Points: grid of 25"),
            marked("Points of 25 Gaussians on a grid; the modes are known."),
            load_grid,
        ),
        *(Source(each.name, each.title, each.summary, each.load, each.download) for each in PUBLISHED),
    ),
)
"""Data sets by name; the first is the default."""

_ALIASES: Final = {"shapes": "shapes-blob"}


def _read_pictures(path: Path, config: DataConfig, limits: Limits, report: Report) -> ImageDataset:
    # Pillow is imported only when there are pictures, since every start of the program imports this list.
    from vae_explorer.data.folder import read_folder

    return read_folder(path, config, limits, report)


PICTURE_FOLDER: Final = Reader("folder", marked("Folder of pictures"), (), Path.is_dir, _read_pictures)

READERS: Final[Registry[Reader]] = Registry(
    marked("data format"), (IDX_FOLDER, PICTURE_FOLDER, NPY_FILE, NPZ_FILE, IDX_FILE)
)
"""Formats in the order in which they are tried: one entry adds a format everywhere."""


def load(
    config: DataConfig, *, progress: Callable[[str], None] | None = None, limits: Limits | None = None
) -> ImageDataset:
    """Load the data set that `config.source` names: a name of `SOURCES`, or the path of a file or folder.

    Parameters
    ----------
    config
        Which images and how to bring them to one size.
    progress
        Called now and then with a short text; what it raises ends the loading.
    limits
        Bounds on memory and time; left out, those that the user allows, with the memory of `config.memory`.

    Raises
    ------
    DataError
        If there is no such data set, or it can't be used as it is; one sentence that names the file.
    """
    report = progress or ignore
    limits = limits or limits_in_force().for_data(config)
    name = _ALIASES.get(config.source, config.source)
    if name in SOURCES:
        return SOURCES.get(name).load(config, limits, report)
    path = find_path(config.source)
    return find_reader(path).read(path, config, limits, report)


def source_title(source: str) -> str:
    """Return what people call a data set: the title of a known one, else the last part of the path."""
    name = _ALIASES.get(source, source)
    return tr(SOURCES.get(name).title) if name in SOURCES else Path(source).name or source


def find_path(source: str) -> Path:
    """Return the path that a source names, which exists.

    Raises
    ------
    DataError
        If nothing is there, with the closest known name.
    """
    if not source.strip():
        raise DataError(
            tr(
                "The setting data.source is empty: name a file, a folder or one of {names}.",
                names=listed(SOURCES.names()),
            )
        )
    try:
        path = Path(source).expanduser()
        path.stat()
    except FileNotFoundError:
        raise DataError(not_found(source, tr("data set, file or folder"), SOURCES.names())) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise unreadable(Path(source), error) from None
    return path


def find_reader(path: Path) -> Reader:
    """Return the reader that recognises a file or folder.

    Raises
    ------
    DataError
        If none does; the message lists the formats.
    """
    for reader in READERS:
        if reader.recognises(path):
            return reader
    if path.name.lower().endswith(PICTURE_SUFFIXES):
        raise DataError(tr("{path} is a single picture: open the folder that holds it.", path=printable(path)))
    titles = listed(tr(reader.title) for reader in READERS)
    require_regular(path, path.stat())
    raise DataError(
        tr("{path} is a file of no known format: choose one of {titles}.", path=printable(path), titles=titles)
    )


def file_suffixes() -> tuple[str, ...]:
    """Return the endings of the files that can be opened, for an Open dialog."""
    return tuple(dict.fromkeys(suffix for reader in READERS for suffix in reader.suffixes))


def not_found(source: str, kind: str, known: Iterable[str]) -> str:
    """Return what is said of a word that is nothing known and nothing on disk; one that looks like a path is one.

    Parameters
    ----------
    source
        What was typed.
    kind, known
        What else it might have been, in words, and the names of those.
    """
    if os.sep in source or "/" in source or "." in source:
        return tr("There is no file or folder “{source}”: check the path.", source=printable(source))
    return unknown_name(kind, printable(source), known)
