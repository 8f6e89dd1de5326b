"""Which pictures lie in a folder: names only, no file is opened."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from vae_explorer.data.files import unreadable
from vae_explorer.data.limits import more_than
from vae_explorer.errors import DataError, printable
from vae_explorer.language import listed, tr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vae_explorer.data.limits import Limits

PICTURE_SUFFIXES: Final = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".webp",
)  # fmt: skip
_IGNORED: Final = {"thumbs.db", "desktop.ini", "__macosx"}
_TRAIN: Final = ("train", "training")
_TEST: Final = ("test", "testing", "val", "valid", "validation")
_NAMED_SKIPS: Final = 5


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file: its class, if it lies in a folder of one, and whether it is for testing."""

    path: Path
    class_name: str | None = None
    testing: bool = False


@dataclass(slots=True)
class Skips:
    """What was left out, by file and reason, for one sentence to the user."""

    root: Path
    entries: list[tuple[str, str]] = field(default_factory=list)

    def add(self, path: Path, reason: str) -> None:
        """Remember a file that was left out."""
        name = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        self.entries.append((printable(name, 60), reason))

    @property
    def note(self) -> str:
        """The sentence, or "" if nothing was left out."""
        if not self.entries:
            return ""
        count, named = len(self.entries), sorted(self.entries, key=lambda entry: natural_key(entry[0]))
        told = listed(tr("{name} ({reason})", name=name, reason=reason) for name, reason in named[:_NAMED_SKIPS])
        if count == 1:
            return tr("{count:,} file was skipped: {listed}.", count=count, listed=told)
        if count <= _NAMED_SKIPS:
            return tr("{count:,} files were skipped: {listed}.", count=count, listed=told)
        return tr(
            "{count:,} files were skipped: {listed} and {more:,} more.",
            count=count,
            listed=told,
            more=count - _NAMED_SKIPS,
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of a folder in natural order, those for training first."""

    pictures: tuple[Picture, ...]
    has_test: bool
    notes: tuple[str, ...]


def list_pictures(folder: Path, limits: Limits, skips: Skips) -> Listing:
    """List the pictures of a folder.

    Sub-folders are classes, whatever lies deeper in them belongs to the class; sub-folders named ``train`` and
    ``test`` (or ``val``) are the two parts, with their sub-folders as classes. Links are never followed.

    Raises
    ------
    DataError
        If the folder can't be read or holds too many files.
    """
    try:
        return _list(folder, _Walk(limits, skips))
    except OSError as error:
        raise unreadable(folder, error) from None


def _list(folder: Path, walk: _Walk) -> Listing:
    files, folders = walk.entries(folder)
    train = next((sub for sub in folders if sub.name.lower() in _TRAIN), None)
    tests = [sub for name in _TEST for sub in folders if sub.name.lower() == name]
    if train is not None and tests:
        pictures = [
            Picture(picture.path, picture.class_name, testing)
            for part, testing in ((train, False), (tests[0], True))
            for picture in _one_set(walk, *walk.entries(part))[0]
        ]
        note = _parts_note(train.name, tests[0].name, [sub.name for sub in folders if sub not in (train, tests[0])])
        return Listing(tuple(pictures), any(picture.testing for picture in pictures), (note,))
    pictures, outside = _one_set(walk, files, folders)
    notes = (
        [tr("Pictures beside the folders of the classes were left out: {outside:,}.", outside=outside)]
        if outside
        else []
    )
    return Listing(tuple(pictures), False, tuple(notes))


def _parts_note(train: str, test: str, others: list[str]) -> str:
    names = {"train": printable(train), "test": printable(test)}
    if not others:
        return tr("Of the folders, {train} was taken to train and {test} to test with.", **names)
    return tr(
        "Of the folders, {train} was taken to train and {test} to test with; {others} left out.",
        others=printable(listed(others)),
        **names,
    )


def natural_key(name: str) -> tuple[object, ...]:
    """Return a sorting key under which ``img2`` comes before ``img10``."""
    parts = re.split(r"(\d+)", name)
    return tuple(int(part) if index % 2 else part.casefold() for index, part in enumerate(parts)), name


def _one_set(walk: _Walk, files: list[Path], folders: list[Path]) -> tuple[list[Picture], int]:
    pictures = [Picture(path, folder.name) for folder in folders for path in walk.below(folder, 1)]
    if pictures:
        return pictures, len(files)
    return [Picture(path) for path in files], 0


@dataclass(slots=True)
class _Walk:
    limits: Limits
    skips: Skips
    seen: int = 0

    def below(self, folder: Path, depth: int) -> Iterator[Path]:
        """Yield the pictures of a folder and its sub-folders."""
        if depth > self.limits.depth:
            self.skips.add(folder, tr("nested more than the {depth} levels of limits.depth", depth=self.limits.depth))
            return
        try:
            files, folders = self.entries(folder)
        except OSError:
            self.skips.add(folder, tr("can't be read"))
            return
        yield from files
        for sub in folders:
            yield from self.below(sub, depth + 1)

    def entries(self, folder: Path) -> tuple[list[Path], list[Path]]:
        """Return the pictures and the sub-folders of a folder in natural order."""
        files, folders = [], []
        with os.scandir(folder) as found:
            for entry in found:
                self._count(folder)
                kind = _kind(entry)
                if kind == "picture":
                    files.append(entry.name)
                elif kind == "folder":
                    folders.append(entry.name)
                elif kind:
                    self.skips.add(folder / entry.name, kind)
        return (
            [folder / name for name in sorted(files, key=natural_key)],
            [folder / name for name in sorted(folders, key=natural_key)],
        )

    def _count(self, folder: Path) -> None:
        self.seen += 1
        if self.seen > self.limits.files:
            allowed = more_than(f"{self.limits.files:,}", "limits.files")
            raise DataError(
                tr(
                    "The number of files in {folder} is {allowed}: choose a smaller folder.",
                    folder=printable(folder),
                    allowed=allowed,
                )
            )


def _kind(entry: os.DirEntry[str]) -> str:
    """Return "picture", "folder", "" for what nobody misses, or the reason to skip it."""
    name = entry.name.lower()
    if name.startswith(".") or name in _IGNORED:
        return ""
    if entry.is_symlink():
        return tr("a link")
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    if not entry.is_file(follow_symlinks=False):
        return tr("a pipe or device")
    return "picture" if name.endswith(PICTURE_SUFFIXES) else tr("not a picture")
