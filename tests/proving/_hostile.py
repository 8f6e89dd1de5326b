"""What a hostile file is, and what has to happen when it is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Refused:
    """It has to be refused in one sentence with these words in it."""

    words: str


@dataclass(frozen=True, slots=True)
class Loads:
    """It has to load: so many images, and these words among the notes."""

    images: int
    words: str = ""


Expected = Refused | Loads
Make = Callable[[Path, Path], Path]
"""Makes a case in an empty folder, given a canary that nobody may open; returns what to open."""


@dataclass(frozen=True, slots=True)
class Case:
    """One hostile file or folder.

    Attributes
    ----------
    name
        For the report.
    make
        Makes it.
    expected
        What has to happen.
    kind
        What it is opened as: ``data``, ``run``, ``table``, ``canvas`` (one picture), or ``note``.
    settings
        Of the data, by name.
    """

    name: str
    make: Make
    expected: Expected
    kind: str = "data"
    settings: tuple[tuple[str, object], ...] = ()
