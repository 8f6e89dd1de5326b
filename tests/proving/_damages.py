"""Ways in which a file or a folder of a run gets damaged."""

from __future__ import annotations

import os
import random
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Change = Callable[[Path], None]
_HUGE = 3 << 30


@dataclass(frozen=True, slots=True)
class Damage:
    """One way of damaging one path of a run.

    Attributes
    ----------
    place
        The path in the run's folder.
    name
        What is done to it.
    change
        Does it.
    """

    place: str
    name: str
    change: Change

    @property
    def is_slight(self) -> bool:
        """Whether it is one of the very many that turn a bit."""
        return self.name.startswith("with bit")

    def __str__(self) -> str:
        return f"{self.place} {self.name}"


def damages(run: Path, flips: int, chance: random.Random) -> list[Damage]:
    """Return all ways of damaging each file and folder of a run.

    Parameters
    ----------
    flips
        How many bits of a file's first bytes, and how many anywhere in it, are turned, one at a time.
    """
    found = []
    for path in sorted(run.rglob("*")):
        place = str(path.relative_to(run))
        changes = _of_file(path, flips, chance) if path.is_file() else _of_folder()
        found += [Damage(place, name, change) for name, change in changes]
    return found


def _of_file(path: Path, flips: int, chance: random.Random) -> Iterator[tuple[str, Change]]:
    size = path.stat().st_size
    lengths = {0, 1, 2, 7, 8, 9, size // 4, size // 2, 3 * size // 4, size - 9, size - 2, size - 1}
    for length in sorted(length for length in lengths if 0 <= length < size):
        yield f"cut to {length} of {size} bytes", _cut(length)
    yield "of zeros", _zeroed(0, size)
    yield "with zeros at its beginning", _zeroed(0, min(size, 16))
    yield "with zeros at its end", _zeroed(max(0, size - 16), size)
    yield "with something appended", _appended(b"more")
    yield "with a line of zeros appended", _appended(bytes(64) + b"\n")
    yield "written twice", _twice
    yield "of 3 GB", _grown
    first = [(place, bit) for place in range(min(size, flips)) for bit in (chance.randrange(8),)]
    anywhere = [(chance.randrange(size), chance.randrange(8)) for _ in range(flips)] if size else []
    for place, bit in dict.fromkeys((*first, *anywhere)):
        yield f"with bit {bit} of byte {place} turned", _flipped(place, bit)
    yield from _replaced()


def _of_folder() -> Iterator[tuple[str, Change]]:
    yield "emptied", _by_folder
    yield "of nothing but folders", _folders_inside
    yield "replaced by a file", _by_file
    yield from _replaced()


def _replaced() -> Iterator[tuple[str, Change]]:
    yield "taken away", _taken_away
    yield "replaced by a folder", _by_folder
    yield "replaced by a link to nowhere", _linked("nowhere")
    yield "replaced by a link to itself", _by_loop
    if hasattr(os, "mkfifo"):
        yield "replaced by a pipe", _by_pipe
        yield "replaced by a socket", _socket
        yield "replaced by a link to /dev/zero", _linked("/dev/zero")
        yield "replaced by a link to the folder above", _linked("..")


def _cut(length: int) -> Change:
    return lambda path: os.truncate(path, length)


def _zeroed(begin: int, end: int) -> Change:
    def change(path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(content[:begin] + bytes(end - begin) + content[end:])

    return change


def _appended(more: bytes) -> Change:
    def change(path: Path) -> None:
        path.write_bytes(path.read_bytes() + more)

    return change


def _grown(path: Path) -> None:
    os.truncate(path, _HUGE)


def _flipped(place: int, bit: int) -> Change:
    def change(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[place] ^= 1 << bit
        path.write_bytes(content)

    return change


def _taken_away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _twice(path: Path) -> None:
    path.write_bytes(path.read_bytes() * 2)


def _by_folder(path: Path) -> None:
    _taken_away(path)
    path.mkdir()


def _by_file(path: Path) -> None:
    _taken_away(path)
    path.write_bytes(b"a file")


def _by_loop(path: Path) -> None:
    _taken_away(path)
    path.symlink_to(path.name)


def _by_pipe(path: Path) -> None:
    _taken_away(path)
    os.mkfifo(path)


def _linked(target: str) -> Change:
    def change(path: Path) -> None:
        _taken_away(path)
        path.symlink_to(target)

    return change


def _folders_inside(path: Path) -> None:
    names = [inner.name for inner in path.iterdir()]
    shutil.rmtree(path)
    for name in names:
        (path / name).mkdir(parents=True)


def _socket(path: Path) -> None:
    _taken_away(path)
    with socket.socket(socket.AF_UNIX) as made:
        before = Path.cwd()
        os.chdir(path.parent)  # a socket's path can't be long
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


def unreadable(run: Path) -> list[Damage]:
    """Return the ways in which the permission to read is lost, for whoever isn't root."""
    places = sorted(run.rglob("*"))
    return [
        Damage(str(path.relative_to(run)), f"with the permissions {mode:03o}", _chmod(mode))
        for path in places
        for mode in ((0o000, 0o444, 0o111) if path.is_dir() else (0o000,))
    ]


def _chmod(mode: int) -> Change:
    return lambda path: path.chmod(mode)
